"""Do the options of a translation's training pay on a small machine? Each of them trained for the same time of a processor.

Run it with ``python -m benchmarks.translation_options A [B] --seconds N --out FOLDER``: A and B are two sources of pictures, or A is a
folder with ``trainA``, ``trainB``, ``testA`` and ``testB``. From the same seed it trains

- ``plain``: a CycleGAN of the preset ``translation-small``;
- ``pretrained``: the same, whose generators first fill in hidden parts for a fifth of the time;
- ``frozen``: the same with a second critic on the features of EfficientNet-lite0;
- ``contrastive``: CUT, the way from A to B alone;
- ``contrastive-fast``: FastCUT, without the loss of pictures of B that had better stay.

A step of each is measured first, in turns, as seconds of the processor, and the number of steps follows from it; it is written to
``plan.json``, so that the command run again goes on where it was stopped. When one is done, it translates the pictures that were held
out, and the table has a row more. Beside the distances of the results from held-out pictures of the target stand those of the
pictures as they were, and the floor: training pictures of the target in their place. ``sheet.jpg`` has the same held-out pictures by
all options.
"""

import argparse
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.comparison_sheet import Row, comparison_sheet
from components.evaluation import (
    FeatureDistances,
    Measurement,
    Metric,
    PictureSets,
    SlicedWasserstein,
    TwoSampleTest,
    hiding_score,
    load_features,
    measure_returns,
    to_bytes,
)
from components.networks.build import load_generator
from components.networks.translation import Direction, TranslationNet
from components.training import TRANSLATION_PRESETS, TranslationSettings, TranslationTrainer
from components.training.distributed.device import open_device
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from pipeline.evaluate.feature_files import with_file
from pipeline.factories.stores import model_store, weight_store
from pipeline.settings.config import ComponentNames, DataConfig
from pipeline.train.data import prepare
from pipeline.train.files import with_files
from storage.run_folder import DirectoryFolder

OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "pretrained": {"pretrain_steps": 1},
    "frozen": {"frozen_weight": 0.5},
    "contrastive": {"contrastive": True, "identity_weight": 1.0},
    "contrastive-fast": {"contrastive": True, "contrastive_weight": 10.0, "identity_weight": 0.0},
}
PRETRAINING = 0.2
"""Share of the time."""
SEEDS = range(3)
"""Of the classifiers, whose answers on so few pictures are uncertain."""
SHOWN = 8


