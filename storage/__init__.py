"""Where data rests: training store, result store, model store, weight store, run folder.

The only part of artgen that writes files.
"""
