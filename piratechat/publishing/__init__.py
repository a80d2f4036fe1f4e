"""Publishing: messages of rooms are sent to other programs through a message broker."""
