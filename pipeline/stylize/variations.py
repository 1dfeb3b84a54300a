"""What differs from picture to picture in a study of style transfer."""

from collections.abc import Collection, Sequence

from interfaces.errors import SettingsError
from interfaces.igs import StyleVariation

__all__ = ["GRID", "PREVIEW", "algorithms", "weight_grid"]

GRID = (0.2, 1.0, 5.0)
"""Weights of a grid, where nobody names others: a fifth of the algorithm's own balance, that, and five times as much."""
PREVIEW = {"size": 128, "smallest": 64, "steps": 60}
"""Settings of a preview, where nobody gives others: seconds for a picture."""


def weight_grid(content: Sequence[float] = GRID, style: Sequence[float] = GRID) -> list[StyleVariation]:
    """Return a variation for each content weight with each style weight, a row of the grid for each content weight.

    >>> [each.title for each in weight_grid([1], [0.5, 2])]
    ['content 1, style 0.5', 'content 1, style 2']
    """
    return [
        StyleVariation(
            title=f"content {one:g}, style {other:g}", changes={"content_weight": one, "style_weight": other}
        )
        for one in content
        for other in style
    ]


def algorithms(names: Collection[str], given: Collection[str]) -> list[StyleVariation]:
    """Return a variation for each algorithm of these names.

    Args:
        names: of algorithms; none: all that need no trained network.
        given: settings that the user has given; an algorithm that makes no use of one leaves it as usual.

    Raises:
        SettingsError: there is no such algorithm.
    """
    from components.generation.style_transfer.registry import STYLE_ALGORITHMS
    from interfaces.igs import Stylize

    found = []
    for name in names or STYLE_ALGORITHMS:
        if name == "feedforward" and not names:
            continue  # it has a style of its own
        uses = STYLE_ALGORITHMS.resolve(name)().uses
        # the file of the features is found for all of them together
        unused = [each for each in sorted({*given, "features"} & _OF_SOME) if each not in uses]
        usual = {each: Stylize.model_fields[each].get_default(call_default_factory=True) for each in unused}
        found.append(StyleVariation(title=name, changes={"algorithm": name, **usual}))
    if len(found) < 2:
        raise SettingsError(f"--compare: wanted at least 2 algorithms, got {', '.join(names)}")
    return found


_OF_SOME = frozenset(
    {
        "blend", "style_scale", "content_weight", "style_weight", "smoothness", "content_layers", "style_layers",
        "start", "optimizer", "steps", "smallest", "pooling", "features",
    }
)  # fmt: skip
"""Settings of which some algorithms make no use."""
