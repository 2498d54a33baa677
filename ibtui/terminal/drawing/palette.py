"""The colours of the screen: three explicit palettes chosen by what the terminal can show, and the styles made of them.

Colours are named by role, never by value, and the numbers sent are exactly those in the table: a library that turns
true colours into the nearest of 256 makes title bars black and cursor rows unreadable. With 16 colours the surfaces are
the terminal's own and rank is bold, faint, reverse and underline. Never italic (some terminals show it as reverse),
never blink, never colour 8 (some schemes hide it).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rich.color import Color
from rich.console import Console
from rich.style import Style

if TYPE_CHECKING:
    from textual.app import App

Depth = Literal["truecolor", "256", "16", "none"]
Surface = Literal["background", "title", "field", "cursor", "cursor_unfocused", "alarm"]
Role = Literal[
    "background", "normal", "bright", "dim", "faint", "focus", "up", "down", "warning", "alarm", "buy", "sell"
]

_SURFACES: dict[Surface, tuple[str, int]] = {
    "background": ("#0f1318", 233),
    "title": ("#1a2028", 235),
    "field": ("#2b333e", 237),
    "cursor": ("#22364b", 238),
    "cursor_unfocused": ("#1b222b", 236),
    "alarm": ("#c5283d", 160),
}
"""Background of each surface in true colour and of 256."""


class RoleInk(NamedTuple):
    """One role in the three palettes."""

    true: str
    indexed: int
    basic: str | None
    """Name of one of the first 16, None for the terminal's own foreground."""
    bold: bool = False
    faint: bool = False
    """How rank is shown with 16 colours."""


_INKS: dict[Role, RoleInk] = {
    "background": RoleInk("#0f1318", 233, None),
    "normal": RoleInk("#b9c2cc", 250, None),
    "bright": RoleInk("#f4f7fa", 255, None, bold=True),
    "dim": RoleInk("#7d8896", 245, None, faint=True),
    "faint": RoleInk("#3b4551", 239, None, faint=True),
    "focus": RoleInk("#6cb6ff", 75, "cyan"),
    "up": RoleInk("#4fbf7f", 72, "green"),
    "down": RoleInk("#f0717a", 210, "red"),
    "warning": RoleInk("#e8b34b", 179, "yellow"),
    "alarm": RoleInk("#ffffff", 231, "bright_white"),
    "buy": RoleInk("#6cb6ff", 75, "cyan"),
    "sell": RoleInk("#f0717a", 210, "red"),
}

_LIFTED: frozenset[Surface] = frozenset({"field", "cursor", "cursor_unfocused"})
"""Surfaces on which dim ink would fall below 4.5:1."""


def detect(environ: Mapping[str, str]) -> Depth:
    """What the terminal can show, by NO_COLOR, TEXTUAL_COLOR_SYSTEM, COLORTERM and TERM.

    Asks the console that Textual will write through, so that the two can never disagree and no colour is converted.
    """
    if environ.get("NO_COLOR") is not None:
        return "none"
    console = Console(
        color_system=environ.get("TEXTUAL_COLOR_SYSTEM", "auto"),  # type: ignore[arg-type]
        force_terminal=True,
        legacy_windows=False,
        _environ=environ,
    )
    systems: dict[str | None, Depth] = {"truecolor": "truecolor", "256": "256", "standard": "16", None: "none"}
    return systems.get(console.color_system, "16")


class _Chosen:
    depth: Depth = detect(os.environ)


def use(depth: Depth) -> None:
    """Draw with this palette from now on."""
    _Chosen.depth = depth


def depth() -> Depth:
    """Which of the three palettes is in use, by its number of colours."""
    return _Chosen.depth


def style(role: Role, *, on: Surface = "background", bold: bool = False) -> Style:
    """The style of text in `role` on a surface; dim becomes normal where it would be hard to read."""
    return _style(_Chosen.depth, role, on, bold)


def chip(role: Role, *, bold: bool = True) -> Style:
    """The style of a short label on a ground of its own colour: PAPER (`normal`), BUY, SELL, BARE, HALTED (`alarm`)."""
    return _chip(_Chosen.depth, role, bold)


@lru_cache(maxsize=512)
def _style(depth: Depth, role: Role, on: Surface, bold: bool) -> Style:
    role = _readable(role, on)
    if depth in ("truecolor", "256"):
        return Style(color=_ink(depth, role), bgcolor=_ground(depth, on), bold=bold or None)
    return _basic(depth, role, on, bold)


def _readable(role: Role, on: Surface) -> Role:
    if on == "alarm":
        return "alarm"
    return "normal" if on in _LIFTED and role in ("dim", "faint") else role


def _ink(depth: Depth, role: Role) -> Color:
    ink = _INKS[role]
    return Color.parse(ink.true) if depth == "truecolor" else Color.from_ansi(ink.indexed)


def _ground(depth: Depth, on: Surface) -> Color:
    true, indexed = _SURFACES[on]
    return Color.parse(true) if depth == "truecolor" else Color.from_ansi(indexed)


def _basic(depth: Depth, role: Role, on: Surface, bold: bool) -> Style:
    ink = _INKS[role]
    heavy = bold or ink.bold or None
    if on == "cursor":
        return Style(reverse=True, bold=heavy)
    if on == "alarm":
        return _chip(depth, "alarm", bold)
    return Style(
        color=ink.basic if depth == "16" else None,
        bold=heavy,
        dim=True if ink.faint and not heavy else None,
        underline=True if on == "field" else None,
    )


@lru_cache(maxsize=64)
def _chip(depth: Depth, role: Role, bold: bool) -> Style:
    heavy = bold or None
    if depth in ("truecolor", "256"):
        if role == "alarm":
            return Style(color=_ink(depth, "alarm"), bgcolor=_ground(depth, "alarm"), bold=heavy)
        if role in ("normal", "bright", "dim"):
            return Style(color=_ink(depth, "bright"), bgcolor=_ground(depth, "field"), bold=heavy)
        return Style(color=_ink(depth, "background"), bgcolor=_ink(depth, role), bold=heavy)
    if role == "alarm" and depth == "16":
        return Style(color="bright_white", bgcolor="red", bold=heavy)
    return Style(color=_INKS[role].basic if depth == "16" else None, reverse=True, bold=heavy)


def install(app: App[Any]) -> None:
    """Make the palette the application's theme, so that no widget paints another background.

    The theme is an ANSI one: Textual then passes numbered colours through instead of turning them into true colours.
    """
    from textual.theme import BUILTIN_THEMES

    def ink(role: Role) -> str:
        return _ink(depth(), role).get_truecolor().hex if rich else "ansi_default"

    def ground(surface: Surface) -> str:
        return _ground(depth(), surface).get_truecolor().hex if rich else "ansi_default"

    rich = depth() in ("truecolor", "256")
    app.register_theme(
        replace(
            BUILTIN_THEMES["ansi-dark"],
            name="ibtui",
            primary=ink("focus"),
            secondary=ink("focus"),
            accent=ink("focus"),
            warning=ink("warning"),
            error=ink("down"),
            success=ink("up"),
            foreground=ink("normal"),
            background=ground("background"),
            surface=ground("background"),
            panel=ground("title"),
            boost=ground("title"),
        )
    )
    app.theme = "ibtui"
