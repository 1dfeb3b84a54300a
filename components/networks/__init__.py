"""What several components share: torch modules, the registry, compatibility with other libraries."""
