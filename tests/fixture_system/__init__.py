"""A small system of its own, in the tests alone: what it needs besides its modules and a registry line is nothing."""
