"""Imaging: picture files, read to the last bit and written with what they carried; below all components."""
