"""Articles to statements, statements to shifts: what is read, and what it changes."""
