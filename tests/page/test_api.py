"""What a program may ask of the page, and what it may not."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.page.browser import Served, needs_gradio, serve

pytestmark = needs_gradio
GUIDE = (Path(__file__).parents[2] / "docs" / "page.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("api") / "store") as page:
        yield page


def test_the_programs_of_the_guide_do_what_it_says(served: Served, tmp_path: Path) -> None:
    [program] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program.replace(ADDRESS, served.address)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed1073_64x64.png", "seed7_64x64.png"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="wants curl")
def test_the_commands_of_the_guide_are_answered(served: Served, tmp_path: Path) -> None:
    commands = re.findall(r"^curl .*$", GUIDE, re.MULTILINE)
    assert len(commands) == 14
    run, name = "", ""
    for command in commands:
        words = shlex.split(
            command.replace(ADDRESS, served.address).replace("RUN", run).replace("NAME", name)
        )
        done = subprocess.run(
            [words[0], "-sS", "--fail", *words[1:]], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        answer = json.loads(done.stdout) if done.stdout.startswith(b"{") else {}
        if "run" in answer and not run:
            run = answer["run"]
            served.wait_until(run, "done")
        if answer.get("pictures") and not name:
            name = answer["pictures"][0]["name"]
    assert (tmp_path / "picture.png").read_bytes() == (served.store / run / name).read_bytes()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/art/runs", {"generation": {"count": 101}}, 422,
         "generation.count: потрібно щонайбільше 100, отримано 101"),
        ("POST", "/art/runs", {"generation": {"seeds": "5,5"}}, 422,
         "generation.seeds: кожне зерно потрібне один раз,"),
        ("POST", "/art/runs", {"enhancment": {}}, 422, "enhancment: на сторінці потрібне щось із generation"),
        ("POST", "/art/runs", {"conversion": {"quality": 101}}, 422,
         "conversion.quality: значення має бути не більше ніж 100, отримано 101"),
        ("POST", "/art/runs", [], 422, "значення має бути таблицею"),
        ("POST", "/art/runs/none/cancel", None, 409, "запуску 'none'"),
        ("GET", "/art/about/none/a.png", None, 404, "такого зображення немає"),
        ("POST", "/art/training/start", {"source": "no.zip"}, 422, "джерело: 'no.zip' немає"),
        ("POST", "/art/walk/none/a.png", {"count": "x"}, 422,
         "to: потрібне значення\ncount: значення має бути цілим числом"),
        ("POST", "/art/archives", None, 422, "отримано порожній файл"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_in_the_language_that_was_asked_for(
    served: Served, method: str, path: str, body: Any, status: int, said: str
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    told = [
        served.ask(method, path, content, Content_Type="application/json", Accept_Language=language)
        for language in ("uk-UA,en;q=0.5", "de")
    ]
    assert [each[0] for each in told] == [status, status]
    ukrainian, english = (json.loads(each[1])["detail"] for each in told)
    assert said in ukrainian
    assert english.isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/art/runs",
        "/art/delete",
        "/art/training/start",
        "/gradio_api/queue/join",
        "/uk/gradio_api/queue/join",
    ],
)
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_no_more_is_read_than_settings_can_be(served: Served, path: str, told: bool) -> None:
    """Whether the length is told before, or the body comes in pieces of which nobody knows how many there are."""
    body = json.dumps({"generation": {"style": "x" * 1_100_000}}).encode()
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    status, content = _sent(served, path, body if told else pieces)
    assert (status, json.loads(content)) == (413, {"detail": "wanted at most 1000 kB of settings, got more"})
    assert served.get("/art/state")[0] == 200


def test_many_pictures_can_be_named_at_once(served: Served) -> None:
    many = [[f"20260101-000000-{place:06}", "n" * 200] for place in range(500)]
    status, content = _sent(served, "/art/delete", json.dumps({"pictures": many}).encode())
    assert (status, json.loads(content)["pictures"]) == (200, 0)


def _sent(served: Served, path: str, body: Any) -> tuple[int, bytes]:
    """Return status and content of an answer, which may come before all is sent."""
    with closing(HTTPConnection(served.address.removeprefix("http://"), timeout=60)) as connection:
        with suppress(ConnectionError):
            connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"components": {"enhancer": "os:system"}}, "components: wanted generation, enhancement"),
        ({"data": {"source": "/etc"}}, "data: wanted generation"),
        ({"out": "/tmp/x"}, "out: wanted generation"),  # noqa: S108
        ({"model": "/etc/passwd"}, "model: wanted the name of a model that is here"),
        (
            {"generation": {"source": {"kind": "pictures", "paths": ["/etc/passwd"]}}},
            "generation.source.paths: wanted pictures that were handed in",
        ),
        (
            {"generation": {"source": {"kind": "os:system"}}},
            "wanted noise, walk, pictures, stylize, translate, got 'os:system'",
        ),
        (
            {"enhancement": {"enhancer": {"kind": "os:system"}}},
            "wanted auto, lanczos or realesrgan, got 'os:system'",
        ),
        (
            {"enhancement": {"enhancer": {"kind": "realesrgan", "weights": "/etc/passwd"}}},
            "weights: wanted the name of known weights",
        ),
        (
            {"enhancement": {"enhancer": {"kind": "realesrgan", "twin": "../x.pth"}}},
            "twin: wanted the name of known weights",
        ),
        ({"generation": {"count": 101}}, "generation.count: wanted at most 100, got 101"),
        ({"generation": "seven"}, "generation: "),
        ({"enhancement": {"enhancer": 7}}, "enhancement.enhancer"),
    ],
)
def test_what_names_a_place_or_code_or_is_wrong_becomes_no_run(
    served: Served, values: Any, said: str
) -> None:
    before = len(served.state())
    status, content, _ = served.ask(
        "POST", "/art/runs", json.dumps(values).encode(), Content_Type="application/json"
    )
    assert status == 422, content
    assert said in json.loads(content)["detail"]
    assert len(served.state()) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b"\xff", b"7" * 100])
def test_what_is_no_table_at_all_is_refused(served: Served, body: bytes) -> None:
    assert served.ask("POST", "/art/runs", body, Content_Type="application/json")[0] in (400, 422)
