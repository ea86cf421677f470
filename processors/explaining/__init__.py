"""A reading shown to people and scripts: for a terminal, as JSON, as a page."""
