"""Whole runs, through the command line and from Python."""
