"""``artgen`` with the kinds of the fixture system, for a process of its own."""

from pipeline.cli import app
from pipeline.jobs.kinds import JOBS
from tests.fixture_system.job import KIND

if __name__ == "__main__":
    JOBS["count"] = KIND
    app()
