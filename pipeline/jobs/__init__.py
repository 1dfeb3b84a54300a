"""Jobs of every kind: which there are, and the three verbs that they share: submit, run, resume."""
