"""The page put together: its ports, its server, and a worker beside it."""
