"""The control socket: JSON lines by which a test moves time and prices, tells news, and makes the gateway misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import re
import secrets
import socket
import stat
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Side
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.refusal import Refused
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.faults import OUTAGES, RECOVERIES
from ibtui.gateway.running.peers import trusted
from ibtui.gateway.server import Gateway
from ibtui.gateway.snapshot import snapshot

MOST_SECONDS = 7 * 86400.0
"""The longest step; everyone waits while time passes."""
_LONGEST_LINE = 64 * 1024
_NO_TOKEN = (
    'It is not seen that you are the user whose gateway this is: write {"do": "token", "token": "..."} first, '
    "with what the gateway said after `token` when it started."
)

_log = logging.getLogger(__name__)


def _word(name: str) -> str:
    """`set_price` for SetPrice, `order` for OrderCommand."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Command")).lower()


class Command(Struct, tag_field="do", tag=_word, forbid_unknown_fields=True):
    """One line from a test: `{"do": "advance", "seconds": 1}`; `help` says what it does and which fields it takes."""

    help: ClassVar[str]

    async def carry_out(self, gateway: Gateway) -> Any:
        """Do it; what comes back is the answer's `result`. Raises Refused, IbtuiError or ValueError."""
        raise NotImplementedError


class Advance(Command):
    help = "seconds: let simulated time pass, then answer with the new time"
    seconds: float

    async def carry_out(self, gateway: Gateway) -> datetime:
        if not 0 < self.seconds <= MOST_SECONDS:
            raise ValueError(f"seconds must be above 0 and at most {MOST_SECONDS:.0f}")
        await gateway.pass_time(self.seconds)
        return gateway.backend.exchange.now


class Time(Command):
    help = "the simulated time"

    async def carry_out(self, gateway: Gateway) -> datetime:
        return gateway.backend.exchange.now


class SetPrice(Command):
    help = "symbol, price: trade one lot there now and put the book around it; the market goes on from it"
    symbol: str
    price: float

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.set_price(_con_id(gateway, self.symbol), self.price)


class SetBook(Command):
    help = "symbol, bid, ask, bid_size, ask_size: show this book and hold it until release"
    symbol: str
    bid: float
    ask: float
    bid_size: float = 100.0
    ask_size: float = 100.0

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.set_book(
            _con_id(gateway, self.symbol), bid=self.bid, ask=self.ask, bid_size=self.bid_size, ask_size=self.ask_size
        )


class Release(Command):
    help = "symbol: let a held market go on"
    symbol: str

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.release(_con_id(gateway, self.symbol))


class HeadlineCommand(Command):
    help = "text, symbols, provider, impact: publish a headline; impact 0.02 moves the symbols up 2 %"
    text: str
    symbols: tuple[str, ...] = ()
    provider: str = "BRFG"
    impact: float = 0.0

    async def carry_out(self, gateway: Gateway) -> str:
        con_ids = tuple(_con_id(gateway, symbol) for symbol in self.symbols)
        told = gateway.backend.exchange.publish(self.text, provider=self.provider, con_ids=con_ids, impact=self.impact)
        return told.article_id


class OrderCommand(Command):
    help = "symbol, side, quantity, type, limit_price, stop_price, tif, account: an order of no client; its number"
    symbol: str
    side: Literal["BUY", "SELL"]
    quantity: Decimal
    type: str = "MKT"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    tif: str = "DAY"
    account: str = ""

    async def carry_out(self, gateway: Gateway) -> int:
        exchange = gateway.backend.exchange
        return exchange.place(
            ClientOrder(
                account=self.account or exchange.accounts[0],
                con_id=_con_id(gateway, self.symbol),
                side=Side(self.side),
                quantity=self.quantity,
                type=self.type,
                limit_price=self.limit_price,
                stop_price=self.stop_price,
                tif=self.tif,
            )
        )


class Dividend(Command):
    help = "symbol, amount, on: let a stock pay this much a share, at once or when a day (YYYY-MM-DD) begins"
    symbol: str
    amount: float
    on: date | None = None

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.dividend(_con_id(gateway, self.symbol), self.amount, self.on)


class Split(Command):
    help = "symbol, ratio, on: give this many new shares for an old one, at once or when a day begins"
    symbol: str
    ratio: float
    on: date | None = None

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.split(_con_id(gateway, self.symbol), self.ratio, self.on)


class BulletinCommand(Command):
    help = "text, kind, exchange: tell all clients; kind 1 is news, 2 an exchange that is gone, 3 one that is back"
    text: str
    kind: Literal[1, 2, 3] = 1
    exchange: str = ""

    async def carry_out(self, gateway: Gateway) -> int:
        return gateway.backend.exchange.bulletin(self.text, kind=self.kind, exchange=self.exchange).number


