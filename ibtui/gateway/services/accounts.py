"""Accounts: their values under IB's names, by update, summary and multi-account request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ibtui.exchange.accounts.account import AccountState, CurrencyState, PositionState
from ibtui.exchange.told.reports import PositionReport, Report
from ibtui.gateway import refusals
from ibtui.gateway.running.backend import Backend
from ibtui.gateway.services.contracts import contract_fields
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.times import clock
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values

EVERY = 3
"""Seconds between updates of account values; TWS takes up to 180, a paper account need not."""
SUMMARIES = 2
"""Account summaries one client may have open."""


class AccountRow(NamedTuple):
    """One value of an account under IB's name for it."""

    key: str
    value: str
    currency: str


class SubscribedValues:
    """What one subscription was sent last, so that only changes follow."""

    def __init__(self, account: str, wanted: Callable[[AccountState], Iterable[AccountRow]]) -> None:
        self.account = account
        self._wanted = wanted
        self._sent: dict[tuple[str, str], str] = {}

    def changes(self, state: AccountState) -> Iterator[AccountRow]:
        for row in self._wanted(state):
            if self._sent.get((row.key, row.currency)) != row.value:
                self._sent[row.key, row.currency] = row.value
                yield row


def account_named(backend: Backend, name: str) -> str:
    """An account of the gateway, the first for no name; raises Refused for one it does not have."""
    accounts = backend.exchange.accounts
    if name and name not in accounts:
        raise refusals.validation(f"Invalid account code {name!r}")
    return name or accounts[0]


def accounts_named(backend: Backend, name: str, model: str) -> tuple[str, ...]:
    """The accounts of a request for several: all for no name, none of them for a model, since none is kept here.

    Raises Refused for an account that the gateway does not have.
    """
    accounts = (account_named(backend, name),) if name not in ("", "All") else tuple(backend.exchange.accounts)
    return () if model else accounts


