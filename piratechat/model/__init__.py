"""The persistent model: rooms, names and logs."""
