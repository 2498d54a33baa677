"""`ibtui stream`: everything an engine shows, as lines of JSON for a program that listens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ibtui.cli.engines import caller
from ibtui.cli.options import PROFILE, WholeNumber
from ibtui.cli.output import print_json, reader_left
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.link.messages import Frame

KINDS = ("session", "account", "quote", "position", "order", "fill", "strategy", "signal", "log", "gap")


@click.command()
@click.option("--only", metavar="KIND[,KIND]", default="", help=f"Of {', '.join(KINDS)}.  [default: all]")
@click.option("--changes", is_flag=True, help="Leave out what is there already when the stream begins.")
@click.option("--count", type=WholeNumber(1), help="End after so many lines.")
@PROFILE
def stream(only: str, changes: bool, count: int | None, profile: str) -> None:
    """Print fills, orders, quotes, P&L and the rest as they change, one JSON object a line, until interrupted or
    until nobody reads it any more.

    The first lines are the state as it is. Quotes are the newest each time this program is ready for more: a slow
    reader misses prices in between, never a fill or an order. `event` says what a line is; the other fields are those
    of `ibtui status --json`.

    \b
    ibtui stream --only fill,order | jq .
    ibtui stream --only quote --profile demo > quotes.jsonl
    """
    wanted = _wanted(only)
    printed = 0
    with caller(profile) as engine:
        for frame in engine.listen():
            if changes and frame.snapshot:
                continue
            for line in lines(frame):
                if line["event"] in wanted:
                    print_json(line)
                    printed += 1
                    if printed == count or reader_left():
                        return


def _wanted(only: str) -> frozenset[str]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    wrong = [name for name in names if name not in KINDS]
    if wrong:
        raise IbtuiError("usage", f"There is no kind {wrong[0][:20]!r}; choose of {', '.join(KINDS)}.")
    return frozenset(names or KINDS)


def lines(frame: Frame) -> Iterator[dict[str, Any]]:
    """What a frame says, one object for each fact."""
    groups: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("gap", ({"text": "some lines were lost between the last and the next"},) if frame.gap else ()),
        ("session", (frame.session,) if frame.session else ()),
        ("account", (frame.account,) if frame.account else ()),
        ("quote", frame.quotes),
        ("position", frame.positions or ()),
        ("order", frame.orders),
        ("fill", frame.fills),
        ("strategy", frame.strategies or ()),
        ("signal", frame.signals),
        ("log", frame.log),
    )
    for event, facts in groups:
        for fact in facts:
            yield {"event": event} | _fields(fact)


def _fields(fact: Any) -> dict[str, Any]:
    """Decimals stay what they are, so that they are printed as numbers."""
    if isinstance(fact, dict):
        return fact
    return {name: getattr(fact, name) for name in fact.__struct_fields__ if name != "received"}
