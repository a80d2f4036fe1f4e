"""The built-in translators."""
