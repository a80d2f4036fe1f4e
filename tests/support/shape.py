"""HTML as lines that can be compared: an element a line, white space as browsers show it."""

from lxml import etree

#: Elements in which white space counts.
AS_TYPED = {"pre", "textarea"}


def lines(element, depth=0):
    """Return the lines of an lxml element: its tag with sorted attributes, its text, its children, each below it."""
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
    """Return the lines of what is in an element, without itself."""
    return [line[2:] for line in lines(element)[1:]]


def _text(text, depth, as_typed):
    shown = repr(text) if as_typed and text else _words(text)
    return [f"{'  ' * depth}{shown}"] if shown else []


def _words(text):
    return " ".join((text or "").split())