class Accounts(Service):
    """Account values and portfolio for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._updates: SubscribedValues | None = None
        self._portfolio: dict[int, PositionState] = {}
        self._summaries: dict[int, list[SubscribedValues]] = {}
        self._multi: dict[int, list[SubscribedValues]] = {}
        self._seconds = 0
        self._moved = False

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_ACCOUNT_UPDATES.id: self._subscribe,
            requests.REQ_ACCOUNT_SUMMARY.id: self._summarize,
            requests.CANCEL_ACCOUNT_SUMMARY.id: self._cancel_summary,
            requests.REQ_ACCOUNT_UPDATES_MULTI.id: self._subscribe_multi,
            requests.CANCEL_ACCOUNT_UPDATES_MULTI.id: self._cancel_multi,
        }

    def report(self, report: Report) -> None:
        self._moved = self._moved or isinstance(report, PositionReport)

    def settle(self) -> None:
        """A fill is on the account at once."""
        if self._moved:
            self._moved = False
            self._send_all()

    def each_second(self) -> None:
        self._seconds += 1
        if self._seconds % EVERY == 0:
            self._send_all()

    def _subscribe(self, request: Values) -> None:
        self._portfolio.clear()
        if not request["subscribe"]:
            self._updates = None
            return
        account = account_named(self.backend, request["acctCode"])
        self._updates = SubscribedValues(account, every_row)
        self._send_updates(self._updates, self.backend.exchange.account(account))
        self.client.send(responses.ACCOUNT_DOWNLOAD_END, account=account)

    def _summarize(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._summaries:
            raise refusals.processing("Duplicate request id")
        if len(self._summaries) >= SUMMARIES:
            raise refusals.processing("Maximum number of account summary requests exceeded")
        accounts = self.backend.exchange.accounts
        if request["groupName"] in accounts:
            accounts = (request["groupName"],)
        wanted = tagged(request["tags"])
        self._summaries[number] = [SubscribedValues(account, wanted) for account in accounts]
        self._send_summary(number)
        self.client.send(responses.ACCOUNT_SUMMARY_END, reqId=number)

    def _cancel_summary(self, request: Values) -> None:
        self._summaries.pop(request["reqId"], None)

    def _subscribe_multi(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._multi:
            raise refusals.processing("Duplicate request id")
        accounts = accounts_named(self.backend, request["account"], request["modelCode"])
        rows = ledger_and_liquidation if request["ledgerAndNLV"] else every_row
        self._multi[number] = [SubscribedValues(account, rows) for account in accounts]
        self._send_multi(number)
        self.client.send(responses.ACCOUNT_UPDATE_MULTI_END, reqId=number)

    def _cancel_multi(self, request: Values) -> None:
        self._multi.pop(request["reqId"], None)

    def _send_all(self) -> None:
        if self._updates is not None:
            self._send_updates(self._updates, self.backend.exchange.account(self._updates.account))
        for number in self._summaries:
            self._send_summary(number)
        for number in self._multi:
            self._send_multi(number)

    def _send_updates(self, feed: SubscribedValues, state: AccountState) -> None:
        for row in feed.changes(state):
            self.client.send(responses.ACCOUNT_VALUE, **row._asdict(), account=state.id)
        for position in state.positions.values():
            if self._portfolio.get(position.con_id) != position:
                self._portfolio[position.con_id] = position
                self._send_position(state.id, position)
        self.client.send(responses.ACCOUNT_TIME, time=clock(self.backend.exchange.now))

    def _send_position(self, account: str, position: PositionState) -> None:
        self.client.send(
            responses.PORTFOLIO,
            **contract_fields(self.backend.instrument(position.con_id)),
            position=position.quantity,
            marketPrice=position.market_price,
            marketValue=position.market_value,
            averageCost=position.average_cost,
            unrealizedPNL=position.unrealized_pnl,
            realizedPNL=position.realized_pnl,
            account=account,
        )

    def _send_summary(self, number: int) -> None:
        for feed in self._summaries[number]:
            for row in feed.changes(self.backend.exchange.account(feed.account)):
                self.client.send(
                    responses.ACCOUNT_SUMMARY,
                    reqId=number,
                    account=feed.account,
                    tag=row.key,
                    value=row.value,
                    currency=row.currency,
                )

    def _send_multi(self, number: int) -> None:
        for feed in self._multi[number]:
            for row in feed.changes(self.backend.exchange.account(feed.account)):
                self.client.send(responses.ACCOUNT_UPDATE_MULTI, reqId=number, account=feed.account, **row._asdict())


def summary_rows(state: AccountState) -> Iterator[AccountRow]:
    """The account's totals, under the names of IB's account window."""
    yield AccountRow("AccountType", "INDIVIDUAL", "")
    yield AccountRow("TradingType-S", "CASH" if state.kind == "cash" else "STKMRGN", "")
    for key, amount in (
        ("NetLiquidation", state.net_liquidation),
        ("TotalCashValue", state.cash),
        ("SettledCash", state.cash),
        ("AccruedCash", 0.0),
        ("BuyingPower", state.buying_power),
        ("EquityWithLoanValue", state.net_liquidation),
        ("GrossPositionValue", state.gross_position_value),
        ("InitMarginReq", state.initial_margin),
        ("MaintMarginReq", state.maintenance_margin),
        ("AvailableFunds", state.available_funds),
        ("ExcessLiquidity", state.excess_liquidity),
        ("FullInitMarginReq", state.initial_margin),
        ("FullMaintMarginReq", state.maintenance_margin),
        ("FullAvailableFunds", state.available_funds),
        ("FullExcessLiquidity", state.excess_liquidity),
    ):
        yield AccountRow(key, _money(amount), state.currency)
    for key in ("DayTradesRemaining", *(f"DayTradesRemainingT+{day}" for day in range(1, 5))):
        yield AccountRow(key, str(state.day_trades_left), "")
    if state.net_liquidation > 0:
        yield AccountRow("Cushion", f"{max(state.excess_liquidity / state.net_liquidation, 0.0):.6f}", "")
        yield AccountRow("Leverage", f"{state.gross_position_value / state.net_liquidation:.2f}", "")


def ledger_rows(state: AccountState) -> Iterator[AccountRow]:
    """The ledger: the sums in the base currency under IB's name BASE, then every currency in itself."""
    for name, ledger in (("BASE", _sums(state)), *state.ledgers.items()):
        yield AccountRow("Currency", name, name)
        yield AccountRow("RealCurrency", state.currency if name == "BASE" else name, name)
        yield AccountRow("ExchangeRate", f"{ledger.rate:.7f}".rstrip("0").ljust(4, "0"), name)
        for key, amount in (
            ("CashBalance", ledger.cash),
            ("TotalCashBalance", ledger.cash),
            ("NetLiquidationByCurrency", ledger.net_liquidation),
            ("StockMarketValue", ledger.stock_value),
            ("OptionMarketValue", ledger.option_value),
            ("FuturesPNL", ledger.futures_pnl),
            ("RealizedPnL", ledger.realized_pnl),
            ("UnrealizedPnL", ledger.unrealized_pnl),
        ):
            yield AccountRow(key, _money(amount), name)


def ledger_and_liquidation(state: AccountState) -> Iterator[AccountRow]:
    """What a request for the ledger alone gets."""
    yield from (row for row in summary_rows(state) if row.key == "NetLiquidation")
    yield from ledger_rows(state)


def _sums(state: AccountState) -> CurrencyState:
    """All currencies in the account's own."""
    names = [name for name in CurrencyState.__struct_fields__ if name != "rate"]
    ledgers = state.ledgers.values()
    sums = {name: sum((getattr(ledger, name) * ledger.rate for ledger in ledgers), 0.0) for name in names}
    return CurrencyState(**sums, rate=1.0)


def every_row(state: AccountState) -> Iterator[AccountRow]:
    yield AccountRow("AccountCode", state.id, "")
    yield AccountRow("AccountReady", "true", "")
    yield from summary_rows(state)
    yield from ledger_rows(state)


def tagged(tags: str) -> Callable[[AccountState], Iterable[AccountRow]]:
    """The rows that a summary's comma list asks for; `$LEDGER`, `$LEDGER:USD` and `$LEDGER:ALL` are ledgers."""
    words = {word.strip() for word in tags.split(",")}
    ledgers = {word.partition(":")[2] or "BASE" for word in words if word.startswith("$LEDGER")}

    def wanted(state: AccountState) -> Iterator[AccountRow]:
        yield from (row for row in summary_rows(state) if row.key in words)
        yield from (row for row in ledger_rows(state) if row.currency in ledgers or "ALL" in ledgers)

    return wanted


def _money(amount: float) -> str:
    return f"{amount:.2f}"
