"""Scheduling, caching and limiting translations."""
