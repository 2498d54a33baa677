"""`ibtui status` for people: aligned numbers, nothing that was not asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal

import click

from ibtui.cli.order import describe
from ibtui.domain.ability import UNTOLD, explained, hindrances
from ibtui.domain.bar import HISTORY_REQUESTS
from ibtui.domain.calendar.clock import shown
from ibtui.domain.quote import MARKET_DATA_LINES
from ibtui.domain.words import trade_words
from ibtui.link.status import Status, StrategyStatus


def print_status(status: Status, zone: tzinfo = UTC) -> None:
    """The whole state as a few small tables, times in `zone`."""
    connection = status.connection
    held = len(status.holds)
    found = hindrances(connection.state, halted=status.halted, read_only=status.read_only, held=held)
    click.echo(f"{status.profile}  {status.mode.upper()}  {explained(found, status.reason)}")
    version = f"server version {connection.server_version}" if connection.server_version else "not connected"
    click.echo(f"IB at {connection.host}:{connection.port}, client {connection.client_id}, {version}")
    click.echo(
        f"market data lines {status.lines} of {MARKET_DATA_LINES}, "
        f"open history requests {status.history_requests} of {HISTORY_REQUESTS}"
    )
    if status.cancelling.asked:
        click.echo(f"cancels: {status.cancelling.confirmed} of {status.cancelling.asked} confirmed")
    account = status.account
    if account is not None:
        click.echo(
            f"{account.id}  net liquidation {_money(account.net_liquidation)}  cash {_money(account.cash)}  "
            f"realized {_signed(account.realized_pnl)}  unrealized {_signed(account.unrealized_pnl)}  "
            f"{account.currency}"
        )
    _table(
        "Quotes",
        ("symbol", "bid", "ask", "last", "age"),
        ((q.symbol, _price(q.bid), _price(q.ask), _price(q.last), _age(q.age)) for q in status.quotes),
    )
    if not status.positions_known:
        click.echo(f"\nPositions and orders at IB: {UNTOLD}")
    _table(
        "Positions",
        ("symbol", "quantity", "average", "unrealized", "", "stop", "cover"),
        (
            (
                p.symbol,
                (f"{p.quantity:+f}" if p.quantity else "0") + ("?" if p.doubted else ""),
                _price(p.average_cost),
                _signed(p.unrealized_pnl),
                p.currency,
                _price(p.stop),
                p.cover,
            )
            for p in status.positions
        ),
    )
    _table(
        "Held",
        ("symbol", "expected", "IB counts", "since", "reason"),
        ((h.symbol, _quantity(h.expected), _quantity(h.counted), shown(h.since, zone), h.reason) for h in status.holds),
    )
    if status.orders:
        click.echo("\nOrders")
        for order in sorted(status.orders, key=lambda order: not order.live):
            click.echo(f"  {describe(order)}  {order.owner}")
    _table(
        "Strategies",
        ("name", "state", "position", "P&L", "", "trades"),
        (
            (
                s.name,
                s.state,
                "–" if s.position is None else f"{s.position:+f}",
                _signed(s.pnl),
                "" if s.pnl is None else s.currency,
                str(s.trades),
            )
            for s in status.strategies
        ),
    )
    _print_shadows(status.strategies)


def _print_shadows(strategies: Iterable[StrategyStatus]) -> None:
    """What would work and was traded in shadow; nothing of it was sent."""
    books = [(one.name, one.shadow) for one in strategies if one.shadow is not None]
    if any(book.orders or book.fills for _, book in books):
        click.echo("\nIn shadow, nothing was sent")
    for name, book in books:
        for order in book.orders:
            click.echo(f"  {name}: would work: {describe(order)}")
        for fill in book.fills:
            click.echo(
                f"  {name}: would have traded: {trade_words(fill.side, fill.quantity, fill.symbol)} "
                f"at {_price(fill.price)}"
            )


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    lines = [tuple(row) for row in rows]
    if not lines:
        return
    widths = [max(len(line[column]) for line in (tuple(header), *lines)) for column in range(len(header))]
    click.echo(f"\n{title}")
    for line in (tuple(header), *lines):
        first = f"  {line[0]:<{widths[0]}}"
        click.echo(first + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True)))


def _money(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+,.2f}"


def _price(value: float | None) -> str:
    return "–" if value is None else f"{value:,.5f}".rstrip("0").ljust(len(f"{value:,.0f}") + 3, "0")


def _quantity(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:f}"


def _age(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
