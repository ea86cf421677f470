"""The broker behind the stages: one setting chooses Apache Kafka or the log in SQLite.

No code above this package asks which it is.
"""

from entente.broker.base import Consumer, Position, Producer, Record
from entente.broker.connect import create_topics, open_consumer, open_producer

__all__ = ["Consumer", "Position", "Producer", "Record", "create_topics", "open_consumer", "open_producer"]
