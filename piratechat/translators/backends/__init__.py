"""Translators that use a service or a program."""
