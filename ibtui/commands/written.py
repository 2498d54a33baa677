"""Commands as a person would type them: what `ibtui.commands.grammar` reads back as the same command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ibtui.commands.command import Close, Flatten, NewOrders, Trade
from ibtui.domain.dispatch import handlers
from ibtui.domain.money import plain
from ibtui.domain.terms import OrderType, TimeInForce


def written(command: NewOrders) -> str:
    """`buy 100 AAPL @ 187.25 tp 195 sl 180 gtc`, `close AAPL 50`, `flatten all outside`."""
    return " ".join(_WORDS[type(command)](command))


def _trade(command: Trade) -> Iterator[str]:
    if command.paid_in and command.cash is not None:
        yield from (command.side.lower(), plain(command.cash), command.paid_in, "of", command.symbol)
    else:
        yield from (command.side.lower(), plain(command.quantity), command.symbol)
    if command.type == OrderType.MKT:
        yield "market"
    if command.limit_price is not None:
        yield f"@ {plain(command.limit_price)}"
    if command.stop_price is not None:
        yield f"stop {plain(command.stop_price)}"
    if command.target is not None:
        yield f"tp {plain(command.target)}"
    if command.protect is not None:
        yield f"sl {plain(command.protect)}"
    if command.tif != TimeInForce.DAY:
        yield command.tif.lower()


def _close(command: Close) -> Iterator[str]:
    yield from ("close", command.symbol)
    if command.quantity is not None:
        yield plain(command.quantity)
    if command.limit_price is not None:
        yield f"@ {plain(command.limit_price)}"
    if command.outside:
        yield "outside"


def _flatten(command: Flatten) -> Iterator[str]:
    yield from ("flatten", command.target)
    if command.outside:
        yield "outside"


_WORDS: dict[type, Callable[[Any], Iterator[str]]] = handlers(
    NewOrders, {Trade: _trade, Close: _close, Flatten: _flatten}
)
