"""Translators that ask a service or a program."""
