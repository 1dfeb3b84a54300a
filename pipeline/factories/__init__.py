"""From names to components, stores and weights."""
