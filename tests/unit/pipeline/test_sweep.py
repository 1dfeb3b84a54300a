from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfaces.errors import SettingsError
from pipeline.sweep.plan import Point, check_points, draw_points, training_of
from pipeline.sweep.settings import SweepSettings, load_sweep
from pipeline.sweep.study import Outcome, SweepStudy, Trial

SPACE: dict[str, Any] = {
    "optimizer": ["adam", "sgd"],
    "learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
    "generator": {"latent": [8, 16, 32], "width": {"low": 4, "high": 64}},
}


def _settings(**changes: Any) -> SweepSettings:
    return SweepSettings.model_validate(
        {"source": "a", "steps": 100, "metric": {"every": 10}, "count": 8, "space": SPACE} | changes
    )


def test_a_file_names_nested_settings_lists_and_ranges(tmp_path: Path) -> None:
    file = tmp_path / "sweep.toml"
    file.write_text(
        """
        source = "paintings.zip"
        steps = 200
        count = 3
        [fixed]
        generator.side = 16
        [space]
        batch = [8, 16]
        augment = [[], ["colour", "shift"]]
        [space.critic]
        width = { low = 4, high = 8 }
        """
    )

    found = load_sweep(file)

    assert found.fixed == {"generator.side": 16}
    assert found.space["batch"].values == (8, 16)
    assert found.space["augment"].values == ("none", "colour,shift")
    assert (found.space["critic.width"].low, found.space["critic.width"].high) == (4, 8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cuont = 3", "cuont: there is no such setting. Did you mean 'count'?"),
        ("count = 3\n[space]\nbatch = { low = 1, hihg = 2 }", "Did you mean 'high'?"),
        (
            "count = 3\n[space]\nbatch = 4",
            "space.batch: wanted a list of values, or a table with low and high",
        ),
        ("count = 3\n[space]\nbatch = [4, 4]", "wanted different values, one at least, got [4, 4]"),
        (
            "count = 3\n[space]\nbatch = { low = 0, high = 4, log = true }",
            "wanted 0 < low < high, got 0 and 4",
        ),
        ("count = 3\n[pruner]\nkind = 'medain'", "Did you mean 'median'?"),
        ("count = 3\n[metric]\nevery = 20", "metric.every: wanted at most the 10 steps of a trial, got 20"),
        ("count = 3\n[space]\nsteps = [1, 2]", "the sweep's own `steps` is the length of every trial"),
        ("count = 3\n[fixed]\nbatch = 4", "batch is in both fixed and space"),
        ("count = 3\n[space.generator]\nside = [8, 16]", "pictures of two sizes cannot be compared"),
        ("sampler = 'grid'\n[space]\nbeta1 = { low = 0.0, high = 0.5 }", "a grid wants lists of values"),
        ("", "count: a random sampler wants the number of trials"),
        ("steps = ", "is not valid TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_the_near_match(text: str, said: str, tmp_path: Path) -> None:
    space = "" if "[space]" in text else "\n[space]\nbatch = [4, 8]"
    metric = "" if "[metric]" in text else "\n[metric]\nevery = 5"
    (tmp_path / "sweep.toml").write_text(f'source = "a"\nsteps = 10\n{text}{space}{metric}')

    with pytest.raises(SettingsError) as caught:
        load_sweep(tmp_path / "sweep.toml")

    assert said in str(caught.value)
    assert "sweep.toml" in str(caught.value)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 12), more=st.integers(0, 5))
def test_points_depend_on_the_seed_alone_and_a_larger_count_only_adds_some(
    seed: int, count: int, more: int
) -> None:
    points = draw_points(_settings(seed=seed, count=count))

    assert points == draw_points(_settings(seed=seed, count=count + more))[:count]
    assert len({tuple(point.values()) for point in points}) == count
    for point in points:
        assert point["optimizer"] in ("adam", "sgd")
        assert 1e-5 <= float(point["learning_rate"]) <= 1e-3
        assert isinstance(point["generator.width"], int)


def test_a_grid_has_every_point_once_in_an_order_of_the_seed() -> None:
    space = {"optimizer": ["adam", "sgd"], "batch": [4, 8, 16]}
    grid = draw_points(_settings(sampler="grid", count=None, space=space))
    other = draw_points(_settings(sampler="grid", count=None, space=space, seed=1))
    some = draw_points(_settings(sampler="grid", count=2, space=space))

    assert len({tuple(point.values()) for point in grid}) == len(grid) == 6
    assert grid != other
    assert some == grid[:2]


