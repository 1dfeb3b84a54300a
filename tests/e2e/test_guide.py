import re
import tomllib

from pipeline import PipelineConfig, load_config
from tests.e2e.cli import ROOT


def test_the_configuration_of_the_guide_is_valid_and_says_the_defaults() -> None:
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    config = load_config(tomllib.loads(block))

    assert set(tomllib.loads(block)) <= set(PipelineConfig.model_fields)
    assert (config.conversion.quality, config.enhancement.side, config.chunk_size) == (92, 1024, 4)
