"""What stands under a picture on a contact sheet."""

from pathlib import Path

from components.conversion.document import Document, read_metadata
from components.conversion.names import seed_of
from interfaces.errors import DataError

__all__ = ["caption_of"]


def caption_of(path: Path) -> str:
    """Return the seed of a picture file, and its style where one was asked for; nothing where neither is known.

    The file says it of itself. One without metadata has its seed in its name.

    Raises:
        StorageError: it cannot be read.
    """
    seed, style = seed_of(path.name), ""
    try:
        metadata = read_metadata(path)
    except DataError:  # whether it is a picture at all is told by who draws it
        metadata = None
    if metadata is not None:
        document = Document.model_validate(metadata)
        seed = document.seed
        named = [record.settings.get("style") for record in document.chain if record.stage == "generation"]
        style = next((f"  {' '.join(each.split())}" for each in named if isinstance(each, str)), "")
    return "" if seed is None else f"seed {seed}{style}"
