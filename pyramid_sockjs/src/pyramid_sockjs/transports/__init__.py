"""The transports of SockJS."""
