"""Profiles and settings: a strict TOML file in the configuration folder, and the folders of a profile.

| key | read by |
|---|---|
| `[profiles.NAME]` | cli, engine, terminal |
| `[profiles.NAME.limits]` | engine (the pre-trade gate), backtests |
| `[profiles.NAME.groups]` | engine (the pre-trade gate), backtests |
| `[profiles.NAME.strategies.STRATEGY]` | engine (the gate, for what that strategy holds), backtests |
| `[instruments]` | backtests, replays |
| `[keys]` | terminal |
| `multiplexer` | terminal |
"""

from __future__ import annotations

import os
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

from ibtui.domain.bar import BarHours
from ibtui.domain.calendar.new_york import NEW_YORK
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import MOST, Ceilings, hours
from ibtui.domain.limits import Limits as Limits
from ibtui.domain.reference.line import contract
from ibtui.domain.text.disk import cure
from ibtui.domain.text.naming import nearest
from ibtui.files import read_plain, untrusted

LARGEST = 1024 * 1024
"""The largest configuration file that is read, in bytes."""
LEAST_MEMORY = 128
"""MiB that Python and a small strategy need."""
PROBE = 256 * 1024
"""Bytes that a new state folder takes from the disk, about."""
WATCHLIST = ("AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "GOOG", "JPM", "XOM", "SPY", "QQQ", "EUR.USD")


class Notify(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told when something happens while nobody looks; nothing is sent unless one of the two is set."""

    command: tuple[str, ...] = ()
    """Program and arguments, run without a shell; `{kind}` and `{text}` in an argument are filled in."""
    webhook: str = ""
    """An http or https address that gets a POST of `{"kind", "text", "time", "profile"}` as JSON."""
    on: tuple[Literal["fill", "reject", "unknown", "halt", "failed", "alert", "link", "hold"], ...] = (
        "fill",
        "reject",
        "unknown",
        "halt",
        "failed",
        "alert",
        "hold",
    )
    """Which: fills, rejected orders, orders of unknown state, a halt, failed strategies, alerts, a lost session,
    instruments that are held."""


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to connect: host, port, account and what may be done there."""

    host: str = "127.0.0.1"
    port: int = 4002
    """TWS: 7497 paper, 7496 live. IB Gateway: 4002 paper, 4001 live."""
    client_id: int = 17
    """IB's client id; orders belong to it, so keep it. 0 is refused: it would bind orders placed by hand in TWS."""
    mode: Literal["paper", "live"] = "paper"
    account: str = ""
    """Empty: the only account of the login."""
    read_only: bool = False
    """Refuse every order in the engine."""
    timezone: str = NEW_YORK.key
    """Zone of the times on the screen."""
    watchlist: tuple[str, ...] = WATCHLIST
    limits: Limits = Limits()
    groups: dict[str, tuple[str, ...]] = {}
    """Instruments that move together, by a name: `tech = ["AAPL", "MSFT"]`; see the limit group_percent."""
    strategies: dict[str, Ceilings] = {}
    """Limits of single strategies on what they hold themselves, by the strategy's name; those of `default` hold every
    strategy that has none of its own. Each labelled run of a strategy has its limits for itself."""
    strategy_memory: int = 0
    """MiB that the process of a strategy may take; 0 for a quarter of the machine's memory, at most 4,096. Never more
    than is free when it starts."""
    bar_hours: BarHours | None = None
    """Which hours bars of an hour and more are of, live and over the past: `regular` or `all`. None: regular for stocks
    and options, all for futures, currencies and coins."""
    day_bar_minutes: Annotated[int, Meta(ge=0, le=60)] = 2
    """Minutes after the close at which the day's bar is asked of IB anew, since the auction's price comes late."""
    news: bool = False
    """Ask IB for headlines of what streams; needs a news subscription of the account."""
    signal_files: tuple[str, ...] = ()
    """Files that are watched: each line of JSON that another program adds becomes a signal."""
    calendars: tuple[str, ...] = ()
    """Files of the economic calendar, CSV or ICS: entries are announced, and told again when they are due."""
    notify: Notify = Notify()


Bell = Literal["all", "alerts", "off"]


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration file."""

    profiles: dict[str, Profile] = {}
    instruments: dict[str, str] = {}
    """What symbols are that no table knows, by symbol or, for every month of a future, by root:
    `ZZ = "FUT USD 1000 0.01 NYMEX"`; see `ibtui.domain.reference.line`."""
    keys: dict[str, str] = {}
    """Action id -> key or keys separated by commas; the terminal checks them when it starts."""
    multiplexer: bool = False
    """A multiplexer answers for the terminal before anyone has seen the screen; tmux, screen and mosh are known."""
    multiplexed_rate: Annotated[int, Meta(ge=500)] | None = None
    """Bytes a second for the screen in tmux and screen, behind which nobody can tell how slow the link is; without it
    1,000 where the session came by ssh, else no limit that is felt."""
    bell: Bell = "all"
    """For what the terminal rings: all that comes to the alert line, price alerts alone, or nothing."""

    def profile(self, name: str) -> Profile:
        """The profile of that name; `paper` and `demo` exist without being written down."""
        if name in self.profiles:
            return self.profiles[name]
        if name in ("paper", "demo"):
            return Profile()
        near = nearest(name, [*self.profiles, "paper", "demo"])
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise IbtuiError("bad_config", f"There is no profile {name!r}: {hint}Add [profiles.{name}] to {path()}.")


_TABLES: dict[str, type[Struct]] = {
    "": Config,
    "profiles.NAME": Profile,
    "profiles.NAME.limits": Limits,
    "profiles.NAME.strategies.NAME": Ceilings,
    "profiles.NAME.notify": Notify,
}
"""Each table of the file, and what its keys are."""


def path() -> Path:
    """Where the file is, whether or not it exists."""
    from platformdirs import user_config_path

    return user_config_path("ibtui") / "config.toml"


def load(file: Path | None = None) -> Config:
    """The configuration; defaults when there is no file.

    Raises IbtuiError `bad_config`: it names file, key and nearest match, or what to type where others could write it.
    """
    file = file or path()
    try:
        file.stat()
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise IbtuiError("bad_config", f"{file} cannot be read: {error.strerror}.") from None
    if why := untrusted(file):
        raise IbtuiError("bad_config", why)
    try:
        text = read_plain(file, LARGEST)
    except IbtuiError as error:
        raise IbtuiError("bad_config", error.message) from None
    try:
        data = tomllib.loads(text.decode("utf-8"))
        config = msgspec.convert(data, Config)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise IbtuiError("bad_config", f"{file} is not valid TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise IbtuiError("bad_config", f"{file}: {_explain(str(error))}") from None
    _check(file, config)
    return config


def _explain(text: str) -> str:
    unknown = re.match(r"Object contains unknown field `([^`]*)`(?: - at `\$([^`]*)`)?", text)
    if unknown is None:
        return text + "."
    place = (unknown[2] or "").replace("[...]", ".NAME").lstrip(".")
    near = nearest(unknown[1], (field.encode_name for field in msgspec.structs.fields(_TABLES[place])))
    hint = f"; did you mean `{near[0]}`?" if near else "."
    return f"unknown key `{unknown[1]}`{f' in [{place}]' if place else ''}{hint}"


def _check(file: Path, config: Config) -> None:
    for symbol, text in config.instruments.items():
        try:
            contract(symbol, text)
        except ValueError as error:
            raise IbtuiError("bad_config", f"{file}: [instruments] {symbol}: {error}.") from None
    for name, profile in config.profiles.items():
        where = f"{file}: [profiles.{name}]"
        if not re.fullmatch(r"[a-z0-9_-]{1,24}", name):
            raise IbtuiError("bad_config", f"{where}: a profile's name is 1 to 24 of a-z, 0-9, - and _.")
        if not 0 < profile.port < 65536:
            raise IbtuiError("bad_config", f"{where} port must be between 1 and 65535.")
        if profile.strategy_memory and profile.strategy_memory < LEAST_MEMORY:
            least = f"{LEAST_MEMORY} or more, or 0 for a quarter of the machine"
            raise IbtuiError("bad_config", f"{where} strategy_memory is in MiB: {least}.")
        if not 0 < profile.client_id < 2**31:
            raise IbtuiError("bad_config", f"{where} client_id must be 1 or more; 0 would bind orders placed by hand.")
        try:
            ZoneInfo(profile.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise IbtuiError("bad_config", f"{where} timezone {profile.timezone!r} is not a zone name.") from None
        check_limits(profile.limits, f"{where} limits.")
        for strategy, ceilings in profile.strategies.items():
            check_limits(ceilings, f"{where} strategies.{strategy}.")
        for group, symbols in profile.groups.items():
            taken = [other for other in profile.groups if other < group and set(profile.groups[other]) & set(symbols)]
            if taken:
                raise IbtuiError("bad_config", f"{where} groups: {group} and {taken[0]} share an instrument.")


def check_limits(limits: Ceilings, where: str) -> None:
    """Raise IbtuiError `bad_config` for a limit that limits nothing sensibly; `where` names its place."""
    for field in msgspec.structs.fields(type(limits)):
        value = getattr(limits, field.name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if not 0 < value < float("inf"):
            raise IbtuiError("bad_config", f"{where}{field.name} must be a finite number, more than 0, not {value}.")
        most = MOST.get(field.name)
        if most is not None and value > most:
            raise IbtuiError("bad_config", f"{where}{field.name} is {value:,.12g}; it may be {most:,.12g} at most.")
    try:
        if limits.hours:
            hours(limits.hours)
    except ValueError as error:
        raise IbtuiError("bad_config", f"{where}{error}.") from None


class Folders(Struct, frozen=True):
    """The state folder of one profile and what lies in it."""

    state: Path
    data: Path | None = None
    """Where recordings and past bars lie; None for the state folder."""

    @property
    def journal(self) -> Path:
        return self.state / "journal.sqlite"

    @property
    def lock(self) -> Path:
        return self.state / "engine.lock"

    @property
    def facts(self) -> Path:
        """`engine.json`: pid, socket and versions of the running engine."""
        return self.state / "engine.json"

    @property
    def log(self) -> Path:
        return self.state / "engine.log"

    @property
    def terminal_log(self) -> Path:
        """Tracebacks of terminals that crashed."""
        return self.state / "terminal.log"

    @property
    def recordings(self) -> Path:
        """One folder a day below it."""
        return (self.data or self.state) / "recordings"

    @property
    def contracts(self) -> Path:
        """What IB told of contracts; see `ibtui.recording.described`."""
        return (self.data or self.state) / "contracts.jsonl"

    @property
    def history(self) -> Path:
        """Past bars that IB has answered with."""
        return (self.data or self.state) / "history"


def prepare(folder: Path) -> None:
    """Make a state folder, and see that files can be written there; raises IbtuiError `start_failed` when not.

    A disk that is full, read-only or somebody else's is told before anything is started on it.
    """
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(bytes(PROBE))
        probe.unlink()
    except OSError as error:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        raise IbtuiError("start_failed", f"Nothing can be kept in {folder}: {cure(error)}") from None


def folders(profile: str) -> Folders:
    """The folders of a profile below the platform's state and data folders: XDG_STATE_HOME, XDG_DATA_HOME."""
    from platformdirs import user_data_path, user_state_path

    return Folders(user_state_path("ibtui") / profile, user_data_path("ibtui") / profile)


def crash_log() -> Path:
    """Tracebacks of commands that failed inside, in the platform's state folder."""
    from platformdirs import user_state_path

    return user_state_path("ibtui") / "cli.log"


def strategies_folder() -> Path:
    """Where the user's own strategy files lie."""
    return path().parent / "strategies"


def cache_folder() -> Path:
    """What can be made again, below the platform's cache folder, which XDG_CACHE_HOME moves."""
    from platformdirs import user_cache_path

    return user_cache_path("ibtui")
