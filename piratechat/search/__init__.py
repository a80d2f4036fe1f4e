"""Search: an index of what was said, and of how it reads."""
