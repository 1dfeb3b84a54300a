"""What a training will take, in words."""

from components.training import BasicSettings, Rehearsal

__all__ = ["takes"]


def takes(settings: BasicSettings, found: Rehearsal) -> dict[str, str]:
    """Return what a dry run has found, each in a line of words by what it is about."""
    critic = f", critic {found.critic_parameters:,}" if found.critic_parameters else ""
    network = "generator" if settings.makes == "generator" else "network"
    told = {
        "parameters": f"{network} {found.generator_parameters:,}{critic}",
        "training": f"{found.images:,} pictures, {found.steps:,} steps, {found.epochs:.1f} epochs",
    }
    if found.teacher_s:
        told["teacher"] = f"{_duration(found.teacher_s)}, once, before the first step"
    return told | {
        "memory": f"{found.peak_bytes / 2**20:,.0f} MiB at the most, on {found.device}",
        "time": f"{_duration(found.step_s)} a step, {_duration(found.epoch_s)} an epoch, "
        f"{_duration(found.total_s)} in all (estimated from {found.measured_steps} steps)",
    }


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"
