"""The chain: put together, run, resumed, reproduced."""
