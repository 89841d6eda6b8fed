"""One way to write an ISO 20022 document: elements in one namespace, indented, as bytes."""

from typing import Any

from lxml import etree

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def document(namespace: str) -> etree._Element:
    spaces: Any = {None: namespace}
    return etree.Element(f"{{{namespace}}}Document", nsmap=spaces)


def add(
    parent: etree._Element, path: str, text: str | None = None, **attributes: str
) -> etree._Element:
    """The last of the elements of the path, each new, within the parent's namespace."""
    tag = str(parent.tag)
    space = tag[: tag.index("}") + 1]
    for name in path.split("/"):
        parent = etree.SubElement(parent, space + name)
    for name, value in attributes.items():
        parent.set(name, value)
    parent.text = text
    return parent


def render(root: etree._Element) -> bytes:
    etree.indent(root)
    return DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def render_part(part: etree._Element, namespace: str, level: int) -> bytes:
    """A part as it stands, at its depth, within a document of the namespace."""
    etree.indent(part, level=level)
    written = etree.tostring(part, encoding="UTF-8", xml_declaration=False, with_tail=False)
    return b"  " * level + written.replace(f' xmlns="{namespace}"'.encode(), b"", 1) + b"\n"


def to_the_second(stamp: str) -> str:
    """A moment's written form without its fraction."""
    return f"{stamp[:19]}Z"
