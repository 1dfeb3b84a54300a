"""Judging a model, and reports of trainings."""
