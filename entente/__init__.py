"""The words, topics and contracts that all stages of entente share. Imports no stage."""
