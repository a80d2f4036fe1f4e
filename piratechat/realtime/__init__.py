"""The chat over SockJS."""
