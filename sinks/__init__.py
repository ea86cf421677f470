"""The stage that keeps what was read, tells people of shifts, and sees that they hear of them."""
