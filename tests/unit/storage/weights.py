"""What stands for a file of weights."""

CONTENT = bytes(range(256)) * 4096  # 1 MiB: several chunks
