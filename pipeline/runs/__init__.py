"""Runs under supervision."""
