"""The search over settings of a training."""
