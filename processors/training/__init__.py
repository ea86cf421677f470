"""Training of the reader that names the stances of a sentence; needs the extra `train`."""
