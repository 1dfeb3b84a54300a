"""What passes together: seeds in one call of the generator, chunks of images in one of the enhancer, and files of one image."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from interfaces.iedt import IEDT, SizedImages
from interfaces.igdt import IGDT
from interfaces.igs import IGS
from interfaces.iodt import IODT

__all__ = ["groups", "joined", "parted", "split", "stretches", "styled"]


def stretches(igs: IGS, missing: Sequence[int]) -> Iterator[IGS]:
    """Yield settings for each stretch of neighbours in ``missing``; input pictures come one by one.

    One by one, because a picture that cannot be read ends the generator that was asked for it.
    """
    one_by_one = igs.source.most is not None
    for indices in [[index] for index in missing] if one_by_one else [missing]:
        yield from igs.stretches(indices)


def styled(data: IODT, styles: Mapping[int, str | None]) -> IODT:
    """Return ``data`` with the style of each picture, by its seed; a contact sheet has none."""
    return IODT(
        files=tuple(
            file if file.seed is None else file.model_copy(update={"style": styles.get(file.seed)})
            for file in data.files
        )
    )


def split(data: IGDT, size: int) -> Iterator[IGDT]:
    """Yield ``data`` in pieces of at most ``size`` images."""
    if len(data.seeds) <= size:
        yield data
        return
    for start in range(0, len(data.seeds), size):
        part = slice(start, start + size)
        yield IGDT(
            images=data.images[part],
            alpha=None if data.alpha is None else data.alpha[part],
            seeds=data.seeds[part],
            origins=data.origins[part],
            provenance=data.provenance,
        )


def groups(chunks: Iterable[IGDT], size: int) -> Iterator[Sequence[IGDT]]:
    """Yield neighbours of one width and height together, as long as they are at most ``size`` images."""
    waiting: list[IGDT] = []
    for chunk in chunks:
        count = sum(len(each.seeds) for each in waiting) + len(chunk.seeds)
        if waiting and (count > size or chunk.images.shape[2:] != waiting[0].images.shape[2:]):
            yield waiting
            waiting, count = [], len(chunk.seeds)
        waiting.append(chunk)
        if count >= size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def joined(chunks: Sequence[IGDT]) -> IGDT:
    """Return chunks of one width and height as one, which has the provenance of the first."""
    if len(chunks) == 1:
        return chunks[0]
    has_alpha = any(chunk.alpha is not None for chunk in chunks)
    return IGDT(
        images=torch.cat([chunk.images for chunk in chunks]),
        alpha=torch.cat([_opacity(chunk) for chunk in chunks]) if has_alpha else None,
        seeds=tuple(seed for chunk in chunks for seed in chunk.seeds),
        origins=tuple(origin for chunk in chunks for origin in chunk.origins),
        provenance=chunks[0].provenance,
    )


def parted(enlarged: IEDT, chunks: Sequence[IGDT]) -> Iterator[IEDT]:
    """Yield what became of each of the chunks that were joined: with its own opacity, origins and provenance."""
    added = enlarged.provenance[len(chunks[0].provenance) :]
    start = 0
    for chunk in chunks:
        part = slice(start, start + len(chunk.seeds))
        start = part.stop
        is_opaque = chunk.alpha is None
        yield IEDT(
            final=_part(enlarged.final, part, is_opaque),
            kept=tuple(_part(sized, part, is_opaque) for sized in enlarged.kept),
            seeds=chunk.seeds,
            origins=chunk.origins,
            enhancer=enlarged.enhancer,
            weights_sha256=enlarged.weights_sha256,
            provenance=(*chunk.provenance, *added),
        )


def _part(sized: SizedImages, part: slice, is_opaque: bool) -> SizedImages:
    alpha = None if is_opaque or sized.alpha is None else sized.alpha[part]
    return SizedImages(images=sized.images[part], alpha=alpha)


def _opacity(chunk: IGDT) -> Tensor:
    n, _, height, width = chunk.images.shape
    return torch.ones(n, 1, height, width) if chunk.alpha is None else chunk.alpha
