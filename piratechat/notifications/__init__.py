"""Notifications: programs post in rooms through queues of a message broker."""
