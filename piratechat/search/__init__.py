"""Search: an index of messages and their translations."""
