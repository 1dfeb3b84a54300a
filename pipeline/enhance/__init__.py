"""Enlarging picture files as a job."""
