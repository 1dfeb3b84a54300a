"""Writes networks as ncnn keeps them, by hand: nothing of the reader is used."""

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import Tensor

HALF = struct.pack("<I", 0x01306B47)
SINGLE = struct.pack("<I", 0)


class Files(NamedTuple):
    """Content of a ``.bin`` and of its ``.param``."""

    content: bytes
    description: bytes


class Writer:
    """Writes one line and its values after the other; results are counted, and split where they are taken twice."""

    def __init__(self, state: Mapping[str, Tensor], *, half: bool = True) -> None:
        self._state = state
        self._half = half
        self._lines: list[tuple[str, str, list[str], str]] = []
        self._content = b""

    def layer(self, kind: str, *sources: str, numbers: str = "") -> str:
        name = f"{kind}_{len(self._lines)}"
        self._lines.append((kind, name, list(sources), numbers))
        return f"r{len(self._lines)}"

    def convolution(self, source: str, key: str, *, leaky: bool = False) -> str:
        weight, bias = self._state[f"{key}.weight"], self._state[f"{key}.bias"]
        values = weight.flatten().tolist()
        if self._half:
            self._content += HALF + struct.pack(f"<{len(values)}e", *values)
            self._content += b"\0" * (-len(self._content) % 4)
        else:
            self._content += SINGLE + struct.pack(f"<{len(values)}f", *values)
        self._content += struct.pack(f"<{len(bias)}f", *bias.tolist())
        numbers = f"0={len(bias)} 1=3 4=1 5=1 6={len(values)}" + (
            " 9=2 -23310=1,2.000000e-01" if leaky else ""
        )
        return self.layer("Convolution", source, numbers=numbers)

    def slopes(self, source: str, key: str) -> str:
        slopes = self._state[f"{key}.weight"].tolist()
        self._content += struct.pack(f"<{len(slopes)}f", *slopes)
        return self.layer("PReLU", source, numbers=f"0={len(slopes)}")

    def files(self) -> Files:
        lines = self._with_splits()
        results = sum(int(line.split()[3]) for line in lines)
        return Files(self._content, "\n".join(["7767517", f"{len(lines)} {results}", *lines, ""]).encode())

    def _with_splits(self) -> list[str]:
        users: dict[str, int] = {}
        for _, _, sources, _ in self._lines:
            for source in sources:
                users[source] = users.get(source, 0) + 1
        left = dict(users)
        lines: list[str] = []
        for place, (kind, name, sources, numbers) in enumerate(self._lines, start=1):
            taken = []
            for source in sources:
                left[source] -= 1
                taken.append(f"{source}_{left[source]}" if users[source] > 1 else source)
            lines.append(
                f"{kind:16} {name:16} {len(taken)} 1 {' '.join([*taken, f'r{place}'])} {numbers}".rstrip()
            )
            if users.get(f"r{place}", 0) > 1:
                copies = " ".join(f"r{place}_{copy}" for copy in range(users[f"r{place}"]))
                lines.append(f"Split split_{place} 1 {users[f'r{place}']} r{place} {copies}")
        return lines


def compact(state: Mapping[str, Tensor], depth: int, *, half: bool = True) -> Files:
    """Return an SRVGGNetCompact of scale 4."""
    writer = Writer(state, half=half)
    picture = features = writer.layer("Input")
    for index in range(depth + 1):
        features = writer.slopes(writer.convolution(features, f"body.{2 * index}"), f"body.{2 * index + 1}")
    large = writer.layer("PixelShuffle", writer.convolution(features, f"body.{2 * depth + 2}"), numbers="0=4")
    plain = writer.layer("Interp", picture, numbers="0=1 1=4.000000e+00 2=4.000000e+00")
    writer.layer("BinaryOp", large, plain)
    return writer.files()


def rrdb(state: Mapping[str, Tensor], blocks: int) -> Files:
    """Return an RRDBNet of scale 4."""
    writer = Writer(state)
    first = features = writer.convolution(writer.layer("Input"), "conv_first")
    for block in range(blocks):
        before = features
        for dense in range(1, 4):
            features = _dense(writer, features, f"body.{block}.rdb{dense}")
        features = _fifth_of(writer, features, before)
    features = writer.layer("BinaryOp", first, writer.convolution(features, "conv_body"))
    for key in ("conv_up1", "conv_up2"):
        larger = writer.layer("Interp", features, numbers="0=1 1=2.000000e+00 2=2.000000e+00")
        features = writer.convolution(larger, key, leaky=True)
    writer.convolution(writer.convolution(features, "conv_hr", leaky=True), "conv_last")
    return writer.files()


def _dense(writer: Writer, source: str, key: str) -> str:
    features: Sequence[str] = [source]
    for index in range(1, 5):
        joined = writer.layer("Concat", *features) if index > 1 else source
        features = [*features, writer.convolution(joined, f"{key}.conv{index}", leaky=True)]
    return _fifth_of(writer, writer.convolution(writer.layer("Concat", *features), f"{key}.conv5"), source)


def _fifth_of(writer: Writer, features: str, source: str) -> str:
    return writer.layer("Eltwise", features, source, numbers="0=1 -23301=2,2.000000e-01,1.000000e+00")
