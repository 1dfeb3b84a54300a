"""One script for every claim of speed or size; each prints ratios against a peer measured in the same run."""
