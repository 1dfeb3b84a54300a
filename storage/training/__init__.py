"""The training store: every form in which collections of pictures come."""
