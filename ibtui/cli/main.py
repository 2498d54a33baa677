"""The commands of `ibtui`: each turns its arguments into one call and prints what came of it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ibtui import __version__
from ibtui.cli import launch
from ibtui.cli.crash import crashed
from ibtui.cli.engines import caller, profile_of, zone_of
from ibtui.cli.exits import EXITS, status_of
from ibtui.cli.options import JSON, OWN_ID, PROFILE, Group, Number, WholeNumber
from ibtui.cli.output import open_output, print_error, print_json, wants_json
from ibtui.config import Folders, load
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.link.messages import Answer, Ask

F = TypeVar("F", bound=Callable[..., Any])
DEMO = "demo"
PATIENCE = 30.0
"""Seconds for an order: what has to be cancelled before it and its own answer may each take 5 s, a quote 2 s."""
_TIMES = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


def run() -> None:
    """Run the command line; every failure is one sentence (or one JSON object) and an exit code of the table."""
    os.umask(0o077)
    open_output()
    as_json = wants_json(sys.argv[1:])
    try:
        status = commands.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except IbtuiError as error:
        print_error(error, as_json)
        sys.exit(status_of(error.code))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        if not as_json and isinstance(error, click.exceptions.NoArgsIsHelpError):
            error.show()
            sys.exit(2)
        print_error(IbtuiError("usage", error.format_message()), as_json)
        sys.exit(status_of("usage"))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        print_error(crashed(error), as_json)
        sys.exit(status_of("internal"))


LAZY: dict[str, str] = {
    "backtest": "ibtui.cli.backtest:backtest",
    "error": "ibtui.cli.error:error",
    "guide": "ibtui.cli.guide:guide",
    "history": "ibtui.cli.history:history",
    "record": "ibtui.cli.record:record",
    "recordings": "ibtui.cli.record:recordings",
    "run": "ibtui.cli.run:run",
    "strategies": "ibtui.cli.strategies:strategies",
    "signal": "ibtui.cli.signals:signal",
    "signals": "ibtui.cli.signals:signals",
    "since": "ibtui.cli.since:since",
    "stream": "ibtui.cli.stream:stream",
    "sweep": "ibtui.cli.sweep:sweep",
}
"""Commands that live in a module of their own, `name: module:attribute`; imported only when one is called or listed."""


class LazyCommands(Group):
    """Commands of this module, and those of `LAZY`: a start-up pays only for the command it runs."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *LAZY})

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in LAZY:
            return super().get_command(context, cmd_name)
        module, _, attribute = LAZY[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


_CODES = "\n".join(f"  {entry.status}  {entry.meaning}" for entry in EXITS)


@click.group(
    cls=LazyCommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExit codes:\n" + _CODES,
)
@PROFILE
@click.version_option(__version__, message="ibtui %(version)s")
@click.pass_context
def commands(context: click.Context, profile: str) -> None:
    """A trading terminal for Interactive Brokers.

    Without a command: start the profile's engine if none runs, and open the terminal. To look around without an
    account: ibtui demo.
    """
    if context.invoked_subcommand is None:
        _, state = profile_of(profile)
        _need_terminal()
        _open(launch.ensure(profile, state, ["engine", "--profile", profile], _load_terminal), state)


@commands.command()
@PROFILE
def attach(profile: str) -> None:
    """Open the terminal on a running engine."""
    _need_terminal()
    _, state = profile_of(profile)
    _open(launch.socket_of(profile, state), state)


@commands.command()
@click.option("--headless", is_flag=True, help="No terminal: stay in the foreground until stopped.")
@click.option("--seed", type=WholeNumber(0), default=7, show_default=True, help="The simulated market's random seed.")
@JSON
def demo(headless: bool, seed: int, as_json: bool) -> None:
    """Trade a simulated market, without an account and without IB.

    Starts an offline gateway that speaks IB's protocol and an engine connected to it. Ended by q in the terminal or by
    `ibtui stop --profile demo`; after a killed terminal, `ibtui demo` attaches again.
    """
    profile, state = profile_of(DEMO)
    if headless:
        from ibtui.cli.demo import serve

        serve(profile, state, seed)
    else:
        _need_terminal()
        _open(launch.ensure(DEMO, state, ["demo", "--headless", "--seed", str(seed)], _load_terminal), state)


@commands.command()
@PROFILE
@click.option("--host", help="Where TWS or IB Gateway listens.")
@click.option("--port", type=WholeNumber(1, 65535), help="7497 or 4002 paper, 7496 or 4001 live.")
@click.option("--client-id", type=WholeNumber(1, 2**31 - 1), help="IB's client id; orders belong to it.")
def engine(profile: str, host: str | None, port: int | None, client_id: int | None) -> None:
    """Run a profile's engine in the foreground; prints `ready SOCKET` first."""
    import msgspec

    settings, state = profile_of(profile)
    given = {"host": host, "port": port, "client_id": client_id}
    settings = msgspec.structs.replace(settings, **{key: value for key, value in given.items() if value is not None})
    from ibtui.cli.serve import engine as serve

    serve(profile, settings, state)


@commands.command()
@click.option("--port", type=WholeNumber(0, 65535), default=4002, show_default=True, help="0 picks a free one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--seed", type=WholeNumber(0), default=7, show_default=True, help="The same seed gives the same market.")
@click.option(
    "--start",
    type=click.DateTime(_TIMES),
    help="When the market's time begins, UTC.  [default: now, or where a replay does]",
)
@click.option(
    "--account",
    default="DU1234567",
    show_default=True,
    metavar="A[,B]",
    help="Accounts to offer, as ID[:CURRENCY[:cash]].",
)
@click.option("--cash", type=Number(0), default=1e6, show_default=True, help="Money in each account.")
@click.option("--replay", multiple=True, metavar="FILE", help="Bars or ticks (CSV, Parquet), or a recording's folder.")
@click.option(
    "--as",
    "given",
    multiple=True,
    metavar="[SYMBOL=]CONTRACT",
    help='What a symbol of a replay is: "ZZ=FUT USD 1000 0.01 NYMEX" (kind, currency, multiplier, tick, exchange).',
)
@click.option("--speed", type=Number(0, 1000), default=1.0, show_default=True, help="Market seconds a second.")
@click.option("--step", is_flag=True, help="Time moves only by the control socket; begins at a fixed date.")
@click.option("--pacing", is_flag=True, help="Hold clients to IB's rates and limits: 100, 101, 162, 309.")
@click.option("--read-only", is_flag=True, help="Take no orders, as TWS with its Read-Only box ticked.")
@click.option(
    "--hours",
    type=click.Choice(["always", "real"]),
    default="always",
    show_default=True,
    help="Markets never close, or keep their exchange's hours and holidays.",
)
@click.option(
    "--state", metavar="FILE", help="Go on from this file if it is there, and keep orders, positions and money in it."
)
@click.option("--master-client", type=WholeNumber(0), metavar="ID", help="The client that hears of all orders.")
@click.option("--control", metavar="PORT|PATH", help="Listen for commands of tests there; 0 picks a port.")
@click.option("--json-log", is_flag=True, help="Write every message to standard output, one JSON object a line.")
@click.option("--stress", type=Number(0), metavar="RATE", help="Quotes at RATE messages a second, for load tests.")
@click.option("--tied", is_flag=True, hidden=True, help="End when standard input closes.")
def gateway(account: str, start: datetime | None, tied: bool, **options: Any) -> None:
    """Run the offline IB Gateway: any TWS API client can connect, without an account.

    Prints `ready HOST:PORT` first and serves until it is stopped. With --control (and --step, which implies it) the
    second line is `control ADDRESS`, and for a TCP port the third `token TOKEN`. A test connects there and writes one
    JSON object a line; each is answered by {"result": ...} or {"error": {"code", "message"}}. Another user's program,
    and any outside Linux, gives the token first; nobody else is let in:

    \b
    {"do": "token", "token": "..."}
    {"do": "advance", "seconds": 60}               let the market's time pass
    {"do": "set_price", "symbol": "AAPL", "price": 190}
    {"do": "set_book", "symbol": "AAPL", "bid": 189.9, "ask": 190.1}   held until release
    {"do": "release", "symbol": "AAPL"}
    {"do": "headline", "text": "...", "symbols": ["AAPL"], "impact": 0.02}
    {"do": "order", "symbol": "AAPL", "side": "BUY", "quantity": 100}   by hand, of no client
    {"do": "dividend", "symbol": "AAPL", "amount": 0.26}               or split, with ratio; on a day
    {"do": "error", "code": 1100, "text": "..."}   send every client an error
    {"do": "fault", "name": "drop"}                help lists them all
    {"do": "snapshot"}                             time, clients, accounts, orders
    {"do": "help"}

    In pytest: `from ibtui.gateway.testing import offline_gateway`.
    """
    from ibtui.cli.serve import gateway as serve

    given = options.pop("given")
    if options["replay"]:
        from ibtui.cli.contracts import replayed

        options["instruments"] = replayed(given, options["replay"])
    options["stress"] = options["stress"] or 0.0
    options["accounts"] = tuple(part.strip() for part in account.split(",") if part.strip())
    options["start"] = start and start.replace(tzinfo=UTC)
    if options["step"] and options["control"] is None:
        options["control"] = "0"
    serve(options, tied)


@commands.command()
@PROFILE
@JSON
def status(profile: str, as_json: bool) -> None:
    """Show what the engine knows: connection, account, quotes, positions, orders, strategies."""
    from ibtui.link.messages import GetStatus
    from ibtui.link.status import Status

    answer = _ask(profile, GetStatus())
    assert isinstance(answer, Status)
    if as_json:
        print_json(answer)
    else:
        from ibtui.cli.report import print_status

        print_status(answer, zone_of(profile))


@commands.command()
@click.argument("command", metavar="COMMAND")
@click.option("--yes", is_flag=True, help="Do it; without, show what would be done.")
@OWN_ID
@click.option("--despite-unknown", is_flag=True, help="Also beside an UNKNOWN order of the same symbol and side.")
@click.option("--outside", is_flag=True, help="Close by a limit that may trade outside regular hours too.")
@PROFILE
@JSON
def do(
    command: str,
    yes: bool,
    own_id: str,
    despite_unknown: bool,
    outside: bool,
    profile: str,
    as_json: bool,
) -> int:
    """Carry out one command of the terminal's `:` line.

    \b
    ibtui do "buy 100 AAPL @ 187.25"                  shows what would be sent
    ibtui do "buy 100 AAPL @ 187.25" --yes            sends it and waits for IB's answer
    ibtui do "buy 200 MSFT @ 402.10 tp 410 sl 398" --yes
    ibtui do "cancel all"                             shows which orders would be cancelled
    ibtui do "watch NVDA"                             moves no order: done at once
    ibtui do "buy 100 AAPL market" --yes --id 2026-11-30.1     may be repeated until it is answered
    """
    from ibtui.cli.order import OrderOptions, carry_out

    _no_command_of_the_shell(command)
    options = OrderOptions(id=own_id, despite_unknown=despite_unknown, outside=outside)
    ask = lambda question: _ask(profile, question, PATIENCE)  # noqa: E731
    return carry_out(ask, command, yes=yes, as_json=as_json, zone=zone_of(profile), options=options)


def _no_command_of_the_shell(text: str) -> None:
    """Raise IbtuiError `bad_command` for a word that the grammar does not have and `ibtui` itself has."""
    from ibtui.commands.grammar import USAGE

    word = text.partition(" ")[0].lower()
    if word not in USAGE and word in commands.list_commands(click.Context(commands)):
        raise IbtuiError("bad_command", f"`{word}` is a command of the shell: write `ibtui {word}`.")


@commands.command()
@PROFILE
@JSON
def stop(profile: str, as_json: bool) -> None:
    """End a profile's engine: strategies stop, working orders stay at IB. For `demo`, the gateway ends too."""
    from ibtui.link.messages import Ended, Shutdown

    _, state = profile_of(profile)
    facts = launch.running(state)
    message = f"No engine runs for profile {profile!r}."
    if facts is not None:
        answer = _ask(profile, Shutdown())
        assert isinstance(answer, Ended)
        launch.end(facts)
        message = answer.message
    if as_json:
        print_json({"stopped": facts is not None, "message": message})
    else:
        click.echo(message)


def _ask(profile: str, question: Ask, timeout: float = 10.0) -> Answer:
    with caller(profile, timeout) as engine:
        return engine.ask(question)


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise IbtuiError("usage", "The terminal needs a terminal; use `ibtui status`, `ibtui do` or --headless here.")


def _load_terminal() -> None:
    """Import it while the engine starts: it takes as long."""
    import ibtui.terminal.app  # noqa: F401


def _open(socket: Path, folders: Folders) -> None:
    from ibtui.terminal.app import run as run_terminal

    line = run_terminal(socket, load(), folders.terminal_log)
    if line:
        click.echo(line)
