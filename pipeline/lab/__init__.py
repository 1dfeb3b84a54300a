"""The laboratory: what `artgen lab` and the page do with an `Explorer`."""
