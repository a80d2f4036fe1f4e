"""The other processes that serve the same chat: what they and this one tell each other."""
