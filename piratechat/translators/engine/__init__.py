"""How translations are scheduled, cached and limited."""
