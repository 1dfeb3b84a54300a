"""Serves the page, with a worker beside it."""

import signal
import socket
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from components.conversion import read_metadata
from components.ui.page.guard import Login
from components.ui.page.server import make_server
from interfaces.errors import StorageError
from interfaces.page import PageParts
from pipeline.factories.stores import local_models
from pipeline.page.desk import QueueDesk
from pipeline.page.worker import WorkerBeside
from storage.gallery import SqlGallery
from storage.known_stores import remember
from storage.paths import cache_folder
from storage.result_store import SqlResultStore
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue

__all__ = ["serve"]

_OWN = ("127.0.0.1", "localhost", "::1")


def serve(
    root: Path, host: str, port: int, *, login: Login | None = None, with_worker: bool = True
) -> Callable[[], None]:
    """Return what serves the page of the store in ``root`` until Ctrl-C; the port is taken already.

    Raises:
        StorageError: the store cannot be opened, or the address is taken.
    """
    import uvicorn

    parts = PageParts(
        desk=QueueDesk(root),
        queue=SqlRunQueue(root),
        results=SqlResultStore(root),
        gallery=SqlGallery(root),
        models=local_models(),
        thumbnails=DirectoryFolder(cache_folder() / "thumbnails"),
        read_metadata=read_metadata,
    )
    remember(root)
    server = make_server(parts, hosts=(*_OWN, host, socket.gethostname()), login=login)
    taken = _listen(host, port)
    config = uvicorn.Config(server, log_level="warning", ws="none", timeout_graceful_shutdown=2)

    def run() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # the server raises them once more when it has ended
            signal.signal(number, _leave)
        with WorkerBeside(root) if with_worker else nullcontext():
            uvicorn.Server(config).run(sockets=[taken])

    return run


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # to end a server is no failure of it


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise StorageError(
            f"{host}:{port} cannot be listened at: {error.strerror or error}; --port names another"
        ) from error
    taken.listen(128)
    return taken
