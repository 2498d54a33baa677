"""A place on the screen that belongs to another part of the terminal: the ticket's slot, the prompt."""

from __future__ import annotations

from textual.widget import Widget


class Holder(Widget):
    """A place that another part of the terminal fills with one widget at a time."""

    DEFAULT_CSS = "Holder > * { width: 100%; height: 100%; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._held: Widget | None = None

    @property
    def filled(self) -> bool:
        """Whether a widget is here."""
        return self._held is not None

    def fill(self, widget: Widget | None) -> None:
        """Show a widget here instead of the one before, and focus it if it can be; None empties the place."""
        before, self._held = self._held, widget
        if before is not None and before is not widget:
            before.remove()
        if widget is not None and before is not widget:
            self.mount(widget)
            if widget.can_focus:
                widget.focus()
