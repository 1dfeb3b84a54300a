"""Our SRVGGNetCompact is Real-ESRGAN's: the same weights give the same pictures."""

import pytest
import torch
from torch import nn

from components.enhancement.architecture import PUBLISHED, Library, build, detect
from components.networks.srvgg import SRVGGNetCompact
from interfaces.trained_enhancer import CompactNetwork

ARCHITECTURE = CompactNetwork(features=8, depth=3, scale=4)


def _network(architecture: CompactNetwork = ARCHITECTURE) -> SRVGGNetCompact:
    return SRVGGNetCompact(architecture, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("library", sorted({PUBLISHED, "spandrel"}))
@pytest.mark.parametrize("scale", [2, 4])
def test_it_computes_what_the_published_implementations_do(library: Library, scale: int) -> None:
    network = _network(CompactNetwork(features=8, depth=3, scale=scale))
    state = network.state_dict()
    found = detect(state, "ours")
    theirs = build(found, state, "ours", library=library)
    small = torch.rand(2, 3, 6, 5, generator=torch.Generator().manual_seed(1))
    assert (found.kind, found.features, found.depth, found.scale) == ("SRVGGNetCompact", 8, 3, scale)
    torch.testing.assert_close(network(small), theirs(small))


def test_it_begins_near_the_plain_enlargement() -> None:
    small = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    added = _network(CompactNetwork())(small) - nn.functional.interpolate(small, scale_factor=4)
    assert 0 < float(added.detach().std()) < 0.2


def test_drawing_weights_leaves_everybody_s_randomness_alone() -> None:
    before = torch.get_rng_state()
    weights = [_network().state_dict() for _ in range(2)]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert torch.equal(torch.get_rng_state(), before)


def test_the_sum_is_in_float32_at_half_precision() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert _network()(torch.rand(1, 3, 4, 4)).dtype == torch.float32
