"""Chunks that pass the enhancer together are what they are alone."""

from collections.abc import Iterator

import torch

from components.enhancement import LanczosEnhancer
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.provenance import Origin, StageRecord
from pipeline.orchestrator.together import groups, joined, parted, split


def chunk(seed: int, count: int = 1, side: int = 4, *, clear: bool = False) -> IGDT:
    generator = torch.Generator().manual_seed(seed)
    return IGDT(
        images=torch.rand(count, 3, side, side, generator=generator) * 2 - 1,
        alpha=torch.rand(count, 1, side, side, generator=generator) if clear else None,
        seeds=tuple(range(seed, seed + count)),
        origins=tuple(Origin(name=f"{seed + i}.png", sha256="0" * 64) for i in range(count)),
        provenance=(StageRecord(stage="generation", component="pictures", settings={"seed": seed}),),
    )


def test_neighbours_of_one_size_come_together_up_to_the_limit() -> None:
    chunks = [chunk(0), chunk(1), chunk(2), chunk(3, side=6), chunk(4, side=6), chunk(5)]
    found = [[each.seeds[0] for each in group] for group in groups(chunks, 2)]
    assert found == [[0, 1], [2], [3, 4], [5]]
    assert [[each.seeds for each in group] for group in groups([chunk(0, 3), chunk(3)], 2)] == [
        [(0, 1, 2)], [(3,)],
    ]  # fmt: skip


def test_a_group_is_handed_on_before_more_is_drawn_than_it_holds() -> None:
    drawn: list[int] = []

    def chunks() -> Iterator[IGDT]:
        for seed in range(4):
            drawn.append(seed)
            yield chunk(seed)

    next(groups(chunks(), 2))
    assert drawn == [0, 1]


def test_what_was_enlarged_together_is_what_it_is_alone() -> None:
    chunks = [chunk(0), chunk(1, 2, clear=True), chunk(3)]
    settings = IES(side=8, keep=(4,))
    together = list(parted(LanczosEnhancer().enhance(joined(chunks), settings), chunks))
    alone = [LanczosEnhancer().enhance(each, settings) for each in chunks]
    for one, other in zip(together, alone, strict=True):
        assert (one.seeds, one.origins, one.provenance) == (other.seeds, other.origins, other.provenance)
        for sized, same in zip((one.final, *one.kept), (other.final, *other.kept), strict=True):
            torch.testing.assert_close(sized.images, same.images)
            assert (sized.alpha is None) == (same.alpha is None)


def test_the_pieces_of_a_chunk_are_the_chunk() -> None:
    whole = chunk(0, 5, clear=True)
    pieces = list(split(whole, 2))
    assert [len(piece.seeds) for piece in pieces] == [2, 2, 1]
    assert torch.equal(joined(pieces).images, whole.images)
    assert joined(pieces).origins == whole.origins
