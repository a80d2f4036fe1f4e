"""The exception of relays."""


class NotConnected(Exception):
    """The relay is not connected, so texts published now may be lost."""
