"""The database, and the committer that writes to it."""
