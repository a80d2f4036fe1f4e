"""Publishing: what is said in rooms that the operator names goes to other programs, by a message broker."""
