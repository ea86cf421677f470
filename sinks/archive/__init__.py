"""The archive: everything that was read, tracked and told, in SQLite or PostgreSQL."""
