"""A page of the guide as rich draws it: headings at the left, code as it stands, links as their words."""

from __future__ import annotations

import re
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Heading, Markdown, MarkdownElement, TextElement
from rich.padding import Padding
from rich.text import Text
from rich.theme import Theme

THEME = Theme(
    {
        "markdown.code": "cyan",
        "markdown.code_block": "cyan",
        "markdown.table.border": "dim",
        "markdown.table.header": "bold",
        "markdown.item.bullet": "dim",
        "markdown.item.number": "bold",
        "markdown.h1": "bold underline",
        "markdown.h2": "bold",
        "markdown.h3": "bold",
    }
)
"""Of the first 16 colours only one, and no backgrounds: it is read on any ground."""
WIDEST = 110
"""Columns of a page; longer lines are hard to read."""

_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
_INSIDE = re.compile(r"\[([^\]]+)\]\([a-z]+\.md(?:#[a-z0-9-]+)?\)")
"""A link to another topic."""


class _Title(Heading):
    """A heading at the left edge; the largest is underlined."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Code(TextElement):
    """A block of code, indented and in one colour."""

    style_name = "markdown.code_block"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text(str(self.text).rstrip("\n"), style=self.style_name, overflow="fold")
        yield Padding(text, (0, 0, 0, 4))


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Title,
        "fence": _Code,
        "code_block": _Code,
    }


def page(text: str) -> Markdown:
    """Markdown of the guide, to be printed by a console that has `THEME`."""
    return _Page(_INSIDE.sub(r"\1", _COMMENT.sub("", text)), hyperlinks=False)
