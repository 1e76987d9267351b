"""XML for the formats that are XML: well-formed and plain ASCII, whatever the text was."""

from __future__ import annotations

from typing import TextIO
from xml.etree import ElementTree


def write(out: TextIO, root: ElementTree.Element) -> None:
    """Write a document. Its strings must have come through ``shown``: XML 1.0 has no escape for control characters.

    ``##[`` would be a command to a GitHub runner, and is written as a character reference.
    """
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + text.replace("##[", "#&#35;[") + "\n")
    out.flush()
