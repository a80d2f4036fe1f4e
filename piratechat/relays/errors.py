"""What a relay raises."""


class NotConnected(Exception):
    """What is published now may not arrive."""