class Borrowable(Command):
    help = "symbol, borrowable: make a stock easy or hard to borrow; short sales of a hard one wait, with code 404"
    symbol: str
    borrowable: bool

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.set_borrowable(_con_id(gateway, self.symbol), self.borrowable)


class HaltTrading(Command):
    help = "symbol, halted: halt trading in an instrument, or let it go on; orders wait meanwhile"
    symbol: str
    halted: bool = True

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.halt(_con_id(gateway, self.symbol), self.halted)


class Transfer(Command):
    help = "symbol, quantity (signed), price, account: bring a position in with no order, as another broker delivers it"
    symbol: str
    quantity: Decimal
    price: float | None = None
    account: str = ""

    async def carry_out(self, gateway: Gateway) -> None:
        exchange = gateway.backend.exchange
        account = self.account or exchange.accounts[0]
        exchange.transfer(account, _con_id(gateway, self.symbol), self.quantity, self.price)


class Liquidate(Command):
    help = "symbol, quantity, account: close a position, or so much of it, as IB does where an account lacks margin"
    symbol: str
    quantity: Decimal | None = None
    account: str = ""

    async def carry_out(self, gateway: Gateway) -> int:
        exchange = gateway.backend.exchange
        return exchange.liquidate(self.account or exchange.accounts[0], _con_id(gateway, self.symbol), self.quantity)


class Correct(Command):
    help = "execution, quantity, price: correct an execution, as IB does under its next revision; quantity 0 busts it"
    execution: str
    quantity: Decimal
    price: float | None = None

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.correct(self.execution, self.quantity, self.price)


class Delay(Command):
    help = "symbol, delayed: show whoever subscribes from now on only data of 15 minutes ago, or live data"
    symbol: str
    delayed: bool = True

    async def carry_out(self, gateway: Gateway) -> None:
        listing = _listing(gateway, self.symbol)
        gateway.backend.exchange.listings.replace(replace(listing, delayed_only=self.delayed))


class ForgetCommand(Command):
    help = "order: lose an open order by its number, without a word to anyone"
    order: int

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.backend.exchange.forget(self.order)


class Error(Command):
    help = "code, text, request: send every client an error, 1100 for a lost connection to IB"
    code: int
    text: str
    request: int = -1

    async def carry_out(self, gateway: Gateway) -> None:
        gateway.faults.error(self.code, self.text, self.request)


class Fault(Command):
    help = (
        "name: drop, refuse, accept, freeze, thaw, reset, lock_groups, empty_lists; "
        "suppress, duplicate, reverse, swallow with messages (ids), mute with messages (order ids); "
        "deny with code, text and messages; "
        "outage and recover with code; roll_back with client and count; "
        "dialog with code and text, click with send; farm_down and farm_up with text, the farm's name"
    )
    name: str
    messages: tuple[int, ...] = ()
    code: int = 0
    text: str = ""
    client: int = 0
    count: int = 0
    send: bool = True

    async def carry_out(self, gateway: Gateway) -> None:
        faults = gateway.faults
        match self.name:
            case "drop" | "freeze" | "thaw" | "reset" | "lock_groups" | "empty_lists":
                getattr(faults, self.name)()
            case "refuse" | "accept":
                await getattr(faults, self.name)()
            case "suppress" | "mute" | "duplicate" | "reverse" | "swallow":
                getattr(faults, self.name)(*self.messages)
            case "deny":
                faults.deny(self.code, self.text, *self.messages)
            case "dialog":
                faults.dialog(self.code, self.text)
            case "click":
                faults.click(send=self.send)
            case "farm_down" | "farm_up":
                faults.farm(self.text or "usfarm", down=self.name == "farm_down")
            case "outage" if self.code in (0, *OUTAGES):
                faults.outage(self.code or 1100)
            case "recover" if self.code in (0, *RECOVERIES):
                faults.recover(self.code or 1102)
            case "outage" | "recover":
                codes = OUTAGES if self.name == "outage" else RECOVERIES
                raise ValueError(f"{self.code} is no code of an {self.name}: {', '.join(map(str, codes))}")
            case "roll_back":
                faults.roll_back(self.client, self.count)
            case _:
                raise ValueError(f"no fault is called {self.name!r}; there are: {type(self).help}")


class Token(Command):
    help = "token: what the gateway said at its start, first of all where it cannot tell that this user asks"
    token: str

    async def carry_out(self, gateway: Gateway) -> None:
        """Nothing: the token was compared before the command came here."""


class Snapshot(Command):
    help = "time, clients, accounts with positions, and orders as they stand"

    async def carry_out(self, gateway: Gateway) -> Any:
        return snapshot(gateway)


class HelpCommand(Command):
    help = "what there is to do"

    async def carry_out(self, gateway: Gateway) -> dict[str, str]:
        return {kind.__struct_config__.tag: kind.help for kind in get_args(_Any)}


