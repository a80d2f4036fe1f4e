"""The client protocol, typed: the JSON objects that clients and the server send each other.

`tools/protocol_reference.py` generates the tables of docs/talking.md from the docstrings of these classes and the
comments on their fields, so both are in Markdown.  A paragraph of a docstring that begins with `{` is an example.
"""
