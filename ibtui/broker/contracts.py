"""Contracts: from what a person types, or IB mentions, to one qualified instrument per contract id."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from ibtui.broker.contract_hours import ContractHours
from ibtui.broker.library import load
from ibtui.broker.numbers import decimal
from ibtui.broker.requests import RequestError
from ibtui.broker.rules import Rules
from ibtui.broker.wire import Wire
from ibtui.domain.combo import combo_instrument
from ibtui.domain.event import Event, InstrumentSeen
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Band, Instrument, SecType
from ibtui.domain.money import exact
from ibtui.domain.option import option_name
from ibtui.domain.order import ComboLeg, Side
from ibtui.domain.text import sanitize

_CODES = "USD EUR GBP JPY CHF AUD NZD CAD SEK NOK DKK HKD SGD CNH MXN ZAR ILS PLN CZK HUF KRW INR TRY"
CURRENCIES = frozenset(_CODES.split())
"""What may stand on either side of a currency pair."""
_PAIR = re.compile(r"([A-Z]{3})[./]?([A-Z]{3})")
_FUTURE = re.compile(r"[A-Z0-9]{1,6}[FGHJKMNQUVXZ]\d{1,2}")
_FUTURE_OPTION = re.compile(r"([A-Z0-9]{1,5}[FGHJKMNQUVXZ]\d) ?([CP]\d+(?:\.\d+)?)")
_OPTIONS = ("OPT", "FOP")
_PRINTABLE = re.compile(r"[ -~]{0,32}")
_TEXT = re.compile(r"[A-Z0-9][A-Z0-9./ -]{0,31}")
_DIRECT = "QBALGO"
"""An algorithm venue that lists the futures of other exchanges a second time."""
_NOT_FOUND = frozenset({200, 321})
"""No such contract; a query that IB finds too vague names none either."""
_FAMILIES: dict[str, SecType] = {
    "FOP": "OPT",
    "WAR": "OPT",
    "IOPT": "OPT",
    "CONTFUT": "FUT",
    "CFD": "STK",
    "FUND": "STK",
}
"""Security types that are shown as their nearest relative; orders still go out with IB's own type."""
CHOICES = 6
_TINY = Decimal("1e-8")
"""The lot of a coin until IB says it: no position in one is a fraction of that."""


class Match(Struct, frozen=True, kw_only=True):
    """One answer of a symbol search."""

    symbol: str
    name: str
    sec_type: str
    exchange: str
    currency: str
    con_id: int


