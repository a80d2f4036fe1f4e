"""The database, and the one who writes to it."""
