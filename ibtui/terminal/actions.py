"""What each action of the registry does in the panes: one handler for every id."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.commands.command import Halt, Unwatch
from ibtui.commands.panes import PANE_IDS
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.text.sanitize import sanitize, whole
from ibtui.link.messages import Answer, Do, Outcome, Record, Recording, StopRecording
from ibtui.terminal.drawing.grid import Move
from ibtui.terminal.places import cancel, leave, strategies
from ibtui.terminal.places.ability import no_orders, nothing_held
from ibtui.terminal.places.details import details
from ibtui.terminal.places.doing import do
from ibtui.terminal.places.find import Find
from ibtui.terminal.places.halted import HaltedPlace
from ibtui.terminal.places.help import KeySheet
from ibtui.terminal.places.place import Terminal
from ibtui.terminal.places.prompt import Prompt
from ibtui.terminal.ticket import model
from ibtui.terminal.ticket.model import Follow
from ibtui.terminal.ticket.ticket import TicketPlace

Handler = Callable[[Terminal], None]


def halt(terminal: Terminal) -> None:
    """Everything that adds risk stops now; whatever was open in front of the panes closes."""
    terminal.close()
    terminal.say("HALT sent", "warning")
    terminal.ask(Do(command=Halt()), lambda answer: _halted(terminal, answer), lambda error: _unhalted(terminal, error))


def _halted(terminal: Terminal, answer: Answer) -> None:
    terminal.did("halt")
    message = answer.message if isinstance(answer, Outcome) else ""
    terminal.say(whole(message), "bright")
    terminal.open(HaltedPlace(terminal, message))


def _unhalted(terminal: Terminal, error: IbtuiError) -> None:
    terminal.say(f"NOT HALTED: {error.message} Stop it with `ibtui stop` in another terminal.", "down")


def _selected(terminal: Terminal) -> Instrument:
    symbol = terminal.main.selected_symbol
    if symbol is None:
        raise IbtuiError("bad_key", "Select an instrument first.")
    instrument = terminal.model.instruments.get(symbol)
    if instrument is None:
        raise IbtuiError("bad_key", f"{symbol} is not known to the engine yet.")
    return instrument


def _writing(terminal: Terminal) -> Instrument:
    if why := no_orders(terminal):
        raise IbtuiError("bad_key", why)
    return _selected(terminal)


def _ticket(side: Side, follow: Follow) -> Handler:
    def handler(terminal: Terminal) -> None:
        instrument = _writing(terminal)
        quantity = terminal.quantities.get(instrument.symbol)
        terminal.open(TicketPlace(terminal, model.opened(instrument, side, follow, quantity)))
        terminal.did("ticket")

    return handler


def _close(terminal: Terminal) -> None:
    instrument = _writing(terminal)
    if why := nothing_held(terminal, instrument.symbol):
        raise IbtuiError("bad_key", why)
    position = terminal.model.positions[instrument.symbol]
    terminal.open(TicketPlace(terminal, model.closing(instrument, position.quantity)))


def _unwatch(terminal: Terminal) -> None:
    do(terminal, Unwatch(symbols=(_selected(terminal).symbol,)))


def _record(terminal: Terminal) -> None:
    session = terminal.model.session
    on = session is not None and session.recording > 0
    terminal.ask(
        StopRecording() if on else Record(symbols=("watchlist",)),
        lambda answer: terminal.say(sanitize(answer.message), "bright") if isinstance(answer, Recording) else None,
        lambda error: terminal.say(error.message, "warning"),
    )


def _alert(terminal: Terminal) -> None:
    """A line that sets an alert where the market is, to be completed."""
    instrument = _selected(terminal)
    quote = terminal.model.quotes.get(instrument.symbol)
    last = (quote.last if quote.last is not None else quote.mark) if quote is not None else None
    price = "" if last is None else f"{last:.{instrument.digits(last)}f}"
    terminal.open(Prompt(terminal, f"alert {instrument.symbol} above {price}"))


def _filter(terminal: Terminal) -> None:
    shown = terminal.main.filter_log()
    terminal.say("the log shows lines of strategies" if shown else "the log leaves lines of strategies out")


def _pane(number: int) -> Handler:
    return lambda terminal: terminal.main.focus_pane(number)


def _move(rows: Move) -> Handler:
    return lambda terminal: terminal.main.move(rows)


HANDLERS: dict[str, Handler] = {
    "halt": halt,
    "halt.letter": halt,
    "focus.next": lambda terminal: terminal.main.next_pane(1),
    "focus.previous": lambda terminal: terminal.main.next_pane(-1),
    "back": lambda terminal: terminal.calm(),
    **{f"pane.{pane}": _pane(number) for number, pane in enumerate(PANE_IDS, 1)},
    "move.down": _move(1),
    "move.up": _move(-1),
    "move.first": _move("first"),
    "move.last": _move("last"),
    "move.page_down": _move("page_down"),
    "move.page_up": _move("page_up"),
    "order.buy": _ticket(Side.BUY, "ask"),
    "order.sell": _ticket(Side.SELL, "bid"),
    "order.join_bid": _ticket(Side.BUY, "bid"),
    "order.join_ask": _ticket(Side.SELL, "ask"),
    "order.close": _close,
    "order.cancel": cancel.cancel_selected,
    "order.cancel_symbol": cancel.cancel_symbol,
    "strategy.toggle": strategies.toggle,
    "strategy.shadow": strategies.shadow,
    "strategy.pause": strategies.pause,
    "strategy.approve": strategies.approve,
    "strategy.forget": strategies.forget,
    "strategy.test": strategies.test,
    "algorithm": strategies.algorithms,
    "open": lambda terminal: terminal.open(details(terminal)),
    "log.filter": _filter,
    "find": lambda terminal: terminal.open(Find(terminal)),
    "unwatch": _unwatch,
    "alert": _alert,
    "alert.go": lambda terminal: terminal.go_to_alert(),
    "redraw": lambda terminal: terminal.repaint(),
    "record.toggle": _record,
    "command": lambda terminal: terminal.open(Prompt(terminal)),
    "help": lambda terminal: terminal.open(KeySheet(terminal)),
    "quit": leave.leave,
}
"""Action id -> what it does; IbtuiError is said on the message line. The ticket's own ids are in `ticket_model`."""