class Contracts:
    """Every instrument that was met: one object, one name, one wire contract per contract id."""

    def __init__(self, wire: Wire, rules: Rules, emit: Callable[[Event], None], seconds: float) -> None:
        self._wire = wire
        self._rules = rules
        self._emit = emit
        self._seconds = seconds
        self._by_id: dict[int, Instrument] = {}
        self._by_symbol: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._qualified: set[int] = set()
        self._contracts: dict[int, Any] = {}
        self._types: dict[int, str] = {}
        self._hours = ContractHours(emit)
        self._listed: dict[str, Instrument] = {}
        """Options of chains by name, described but not met: nobody is told of them before one is used."""

    async def resolve(self, text: str) -> Instrument:
        """The instrument that `text` names; see Session.resolve."""
        wanted = " ".join(text.upper().split())
        if not _TEXT.fullmatch(wanted):
            raise _unknown(text)
        con_id = self._asked.get(wanted, self._by_symbol.get(wanted, 0))
        if con_id in self._by_id and con_id not in self._qualified:
            await self.qualify(con_id)  # met in a position or an order: its id says more than its name
        if con_id in self._qualified:
            return self._by_id[con_id]
        listed = self._listed.get("".join(wanted.split()))
        found = self._keep(listed, qualified=True) if listed is not None else await self._find(wanted)
        self._asked[wanted] = found.con_id
        return found

    async def listed(self, **query: Any) -> list[Instrument]:
        """The options that fit the fields of a contract, by strike and right; kept, but told to nobody."""
        found = sorted(await self._described(**query), key=lambda option: (option.strike, option.right))
        self._listed |= {option.symbol: option for option in found}
        return found

    async def search(self, pattern: str) -> list[Match]:
        """Instruments whose symbol or name resembles `pattern`."""
        try:
            answers = await self._wire.ask("reqMatchingSymbols", pattern, seconds=self._seconds)
        except RequestError as error:
            raise IbtuiError("search_failed", f"IB refused the search: {error.text}") from None
        return [_match(description) for description in answers]

    def meet(self, contract: Any) -> Instrument:
        """The instrument of a contract that IB mentioned; provisional (tick and lot assumed) until it is qualified."""
        if contract.secType == "BAG":
            return self._combo(contract)
        known = self._by_id.get(contract.conId)
        if known is not None:
            return known
        if contract.conId <= 0:
            return _instrument(contract)  # nothing to find it by
        self._types[contract.conId] = contract.secType
        return self._keep(_instrument(contract), qualified=False)

    def combo_legs(self, contract: Any) -> tuple[ComboLeg, ...]:
        """The legs of a combination that IB mentioned; none while one of them was never met."""
        found = [(self._by_id.get(leg.conId), leg) for leg in contract.comboLegs or ()]
        return tuple(
            ComboLeg(symbol=item.symbol, side=Side.BUY if leg.action.startswith("B") else Side.SELL, ratio=leg.ratio)
            for item, leg in found
            if item is not None and all(other is not None for other, _ in found)
        )

    def combination(self, legs: Sequence[ComboLeg], instruments: Mapping[str, Instrument]) -> Any:
        """The wire contract of a combo."""
        items = [instruments[leg.symbol] for leg in legs]
        whole = combo_instrument(legs, instruments)
        return load().contract(
            symbol=whole.root,
            secType="BAG",
            exchange=whole.exchange,
            currency=whole.currency,
            comboLegs=[
                load().combo_leg(conId=item.con_id, ratio=leg.ratio, action=leg.side.value, exchange=whole.exchange)
                for leg, item in zip(legs, items, strict=True)
            ],
        )

    def known(self, con_id: int) -> Instrument | None:
        return self._by_id.get(con_id)

    @property
    def unqualified(self) -> tuple[int, ...]:
        """Contract ids that were only met in positions and orders, their tick and lot not yet known."""
        return tuple(con_id for con_id in self._by_id if con_id not in self._qualified)

    async def qualify(self, con_id: int) -> None:
        """Ask for the details of a contract that was only met."""
        met = self._by_id[con_id]
        await self._details(conId=con_id, exchange=met.exchange)

    def contract(self, instrument: Instrument) -> Any:
        """The wire contract of an instrument, always the same object."""
        contract = self._contracts.get(instrument.con_id)
        if contract is None:
            contract = self._contracts[instrument.con_id] = load().contract(
                conId=instrument.con_id,
                symbol=instrument.root,
                secType=self._types.get(instrument.con_id, instrument.sec_type),
                exchange=instrument.exchange,
                currency=instrument.currency,
                localSymbol=instrument.local_symbol,
                tradingClass=instrument.trading_class,
            )
        return contract

    def _combo(self, contract: Any) -> Instrument:
        """A combination as its legs name it; TWS gives all of them one contract id, so none is kept by it."""
        legs = self.combo_legs(contract)
        if not legs:
            return replace(_instrument(contract), symbol=f"{sanitize(contract.symbol, 32)} combo")
        return combo_instrument(legs, {leg.symbol: self._by_id[self._by_symbol[leg.symbol]] for leg in legs})

    async def _find(self, wanted: str) -> Instrument:
        for query in _queries(wanted):
            found = await self._details(**query)
            if len(found) == 1:
                return found[0]
            if found:
                raise _ambiguous(wanted, found)
        raise _unknown(wanted)

    async def _details(self, **query: Any) -> list[Instrument]:
        """Instruments that fit the fields of a contract, nearest expiry first; none when IB knows none."""
        kept = [self._keep(instrument, qualified=True) for instrument in await self._described(**query)]
        return sorted(kept, key=lambda instrument: (instrument.expiry, instrument.symbol))

    async def _described(self, **query: Any) -> list[Instrument]:
        """What IB describes of the fields of a contract; none when IB knows none."""
        contract = load().contract(**query)
        try:
            answers = await self._wire.ask("reqContractDetails", contract, seconds=self._seconds)
        except RequestError as error:
            if error.code in _NOT_FOUND:
                return []
            raise IbtuiError("unknown_symbol", f"IB cannot describe it: {error.text}") from None
        found = {}
        for details in sorted(answers, key=lambda item: item.contract.exchange == _DIRECT, reverse=True):
            bands = await self._rules.of(details) if details.contract.secType in _OPTIONS else ()
            found[details.contract.conId] = _instrument_of(details, bands)
            self._types[details.contract.conId] = details.contract.secType
            self._hours.describe(details)
        return list(found.values())

    def _keep(self, instrument: Instrument, *, qualified: bool) -> Instrument:
        con_id = instrument.con_id
        old = self._by_id.get(con_id)
        if old is not None:
            instrument = replace(instrument, symbol=old.symbol)
        elif self._by_symbol.get(instrument.symbol, con_id) != con_id:
            instrument = replace(instrument, symbol=f"{instrument.symbol}.{con_id}")
        if qualified:
            self._qualified.add(con_id)
            self._hours.tell(con_id, instrument.symbol)
        if instrument != old:
            self._by_id[con_id] = instrument
            self._by_symbol[instrument.symbol] = con_id
            self._contracts.pop(con_id, None)
            self._emit(InstrumentSeen(instrument=instrument))
        return self._by_id[con_id]

    async def renew(self, today: date) -> None:
        """Ask anew, one after the other, for contracts whose hours were told on another day."""
        for con_id in self._hours.outdated(today):
            await self.qualify(con_id)
            self._hours.asked(con_id, today)


