"""Translators, and how they are found."""
