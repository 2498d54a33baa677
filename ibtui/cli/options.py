"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ibtui.domain.text.number import NotANumberError, read_number

F = TypeVar("F", bound=Callable[..., Any])

_GIVEN = "ibtui.profile"
"""Where a command line's contexts keep the profile that was given."""


def _one_profile(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> str:
    """The profile that was given, before the command or behind it; raises UsageError for two that differ."""
    names = list(dict.fromkeys([*context.meta.get(_GIVEN, ()), *given]))
    if len(names) > 1:
        raise click.UsageError(f"--profile is given as {names[0]!r} and as {names[1]!r}; name one profile.")
    context.meta[_GIVEN] = names
    return names[0] if names else "paper"


PROFILE = click.option(
    "--profile",
    multiple=True,
    callback=_one_profile,
    metavar="NAME",
    help="Profile of the configuration.  [default: paper]",
)
"""Means the same before a command as behind it: a group that has it hands it on, see `Group`."""


def _not_empty(context: click.Context, option: click.Parameter, given: str | None) -> str:
    """An id, or empty where none was given; raises UsageError for an empty one, which would be sent twice."""
    if given == "":
        raise click.UsageError(
            "--id is empty, perhaps an unset variable: nothing was sent; give an id or leave it out."
        )
    return given or ""


OWN_ID = click.option(
    "--id",
    "own_id",
    metavar="ID",
    callback=_not_empty,
    help="Your own id of an order: asked twice under it, it is sent once.",
)


class Group(click.Group):
    """A group whose commands get the profile given before them; one that works on no profile refuses it."""

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(context, args)
        options = command.params if command is not None else []
        takes = isinstance(command, click.Group) or any(option.name == "profile" for option in options)
        if context.meta.get(_GIVEN) and not takes:
            raise click.UsageError(f"`{context.command_path} {name}` takes no --profile.")
        return name, command, rest


class Number(click.FloatRange):
    """A number within bounds, read as `ibtui.domain.text.number` does."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(_read(self, value, param, ctx), param, ctx)

    def _describe_range(self) -> str:
        """Nothing where there are no bounds; click would write `x<=None`."""
        return "" if self.min is None and self.max is None else super()._describe_range()


class WholeNumber(click.IntRange):
    """A whole number within bounds, read as `ibtui.domain.text.number` does."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(_read(self, value, param, ctx, whole=True), param, ctx)


def _read(
    kind: Number | WholeNumber,
    value: Any,
    param: click.Parameter | None,
    ctx: click.Context | None,
    whole: bool = False,
) -> Any:
    """A default is no text and stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return read_number(value, signed=True, whole=whole)
    except NotANumberError as error:
        kind.fail(f"it {error}.", param, ctx)


JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


def _yearly(name: str, words: str) -> Callable[[F], F]:
    """A rate in percent a year."""
    return click.option(name, type=Number(0, 1000), default=0.0, show_default=True, metavar="PERCENT", help=words)


_PAST = (
    click.option(
        "--data",
        multiple=True,
        required=True,
        metavar="FILE|SYMBOLS",
        help="CSV or Parquet files, or symbols whose history IB gives (AAPL,MSFT). May be repeated.",
    ),
    click.option(
        "--as",
        "given",
        multiple=True,
        metavar="[SYMBOL=]CONTRACT",
        help='What a symbol is: "ZZ=FUT USD 1000 0.01 NYMEX" (kind, currency, multiplier, tick, exchange).',
    ),
    click.option("--from", "begin", metavar="DATE", help="First day; bars before it only warm the strategy up."),
    click.option("--to", "end", metavar="DATE", help="First day that is left out."),
    click.option("--bar", metavar="LENGTH", help="Length of the bars, at least that of the data: 1min, 1h, 1d."),
    click.option(
        "--hours",
        type=click.Choice(["regular", "all"]),
        help="Which hours bars of 1h and more are made of.  [default: the profile's bar_hours, else regular; all of"
        " futures, currencies and coins]",
    ),
    click.option("--cash", type=Number(0, min_open=True), default=100_000.0, show_default=True),
    click.option("--currency", default="USD", show_default=True, metavar="CODE", help="Of the account and its cash."),
    click.option(
        "--rate",
        "rates",
        multiple=True,
        metavar="PAIR=PRICE",
        help="What another currency is worth, as USD.JPY=150, instead of the pair's bars. May be repeated.",
    ),
    click.option("--commission", type=click.Choice(["ib", "none"]), default="ib", show_default=True),
    click.option(
        "--slippage", type=Number(0), default=0.0, show_default=True, help="Ticks, of market and stop orders."
    ),
    click.option(
        "--leverage",
        type=Number(0, min_open=True),
        default=2.0,
        show_default=True,
        help="Gross position over equity from which on entries are refused.",
    ),
    click.option(
        "--margin",
        multiple=True,
        metavar="RULE",
        help="reg-t, cash (no shorts, no loans) or none (no margin, no ruin); ES=15000/13500 or TSLA=60%/40% says what"
        " opens and keeps one root. May be repeated.  [default: reg-t, a future without figures unbound]",
    ),
    _yearly("--borrow-fee", "A year, of what is short."),
    _yearly("--interest", "A year, paid on what is borrowed."),
    _yearly("--credit-interest", "A year, received on cash."),
    click.option(
        "--options",
        type=click.Choice(["none", "model"]),
        default="none",
        show_default=True,
        help="Let Black-Scholes list and price options.",
    ),
    click.option(
        "--volatility",
        type=Number(0, 1000, min_open=True),
        metavar="PERCENT",
        help="Of that model.  [default: what the underlying realised in its last 20 days]",
    ),
    click.option(
        "--limit",
        "limits",
        multiple=True,
        metavar="NAME=VALUE",
        help="Instead of the profile's; NAME=none for none. May be repeated.",
    ),
    click.option("--actions", metavar="FILE", help="Dividends and splits: a CSV of date, symbol, kind, amount."),
    click.option("--events", metavar="FILE", help="Signals for on_event: CSV, JSON lines or ICS."),
)
PROGRESS = click.option(
    "--progress", type=click.Choice(["auto", "json", "none"]), default="auto", help="On standard error."
)


def over_the_past(command: F) -> F:
    """Adds the options that say what a run over past data runs over, and what it assumes."""
    for option in reversed(_PAST):
        command = option(command)
    return command
