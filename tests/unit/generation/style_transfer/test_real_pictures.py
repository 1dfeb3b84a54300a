"""VGG19's own features on a photograph and a glass window."""

from pathlib import Path

import pytest
import torch

from components.generation.style_transfer.algorithm import Unattended
from components.generation.style_transfer.generator import StyleGenerator
from interfaces.igs import IGS, Stylize
from tests.unit.generation.style_transfer.small_features import Remembers


@pytest.mark.parametrize("algorithm", ["gatys", "moments", "sliced-wasserstein"])
def test_a_photograph_comes_near_to_the_style_and_stays_what_it_is(real_data: Path, algorithm: str) -> None:
    weights = real_data / "weights" / "vgg19-features.safetensors"
    content, style = (real_data / "style" / name for name in ("chelsea.png", "mosaic.jpg"))
    if not all(path.is_file() for path in (weights, content, style)):
        pytest.skip(f"no pictures and weights of style transfer in {real_data}")
    source = Stylize(
        paths=(content,),
        styles=(style,),
        algorithm=algorithm,
        size=64,
        smallest=32,
        steps=40,
        features=str(weights),
    )
    attendant = Remembers()
    (made,) = StyleGenerator(attendant).generate(IGS(count=1, seed=1, source=source), None)
    fine = [values for _, values in attendant.trail if values["side"] == 64]
    assert fine[-1]["style"] < 0.35 * fine[0]["style"]
    plain = source.model_copy(update={"style_weight": 0.0, "smoothness": 0.0, "steps": 1, "smallest": 64})
    (photograph,) = StyleGenerator(Unattended()).generate(IGS(count=1, seed=1, source=plain), None)
    alike = torch.corrcoef(torch.stack([made.images.mean(1).flatten(), photograph.images.mean(1).flatten()]))
    assert alike[0, 1] > 0.6
