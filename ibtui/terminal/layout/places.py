"""Puts widgets where a plan wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.geometry import Region
from textual.widget import Widget


class Places:
    """Shows each widget at its place, known by its id, or not at all."""

    def __init__(self) -> None:
        self._placed: dict[Widget, Region] = {}

    def put(self, widgets: Iterable[Widget], places: Mapping[str, Region]) -> None:
        """Move, show and hide; what is right already is left alone, since every change lays the screen out anew."""
        for widget in widgets:
            self._put(widget, places.get(widget.id or ""))

    def _put(self, widget: Widget, region: Region | None) -> None:
        if widget.display != (region is not None):
            widget.display = region is not None
        if region is None or self._placed.get(widget) == region:
            return
        self._placed[widget] = region
        widget.styles.offset = (region.x, region.y)
        widget.styles.width, widget.styles.height = region.width, region.height
