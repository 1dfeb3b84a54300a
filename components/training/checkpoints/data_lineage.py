"""Which data sets a training has learnt from, where it went on with another one."""

from collections.abc import Callable
from pathlib import Path

from components.training.checkpoints.store import CheckpointNote, EarlierData
from components.training.settings.basic import BasicSettings
from interfaces.errors import CheckpointError
from interfaces.ipdt import IPDT

__all__ = ["earlier_data"]


def earlier_data(
    note: CheckpointNote,
    data: IPDT,
    settings: BasicSettings,
    folder: Path,
    tell: Callable[[str, str], None],
) -> tuple[EarlierData, ...]:
    """Return the data sets other than ``data`` that the training of ``note`` learnt from, oldest first.

    Args:
        note: of the checkpoint that is gone on from.
        data: what it goes on with.
        settings: say whether these may be others than before.
        folder: of the training, to be named.
        tell: is warned, at level ``warning``, where they are others.

    Raises:
        CheckpointError: they are others, which is not allowed, or they are of other styles, which the model knows
            apart by their place.
    """
    if note.data_fingerprint == data.fingerprint:
        return note.earlier_data
    styles = settings.knows_styles and note.styles not in ((), data.styles)
    was, now = (f" ({', '.join(each)})" if styles else "" for each in (note.styles, data.styles))
    what = (
        f"{folder} holds a training on other data: data fingerprint was {note.data_fingerprint} "
        f"({note.dataset or 'unnamed'}){was}, is {data.fingerprint} ({data.dataset}){now}"
    )
    if not settings.allow_different_data:
        raise CheckpointError(
            f"{what}. Give the same data, or another folder; --allow-different-data goes on with the new ones"
        )
    if styles:
        raise CheckpointError(
            f"{what}. The model knows styles by their place: wanted {', '.join(note.styles)}, "
            f"got {', '.join(data.styles)}; give data of the same styles, or another folder"
        )
    tell("warning", f"{what}; it goes on with the new ones")
    past = EarlierData(dataset=note.dataset, data_fingerprint=note.data_fingerprint, until_step=note.step)
    return (*note.earlier_data, past)