_Market = (
    SetPrice
    | SetBook
    | Release
    | HeadlineCommand
    | BulletinCommand
    | OrderCommand
    | Dividend
    | Split
    | Borrowable
    | HaltTrading
)
_Any = (
    Advance
    | Time
    | _Market
    | Transfer
    | Liquidate
    | Correct
    | Delay
    | ForgetCommand
    | Error
    | Fault
    | Token
    | Snapshot
    | HelpCommand
)
_DECODER = msgspec.json.Decoder(_Any)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ControlSocket:
    """Listens on this machine only, for any number of tests of this user.

    A connection to a TCP port that is not seen to be this user's own (or root's) gives the token before anything else;
    a Unix socket is this user's alone. Answers each line with `{"result": ...}` or `{"error": {"code", "message"}}`; a
    line that is no command ends its connection, so that nothing but a test drives a gateway by accident.
    """

    def __init__(self, gateway: Gateway, where: str) -> None:
        """`where` is a TCP port (0 picks a free one) or the path of a Unix socket."""
        self._gateway = gateway
        self._where = where
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = where
        """Where it listens: `127.0.0.1:PORT` or the path."""
        self.token = secrets.token_urlsafe(24) if where.isdecimal() else ""
        """What opens a TCP port to whoever is not seen to be this user; empty for a Unix socket."""

    async def __aenter__(self) -> ControlSocket:
        try:
            self._server = await self._listen()
        except OSError as error:
            reason = error.strerror or str(error)
            raise IbtuiError("cannot_listen", f"Cannot listen on {self._where}: {reason}; choose another.") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if not self._where.isdecimal():
            with contextlib.suppress(OSError):
                os.unlink(self._where)

    async def _listen(self) -> asyncio.Server:
        if not self._where.isdecimal():
            _remove_stale(self._where)
            return await asyncio.start_unix_server(self._talk, sock=_private(self._where), limit=_LONGEST_LINE)
        server = await asyncio.start_server(self._talk, "127.0.0.1", int(self._where), limit=_LONGEST_LINE)
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # the test may be gone, or write a line without end, or the gateway may stop
            with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
                open_to = not self.token or _own(writer)
                while (line := await reader.readline()) and await self._take(line, writer, open_to):
                    open_to = True
                    await writer.drain()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _take(self, line: bytes, writer: asyncio.StreamWriter, open_to: bool) -> bool:
        """Carry out one line and answer it; False when it was no command, or nobody who may give one."""
        try:
            command = _DECODER.decode(line)
        except msgspec.DecodeError as error:
            writer.write(_failure("bad_command", str(error)))
            return False
        if not self._may(command, open_to):
            writer.write(_failure("no_token", _NO_TOKEN))
            return False
        writer.write(await self._answer(command))
        return True

    def _may(self, command: Command, open_to: bool) -> bool:
        if isinstance(command, Token):
            return not self.token or hmac.compare_digest(command.token.encode(), self.token.encode())
        return open_to

    async def _answer(self, command: Command) -> bytes:
        try:
            result = await command.carry_out(self._gateway)
            self._gateway.tell()
            self._gateway.flush()
        except Refused as refused:
            return _failure(str(refused.code), refused.text)
        except (IbtuiError, ValueError) as error:
            return _failure(getattr(error, "code", "bad_value"), str(error))
        except Exception:
            _log.exception("%s failed", command)
            return _failure("internal", f"{_word(type(command).__name__)} failed inside the gateway")
        return _ENCODER.encode({"result": result}) + b"\n"


def _own(writer: asyncio.StreamWriter) -> bool:
    return trusted(writer.get_extra_info("peername"), writer.get_extra_info("sockname"))


def _private(path: str) -> socket.socket:
    """A socket at this path that is this user's alone before it listens."""
    made = socket.socket(socket.AF_UNIX)
    try:
        made.bind(path)
        os.chmod(path, 0o600)
    except OSError:
        made.close()
        raise
    return made


def _failure(code: str, message: str) -> bytes:
    return _ENCODER.encode({"error": {"code": code, "message": message}}) + b"\n"


def _con_id(gateway: Gateway, symbol: str) -> int:
    """The contract that goes by this name: a stock's symbol, a future's or an option's local symbol, or an id."""
    return _listing(gateway, symbol).instrument.con_id


def _listing(gateway: Gateway, symbol: str) -> Listing:
    listings = gateway.backend.exchange.listings
    found = listings.by_con_id(int(symbol)) if symbol.isdecimal() else None
    if found is None:
        found = next(
            (each for each in listings if symbol in (each.instrument.symbol, each.instrument.local_symbol)), None
        )
    if found is None:
        found = next(iter(listings.find(local_symbol=symbol)), None)
    if found is None:
        raise IbtuiError(
            "unknown_symbol", f"Nothing is listed as {symbol!r}; name a symbol, local symbol or contract id."
        )
    return found


def _remove_stale(path: str) -> None:
    """Take away the socket that an earlier gateway left; anything else at that path stays, and listening fails."""
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