async def qualify_all(contracts: Contracts) -> None:
    """Ask for the details of all that was only met; what fails stays provisional and is asked again another time."""
    await asyncio.gather(*(contracts.qualify(number) for number in contracts.unqualified), return_exceptions=True)


def _queries(wanted: str) -> list[dict[str, Any]]:
    """The contract fields to try for a symbol, likeliest first."""
    pair = _PAIR.fullmatch(wanted)
    if pair and CURRENCIES.issuperset(pair.groups()):
        return [{"secType": "CASH", "symbol": pair[1], "currency": pair[2], "exchange": "IDEALPRO"}]
    queries: list[dict[str, Any]] = []
    option, future_option = option_name(wanted), _FUTURE_OPTION.fullmatch(wanted)
    if option is not None:
        fields = {"secType": "OPT", "localSymbol": option.padded, "exchange": "SMART", "currency": "USD"}
        queries.append(fields)
    elif future_option is not None:
        queries.append({"secType": "FOP", "localSymbol": " ".join(future_option.groups())})
    if _FUTURE.fullmatch(wanted):
        queries.append({"secType": "FUT", "localSymbol": wanted})
    root, _, suffix = wanted.rpartition(".")
    currency = suffix if root and suffix in CURRENCIES else "USD"
    symbol = root if root and suffix in CURRENCIES else wanted.replace(".", " ")
    queries.append({"secType": "STK", "symbol": symbol, "currency": currency, "exchange": "SMART"})
    queries.append({"secType": "FUT", "symbol": wanted})
    return queries


