"""What is kept: rooms, names and the log."""
