"""Training of a network that gives pictures a style in one pass (Johnson et al. 2016)."""