def main() -> None:
    """Measure, train, judge, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("a", help="pictures of A, or a folder with trainA, trainB, testA and testB")
    parser.add_argument("b", nargs="?", help="pictures of B")
    parser.add_argument("--seconds", type=float, required=True, help="of the processor, for each option")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the trainings, the table and the sheet"
    )
    parser.add_argument("--options", nargs="+", choices=[*OPTIONS], default=[*OPTIONS])
    parser.add_argument("--side", type=int, default=64, help="of the squares that are translated")
    parser.add_argument("--squares", type=int, default=72, help="of which these are cut out")
    parser.add_argument("--blocks", type=int, default=6, help="of the generators")
    parser.add_argument("--width", type=int, default=32, help="of the generators and the critic of patches")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--features", default="squeezenet", help="of the distances: a name, or NAME:PATH")
    parser.add_argument(
        "--frozen", default="efficientnet-lite0", help="features of the second critic, a name or a path"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    compare(options)


def compare(options: argparse.Namespace) -> None:
    """Do all of it."""
    options.out.mkdir(parents=True, exist_ok=True)
    components = ComponentNames()
    settings = {name: settings_of(name, options, components) for name in OPTIONS}
    squares = {"side": options.squares, "channels": 3}
    data = prepare(DataConfig(source=options.a, source_b=options.b, options=squares), components)
    plan = planned(settings, data, options)
    metrics: list[Metric] = [
        FeatureDistances(load_features(with_file(options.features, weight_store(components)))),
        SlicedWasserstein(),
        *(TwoSampleTest(seed=seed) for seed in SEEDS),
    ]
    held = HeldOut(data, options.side)
    rows, models = [judged("none", None, held, metrics, options.out)], {}
    for name in options.options:
        steps = {key: plan[name][key] for key in ("steps", "pretrain_steps")}
        wanted = TranslationSettings.model_validate({**dict(settings[name]), **steps})
        models[name] = train(wanted, data, options.out / name)
        row = {**judged(name, models[name], held, metrics, options.out), **plan[name]}
        row["share_of_plain"] = row["step_s"] / plan["plain"]["step_s"]
        rows.append({**row, **spent(options.out / name)})
        (options.out / "table.json").write_text(json.dumps(rows, indent=1))
        (options.out / "table.md").write_text(table(rows) + "\n")
        (options.out / "sheet.jpg").write_bytes(sheet(models, held))
    print(table(rows))
    print(options.out / "sheet.jpg")


def settings_of(name: str, options: argparse.Namespace, components: ComponentNames) -> TranslationSettings:
    """Return the settings of an option; its steps are not known yet."""
    usual = TRANSLATION_PRESETS["translation-small"]
    generator = {"side": options.side, "blocks": options.blocks, "width": options.width}
    changes: dict[str, Any] = {
        **dict(usual),
        "generator": {
            **usual.generator.model_dump(),
            **generator,
            "both_ways": not OPTIONS[name].get("contrastive", False),
        },
        "critic": {**usual.critic.model_dump(), "width": options.width},
        "squares": options.squares,
        "batch": options.batch,
        "seed": options.seed,
        "device": "cpu",
        "precision": "float32",
        "log_every": 10,
        **OPTIONS[name],
    }
    if name == "frozen":
        changes["frozen_critic"] = {"features": options.frozen}
    settings = TranslationSettings.model_validate(changes)
    return with_files(settings, weight_store(components), model_store(components))  # type: ignore[return-value]  # of that kind


def planned(
    settings: Mapping[str, TranslationSettings], data: IPDT, options: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    """Return the steps of each option and the seconds of one: those of ``plan.json``, where it is there and says the same."""
    place = options.out / "plan.json"
    asked = {key: str(value) for key, value in vars(options).items() if key != "options"}
    if place.exists():
        found = json.loads(place.read_text())
        if found["asked"] != asked:
            raise SystemExit(f"{place} is of another comparison; give another --out")
        known: dict[str, dict[str, Any]] = found["options"]
        return known
    pretraining, step_s = measured(settings, data)
    plan: dict[str, dict[str, Any]] = {}
    for name, seconds in step_s.items():
        share = PRETRAINING if settings[name].pretrain_steps else 0.0
        plan[name] = {
            "step_s": seconds,
            "steps": max(1, round((1 - share) * options.seconds / seconds)),
            "pretrain_steps": max(1, round(share * options.seconds / pretraining)) if share else 0,
        }
        print(name, plan[name], flush=True)
    place.write_text(json.dumps({"asked": asked, "options": plan}, indent=1))
    return plan


def measured(
    settings: Mapping[str, TranslationSettings], data: IPDT, rounds: int = 9
) -> tuple[float, dict[str, float]]:
    """Return the seconds of the processor of a step that fills in hidden parts, and of a step of each option: medians of turns."""
    taken: dict[str, list[float]] = {"": [], **{name: [] for name in settings}}
    sample = next(iter(settings.values()))
    filling = sample.model_validate({**dict(sample), "pretrain_steps": 10_000})
    trainers = {"": TranslationTrainer(filling)}
    trainers |= {name: TranslationTrainer(each) for name, each in settings.items()}
    steps = {}
    for name, trainer in trainers.items():
        with trainer.begin(trainer.settings, data, open_device(trainer.settings)) as lesson:
            lesson.state.step = lesson.whole_from if name else 0
            steps[name] = lesson.step
            steps[name]()
    for _ in range(rounds):
        for name, step in steps.items():
            begin = time.process_time()
            step()
            taken[name].append(time.process_time() - begin)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    return middle.pop(""), middle


def train(settings: TranslationSettings, data: IPDT, folder: Path) -> IGME:
    """Train to the end, or go on with it; note the seconds of the processor."""
    folder.mkdir(exist_ok=True)
    begin, before = time.process_time(), spent(folder).get("processor_s", 0.0)
    try:
        model = TranslationTrainer(settings).train(data, DirectoryFolder(folder), resume=True)
    finally:
        now = {"processor_s": before + time.process_time() - begin}
        (folder / "processor.json").write_text(json.dumps(now))
    print(f"{folder.name}: {now['processor_s']:.0f} s of the processor", flush=True)
    if model is None:
        raise SystemExit(f"{folder}: stopped; run it again to go on")
    return model


def spent(folder: Path) -> dict[str, float]:
    """Return what `train` noted."""
    place = folder / "processor.json"
    found: dict[str, float] = json.loads(place.read_text()) if place.exists() else {}
    return found


class HeldOut:
    """Pictures that were held out, the middle of each, and as many of the training's, of both domains.

    Args:
        data: with a test split.
        side: of the squares.
    """

    def __init__(self, data: IPDT, side: int) -> None:
        start = (data.side - side) // 2
        self.pack = np.array(data.images[:, start : start + side, start : start + side])
        is_test, labels = np.asarray(data.is_test) == 1, np.asarray(data.labels)
        test = [np.flatnonzero(is_test & (labels == style)) for style in (0, 1)]
        count = min(map(len, test))
        if count < 16:
            raise SystemExit(f"{data.dataset}: wanted 16 pictures held out of each domain, got {count}")
        self.test = [_evenly(rows, count) for rows in test]
        self.training = [np.flatnonzero(~is_test & (labels == style)) for style in (0, 1)]

    def pictures(self, style: int) -> Tensor:
        """Return those that were held out of a domain, float32 (N, 3, side, side) in [-1, 1]."""
        pixels = torch.from_numpy(self.pack[self.test[style]]).permute(0, 3, 1, 2)
        return pixels.float().div(127.5).sub(1).contiguous()

    def sets(self, made: Tensor, style: int) -> PictureSets:
        """Return what was ``made``, uint8 (N, 3, side, side), beside pictures of a domain that were held out."""
        rows = self.training[style]
        other = _evenly(rows, len(made))
        return PictureSets(generated=made, pack=self.pack, real=self.test[style], other=other, training=rows)


def _evenly(rows: np.ndarray, count: int) -> np.ndarray:
    if len(rows) < count:
        raise SystemExit(f"wanted at least {count} pictures to train on, got {len(rows)}")
    chosen: np.ndarray = rows[np.linspace(0, len(rows) - 1, count).round().astype(int)]
    return chosen


def translated(networks: TranslationNet, way: Direction, pictures: Tensor) -> Tensor:
    """Return results as the bytes of a file, uint8 (N, 3, side, side)."""
    with torch.no_grad():
        return torch.cat([to_bytes(networks.towards(way)(one)) for one in pictures.split(1)])


def judged(
    name: str, model: IGME | None, held: HeldOut, metrics: Sequence[Metric], out: Path
) -> dict[str, Any]:
    """Return the row of an option, or of the pictures as they are."""
    row: dict[str, Any] = {"option": name}
    networks = None if model is None else load_generator(model)
    assert networks is None or isinstance(networks, TranslationNet)  # noqa: S101  # a translation's
    for way, start in (("a-to-b", 0), ("b-to-a", 1)):
        if networks is not None and way == "b-to-a" and networks.b_to_a is None:
            continue
        pictures = held.pictures(start)
        made = to_bytes(pictures) if networks is None else translated(networks, _way(way), pictures)
        found: dict[str, list[Measurement]] = {}
        for metric in metrics:
            for one in metric.measure(held.sets(made, 1 - start), DirectoryFolder(out / name), _quietly):
                found.setdefault(one.key, []).append(one)
        row[way] = {key: _mean(each) for key, each in found.items()}
        if networks is not None and networks.b_to_a is not None:
            back = networks.towards("b-to-a" if way == "a-to-b" else "a-to-b")
            returns = measure_returns(networks.towards(_way(way)), back, pictures)
            row[way] |= {"cycle_l1": returns[0].error, "hiding": hiding_score(returns)}
    return row


def _way(name: str) -> Direction:
    return "a-to-b" if name == "a-to-b" else "b-to-a"


def _quietly(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def _mean(found: Sequence[Measurement]) -> dict[str, float | None]:
    floors = [one.floor for one in found if one.floor is not None]
    return {
        "value": statistics.mean(one.value for one in found),
        "error": found[0].error,
        "floor": statistics.mean(floors) if floors else None,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of all options, as Markdown."""
    kernel = next(key for key in rows[0]["a-to-b"] if key.endswith("_kernel"))
    lines = [
        f"Kernel distance (x1000) on {kernel.removesuffix('_kernel')} features; classifier: its share of right answers, 50 is "
        "guessing. L1 on a scale of 1.",
        "",
        "| option | steps | a step, of plain | kernel A to B | classifier A to B | SWD A to B | kernel B to A | classifier B to A | "
        "cycle L1 of A | hiding score |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        steps = f"{row['steps']:,}" if "steps" in row else "-"
        if row.get("pretrain_steps"):
            steps = f"{row['pretrain_steps']:,} + {steps}"
        cells = [row["option"], steps, _number(row.get("share_of_plain"), 2)]
        for way, keys in (("a-to-b", ("kernel", "classifier", "swd")), ("b-to-a", ("kernel", "classifier"))):
            cells += [_cell(row.get(way), key, kernel) for key in keys]
        there = row["a-to-b"]
        cells += [_number(there.get("cycle_l1"), 3), _number(there.get("hiding"), 2)]
        lines.append(f"| {' | '.join(cells)} |")
    floor = {way: {key: one["floor"] for key, one in rows[0][way].items()} for way in ("a-to-b", "b-to-a")}
    cells = ["floor", "-", "-"]
    cells += [_number(1000 * floor["a-to-b"][kernel], 1), _number(floor["a-to-b"]["c2st_accuracy"], 0)]
    cells += [_number(floor["a-to-b"]["swd_mean"], 0)]
    cells += [
        _number(1000 * floor["b-to-a"][kernel], 1),
        _number(floor["b-to-a"]["c2st_accuracy"], 0),
        "-",
        "-",
    ]
    return "\n".join([*lines, f"| {' | '.join(cells)} |"])


def _cell(found: Mapping[str, Any] | None, what: str, kernel: str) -> str:
    if found is None:
        return "-"
    if what == "kernel":
        return f"{1000 * found[kernel]['value']:.1f} ± {1000 * found[kernel]['error']:.1f}"
    key = {"classifier": "c2st_accuracy", "swd": "swd_mean"}[what]
    return _number(found[key]["value"], 0)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def sheet(models: Mapping[str, IGME], held: HeldOut) -> bytes:
    """Return a JPEG of the same held-out pictures of A, as they are and by all options."""
    chosen = _evenly(np.arange(len(held.test[0])), min(SHOWN, len(held.test[0])))
    pictures = held.pictures(0)[torch.from_numpy(chosen)]
    columns = {"picture": to_bytes(pictures)}
    for name, model in models.items():
        networks = load_generator(model)
        assert isinstance(networks, TranslationNet)  # noqa: S101  # a translation's
        columns[name] = translated(networks, "a-to-b", pictures)
    forms = {name: images.permute(0, 2, 3, 1).numpy() for name, images in columns.items()}
    rows = [
        Row(forms["picture"][place], {name: form[place] for name, form in forms.items()})
        for place in range(len(pictures))
    ]
    return comparison_sheet(rows, truth=False, crop=pictures.shape[-1])


if __name__ == "__main__":
    main()
