"""Checking the database file and reading its history."""
