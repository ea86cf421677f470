"""How Faust reaches the broker, twice: `sqlite` with atomic commits, `kafka` with honest offsets.

Both give the agents one way to finish an event, `publish(event, outputs, write)`: its outputs, its table writes and its
offset reach the broker together (SQLite), or the offset only after all the others (Kafka).
Both rely on internals of faust-streaming 0.15.3; tests/processors/test_faust_pins.py says which.
"""

from processors.transport.base import Write, headers_of, publish

__all__ = ["Write", "headers_of", "publish"]
