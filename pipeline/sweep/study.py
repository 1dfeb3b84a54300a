"""The trials of a sweep, as Optuna keeps and judges them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, final

from interfaces.contract import Contract
from interfaces.errors import StorageError
from pipeline.sweep.plan import Point, distributions_of
from pipeline.sweep.settings import HalvingPruner, MedianPruner, SweepSettings, Value

if TYPE_CHECKING:
    from optuna import trial as optuna_trial
    from optuna.pruners import BasePruner

__all__ = ["Outcome", "SweepStudy", "Trial", "TrialResult"]

STUDY_FILE = "optuna.sqlite"
STUDY_NAME = "sweep"

Outcome = Literal["complete", "pruned", "failed", "refused"]
"""``failed``: the training broke off; ``refused``: the settings make no sense together."""


class TrialResult(Contract):
    """What came of one trial."""

    number: int
    """From 1, in the order in which they were tried."""
    outcome: Outcome
    point: dict[str, Value]
    value: float | None
    """The last one measured; None where none was."""
    values: dict[int, float]
    """By step."""
    seconds: float
    """Of training."""
    reason: str = ""
    """Why it failed or was refused."""


@final
class Trial:
    """A trial under way: takes the values in order, and says after each whether to go on."""

    def __init__(self, study: "SweepStudy", point: Point) -> None:
        self._inner = study.begin(point)
        self._study = study
        self.number = self._inner.number + 1
        self.pruned = False
        self.values: dict[int, float] = {}

    def report(self, step: int, value: float) -> None:
        """Take note of a value; ``pruned`` tells whether it was the last."""
        self.values[step] = value
        self._inner.report(value, step)
        self.pruned = self._inner.should_prune()

    def end(self, outcome: Outcome, seconds: float = 0.0, reason: str = "") -> TrialResult:
        """Write down how it ended; from here on it is never repeated."""
        from optuna.trial import TrialState

        state = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED}.get(outcome, TrialState.FAIL)
        self._inner.set_user_attr("outcome", outcome)
        self._inner.set_user_attr("seconds", seconds)
        self._inner.set_user_attr("reason", reason)
        last = self.values[max(self.values)] if state is TrialState.COMPLETE else None
        return self._study.store(self._inner.number, last, state)


@final
class SweepStudy:
    """Optuna's study of one sweep, in ``optuna.sqlite`` of its folder. Use it as a context.

    The file holds finished trials only, each added in one transaction. The trial under way lives in memory and
    takes its values again after a kill: the pruners note what they have seen of a trial, and a decision that
    was half written would come out differently the second time.

    Args:
        folder: of the sweep.
        settings: its space and pruner.

    Raises:
        StorageError: the file is damaged, or another program holds it.
    """

    def __init__(self, folder: Path, settings: SweepSettings) -> None:
        import optuna
        from sqlalchemy import URL

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._file = folder / STUDY_FILE
        url = URL.create("sqlite", database=str(self._file)).render_as_string()
        self._distributions = distributions_of(settings)
        self._live = optuna.create_study(pruner=_pruner(settings))
        with _translated(self._file):
            self._storage = optuna.storages.RDBStorage(url)
            self._kept = optuna.create_study(
                storage=self._storage, study_name=STUDY_NAME, load_if_exists=True
            )
            self._live.add_trials(self._kept.trials)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # an open connection would keep the folder from being moved or deleted on Windows
        self._storage.remove_session()
        self._storage.engine.dispose()

    @property
    def results(self) -> list[TrialResult]:
        """The finished trials, in order."""
        return [_result(trial) for trial in self._live.trials if trial.state.is_finished()]

    def begin(self, point: Point) -> "optuna_trial.Trial":
        """Return Optuna's own trial at ``point``."""
        self._live.enqueue_trial(dict(point))
        return self._live.ask(self._distributions)

    def store(self, number: int, value: float | None, state: "optuna_trial.TrialState") -> TrialResult:
        """Finish the trial under way, and keep it."""
        frozen = self._live.tell(number, value, state)
        with _translated(self._file):
            self._kept.add_trial(frozen)
        return _result(frozen)


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    """Tell what Optuna and the database say of the file as an error of ours."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        cause: BaseException = error
        while (deeper := cause.__cause__) is not None:
            cause = deeper  # what the database itself said, without the statement
        advice = (
            "end the program that holds it, then resume the sweep"
            if "locked" in str(cause)
            else "move the file away and resume the sweep: its trials are counted again from what they left in trials/"
        )
        raise StorageError(f"{file} cannot be used: {cause}; {advice}") from error


def _pruner(settings: SweepSettings) -> "BasePruner":
    import optuna

    pruner = settings.pruner
    if isinstance(pruner, MedianPruner):
        return optuna.pruners.MedianPruner(
            n_startup_trials=pruner.startup_trials, n_warmup_steps=pruner.warmup_steps
        )
    if isinstance(pruner, HalvingPruner):
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=pruner.first_rung, reduction_factor=pruner.reduction
        )
    return optuna.pruners.NopPruner()


def _result(trial: "optuna_trial.FrozenTrial") -> TrialResult:
    noted: Mapping[str, object] = trial.user_attrs
    values = trial.intermediate_values
    return TrialResult.model_validate(
        {
            "number": trial.number + 1,
            "outcome": noted["outcome"],
            "point": trial.params,
            "values": values,
            "value": values[max(values)] if values else None,
            "seconds": noted["seconds"],
            "reason": noted["reason"],
        }
    )
