"""Contracts: from what a person types, or IB mentions, to one qualified instrument per contract id."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from ibtui.broker.data.contract_hours import ContractHours
from ibtui.broker.data.lookup import Together, ambiguous, futures_of, id_in, named_by_id, normal, queries, unknown
from ibtui.broker.data.naming import OPTIONS, described, mentioned, name_of
from ibtui.broker.data.rules import MarketRules
from ibtui.broker.errors import NO_CONTRACT
from ibtui.broker.transport.library import load
from ibtui.broker.transport.pacing import Rank
from ibtui.broker.transport.requests import RequestError
from ibtui.broker.transport.wire import Wire
from ibtui.domain.combo import combo_instrument, combo_seen
from ibtui.domain.event import Event, InstrumentSeen
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.order import Side
from ibtui.domain.terms import ComboLeg
from ibtui.domain.text.sanitize import sanitize

_DIRECT = "QBALGO"
"""An algorithm venue that lists the futures of other exchanges a second time."""


KnownName = Callable[[int], str | None]
"""The name that a contract id had in an earlier session, where its own fits another contract too."""


@dataclass(eq=False, repr=False)
class Contracts:
    """Every instrument that was met: one object, one name, one wire contract per contract id."""

    wire: Wire
    rules: MarketRules
    emit: Callable[[Event], None]
    seconds: float
    known_name: KnownName = lambda con_id: None

    def __post_init__(self) -> None:
        self._by_id: dict[int, Instrument] = {}
        self._by_symbol: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._qualified: set[int] = set()
        self._contracts: dict[int, Any] = {}
        self._types: dict[int, str] = {}
        self._hours = ContractHours(self.emit)
        self._listed: dict[str, Instrument] = {}
        """Options of chains by name, described but not met: nobody is told of them before one is used."""

    async def resolve(self, text: str, rank: Rank = Rank.PERSON) -> Instrument:
        """The instrument that `text` names; see Session.resolve."""
        wanted = normal(text)
        con_id = self._asked.get(wanted, self._by_symbol.get(wanted, 0))
        if con_id in self._by_id and con_id not in self._qualified:
            await self.qualify(con_id)  # met in a position or an order: its id says more than its name
        if con_id in self._qualified:
            return self._by_id[con_id]
        listed = self._listed.get("".join(wanted.split()))
        found = self._keep(listed, qualified=True) if listed is not None else await self._find(wanted, rank)
        self._asked[wanted] = found.con_id
        return found

    async def listed(self, **query: Any) -> list[Instrument]:
        """The options that fit the fields of a contract, by strike and right; kept, but told to nobody."""
        found = sorted(await self._described(query), key=lambda option: (option.strike, option.right))
        self._listed |= {option.symbol: option for option in found}
        return found

    async def search(self, pattern: str) -> list[Instrument]:
        """Instruments whose symbol or name resembles `pattern`, best first, each under a name that `resolve` takes.

        Nobody is told of them before one is used. What IB names and then cannot describe is left out.
        """
        try:
            answers = await self.wire.ask("reqMatchingSymbols", pattern, seconds=self.seconds)
        except RequestError as error:
            raise IbtuiError("search_failed", f"IB refused the search: {error.text}") from None
        asked = [self._named(answer.contract) for answer in answers]
        months = [self._months(root) for root in dict.fromkeys(root for a in answers for root in futures_of(a))]
        offered = await asyncio.gather(*map(_if_told, (*months, *asked)))
        return list({item.con_id: item for items in offered for item in items}.values())

    async def _months(self, root: str) -> list[Instrument]:
        """The futures of a root, nearest expiry first."""
        return self._choices(await self._described({"secType": "FUT", "symbol": root}))

    async def _named(self, contract: Any) -> list[Instrument]:
        """A contract that a search named, under its own name if that finds it and nothing else; none for a future."""
        if contract.secType == "FUT":
            return []
        found: list[Instrument] = []
        for together in queries(name_of(contract), self._today()):
            found = found or await self._described_together(together)
        if [item.con_id for item in found] == [contract.conId]:
            return found
        itself = await self._described({"conId": contract.conId})
        if not found:
            self._listed |= {item.symbol: item for item in itself}
            return itself
        return [replace(item, symbol=named_by_id(item.symbol, item.con_id)) for item in itself]

    def meet(self, contract: Any) -> Instrument:
        """The instrument of a contract that IB mentioned; provisional (tick and lot assumed) until it is qualified."""
        if contract.secType == "BAG":
            return self._combo(contract)
        known = self._by_id.get(contract.conId)
        if known is not None:
            return known
        if contract.conId <= 0:
            return mentioned(contract)  # nothing to find it by
        self._types[contract.conId] = contract.secType
        return self._keep(mentioned(contract), qualified=False)

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
        for instrument in await self._described({"conId": con_id, "exchange": met.exchange}):
            self._keep(instrument, qualified=True)

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
            return replace(mentioned(contract), symbol=f"{sanitize(contract.symbol, 32)} combo")
        return combo_seen(legs, {leg.symbol: self._by_id[self._by_symbol[leg.symbol]] for leg in legs})

    async def _find(self, wanted: str, rank: Rank) -> Instrument:
        plain, con_id = id_in(wanted)
        if con_id:
            found = await self._described({"conId": con_id}, rank)
            if found and found[0].symbol == plain:
                return self._keep(replace(found[0], symbol=wanted), qualified=True)
        for together in queries(wanted, self._today()):
            found = await self._described_together(together, rank)
            if len(found) == 1:
                return self._keep(found[0], qualified=True)
            if found:
                raise ambiguous(wanted, self._choices(found, wanted))
        raise unknown(wanted)

    async def _described_together(self, together: Together, rank: Rank = Rank.PERSON) -> list[Instrument]:
        return [item for query in together for item in await self._described(query, rank)]

    @staticmethod
    def _today() -> date:
        return datetime.now(UTC).date()

    def _choices(self, found: list[Instrument], wanted: str = "") -> list[Instrument]:
        """What a name can mean, nearest expiry first, each under a name of its own that finds it; none is met by it.

        `wanted` is a name that finds several of them.
        """
        shared = Counter(instrument.symbol for instrument in found)
        choices = []
        for instrument in sorted(found, key=lambda instrument: (instrument.expiry, instrument.symbol)):
            known = self._by_id.get(instrument.con_id)
            taken = shared[instrument.symbol] > 1 or instrument.symbol == wanted or instrument.symbol in self._by_symbol
            own = named_by_id(instrument.symbol, instrument.con_id) if taken else instrument.symbol
            choices.append(known or replace(instrument, symbol=own))
        self._listed |= {choice.symbol: choice for choice in choices if choice.con_id not in self._by_id}
        return choices

    async def _described(self, query: Mapping[str, Any], rank: Rank = Rank.PERSON) -> list[Instrument]:
        """What IB describes of the fields of a contract; none when IB knows none."""
        contract = load().contract(**query)
        try:
            answers = await self.wire.ask("reqContractDetails", contract, seconds=self.seconds, rank=rank)
        except RequestError as error:
            down = self.wire.farms.down("contract details")
            if down:
                raise IbtuiError("no_answer", f"IB cannot say what it is while its farm {down} is down.") from None
            if error.code in NO_CONTRACT:
                return []
            raise IbtuiError("no_answer", f"IB cannot describe it now: {error.text} ({error.code})") from None
        found = {}
        for details in sorted(answers, key=lambda item: item.contract.exchange == _DIRECT, reverse=True):
            bands = await self.rules.of(details) if details.contract.secType in OPTIONS else ()
            found[details.contract.conId] = described(details, bands)
            self._types[details.contract.conId] = details.contract.secType
            self._hours.describe(details)
        return list(found.values())

    def _keep(self, instrument: Instrument, *, qualified: bool) -> Instrument:
        con_id = instrument.con_id
        old = self._by_id.get(con_id)
        if old is not None:
            instrument = replace(instrument, symbol=old.symbol)
        elif (name := self.known_name(con_id)) is not None:
            instrument = replace(instrument, symbol=name)
        elif self._by_symbol.get(instrument.symbol, con_id) != con_id:
            instrument = replace(instrument, symbol=named_by_id(instrument.symbol, con_id))
        if qualified:
            self._qualified.add(con_id)
            self._hours.tell(con_id, instrument.symbol)
        if instrument != old:
            self._by_id[con_id] = instrument
            self._by_symbol[instrument.symbol] = con_id
            self._contracts.pop(con_id, None)
            self.emit(InstrumentSeen(instrument=instrument))
        return self._by_id[con_id]

    async def renew(self, today: date) -> None:
        """Ask anew, one after the other, for contracts whose hours were told on another day."""
        for con_id in self._hours.outdated(today):
            await self.qualify(con_id)
            self._hours.asked(con_id, today)


async def _if_told(found: Awaitable[list[Instrument]]) -> list[Instrument]:
    """What was found; nothing where IB would not tell."""
    try:
        return await found
    except IbtuiError:
        return []


async def qualify_all(contracts: Contracts) -> None:
    """Ask for the details of all that was only met; what fails stays provisional and is asked again another time."""
    await asyncio.gather(*(contracts.qualify(number) for number in contracts.unqualified), return_exceptions=True)
