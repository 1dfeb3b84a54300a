"""Tests of the orchestrator and what is around it."""
