"""The words, topics and contracts that all stages of entente share. Imports no stage."""

__version__ = "0.1.0"
