"""Remembers for later processes how fast this machine is at each precision."""

from components.networks import speed
from storage.paths import cache_folder
from storage.run_folder import DirectoryFolder

__all__ = ["remember_speeds"]


def remember_speeds() -> None:
    """Have what is measured from now on noted in the user's cache folder, and found there."""
    speed.SPEEDS.keep_in(DirectoryFolder(cache_folder()))
