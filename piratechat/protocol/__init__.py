"""The client protocol, typed: the JSON objects that clients and the server send each other.

`tools/protocol_reference.py` makes the tables of docs/talking.md from the docstrings and the comments at the fields of
these classes, so both are in Markdown.  What is indented in a docstring is an example.
"""
