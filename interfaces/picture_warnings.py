"""What the picture library is to say of a file, and what not: for whoever looks at pictures, decoded or by their headers."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["librarys_warnings"]


@contextmanager
def librarys_warnings() -> Iterator[None]:
    """Let Pillow raise where it would warn of a decompression bomb, and be silent where it would name no file.

    Filters of warnings belong to the whole process: enter this once around many pictures, not in each thread.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL(\..*)?$")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
