"""XML for the formats that are XML: well-formed and plain ASCII, whatever the text was."""

from __future__ import annotations

from xml.etree import ElementTree


def document(root: ElementTree.Element) -> str:
    """A document's text. Its strings must have come through ``shown``: XML 1.0 has no escape for control characters.

    ``##[`` would be a command to a GitHub runner, and is written as a character reference.
    """
    ElementTree.indent(root, " ")
    data: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False)
    text = data.decode("ascii")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text.replace("##[", "#&#35;[") + "\n"
