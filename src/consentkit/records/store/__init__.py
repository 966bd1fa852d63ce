"""Where records are kept: one contract, SQLite and PostgreSQL behind it."""
