"""Which instruments stream quotes: the watchlist, and whatever is held, ordered or traded by a strategy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from ibtui.domain.combo import combo_instrument
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.terms import ComboLeg
from ibtui.domain.text.naming import nearest
from ibtui.engine.journal.journal import Journal
from ibtui.engine.market.pairs import ConversionPairs
from ibtui.engine.market.watch_words import failures, passing, refusal
from ibtui.engine.session import SessionPort
from ibtui.engine.truth.state import State

_KEY = "watchlist"
_FIRST_QUOTE = 2.0
"""Seconds to wait for the first quote of an instrument that an order needs."""
RESTED = 2.0
"""Seconds after which the market of an option is asked for anew before an order is measured against it."""
AGAIN = (5.0, 15.0, 60.0)
"""Seconds before names that IB did not answer about are asked for again; the last repeats."""
_QUARTERS = ((3, "H"), (6, "M"), (9, "U"), (12, "Z"))


class Watchlist:
    """The user's list, kept in the journal once it was changed, and every subscription beside it."""

    def __init__(self, session: SessionPort, state: State, journal: Journal, default: tuple[str, ...]) -> None:
        self._session = session
        self._state = state
        self._journal = journal
        self._used: set[str] = set()
        """Symbols that something else than the list needs."""
        self._subscribed: dict[str, Instrument] = {}
        kept = journal.latch(_KEY)
        self._kept = kept is not None
        """The user changed the list; the profile's own no longer counts."""
        state.set_watchlist(msgspec.json.decode(kept, type=tuple[str, ...]) if kept else default)
        self._pairs = ConversionPairs(session, state, self._stream_pair)
        state.listeners.position.append(self._held)
        state.listeners.order.append(lambda order: self.use(order.symbol) if order.live else None)

    @property
    def lines(self) -> int:
        """Market data lines in use."""
        return len(self._subscribed)

    async def resolve(self, text: str) -> Instrument:
        """The instrument that `text` names, with its quotes streaming from now on."""
        instrument = self._subscribed.get(text.upper()) or await self._found(text)
        self._subscribe(instrument)
        return instrument

    async def _found(self, text: str) -> Instrument:
        """What IB calls so; the refusal of a name that it does not know says which known names are near it."""
        try:
            return await self._session.resolve(text)
        except IbtuiError as error:
            near = nearest(text.upper(), (*self._state.watchlist, *self._state.instruments))
            if error.code != "unknown_symbol" or not near:
                raise
            names = " or ".join(near)
            raise IbtuiError(error.code, f"{error.message.removesuffix('.')}; did you mean {names}?") from None

    async def quoted(self, text: str) -> Instrument:
        """The same, once a first quote has come, and the rate of its currency is known, or 2 s have passed."""
        instrument = await self.resolve(text)
        await asyncio.gather(self.renew([instrument.symbol]), self._first(instrument))
        return instrument

    async def _first(self, instrument: Instrument) -> None:
        if self._session.state == "active":
            unseen = instrument.symbol not in self._state.quotes
            quote = (self._quote(instrument.symbol),) if unseen else ()
            await asyncio.gather(self._pairs.ensure(instrument.currency), *quote)

    def _stream_pair(self, instrument: Instrument) -> None:
        self._used.add(instrument.symbol)
        self._subscribe(instrument)

    async def renew(self, symbols: Sequence[str]) -> None:
        """Ask anew for the market of options that has rested: unlike a stock's it may for minutes, and IB tells only
        changes, so that rest and a feed that died look alike. Waits for the answers, at most 2 s.
        """
        now = self._state.clock.monotonic()
        asked = [symbol for symbol in symbols if self._rested(symbol, now)]
        for symbol in asked:
            self._session.unsubscribe(self._subscribed[symbol])
            self._session.subscribe(self._subscribed[symbol])
        await asyncio.gather(*(self._quote(symbol, now) for symbol in asked))

    def _rested(self, symbol: str, now: float) -> bool:
        instrument, quote = self._subscribed.get(symbol), self._state.quotes.get(symbol)
        is_option = instrument is not None and bool(instrument.right) and self._session.state == "active"
        return is_option and quote is not None and now - quote.received > RESTED

    async def combined(self, legs: Sequence[ComboLeg]) -> Instrument:
        """The instrument of a combo, with the quotes of every leg streaming and used from now on.

        Raises IbtuiError `bad_combo`, or what resolving a leg raises.
        """
        items = await asyncio.gather(*(self.quoted(leg.symbol) for leg in legs))
        for item in items:
            self.use(item.symbol)
        instrument = combo_instrument(legs, {leg.symbol: item for leg, item in zip(legs, items, strict=True)})
        self._state.know(instrument)
        return instrument

    async def record(self, text: str) -> Instrument:
        """The instrument that `text` names, streaming as long as this engine lives."""
        instrument = await self.resolve(text)
        self._used.add(instrument.symbol)
        return instrument

    def use(self, symbol: str) -> None:
        """Something is held or ordered: stream it, at once or when the session is active.

        Until then an instrument may be as bare as a position describes it: no exchange, no tick.
        """
        self._used.add(symbol)
        instrument = self._state.instruments.get(symbol)
        if instrument is not None and instrument.sec_type != "BAG" and self._session.state == "active":
            self._subscribe(instrument)  # of a combo its legs are streamed

    def _held(self, symbol: str) -> None:
        """A position changed. Options come and go by the dozen: one that is gone gives its line back."""
        instrument = self._state.instruments.get(symbol)
        gone = self._state.positions.held(symbol) == 0 and not self._state.orders.live(symbol)
        if gone and instrument is not None and instrument.right and symbol not in self._state.watchlist:
            self._used.discard(symbol)
            self._drop(symbol)
        else:
            self.use(symbol)

    async def refresh(self, streaming: Callable[[], Awaitable[None]]) -> None:
        """Subscribe to all that is listed or used, and call `streaming` once each name was asked for.

        A listed name that IB does not know stays, and the log says so; one that IB did not answer about is asked for
        again, until the session ends.
        """
        for symbol in self._used:
            self.use(symbol)
        waiting = self._tell(await self._stream(self._state.watchlist))
        await self._rate()
        await streaming()
        attempt = 0
        while waiting and self._session.state == "active":
            await asyncio.sleep(AGAIN[min(attempt, len(AGAIN) - 1)])
            attempt += 1
            waiting = self._tell(await self._stream(name for name in waiting if name in self._state.watchlist))

    async def _rate(self) -> None:
        """Know the rates of what is held or has an order; IB tells those of what the account has by itself."""
        needed = {order.symbol for order in self._state.orders.all_live()}
        needed |= {position.symbol for position in self._state.positions.all()}
        items = (self._state.instruments.get(symbol) for symbol in sorted(needed))
        for currency in dict.fromkeys(item.currency for item in items if item is not None):
            await self._pairs.ensure(currency)

    def _tell(self, failed: Mapping[str, IbtuiError]) -> list[str]:
        """Log what cannot be streamed; the names that are worth asking for again."""
        for line in failures(failed):
            self._state.log.say("ERROR", line)
        return [name for name, error in failed.items() if passing(error)]

    async def _stream(self, names: Iterable[str]) -> dict[str, IbtuiError]:
        """Stream what names mean, each as soon as IB has said it; by name, why the rest cannot be."""
        failed = {}

        async def one(name: str) -> None:
            try:
                self._listed_as(name, await self._session.resolve(name, patient=True))
            except IbtuiError as error:
                failed[name] = error

        await asyncio.gather(*(one(name) for name in names))
        return failed

    def _listed_as(self, name: str, instrument: Instrument) -> None:
        """A listed name is known now: it streams, and stands in the list under the one name of its instrument."""
        self._subscribe(instrument)
        listed = self._state.watchlist
        if name != instrument.symbol and name in listed:
            renamed = (instrument.symbol if each == name else each for each in listed)
            self._state.set_watchlist(tuple(dict.fromkeys(renamed)))

    async def add(self, symbols: Iterable[str]) -> list[str]:
        """Put symbols on the list; the names as IB knows them.

        What IB does not know, or knows several of, costs itself alone: raises IbtuiError with why, after the rest was
        added. Nothing of a refused name streams.
        """
        answers = await self._resolve_all(dict.fromkeys(symbols))
        found = [answer for _, answer in answers if isinstance(answer, Instrument)]
        for instrument in found:
            self._subscribe(instrument)
        names = list(dict.fromkeys(instrument.symbol for instrument in found))
        if names:
            self._set(tuple(dict.fromkeys((*self._state.watchlist, *names))))
        refused = [(name, answer) for name, answer in answers if isinstance(answer, IbtuiError)]
        if refused:
            raise refusal(names, refused)
        return names

    def remove(self, symbols: Iterable[str]) -> list[str]:
        """Take symbols off the list; raises IbtuiError `unknown_symbol` for one that is not on it."""
        wanted = [symbol.upper() for symbol in symbols]
        for symbol in wanted:
            if symbol not in self._state.watchlist:
                raise IbtuiError("unknown_symbol", f"{symbol} is not on the watchlist.")
        self._set(tuple(symbol for symbol in self._state.watchlist if symbol not in wanted))
        for symbol in wanted:
            self._drop(symbol)
        return wanted

    def _set(self, symbols: tuple[str, ...]) -> None:
        self._kept = True
        self._journal.set_latch(_KEY, msgspec.json.encode(symbols).decode())
        self._state.set_watchlist(symbols)

    def _subscribe(self, instrument: Instrument) -> None:
        if instrument.symbol not in self._subscribed:
            self._subscribed[instrument.symbol] = instrument
            self._session.subscribe(instrument)
            self._state.touch("session")

    def _drop(self, symbol: str) -> None:
        """Stop streaming what nobody needs; what was ordered or held today keeps its quotes."""
        held = self._state.positions.held(symbol) != 0 or bool(self._state.orders.live(symbol))
        instrument = self._subscribed.get(symbol)
        if instrument is not None and not held and symbol not in self._used:
            del self._subscribed[symbol]
            self._session.unsubscribe(instrument)
            self._state.forget_quote(symbol)
            self._state.touch("session")

    async def _resolve_all(self, symbols: Iterable[str]) -> list[tuple[str, Instrument | IbtuiError]]:
        async def one(symbol: str) -> tuple[str, Instrument | IbtuiError]:
            try:
                return symbol, await self._session.resolve(symbol)
            except IbtuiError as error:
                return symbol, error

        return await asyncio.gather(*(one(symbol) for symbol in symbols))

    async def add_front(self, root: str, today: date) -> None:
        """Put the nearest quarterly future that IB lists before the last entry, unless the user changed the list."""
        listed = self._state.watchlist
        names = quarters(root, today, 3)
        if self._kept or not listed or set(names) & set(listed):
            return
        for _, answer in await self._resolve_all(names):
            if isinstance(answer, Instrument):
                self._state.set_watchlist((*listed[:-1], answer.symbol, *listed[-1:]))
                return

    async def _quote(self, symbol: str, after: float | None = None) -> None:
        """Wait for a first quote, or for a whole one later than `after`, as long as an order may wait."""
        came: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def look(quote: object) -> None:
            quote = self._state.quotes.get(symbol)
            whole = quote is not None and quote.bid is not None and quote.ask is not None
            news = quote is not None and (after is None or (whole and quote.received > after))
            if news and not came.done():
                came.set_result(None)

        listeners: list[Callable[..., None]] = self._state.listeners.quote
        listeners.append(look)
        try:
            async with asyncio.timeout(_FIRST_QUOTE):
                await came
        except TimeoutError:
            pass  # the gate says what is missing
        finally:
            listeners.remove(look)


def quarters(root: str, today: date, count: int) -> list[str]:
    """Names of the next quarterly futures, nearest first: ESZ6, ESH7; the one of this month may have expired."""
    names: list[str] = []
    year = today.year
    while len(names) < count:
        names += [
            f"{root}{letter}{year % 10}" for month, letter in _QUARTERS if (year, month) >= (today.year, today.month)
        ]
        year += 1
    return names[:count]
