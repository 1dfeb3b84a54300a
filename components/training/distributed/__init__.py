"""Ranks, launcher, process group, synchronous batch norm, device."""
