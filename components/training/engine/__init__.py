"""The loop of every training, its record and log, interruption, batches, steps of the optimiser."""
