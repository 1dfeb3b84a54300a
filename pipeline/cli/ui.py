"""``artgen ui``: the page in the browser."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.jobs import DEFAULT_STORE
from pipeline.cli.output import Screen

if TYPE_CHECKING:
    from components.ui.page.guard import Login

__all__ = ["ui"]

_OWN = ("127.0.0.1", "localhost", "::1")


def ui(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 7860,
    auth: Annotated[str | None, typer.Option(metavar="USER:PASSWORD", help="Ask for these.")] = None,
    auth_file: Annotated[
        Path | None,
        typer.Option(
            help="File whose first line is USER:PASSWORD, which then stands in no list of processes."
        ),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure", help="Let everybody in who reaches an address other than this machine's own."
        ),
    ] = False,
    out: Annotated[
        Path, typer.Option(help="Result store that the page shows, and whose queue it works off.")
    ] = DEFAULT_STORE,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder whose folders, ZIPs and TARs can be learnt from, one training source each; may be repeated."
        ),
    ] = None,
    uploads_gb: Annotated[
        float,
        typer.Option(
            min=0.001, help="So much is kept of pictures and archives that are handed in, in 10⁹ bytes."
        ),
    ] = 10,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Do what is queued, by a worker beside the page.")
    ] = True,
) -> None:
    """Open the page: generate, watch, and look at pictures in the browser.

    Jobs outlive the page: what was begun goes on with the next worker, `artgen ui` or `artgen worker`.
    """
    with Screen(), _uncollected():
        _check_installed()
        from pipeline.page.serve import serve

        login = _login(auth, auth_file)
        _check_open(host, login, insecure)
        root = out.absolute()
        server = serve(
            root, host, port, login=login, with_worker=worker, data=data or (), uploads_gb=uploads_gb
        )
    typer.echo(f"artgen is at http://{'[::1]' if host == '::1' else host}:{port}; Ctrl-C ends it", err=True)
    server()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nothing look for garbage in the block, nor ever in what it has made.

    What is imported and built lives as long as the process; to look for garbage in it takes a seventh of the time until the page is
    there.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _check_installed() -> None:
    from importlib.util import find_spec

    from interfaces.errors import SettingsError

    if find_spec("gradio") is None:
        raise SettingsError(
            "the page wants libraries that are not here; pip install 'artgen[ui]' brings them"
        )


def _login(auth: str | None, file: Path | None) -> "Login | None":
    from components.ui.page.guard import Login
    from interfaces.errors import SettingsError, StorageError

    if auth is not None and file is not None:
        raise SettingsError("--auth, --auth-file: wanted one of the two, got both")
    text = auth
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8-sig").partition("\n")[0].strip()
        except OSError as error:
            raise StorageError(f"--auth-file {file} cannot be read: {error.strerror or error}") from error
    if text is None:
        return None
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise SettingsError(
            f"{'--auth' if file is None else '--auth-file'}: wanted USER:PASSWORD, got no such pair"
        )
    return Login(user, password)


def _check_open(host: str, login: "Login | None", insecure: bool) -> None:
    from interfaces.errors import SettingsError

    if host not in _OWN and login is None and not insecure:
        raise SettingsError(
            f"--host: {host} is reached by other machines, so wanted --auth USER:PASSWORD or --auth-file FILE, got none; "
            "--insecure lets everybody in"
        )
