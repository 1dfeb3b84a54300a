"""The trainer of networks that enlarge pictures."""
