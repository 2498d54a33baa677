"""The ticket in its slot: keys into the model, the model onto the screen, Enter towards the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.domain.text.number import NotANumberError
from ibtui.domain.words import trade_words
from ibtui.link.messages import Outcome
from ibtui.terminal.drawing.canvas import Line
from ibtui.terminal.keys import Press
from ibtui.terminal.places.pending import PendingCommand, Previewing
from ibtui.terminal.places.place import Hints, Terminal
from ibtui.terminal.places.plan_view import plan_lines
from ibtui.terminal.places.preview import finish
from ibtui.terminal.ticket import fields, view
from ibtui.terminal.ticket import model as ticket_model
from ibtui.terminal.ticket.model import Ticket

_PASTE_LIMIT = 1024


class TicketPlace(Previewing):
    """Writes one order; nothing is sent but through a preview."""

    def __init__(self, terminal: Terminal, ticket: Ticket) -> None:
        super().__init__(terminal)
        self.ticket = ticket
        self.complaint = ""
        self._frozen: Ticket | None = None
        self._frozen_at: datetime | None = None
        self.pending = PendingCommand(terminal, self._refused, self._done)

    @property
    def symbol(self) -> str:
        return self.ticket.instrument.symbol

    @property
    def quote(self) -> Quote | None:
        return self.terminal.model.quotes.get(self.symbol)

    def enter(self) -> None:
        if self.pending.state == "shown":
            self.pending.enter()
        elif self.pending.state == "idle":
            self._check()

    def back(self) -> None:
        if self.pending.state in ("asking", "shown"):
            self._thaw()
        elif self.pending.state == "idle":
            self.terminal.close()

    def other(self, press: Press, action: str | None) -> None:
        """Whatever changes the order takes back a preview of it; a key that does nothing says so."""
        if self.pending.state == "sending":
            return
        if action == "ticket.outside":
            if why := self.pending.outside():
                self.terminal.say(why, "warning")
            return
        change = self._change(press, action)
        if change is not None:
            self._take(lambda: change(self.ticket, self.quote))

    def paste(self, text: str) -> None:
        """A pasted number goes into the focused field; anything else is refused."""
        if self.pending.state == "sending":
            return
        try:
            self._take(lambda: fields.paste(self.ticket, text[:_PASTE_LIMIT], self.quote))
        except NotANumberError:
            self.complaint = "A paste into the ticket must be one plain number; nothing was taken."

    def _take(self, change: Callable[[], Ticket]) -> None:
        """The ticket after a change, which takes back a preview; what is refused is said and changes nothing."""
        try:
            changed = change()
        except IbtuiError as error:
            self.complaint = error.message
            self.terminal.say(error.message, "warning")
            return
        self._thaw()
        self.ticket = changed
        if changed.unread:
            self.complaint = ticket_model.unread(changed)
            self.terminal.say(self.complaint, "warning")

    def _change(self, press: Press, action: str | None) -> Callable[[Ticket, Quote | None], Ticket] | None:
        if action in ("focus.next", "focus.previous"):
            step = 1 if action == "focus.next" else -1
            return lambda ticket, quote: fields.next_field(ticket, step)
        if action in ticket_model.CHANGES:
            return fields.press(action, press.text)
        if press.key == "backspace":
            return fields.erase
        if press.text:
            return lambda ticket, quote: fields.type_character(ticket, press.text, quote)
        return None

    def _check(self) -> None:
        self.complaint = ""
        try:
            command = ticket_model.command(self.ticket, self.quote)
        except IbtuiError as error:
            self.complaint = error.message
            return
        self._freeze()
        self.pending.ask(command)

    def _freeze(self) -> None:
        """What is checked stays on the screen as it was asked about."""
        target, stop = ticket_model.exits(self.ticket, self.quote)
        price = ticket_model.limit(self.ticket, self.quote)
        self._frozen = replace(self.ticket, price=price, preset=False, target=target, stop=stop)
        if price is not None:
            self._frozen = replace(self._frozen, follow=None)
        self._frozen_at = datetime.now(UTC)

    def _thaw(self) -> None:
        self.complaint = ""
        self._frozen = None
        if self.pending.state != "idle":
            self.pending.drop()

    def _refused(self, why: str) -> None:
        self._frozen = None
        self.complaint = why

    def _done(self, outcome: Outcome) -> None:
        if self.ticket.quantity is not None and self.ticket.holds is None:
            self.terminal.quantities[self.symbol] = self.ticket.quantity
        finish(self.terminal, self, outcome)

    def hints(self) -> Hints:
        keymap = self.terminal.keymap
        if self.pending.state == "shown":
            ticket = self.ticket
            what = trade_words(ticket.side, ticket.quantity or Decimal(0), self.symbol, ticket.instrument)
            return (keymap.hint("ticket.confirm", f"send {what}"), keymap.hint("back"))
        return (
            keymap.hint("focus.next"),
            keymap.hints("ticket.tick_up", "ticket.tick_down"),
            keymap.hint("ticket.confirm"),
            keymap.hint("back"),
        )

    def draw(self, width: int, height: int) -> list[Line]:
        model, frozen = self.terminal.model, self._frozen
        position = model.positions.get(self.symbol)
        ticket_state = view.TicketState(
            ticket=frozen or self.ticket,
            follow=self.ticket.follow,
            frozen_at=self._frozen_at if frozen else None,
            quote=self.quote,
            held=position.quantity if position else Decimal(0) if model.positions_known else None,
            account=model.account,
            orders=model.orders.values(),
            keymap=self.terminal.keymap,
            zone=ZoneInfo(model.session.timezone) if model.session else UTC,
            now=self.terminal.now(),
            complaint=self.complaint,
            asking=self.pending.state == "asking",
        )
        return view.draw(ticket_state, plan_lines(self.pending, self.terminal.keymap, width, height - 1), width, height)
