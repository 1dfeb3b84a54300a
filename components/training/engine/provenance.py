"""What a finished network carries of its training."""

from pydantic import JsonValue

from components.training.checkpoints.state import Parts
from components.training.engine.recorder import Recorder
from components.training.settings.basic import BasicSettings
from interfaces.ipdt import IPDT
from interfaces.marks import without_paths

__all__ = ["provenance"]


def provenance(
    state: Parts, settings: BasicSettings, data: IPDT, recorder: Recorder, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return what all trainings tell, and what one kind tells ``more``, or otherwise.

    Files are named without their paths, and by their digests; earlier data only where there were any.
    """
    earlier: list[JsonValue] = [each.model_dump() for each in recorder.earlier_data]
    return {
        "dataset": data.dataset,
        "data_fingerprint": data.fingerprint,
        "images": int((data.is_test == 0).sum()),
        "settings": without_paths(settings),
        "steps": state.step,
        "epochs": state.epoch + 1,
        "seconds": round(state.seconds, 3),
        **more,
        **{f"{name}_sha256": digest for name, digest in recorder.digests.items()},
        **({"earlier_data": earlier} if earlier else {}),
    }
