"""Communication with the other processes of the chat."""
