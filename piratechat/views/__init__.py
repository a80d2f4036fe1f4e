"""The views of all URLs."""
