"""The networks of Real-ESRGAN in ncnn's files: which layer there is which tensor in the official weights."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import Tensor

from components.networks.ncnn import Layer, Value, parse_layers, read_values
from interfaces.errors import WeightsError

__all__ = ["parse_ncnn"]

Numbers = Mapping[int, Value]

_LEAKY: Numbers = {9: 2, 10: (0.2,)}
_FIFTH: Numbers = {0: 1, 1: (0.2, 1.0)}
_SIZES = {"Convolution": {0, 6}, "PReLU": {0}}
"""Numbers that say how wide a layer is: any width will do, if the tensors fit together."""


class _Node(NamedTuple):
    """A layer without names: what it does, to the results of which other ones."""

    kind: str
    sources: tuple[int, ...]
    numbers: Numbers


def parse_ncnn(content: bytes, description: bytes) -> Mapping[str, Tensor]:
    """Return the tensors of an RRDBNet (x4) or an SRVGGNetCompact under the keys of the official weights.

    The layers are compared one by one with those that such a network has: a network that merely resembles one is refused,
    and not enlarged with.

    Args:
        content: of the ``.bin``.
        description: of the ``.param``.

    Returns:
        Float32, as ``conv_first.weight`` or ``body.0.weight`` (out, in, 3, 3).

    Raises:
        WeightsError: the files are damaged, do not belong together, or are of another network.
    """
    layers = parse_layers(_text(description))
    plan = _plan(layers)
    found = _without_names(layers)
    for (name, node), wanted in zip(found, plan.nodes, strict=False):
        if node != wanted:
            raise WeightsError(
                f"layer {name}: wanted {_shown(wanted)} as in {plan.network}, got {_shown(node)}; known are RRDBNet of scale 4"
                " and SRVGGNetCompact"
            )
    if len(found) != len(plan.nodes):
        raise WeightsError(f"wanted the {len(plan.nodes)} layers of {plan.network}, got {len(found)}")
    keys = {name: key for (name, _), key in zip(found, plan.keys, strict=True)}
    values = read_values(layers, content)
    return {
        f"{keys[name]}.{part}": tensor for name, parts in values.items() for part, tensor in parts.items()
    }


def _text(description: bytes) -> str:
    try:
        return description.decode("ascii")
    except UnicodeDecodeError as error:
        raise WeightsError(f"wanted an ncnn text, got other bytes: {error}") from error


def _without_names(layers: Sequence[Layer]) -> list[tuple[str, _Node]]:
    """Return the layers with the places of those whose results they take; splits do nothing, and are passed through."""
    places: dict[str, int] = {}
    found: list[tuple[str, _Node]] = []
    for layer in layers:
        try:
            sources = tuple(places[name] for name in layer.sources)
        except KeyError as error:
            raise WeightsError(
                f"layer {layer.name}: wanted the result {error} of a layer before it, found none"
            ) from None
        if layer.kind == "Split":
            places |= dict.fromkeys(layer.results, sources[0] if sources else len(found))
            continue
        places |= dict.fromkeys(layer.results, len(found))
        sizes = _SIZES.get(layer.kind, set())
        # what is not given is 0
        numbers = {key: value for key, value in layer.numbers.items() if key not in sizes and value != 0}
        found.append((layer.name, _Node(layer.kind, sources, numbers)))
    return found


def _shown(node: _Node) -> str:
    numbers = "".join(f" {key}={value}" for key, value in sorted(node.numbers.items()))
    return f"{node.kind} of {list(node.sources)}{numbers}"


class _Plan:
    """The layers of a network, in the order in which it is computed."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.nodes: list[_Node] = []
        self.keys: list[str] = []
        """Of the tensors in the official weights; empty where a layer has none."""

    def add(self, kind: str, *sources: int, numbers: Numbers | None = None, key: str = "") -> int:
        """Add a layer and return its place."""
        self.nodes.append(_Node(kind, sources, numbers or {}))
        self.keys.append(key)
        return len(self.nodes) - 1

    def convolve(self, source: int, key: str, *, leaky: bool = False) -> int:
        """Add a 3x3 convolution with a bias, and leaky ReLU of slope 0.2 where it says so."""
        numbers = {1: 3, 4: 1, 5: 1, **(_LEAKY if leaky else {})}
        return self.add("Convolution", source, numbers=numbers, key=key)

    def join(self, features: Sequence[int]) -> int:
        """Add the joining of channels, where there is something to join."""
        return self.add("Concat", *features) if len(features) > 1 else features[0]

    def enlarge(self, source: int, scale: int) -> int:
        """Add the enlargement by nearest neighbours."""
        return self.add("Interp", source, numbers={0: 1, 1: float(scale), 2: float(scale)})


def _plan(layers: Sequence[Layer]) -> _Plan:
    convolutions = sum(layer.kind == "Convolution" for layer in layers)
    shuffles = [layer for layer in layers if layer.kind == "PixelShuffle"]
    if shuffles:
        return _compact(max(1, convolutions - 2), shuffles[0].size(0))
    return _rrdb(max(1, (convolutions - 6) // 15))


def _compact(depth: int, scale: int) -> _Plan:
    """SRVGGNetCompact: convolutions with PReLU, pixel shuffle, and the enlargement by nearest neighbours added."""
    plan = _Plan(f"SRVGGNetCompact of {depth} convolutions")
    source = plan.add("Input")
    features = source
    for index in range(depth + 1):
        features = plan.add(
            "PReLU", plan.convolve(features, f"body.{2 * index}"), key=f"body.{2 * index + 1}"
        )
    features = plan.convolve(features, f"body.{2 * depth + 2}")
    shuffled = plan.add("PixelShuffle", features, numbers={0: scale})
    plan.add("BinaryOp", shuffled, plan.enlarge(source, scale))
    return plan


def _rrdb(blocks: int) -> _Plan:
    """RRDBNet: residual blocks of three dense blocks of five convolutions each, then two enlargements by two."""
    plan = _Plan(f"RRDBNet of {blocks} blocks")
    first = body = plan.convolve(plan.add("Input"), "conv_first")
    for block in range(blocks):
        start = body
        for dense in (1, 2, 3):
            body = _dense(plan, body, f"body.{block}.rdb{dense}")
        body = plan.add("Eltwise", body, start, numbers=_FIFTH)
    features = plan.add("BinaryOp", first, plan.convolve(body, "conv_body"))
    for key in ("conv_up1", "conv_up2"):
        features = plan.convolve(plan.enlarge(features, 2), key, leaky=True)
    plan.convolve(plan.convolve(features, "conv_hr", leaky=True), "conv_last")
    return plan


def _dense(plan: _Plan, source: int, key: str) -> int:
    features = [source]
    for index in range(1, 5):
        features.append(plan.convolve(plan.join(features), f"{key}.conv{index}", leaky=True))
    return plan.add("Eltwise", plan.convolve(plan.join(features), f"{key}.conv5"), source, numbers=_FIFTH)