@pytest.mark.parametrize("sampler", ["grid", "random"])
def test_more_trials_than_points_are_refused(sampler: str) -> None:
    with pytest.raises(SettingsError, match="the space has 2 different points, got 3"):
        draw_points(_settings(sampler=sampler, count=3, space={"batch": [4, 8]}))


def test_points_that_make_no_sense_are_found_before_anything_starts() -> None:
    space = {"correction": ["penalty", "none"], "batch": [4, 8]}
    sweep = _settings(sampler="grid", count=None, space=space)
    points = draw_points(sweep)

    refused = check_points(sweep, points)

    assert {points[number - 1]["correction"] for number in refused} == {"none"}
    assert len(refused) == 2
    assert all("Wasserstein loss has no bound" in reason for reason in refused.values())


def test_a_problem_of_every_trial_is_one_of_the_file() -> None:
    for changes, said in (
        ({"space": {"bacth": [4, 8]}}, "Did you mean 'batch'"),
        (
            {"space": {"batch": [4, 8]}, "fixed": {"generator": {"widht": 4}}},
            "Did you mean 'generator.width'",
        ),
        ({"space": {"batch": [4, 8]}, "preset": "dcgna"}, "Did you mean 'dcgan'"),
        ({"space": {"correction": ["none"]}}, "Wasserstein loss has no bound"),
    ):
        sweep = _settings(sampler="grid", count=None, **changes)
        with pytest.raises(SettingsError, match=said):
            check_points(sweep, draw_points(sweep))


def test_a_trial_trains_with_the_values_of_its_point() -> None:
    sweep = _settings(fixed={"flip": False, "augment": ["colour", "shift"]})
    point: Point = {"optimizer": "sgd", "learning_rate": 1e-5, "generator.latent": 8, "generator.width": 5}

    assert training_of(sweep, point).overrides == {
        "on_collapse": "stop", "flip": "false", "augment": "colour,shift", "optimizer": "sgd", "learning_rate": "1e-05",
        "generator.latent": "8", "generator.width": "5", "steps": "100",
    }  # fmt: skip


PRUNERS = [
    {"kind": "none"},
    {"kind": "median", "startup_trials": 1},
    {"kind": "successive-halving", "first_rung": 10, "reduction": 2},
]
CURVES = [[5.0, 4, 3], [6.0, 5, 4], [3.0, 5, 5], [2.0, 2, 1], [5.0, 1, 1], [1.0, 3, 2]]


def _judge(trial: Trial, curve: list[float]) -> Outcome:
    for step, value in zip((10, 20, 30), curve, strict=True):
        trial.report(step, value)
        if trial.pruned:
            return "pruned"
    return "complete"


@pytest.mark.parametrize("pruner", PRUNERS, ids=lambda pruner: pruner["kind"])
def test_a_study_reopened_within_any_trial_decides_as_one_that_never_closed(
    pruner: dict[str, Any], tmp_path: Path
) -> None:
    sweep = _settings(count=len(CURVES), pruner=pruner)
    points = draw_points(sweep)
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    with SweepStudy(tmp_path / "whole", sweep) as study:
        for point, curve in zip(points, CURVES, strict=True):
            trial = Trial(study, point)
            trial.end(_judge(trial, curve))
        whole = study.results
    for number, (point, curve) in enumerate(zip(points, CURVES, strict=True)):
        with SweepStudy(tmp_path / "broken", sweep) as study:
            if number:
                before = Trial(study, points[number - 1])
                before.end(_judge(before, CURVES[number - 1]))
            _judge(Trial(study, point), curve)  # killed before it could be written down
    with SweepStudy(tmp_path / "broken", sweep) as study:
        last = Trial(study, points[-1])
        last.end(_judge(last, CURVES[-1]))
        broken = study.results

    assert broken == whole
    assert [one.number for one in whole] == [1, 2, 3, 4, 5, 6]
    outcomes = {one.outcome for one in whole}
    assert outcomes == ({"complete"} if pruner["kind"] == "none" else {"complete", "pruned"})
