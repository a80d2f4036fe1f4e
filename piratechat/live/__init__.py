"""What goes on in a room right now."""
