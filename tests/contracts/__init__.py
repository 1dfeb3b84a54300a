"""Tests of artgen."""
