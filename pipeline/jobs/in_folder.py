"""Jobs that work in a folder of their own, and go on with what they find there."""

from pathlib import Path
from typing import NamedTuple

from interfaces.jobs import JobSettings
from interfaces.runs import RunRecord
from storage.known_stores import folder_of

__all__ = ["FolderJob", "Place"]


class Place(NamedTuple):
    """Where a job begins."""

    folder: Path | None
    """None where nobody has named one: the job has one in the user's data folder, named by its settings."""
    resume: bool
    """Whether it goes on with what is there."""


class FolderJob(JobSettings):
    """What such a job can be told of its folder."""

    out: Path | None = None
    """Folder of the job; None for one in the user's data folder, named by its settings."""
    resume: bool = False
    """Go on with what is in the folder."""

    @property
    def goes_on(self) -> bool:
        """Whether it goes on with what is in the folder."""
        return self.resume

    def place(self, record: RunRecord | None, root: Path) -> Place:
        """Return where the job begins, of the run ``record`` in the store ``root``: one that came to write goes on there."""
        own = folder_of(record, root) if record else None
        return Place(own or (self.out and self.out.absolute()), self.resume or own is not None)
