"""What the next step depends on, written and found again; first and final weights."""
