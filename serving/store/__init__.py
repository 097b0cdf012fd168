"""The store: append-only proposals, amendments, rulings and decisions, and the hash-chained audit trail, on SQLite or PostgreSQL."""
