"""The components: each folder is one box of the UML diagram and knows only the contracts."""
