"""HTML as comparable lines: one element per line, with white space collapsed as in browsers."""

from lxml import etree

#: Elements whose white space is significant.
AS_TYPED = {"pre", "textarea"}


def lines(element, depth=0):
    """Return the lines of an lxml element: its tag with sorted attributes, its text, and its children, indented."""
    if not isinstance(element.tag, str):
        return [f"{'  ' * depth}<!-- {_words(element.text)} -->"] if element.tag is etree.Comment else []
    attributes = "".join(f' {name}="{_words(value)}"' for name, value in sorted(element.items()))
    as_typed = element.tag in AS_TYPED
    found = [f"{'  ' * depth}<{element.tag}{attributes}>", *_text(element.text, depth + 1, as_typed)]
    for child in element:
        found += lines(child, depth + 1)
        found += _text(child.tail, depth + 1, as_typed)
    return found


def children(element):
    """Return the lines of an element's content, without its own tag."""
    return [line[2:] for line in lines(element)[1:]]


def _text(text, depth, as_typed):
    shown = repr(text) if as_typed and text else _words(text)
    return [f"{'  ' * depth}{shown}"] if shown else []


def _words(text):
    return " ".join((text or "").split())
