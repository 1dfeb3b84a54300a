"""What every training can be told, and what of it decides the numbers."""
