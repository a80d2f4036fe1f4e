"""What carries texts between the processes of a chat; each relay is a module."""
