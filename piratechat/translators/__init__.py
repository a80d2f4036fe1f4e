"""Translators, and their registration."""
