"""A look into a generator against the network taken apart by hand."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from components.exploration import LatentExplorer
from components.exploration.directions import principal_directions
from components.networks.build import load_generator
from components.networks.laboratory import LabGeneratorNet
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.igme import IGME
from interfaces.laboratory import LabGenerator
from pipeline.component_check.samples import random_model

SMALL = LabGenerator(side=8, first_side=2, widths=(6, 4), latent=2)
AT = (0.25, -0.5)


@pytest.fixture
def model(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "plain", architecture=SMALL)


@pytest.fixture
def by_class(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "classes", architecture=SMALL, conditional=True)


def layers_of(model: IGME) -> list[nn.Module]:
    network = load_generator(model)
    assert isinstance(network, LabGeneratorNet)
    return [*network.layers]


def through(layers: list[nn.Module], x: Tensor) -> list[Tensor]:
    made = []
    for layer in layers:
        x = layer(x)
        made.append(x)
    return made


def test_layers_are_named_by_their_place_and_what_they_are(model: IGME) -> None:
    assert [(each.name, each.shape) for each in LatentExplorer(model).layers] == [
        ("1-dense", (24,)),
        ("2-batch-norm", (24, 1, 1)),
        ("3-relu", (24, 1, 1)),
        ("4-convolution", (4, 4, 4)),
        ("5-batch-norm", (4, 4, 4)),
        ("6-relu", (4, 4, 4)),
        ("7-convolution", (1, 8, 8)),
        ("8-tanh", (1, 8, 8)),
    ]


def test_a_point_has_its_image_and_the_mean_of_what_each_layer_makes(model: IGME) -> None:
    dense, shape, *rest = layers_of(model)
    made = through([dense, shape, *rest], torch.tensor([AT]))
    computed = [
        each
        for layer, each in zip([dense, shape, *rest], made, strict=True)
        if not isinstance(layer, nn.Flatten | nn.Unflatten)
    ]
    look = LatentExplorer(model).point(AT)
    assert torch.equal(look.image, made[-1][0])
    assert [*look.means.values()] == pytest.approx([float(each.mean()) for each in computed])


def test_an_edit_is_what_the_rest_of_the_network_makes_of_zeros(model: IGME) -> None:
    layers = layers_of(model)
    made = through(layers, torch.tensor([AT]))
    place = (
        next(i for i, layer in enumerate(layers) if isinstance(layer, nn.ConvTranspose2d)) + 2
    )  # its activation
    explorer = LatentExplorer(model)
    for rows, channels in (((0, 3), ()), ((), (1,)), ((2,), (0, 2))):
        changed = made[place].clone()
        for row in rows:
            changed[:, :, row] = 0
        for channel in channels:
            changed[:, channel] = 0
        wanted = through(layers[place + 1 :], changed)[-1]
        edit = explorer.edit(AT, "6-relu", rows=rows, channels=channels)
        assert torch.equal(edit.after, wanted[0])
        assert torch.equal(edit.before, made[-1][0])


def test_a_class_makes_images_of_its_own(by_class: IGME) -> None:
    explorer = LatentExplorer(by_class)
    cool, warm = (explorer.point(AT, each) for each in by_class.styles)
    assert not torch.equal(cool.image, warm.image)
    network = load_generator(by_class)
    assert torch.equal(warm.image, network(torch.tensor([AT]), torch.tensor([1]))[0])


def test_a_straight_path_stays_straight_and_has_both_ends(model: IGME) -> None:
    path = LatentExplorer(model).path((-1, 1), (1, 0), 5)
    assert path.tolist() == [[-1, 1], [-0.5, 0.75], [0, 0.5], [0.5, 0.25], [1, 0]]


def test_images_of_many_points_do_not_depend_on_how_many_are_computed_at_once(model: IGME) -> None:
    explorer = LatentExplorer(model)
    points = torch.rand(300, 2, generator=torch.Generator().manual_seed(5)) * 2 - 1
    many = explorer.images(points)
    one_by_one = torch.stack([explorer.point(each.tolist()).image for each in points[::37]])
    assert many.shape == (300, 1, 8, 8)
    torch.testing.assert_close(many[::37], one_by_one, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ((0.1,), "wanted 2 numbers, as the latent space of sample has, got 1"),
        ((0.1, 1.01), r"wanted numbers in \[-1, 1\], got 0\.1, 1\.01"),
        ((0.1, float("nan")), "wanted 2 numbers"),
    ],
)
def test_a_point_of_another_space_is_refused(at: tuple[float, ...], said: str, model: IGME) -> None:
    with pytest.raises(SettingsError, match=said):
        LatentExplorer(model).point(at)


def test_what_is_not_there_is_refused_with_what_is(model: IGME, by_class: IGME) -> None:
    explorer = LatentExplorer(model)
    with pytest.raises(
        UnknownComponentError, match=r"unknown layer '6-rel'; known: 1-dense, .*Did you mean '6-relu'"
    ):
        explorer.activations(AT, "6-rel")
    with pytest.raises(SettingsError, match="sample knows no classes apart"):
        explorer.point(AT, "warm")
    with pytest.raises(SettingsError, match="sample wants one of cool, warm, got none"):
        LatentExplorer(by_class).point(AT)
    with pytest.raises(UnknownComponentError, match=r"unknown class 'worm'.*Did you mean 'warm'"):
        LatentExplorer(by_class).point(AT, "worm")
    with pytest.raises(SettingsError, match="rows: wanted 0 to 3, as 6-relu has, got 4"):
        explorer.edit(AT, "6-relu", rows=[4])
    with pytest.raises(SettingsError, match="channels: wanted 0 to 3, as 6-relu has, got -1"):
        explorer.edit(AT, "6-relu", channels=[-1])
    with pytest.raises(SettingsError, match="rows: wanted a layer with rows, got 1-dense"):
        explorer.edit(AT, "1-dense", rows=[0])
    with pytest.raises(SettingsError, match="zero: wanted rows or channels"):
        explorer.edit(AT, "6-relu")
    with pytest.raises(SettingsError, match="frames: wanted at least 2, got 1"):
        explorer.path(AT, AT, 1)


@pytest.mark.parametrize("features", [3, 500])
def test_the_first_direction_is_the_one_along_which_activations_vary_most(features: int) -> None:
    """Of linear activations the components are known: those of the map's singular vectors, where latents are white."""
    rng = torch.Generator().manual_seed(3)
    latents = torch.randn(400, 3, generator=rng)
    latents = latents - latents.mean(0)
    latents = latents @ torch.linalg.inv(torch.linalg.cholesky(latents.T @ latents / 400)).T  # white
    basis = torch.linalg.qr(torch.randn(3, 3, generator=rng))[0]
    lengths = torch.tensor([5.0, 2.0, 1.0])
    outward = torch.linalg.qr(torch.randn(features, 3, generator=rng))[0].T
    found = principal_directions(latents, latents @ basis @ torch.diag(lengths) @ outward, 3)
    overlap = (found.vectors @ basis).abs()
    torch.testing.assert_close(overlap, torch.eye(3), rtol=0, atol=1e-3)
    torch.testing.assert_close(found.shares, lengths.square() / lengths.square().sum(), rtol=0, atol=1e-4)
    torch.testing.assert_close(found.spreads, torch.ones(3), rtol=0, atol=0.01)
    assert (found.vectors.gather(1, found.vectors.abs().argmax(1, keepdim=True)) > 0).all()


def test_no_more_directions_come_than_activations_vary_in() -> None:
    latents = torch.randn(100, 4, generator=torch.Generator().manual_seed(1))
    flat = latents[:, :1] * torch.ones(1, 6)
    assert len(principal_directions(latents, flat, 4).vectors) == 1


def test_the_directions_of_a_model_are_those_of_its_layer(model: IGME) -> None:
    explorer = LatentExplorer(model)
    first, deep = explorer.directions(samples=200), explorer.directions("6-relu", samples=200)
    assert first.vectors.shape == (2, 2)
    assert not torch.allclose(first.shares, deep.shares)
    assert torch.equal(explorer.directions(samples=200).vectors, first.vectors)
    with pytest.raises(
        SettingsError, match="directions: wanted 1 or more of 2 samples or more, got 0 of 200"
    ):
        explorer.directions(count=0, samples=200)
