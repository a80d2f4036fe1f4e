"""Themes, and the WSGI filter that applies them."""
