"""Relays, which carry texts between the processes of a chat, one module for each."""
