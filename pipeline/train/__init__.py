"""Training as a job: its data, its files, its run."""
