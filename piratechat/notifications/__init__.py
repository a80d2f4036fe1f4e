"""Notifications: what other programs put into queues of a message broker is said in rooms."""
