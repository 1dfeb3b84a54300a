"""The command line: parses, calls, prints. Heavy imports wait inside the commands."""

from pipeline.cli.application import app

__all__ = ["app"]
