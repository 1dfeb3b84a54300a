"""``artgen doctor``: what works on this machine, and what to do about the rest."""

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

__all__ = ["doctor"]


def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine can do: device, precisions, weights, model, versions, disk; and what to do about the rest."""
    with Screen():
        from pipeline.doctor import diagnose

        findings = diagnose()
    if as_json:
        print_json([finding._asdict() for finding in findings])
    else:
        marks = {"ok": "ok", "note": "--", "fault": "FAULT"}
        rows = [
            (marks[finding.verdict], finding.topic, finding.found, finding.advice) for finding in findings
        ]
        print_table(("", "what", "found", "what to do"), rows, empty="")
    if any(finding.verdict == "fault" for finding in findings):
        raise typer.Exit(1)
