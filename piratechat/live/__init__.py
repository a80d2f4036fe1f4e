"""Live rooms: readers, presence and delivery of events."""
