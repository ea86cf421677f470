"""The ways on which alerts reach people: one module each, listed in sinks.registry."""
