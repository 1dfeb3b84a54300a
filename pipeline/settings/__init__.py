"""The configuration: files, dotted options, JSON."""
