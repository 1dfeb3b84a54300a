"""Serves the page, with a worker beside it."""

import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Timer
from types import FrameType

from pydantic import JsonValue

from components.ui.page.guard import Login
from components.ui.page.server import make_server
from interfaces.errors import StorageError, WeightsError
from interfaces.exploration import Explorer
from interfaces.page import PageParts
from pipeline.factories.stores import local_models, local_weights
from pipeline.page.data_folders import DataFolders
from pipeline.page.desk import QueueDesk, trials_of
from pipeline.page.hiding import path_hider
from pipeline.page.shelf import LocalShelf
from pipeline.page.trainings import QueueTrainings
from pipeline.page.worker import WorkerBeside
from storage.gallery import SqlGallery
from storage.known_stores import remember
from storage.paths import cache_folder
from storage.previews import previews_of
from storage.result_store import SqlResultStore
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue
from storage.uploads import Uploads

__all__ = ["serve"]

_WORKER_AFTER_S, _PREPARE_AFTER_S = 1.5, 3.0
"""The first page is served before the worker, and this server, import what the first job needs."""
_OWN = ("127.0.0.1", "localhost", "::1")


def serve(
    root: Path,
    host: str,
    port: int,
    *,
    login: Login | None = None,
    with_worker: bool = True,
    data: Sequence[Path] = (),
    uploads_gb: float = 10,
) -> Callable[[], None]:
    """Return what serves the page of the store in ``root`` until Ctrl-C; the port is taken already.

    Args:
        root: folder of the result store.
        host: address to listen at.
        port: to listen at.
        login: who may use the page; None for everybody who reaches it.
        with_worker: do what is queued, by a worker beside it.
        data: folders whose folders and archives can be learnt from.
        uploads_gb: so much is kept of what is handed in, in 10⁹ bytes.

    Raises:
        SettingsError: one of ``data`` is no folder.
        StorageError: the store cannot be opened, or the address is taken.
    """
    import uvicorn

    uploads = Uploads(root, uploads_gb * 1e9)
    uploads.tidy()
    folders = DataFolders(data, uploads.archives)
    hide = path_hider([root, *folders.places])
    desk = QueueDesk(root)
    parts = PageParts(
        desk=desk,
        queue=SqlRunQueue(root),
        results=SqlResultStore(root),
        gallery=SqlGallery(root),
        models=local_models(),
        thumbnails=DirectoryFolder(cache_folder() / "thumbnails"),
        read_metadata=_read_metadata,
        shelf=LocalShelf(),
        trainings=QueueTrainings(root, desk, folders),
        uploads=uploads,
        explore=_explorers(),
        has_weights=_has_weights,
        hide=hide,
        previews=previews_of(root),
        trials=DirectoryFolder(trials_of(root)),
    )
    remember(root)
    server = make_server(parts, hosts=(*_OWN, host, socket.gethostname()), login=login)
    taken = _listen(host, port)
    config = uvicorn.Config(
        server, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=2
    )

    def run() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # the server raises them once more when it has ended
            signal.signal(number, _leave)
        with WorkerBeside(root, _WORKER_AFTER_S) if with_worker else nullcontext():
            prepare = Timer(_PREPARE_AFTER_S, desk.prepare)
            prepare.daemon = True
            prepare.start()
            uvicorn.Server(config).run(sockets=[taken])

    return run


def _explorers() -> Callable[[str], Explorer]:
    made: list[Callable[[str], Explorer]] = []

    def explore(name: str) -> Explorer:
        if not made:  # brings torch, and the page does not wait for that
            from pipeline.page.explorers import LocalExplorers

            made.append(LocalExplorers(LocalShelf()))
        return made[0](name)

    return explore


def _has_weights(name: str) -> bool:
    try:
        return local_weights().find(name) is not None
    except WeightsError:  # what is here is another file
        return False


def _read_metadata(file: Path | bytes) -> Mapping[str, JsonValue] | None:
    from components.conversion import read_metadata  # brings torch, and the page does not wait for that

    return read_metadata(file)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)  # to end a server is no failure of it


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) where the socket names its protocol: without it each takes 40 ms
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
