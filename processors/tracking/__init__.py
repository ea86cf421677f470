"""From statements to the shifts of a pair: pure."""
