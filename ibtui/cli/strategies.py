"""`ibtui strategies`: which there are, switching them on and off, and the first lines of a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ibtui.cli.engines import caller
from ibtui.cli.options import JSON, PROFILE, Group
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.commands.command import Command
    from ibtui.link.status import StrategyStatus

STARTER = '''"""{name}: what it does, in one line."""

from ibtui.strategies import Bar, Strategy, param


class {kind}(Strategy):
    """Buys when the price is well below its average, sells when it is back there."""

    # Each line is a parameter: its default, its bounds, what it means. Terminal, command line and sweeps use them.
    symbol: str = param("SPY", kind="symbol", help="what it trades")
    bar: str = param("1min", kind="bar", help="length of a bar")
    window: int = param(30, 5, 400, help="bars in the average")
    dip: float = param(0.2, 0.01, 20, help="percent below the average at which it buys")
    shares: int = param(100, 1, 10_000, help="quantity of an entry")
    stop: float = param(1.0, 0.1, 20, help="protective stop, percent below the close")

    def on_start(self) -> None:
        # Indicators are made here and fed before every hook, first with bars of the past.
        self.average = self.sma(self.window)

    def on_bar(self, bar: Bar) -> None:
        # Called when a bar has closed. Orders asked for here trade at the next price, never at this one.
        # First come bars of the past, and nothing is sent: what you keep of a decision in a variable of your own
        # belongs behind `if self.warming: return`.
        average = self.average[bar.symbol].value
        if average is None:
            return
        below = (1 - bar.close / average) * 100
        if below > self.dip and not self.position(bar.symbol):
            self.buy(bar.symbol, self.shares, sl=bar.close * (1 - self.stop / 100))
        elif below <= 0 and self.position(bar.symbol):
            self.close(bar.symbol)
        # What the screen shows as its last decision.
        self.explain("{{:.2f}} is {{:.2f}} % below {{:.2f}}", bar.close, below, average)
'''


@click.group(cls=Group)
def strategies() -> None:
    """Strategies: list, start, stop, pause, resume, approve, show, new.

    A strategy is one of the built-in ones or a .py file in your strategies folder. It runs in a process of its own
    under the profile's engine, which keeps running when this command ends.

    \b
    ibtui strategies new dip                      writes dip.py, commented
    ibtui backtest dip --data SPY.csv             tries it on the past
    ibtui strategies start dip --shadow           watches it decide, sends nothing
    ibtui strategies start dip --param shares=50  lets it trade (paper)
    ibtui strategies stop dip --then close
    """


@strategies.command("list")
@PROFILE
@JSON
def list_(profile: str, as_json: bool) -> None:
    """List strategies with their state, position, P&L and last decision."""
    from ibtui.link.messages import GetStatus
    from ibtui.link.status import Status

    with caller(profile) as engine:
        answer = engine.ask(GetStatus())
    assert isinstance(answer, Status)
    if as_json:
        print_json({"strategies": answer.strategies})
        return
    for one in answer.strategies:
        click.echo(_line(one))


def _line(one: StrategyStatus) -> str:
    held = "" if not one.position else f"{one.position:+f} {one.symbol}"
    pnl = "" if one.pnl is None else f"{one.pnl:+,.2f}"
    words = one.reason or one.decision or one.summary
    return f"{one.name:<20} {one.state:<10} {held:<14} {pnl:>12}  {words}".rstrip()


def _do(command: Command, profile: str, as_json: bool) -> None:
    from ibtui.link.messages import Do, Outcome

    with caller(profile, timeout=60.0) as engine:
        answer = engine.ask(Do(command=command, wait=True))
    assert isinstance(answer, Outcome)
    if as_json:
        print_json({"message": answer.message})
    else:
        click.echo(answer.message)


@strategies.command()
@click.argument("name")
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter. May be repeated.")
@click.option("--shadow", is_flag=True, help="Decide and send nothing.")
@PROFILE
@JSON
def start(name: str, param: tuple[str, ...], shadow: bool, profile: str, as_json: bool) -> None:
    """Switch a strategy on; NAME.LABEL is a run of its own, so that one strategy can run twice."""
    from ibtui.cli.past import parse_parameters
    from ibtui.commands.command import Start

    _do(Start(strategy=name, parameters=parse_parameters(param), shadow=shadow), profile, as_json)


@strategies.command()
@click.argument("name")
@click.option(
    "--then",
    type=click.Choice(["keep", "close", "hand"]),
    default="keep",
    show_default=True,
    help="Keep its position and stops, close it at market, or hand it to you.",
)
@PROFILE
@JSON
def stop(name: str, then: str, profile: str, as_json: bool) -> None:
    """Switch a strategy off (or all): its entries are cancelled at once, its protective stops stay."""
    from ibtui.commands.command import Stop

    _do(Stop(strategy=name, then=then), profile, as_json)  # type: ignore[arg-type]


@strategies.command()
@click.argument("name")
@PROFILE
@JSON
def pause(name: str, profile: str, as_json: bool) -> None:
    """Let a running strategy enter no more; its exits and stops go out."""
    from ibtui.commands.command import Pause

    _do(Pause(strategy=name), profile, as_json)


@strategies.command()
@click.argument("name")
@PROFILE
@JSON
def resume(name: str, profile: str, as_json: bool) -> None:
    """Let a paused or suspended strategy enter again."""
    from ibtui.commands.command import Resume

    _do(Resume(strategy=name), profile, as_json)


@strategies.command()
@click.argument("name")
@PROFILE
@JSON
def approve(name: str, profile: str, as_json: bool) -> None:
    """Let a strategy's file run as it is now, after it changed."""
    from ibtui.commands.command import Approve

    _do(Approve(strategy=name), profile, as_json)


@strategies.command()
@click.argument("name")
@JSON
def show(name: str, as_json: bool) -> None:
    """Show what a strategy does, its parameters with their bounds, and what a backtest of it can say.

    A file is read and not run: parameters that it computes are left out.
    """
    from ibtui.cli.past import look_at_strategy
    from ibtui.strategies.page import page, text_of

    shown = page(look_at_strategy(name))
    if as_json:
        print_json(shown)
    else:
        click.echo(text_of(shown))


@strategies.command()
@click.argument("name")
@JSON
def new(name: str, as_json: bool) -> None:
    """Write a commented starter file into your strategies folder; it never overwrites."""
    from ibtui.config import strategies_folder

    path = write_new(name, strategies_folder())
    if as_json:
        print_json({"file": str(path)})
        return
    click.echo(f"{path}\n\nNext:\n  ibtui backtest {name} --data SPY.csv\n  ibtui strategies start {name} --shadow")
    click.echo(f"  ibtui strategies start {name}")


def write_new(name: str, folder: Path) -> Path:
    """The starter file of that name; raises IbtuiError `usage` for a bad name or a file that is there."""
    import re

    from ibtui.strategies.builtin.names import BUILTIN

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name) or name in ("you", "other", "all"):
        raise IbtuiError("usage", f"A strategy's name is a-z, 0-9 and _, a letter first, not {name[:40]!r}.")
    if name in BUILTIN:
        raise IbtuiError("usage", f"{name} is the name of a built-in strategy; choose another.")
    path = folder / f"{name}.py"
    kind = "".join(word.capitalize() for word in name.split("_"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(STARTER.format(name=name, kind=kind))
    except FileExistsError:
        raise IbtuiError("usage", f"{path} is there already; edit it, or choose another name.") from None
    except OSError as error:
        raise IbtuiError("no_file", f"{path} cannot be written: {error.strerror}.") from None
    return path