def _instrument_of(details: Any, bands: tuple[Band, ...]) -> Instrument:
    """An instrument from contract details. A price magnifier (prices in pence) is folded into the multiplier."""
    contract = details.contract
    base = _instrument(contract)
    magnifier = Decimal(details.priceMagnifier or 1)
    step = details.sizeIncrement if contract.secType in ("CASH", "CRYPTO") else 0
    return Instrument(
        symbol=base.symbol,
        con_id=base.con_id,
        sec_type=base.sec_type,
        root=base.root,
        exchange=base.exchange,
        currency=base.currency,
        primary_exchange=sanitize(contract.primaryExchange, 32),
        local_symbol=base.local_symbol,
        trading_class=base.trading_class,
        expiry=base.expiry,
        strike=base.strike,
        right=base.right,
        multiplier=base.multiplier / magnifier,
        tick=exact(details.minTick) if details.minTick else Decimal("0.01"),
        bands=bands if len(bands) > 1 else (),
        lot=decimal(step) if step else Decimal(1),
        name=sanitize(details.longName, 80),
    )


def _instrument(contract: Any) -> Instrument:
    """What a contract alone tells; positions and orders carry no tick and often no exchange."""
    return Instrument(
        symbol=_name(contract),
        con_id=contract.conId,
        sec_type=_family(contract.secType),
        root=sanitize(contract.symbol, 32),
        exchange=sanitize(contract.exchange, 32) or _home(contract.secType),
        currency=sanitize(contract.currency, 8),
        local_symbol=_local(contract.localSymbol),
        trading_class=sanitize(contract.tradingClass, 32),
        expiry=_digits(contract.lastTradeDateOrContractMonth),
        strike=exact(contract.strike or 0) if contract.secType in _OPTIONS else Decimal(0),
        right=_right(contract),
        multiplier=exact(contract.multiplier or 1),
        lot=_TINY if contract.secType == "CRYPTO" else Decimal(1),
    )


def _name(contract: Any) -> str:
    """The one name of a contract: AAPL, BRK.B, SAP.EUR, ESZ6, EUR.USD, AAPL261218C00190000."""
    symbol = ".".join(sanitize(contract.symbol, 32).upper().split())
    if contract.secType in ("CASH", "CRYPTO"):
        return f"{symbol}.{contract.currency}"
    if contract.secType in ("FUT", "OPT", "FOP", "WAR"):
        return "".join(sanitize(contract.localSymbol, 32).upper().split()) or symbol
    return symbol if contract.currency in ("USD", "") else f"{symbol}.{contract.currency}"


def _local(text: str) -> str:
    """A local symbol with the blanks inside it, which belong to the names of options and go back on the wire."""
    return text if _PRINTABLE.fullmatch(text) else sanitize(text, 32)


def _right(contract: Any) -> Literal["", "C", "P"]:
    """IB also writes CALL and PUT, and 0 or ? where there is none."""
    right = contract.right[:1] if contract.secType in _OPTIONS else ""
    return right if right in ("C", "P") else ""  # type: ignore[return-value]


def _family(sec_type: str) -> SecType:
    return _FAMILIES.get(sec_type) or (sec_type if sec_type in get_args(SecType) else "IND")  # type: ignore[return-value]


def _home(sec_type: str) -> str:
    return {"STK": "SMART", "OPT": "SMART", "CASH": "IDEALPRO", "CRYPTO": "PAXOS"}.get(sec_type, "")


def _digits(date: str) -> str:
    return date[:8] if date[:8].isdigit() else ""


def _match(description: Any) -> Match:
    contract = description.contract
    return Match(
        symbol=_name(contract),
        name=sanitize(getattr(contract, "description", ""), 80),
        sec_type=sanitize(contract.secType, 8),
        exchange=sanitize(contract.primaryExchange, 32),
        currency=sanitize(contract.currency, 8),
        con_id=contract.conId,
    )


def _unknown(text: str) -> IbtuiError:
    return IbtuiError("unknown_symbol", f"IB knows no {sanitize(text, 32)!r}; search for it or check the spelling.")


def _ambiguous(wanted: str, found: list[Instrument]) -> IbtuiError:
    names = [instrument.symbol for instrument in found]
    listed = ", ".join(names[:CHOICES]) + (", …" if len(names) > CHOICES else "")
    return IbtuiError("ambiguous_symbol", f"{wanted} can be {listed}; name one of them.")
