import json
from pathlib import Path
from shutil import copytree
from threading import Event as Flag

import pytest
from PIL import Image

from interfaces.events import Event, ImageStored
from pipeline.jobs.verbs import run_claimed
from storage.paths import data_folder
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call, call_json, finals


def test_a_run_stores_every_size_that_was_asked_for_and_a_contact_sheet(
    tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    made = call_json(
        "pipeline", "run", "--model", tiny_model, "--count", 3, "--seed", 5, "--size", 32, "--keep", 8,
        "--keep", 16, "--enhancer", "lanczos", "--out", out,
    )  # fmt: skip

    assert made["state"] == "done"
    sizes = sorted((file["role"], file["seed"], file["width"]) for file in made["files"])
    expected = [("final", seed, 32) for seed in (5, 6, 7)]
    expected += [("kept", seed, side) for seed in (5, 6, 7) for side in (8, 16)]
    assert [row for row in sizes if row[0] != "sheet"] == expected
    assert [row[0] for row in sizes].count("sheet") == 1
    for file in made["files"]:
        with Image.open(file["path"]) as picture:
            assert picture.size == (file["width"], file["height"])
            picture.load()


def test_a_picture_depends_on_its_seed_and_not_on_the_count(tiny_model: Path, tmp_path: Path) -> None:
    common = ("--model", tiny_model, "--size", 16, "--enhancer", "lanczos", "--no-sheet")
    for name, count, seed in (("a", 100, 1000), ("b", 40, 1000), ("c", 1, 1037)):
        assert (
            call(
                "pipeline", "run", *common, "--count", count, "--seed", seed, "--out", tmp_path / name
            ).exit_code
            == 0
        )

    of_100, of_40, alone = (finals(tmp_path / name) for name in "abc")

    assert len(of_100) == 100
    assert list(alone) == ["seed1037_16x16.png"]
    assert alone["seed1037_16x16.png"] == of_100["seed1037_16x16.png"] == of_40["seed1037_16x16.png"]
    assert len(set(of_100.values())) == 100


@pytest.mark.parametrize("ending", ["png", "jpeg", "webp", "tiff"])
def test_a_stored_file_alone_makes_itself_again(ending: str, tiny_model: Path, tmp_path: Path) -> None:
    from shutil import copytree

    from pipeline.factories.stores import model_store
    from storage.paths import data_folder

    copytree(tiny_model, data_folder() / "models" / "mine")
    made = call_json(
        "pipeline", "run", "--model", "mine", "--seed", 11, "--size", 16, "--keep", 8, "--format", ending,
        "--enhancer", "lanczos", "--out", tmp_path / "out",
    )  # fmt: skip
    assert [model.name for model in model_store().list()][-1:] != []

    for file in made["files"]:
        again = call_json("results", "reproduce", file["path"], "--out", tmp_path / "again")
        assert again["identical"] is True
        assert Path(again["path"]).read_bytes() == Path(file["path"]).read_bytes()


def test_json_is_the_only_thing_on_stdout(tiny_model: Path, tmp_path: Path) -> None:
    result = call("pipeline", "run", "--model", tiny_model, "--size", 8, "--out", tmp_path / "out", "--json")

    assert json.loads(result.stdout)["state"] == "done"


def test_settings_of_a_file_are_taken_and_options_win_over_them(tiny_model: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text(
        f'model = "{tiny_model.as_posix()}"\n[generation]\ncount = 2\nseed = 3\n'
        '[enhancement]\nside = 16\n[enhancement.enhancer]\nkind = "lanczos"\n[conversion]\nformat = "webp"\n'
    )

    shown = call_json("pipeline", "show-config", "--config", config, "--seed", 9)
    made = call_json(
        "pipeline", "run", "--config", config, "--seed", 9, "--no-sheet", "--out", tmp_path / "out"
    )

    assert (shown["generation"]["count"], shown["generation"]["seed"]) == (2, 9)
    assert [(file["seed"], file["media_type"]) for file in made["files"]] == [
        (9, "image/webp"),
        (10, "image/webp"),
    ]


def test_input_pictures_may_keep_their_format_and_what_hangs_on_them(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    Image.new("RGB", (9, 7), "red").save(tmp_path / "a.jpg", exif=exif)
    Image.new("L", (5, 5), 128).save(tmp_path / "b.bmp")
    paths = [(tmp_path / name).as_posix() for name in ("a.jpg", "b.bmp")]
    config = tmp_path / "run.toml"
    config.write_text(
        f'[generation]\nsource = {{ kind = "pictures", paths = {json.dumps(paths)} }}\n'
        "[conversion]\npreserve = true\nkeep_format = true\ncontact_sheet = false\n"
        '[enhancement]\nside = 20\nenhancer = { kind = "lanczos" }\n'
    )

    made = call_json("pipeline", "run", "--config", config, "--out", tmp_path / "out")

    assert [file["media_type"] for file in made["files"]] == ["image/jpeg", "image/png"]
    with Image.open(made["files"][0]["path"]) as photo, Image.open(made["files"][1]["path"]) as grey:
        assert photo.getexif()[0x010F] == "A camera"
        assert grey.mode == "L"


def test_one_damaged_picture_is_reported_and_the_others_are_made(tmp_path: Path) -> None:
    Image.new("RGB", (9, 7), "red").save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    Image.new("L", (5, 5), 128).save(tmp_path / "grey.png")
    paths = [(tmp_path / name).as_posix() for name in ("good.png", "bad.png", "grey.png")]
    config = tmp_path / "run.toml"
    config.write_text(f'[generation]\nsource = {{ kind = "pictures", paths = {json.dumps(paths)} }}\n')

    made = call_json(
        "pipeline",
        "run",
        "--config",
        config,
        "--size",
        20,
        "--enhancer",
        "lanczos",
        "--out",
        tmp_path / "out",
        code=1,
    )

    assert made["state"] == "partial"
    assert len([file for file in made["files"] if file["role"] == "final"]) == 2
    [reason] = made["failed"].values()
    assert "bad.png" in reason


LISTED = [1, 5, 9, 10, 11]


def test_listed_seeds_make_the_very_pictures_that_each_makes_alone(tiny_model: Path, tmp_path: Path) -> None:
    common = ("pipeline", "run", "--model", tiny_model, "--size", 16, "--enhancer", "lanczos")
    assert call(*common, "--seeds", "5,1,9-11", "--out", tmp_path / "listed").exit_code == 0
    for seed in LISTED:
        assert call(*common, "--seed", seed, "--count", 1, "--out", tmp_path / "alone").exit_code == 0
    alone = {path.name: path.read_bytes() for path in (tmp_path / "alone").glob("2*/seed*.png")}
    assert finals(tmp_path / "listed") == alone
    assert len(alone) == len(LISTED)
    picture = next((tmp_path / "listed").glob("2*/seed9_16x16.png"))
    copytree(tiny_model, data_folder() / "models" / "mine")
    assert call_json("results", "reproduce", picture)["identical"]


def test_a_run_of_listed_seeds_makes_what_is_missing_when_it_goes_on(
    tiny_model: Path, tmp_path: Path
) -> None:
    run = ("pipeline", "run", "--model", tiny_model, "--size", 16, "--enhancer", "lanczos")
    queued = call_json(*run, "--seeds", "1,5,9-11", "--queue")
    first = Flag()

    def stop(event: Event) -> None:
        if isinstance(event, ImageStored):
            first.set()

    queue = SqlRunQueue(tmp_path / "artgen-results")
    ended = run_claimed(queue, queue.claim(queued["id"]), listener=stop, cancelled=first)
    assert 0 < ended.record.done < len(LISTED)
    assert call("runs", "resume", queued["id"]).exit_code == 0
    stored = [file for file in call_json("results", "show", queued["id"]) if file["role"] == "final"]
    assert [file["seed"] for file in stored] == LISTED


def test_listed_seeds_of_a_file_give_way_to_options_and_options_to_them(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("[generation]\nseeds = [3, 8]\n")
    shown = ("pipeline", "show-config", "--config", file)
    assert call_json(*shown)["generation"]["seeds"] == [3, 8]
    assert call_json(*shown, "--seed", 4)["generation"].items() >= {"seed": 4, "count": 1}.items()
    file.write_text("[generation]\nseed = 3\ncount = 9\n")
    generation = call_json(*shown, "--seeds", "7,1-2")["generation"]
    assert generation["seeds"] == [7, 1, 2]
    assert not {"seed", "count"} & generation.keys()
    (tmp_path / "again.toml").write_text(call(*shown, "--seeds", "7,1-2").stdout)
    assert (
        call_json("pipeline", "show-config", "--config", tmp_path / "again.toml")["generation"] == generation
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seeds", "1,1"], "--seeds: wanted each seed once, and 1 comes twice, got '1,1'"),
        (["--seeds", "9-1"], "--seeds: wanted ranges that count up, such as 1-9, got '9-1'"),
        (["--seeds", "1-200"], "--seeds: wanted at most 100 seeds, got '1-200'"),
        (["--seeds", "one"], "--seeds: wanted seeds and ranges of seeds, such as 1,5,9-12, got 'one'"),
        (["--seeds", "1", "--seed", 2], "--seeds: it lists the seed of every picture, so wanted it alone, got --seed 2 too"),
        (["--seeds", "1", "--count", 2], "so wanted it alone, got --count 2 too"),
    ],
)  # fmt: skip
def test_a_list_of_seeds_that_makes_no_sense_is_refused_in_one_line(options: list[object], said: str) -> None:
    refused = call("pipeline", "run", *options)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
