"""A newsroom of our own, so that everything can be watched at work with no network."""
