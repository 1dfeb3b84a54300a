"""The quick enhancement network that comes with artgen: weights and card; the licence is the one a folder above."""
