"""What a training will take, in words."""

from components.training import BasicSettings, Rehearsal
from interfaces.said import Said

__all__ = ["takes"]


def takes(settings: BasicSettings, found: Rehearsal) -> dict[str, Said]:
    """Return what a dry run has found, each in a line of words by what it is about."""
    critic = Said(", critic {0:,}", found.critic_parameters) if found.critic_parameters else ""
    network = Said("generator" if settings.makes == "generator" else "network")
    told = {
        "parameters": Said("{0} {1:,}{2}", network, found.generator_parameters, critic),
        "training": Said(
            "{0:,} pictures, {1:,} steps, {2:,.1f} epochs", found.images, found.steps, found.epochs
        ),
    }
    if found.teacher_s:
        told["teacher"] = Said("{0}, once, before the first step", _duration(found.teacher_s))
    durations = map(_duration, (found.step_s, found.epoch_s, found.total_s))
    return told | {
        "memory": Said("{0:,.0f} MiB at the most, on {1}", found.peak_bytes / 2**20, found.device),
        "time": Said(
            "{0} a step, {1} an epoch, {2} in all (estimated from {3} steps)",
            *durations,
            found.measured_steps,
        ),
    }


def _duration(seconds: float) -> Said:
    if seconds < 60:
        return Said("{0:.3g} s", seconds)
    minutes = round(seconds / 60)
    return (
        Said("{0} min", minutes) if minutes < 120 else Said("{0} h {1:02} min", minutes // 60, minutes % 60)
    )
