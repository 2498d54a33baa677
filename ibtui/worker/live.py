"""The driver of a live strategy: the past first, then every message of the engine becomes one step."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from ibtui.domain.bar import Bar
from ibtui.domain.dispatch import handlers
from ibtui.domain.failure import IbtuiError
from ibtui.domain.quote import Quote
from ibtui.domain.text.sanitize import sanitize
from ibtui.link import worker
from ibtui.strategies import step
from ibtui.strategies.author.base import Strategy
from ibtui.strategies.author.parameters import bar_length, describe, traded, values
from ibtui.strategies.moments import bound
from ibtui.worker.broker import CHAIN_SECONDS, LiveBroker
from ibtui.worker.output import Output
from ibtui.worker.pipe import Pipe
from ibtui.worker.shadow import Shadow


class Live:
    """One run of one strategy, from Begin to Finish."""

    def __init__(self, pipe: Pipe, kind: type[Strategy], begin: worker.Begin) -> None:
        self._pipe = pipe
        chosen = values(kind, begin.parameters)
        self._symbols = traded(kind, chosen)
        if not self._symbols:
            raise IbtuiError("bad_strategy", "It has no parameter of kind symbol, so there is nothing to trade.")
        self._seconds = bar_length(kind, chosen)
        self._broker = (Shadow if begin.shadow else LiveBroker)(pipe.send, begin, self._symbols, self._ask_chain)
        self._seen = 0
        self._explained = ""
        """The newest decision that the engine was told."""
        self._quotes: dict[str, Quote] = {}
        self._kind = kind
        self._strategy = step.start(kind, self._broker, chosen, begin.memory)
        bound(self._strategy, self._give_reason)
        self._remembered = encode_memory(begin.memory)
        takers: dict[type, Callable[[Any], None]] = {
            worker.Past: self._past,
            worker.BarClosed: self._bar_closed,
            worker.CurrencySeen: self._currency_seen,
            worker.QuoteMoved: self._quote_moved,
            worker.OrderUpdate: self._order_moved,
            worker.FillSeen: self._fill_seen,
            worker.Held: self._held,
            worker.SignalSeen: self._signal_seen,
            worker.SetParameters: self._change,
            worker.RequestRefused: self._refused,
            worker.Ping: self._pinged,
        }
        self._handlers = handlers(
            worker.ToWorker,
            takers,
            never=(worker.Load, worker.Look, worker.ReadSignals, worker.Begin, worker.ChainAnswer, worker.Finish),
        )

    def run(self) -> None:
        """Serve the engine's messages until it says Finish."""
        warmup = self._strategy.warmup
        self._pipe.send(worker.Started(warmup=warmup, bar_seconds=self._seconds, symbols=self._symbols))
        while not isinstance(message := self._pipe.receive(), worker.Finish):
            self._take(message)
            if fills := self._broker.settle():
                self._event(*fills)
            self._broker.tell_orders()
            self._remember()
            if isinstance(sys.stdout, Output):
                sys.stdout.finish()
        self._broker.sending = False
        step.stop(self._strategy)
        self._remember()

    def _take(self, message: worker.ToWorker) -> None:
        """Deal with a message; the answer to a chain that nobody waits for any more is passed over."""
        if handler := self._handlers.get(type(message)):
            handler(message)

    def _bar_closed(self, message: worker.BarClosed) -> None:
        self._broker.equity = message.equity
        if self._broker.live and message.time is not None:
            step.miss(self._strategy, message.time)
        self._bars(message.bars)
        self._give_reason()
        self._decided(self._broker.ended(message.bars, self._seconds))

    def _event(self, *events: step.Event) -> None:
        """Tell the strategy what happened."""
        step.step(self._strategy, self._broker, events=events)

    def _give_reason(self) -> None:
        """Log what was explained with what was asked for in the same moment, which ends here: of an earlier one nothing
        is a reason for it.
        """
        broker = self._broker
        if broker.acted and broker.explained and broker.explanation:
            broker.log(broker.explanation)
        broker.acted = broker.explained = False

    def _currency_seen(self, message: worker.CurrencySeen) -> None:
        self._broker.currency = message.own

    def _quote_moved(self, message: worker.QuoteMoved) -> None:
        self._broker.quoted(message.quote, message.time)
        self._quotes[message.quote.symbol] = message.quote
        self._event(*self._broker.filled_since(), message.quote)

    def _fill_seen(self, message: worker.FillSeen) -> None:
        if message.correction is not None:
            self._broker.corrected(message, message.correction)
            return
        self._broker.filled(message)
        self._event(message.fill)

    def _signal_seen(self, message: worker.SignalSeen) -> None:
        self._broker.happened(message.signal)
        self._event(message.signal)

    def _held(self, message: worker.Held) -> None:
        self._broker.holds(message.symbol, message.quantity, message.covered)
        self._look_again(message.time)

    def _order_moved(self, message: worker.OrderUpdate) -> None:
        self._broker.order_moved(message.order)

    def _refused(self, message: worker.RequestRefused) -> None:
        self._broker.refused(message)

    def _pinged(self, message: worker.Ping) -> None:
        if self._broker.live:
            self._tick(message.time)
        self._look_again(message.time)
        if self._kind.for_trader and self._broker.explanation != self._explained:
            self._decided(None)
        self._pipe.send(worker.Pong())

    def _tick(self, time: datetime | None) -> None:
        """What is due by the clock is called; what it decides is told, and logged with its reason where it acts."""
        self._broker.ticked(time)
        if step.tick(self._strategy, self._broker):
            self._give_reason()
            self._decided(None)

    def _look_again(self, time: datetime | None) -> None:
        """An execution algorithm looks at the market each second, and when the trader's position changed: it is driven
        by time as well, and a market may be quiet.
        """
        if self._kind.for_trader and self._broker.sending:
            for quote in self._quotes.values():
                self._broker.quoted(quote, time)
                self._event(*self._broker.filled_since(), quote)

    def _change(self, message: worker.SetParameters) -> None:
        """Set changeable parameters; a value that does not fit changes nothing."""
        typed = message.parameters
        known = {parameter.name: parameter for parameter in describe(self._kind)}
        try:
            new = {name: known[name].parse(text) for name, text in typed.items() if name in known}
            if len(new) < len(typed):
                values(self._kind, typed)  # says which is unknown
        except IbtuiError as error:
            self._pipe.send(worker.Failed(message=error.message, code="bad_parameter"))
            return
        for name, value in new.items():
            setattr(self._strategy, name, value)
        self._pipe.send(worker.Changed(parameters=typed))

    def _remember(self) -> None:
        """Tell what is in its memory when that changed."""
        text = encode_memory(self._strategy.memory)
        if text != self._remembered:
            self._remembered = text
            self._pipe.send(worker.Remembered(memory=self._strategy.memory))

    def _ask_chain(self, request: worker.ChainRequest) -> worker.ChainAnswer | None:
        """Wait for a chain inside a hook; an answer to an earlier request, given up since, is not this one's."""
        self._pipe.send(request)
        end = time.monotonic() + CHAIN_SECONDS
        while (answer := self._pipe.answer(worker.ChainAnswer, end - time.monotonic())) is not None:
            if answer.id == request.id:
                return answer
        return None

    def _past(self, past: worker.Past) -> None:
        self._broker.trade(past.instruments, past.hours)
        for _, bars in groupby(past.bars, key=lambda bar: bar.time):
            self._bars(tuple(bars))
        # What it decided about the past was not done, so it is not shown.
        self._broker.explanation = ""
        self._broker.sending = self._broker.live = True
        self._broker.ticked(past.time)
        step.go_live(self._strategy, self._broker)
        if past.bars and not self._warming:
            self._broker.explanation = f"knows {self._seen} past bars · waits for the next"
        self._decided(self._broker.ended(past.bars[-1:], self._seconds) if past.bars else None)

    def _bars(self, bars: tuple[Bar, ...]) -> None:
        self._seen += 1
        self._broker.bars_closed(bars, self._seconds)
        step.step(self._strategy, self._broker, bars)

    @property
    def _warming(self) -> bool:
        return self._seen < self._strategy.warmup

    def _decided(self, ended: datetime | None) -> None:
        self._remember()
        text = self._explained = self._broker.explanation
        if self._warming:
            text = f"{text}{' · ' if text else ''}{self._seen} of {self._strategy.warmup} bars"
        elif self._broker.closing:
            text = f"{text} · waits for its orders to be cancelled"
        time = self._broker.now if ended is None else ended
        self._pipe.send(worker.Decided(time=time, text=sanitize(text, 200), warming=self._warming))


def encode_memory(memory: dict[str, Any]) -> bytes:
    """The memory as it would be kept; IbtuiError `bad_memory` for what cannot be."""
    try:
        return msgspec.json.encode(memory)
    except (TypeError, ValueError) as error:
        raise IbtuiError("bad_memory", f"Its memory holds what cannot be kept: {error}.") from None
