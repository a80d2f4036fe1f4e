"""The SockJS and WebSocket protocols, without sockets, greenlets or clocks (Sans-I/O)."""
