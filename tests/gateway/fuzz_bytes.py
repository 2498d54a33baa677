"""Raw bytes against a gateway: whatever comes, it goes on, and at most it closes the connection they came on.

Run as a script for a long search by chance: `python -m tests.gateway.fuzz_bytes 100000`. `fuzz_atheris` searches with
an eye on what the bytes reach.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from collections.abc import Iterator
from types import TracebackType

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ibtui.gateway.session import ClientSession
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import encode
from ibtui.gateway.wire.framing import Frames, frame, split
from tests.gateway.valid_requests import LAYOUTS, Request, valid_requests
from tests.gateways import running_gateway

HELLO = b"API\0" + frame(b"v157..178")
START = frame(encode(requests.START_API, {"clientId": 7, "optionalCapabilities": ""}, 178))
TIME = frame(encode(requests.REQ_CURRENT_TIME, {}, 178))


class Wire(asyncio.Transport):
    """A connection without a socket: takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self._closing = True

    abort = close

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Troubles(logging.Handler):
    """Keeps what the gateway could not handle and logged as its own error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


class Target:
    """A gateway and, for each stream of bytes, a connection of its own; AssertionError for an error of the gateway."""

    def __enter__(self) -> Target:
        self._troubles, self._log = Troubles(), logging.getLogger("ibtui")
        self._log.addHandler(self._troubles)
        self._log.propagate = False
        self._runner = asyncio.Runner()
        self._context = running_gateway()
        self._gateway = self._runner.run(self._context.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._context.__aexit__(kind, error, trace))
        self._runner.close()
        self._log.removeHandler(self._troubles)
        self._log.propagate = True

    def feed(self, data: bytes) -> bytes:
        """What the gateway wrote to a connection that sent `data` in three pieces and was closed."""
        return self._runner.run(self._feed(data))

    def answers(self) -> bool:
        """Whether a well-behaved client is still answered."""
        messages = [split(payload)[0] for payload in Frames().feed(self.feed(HELLO + START + TIME))]
        return str(responses.CURRENT_TIME.id) in messages

    async def _feed(self, data: bytes) -> bytes:
        session, wire = ClientSession(self._gateway), Wire()
        session.connection_made(wire)
        third = len(data) // 3 + 1
        for start in range(0, len(data), third):
            if not wire.is_closing():
                session.data_received(data[start : start + third])
            await asyncio.sleep(0)
        session.connection_lost(None)
        assert not self._troubles.seen, (data, self._troubles.seen)
        return bytes(wire.written)


def streams(chance: random.Random, count: int) -> Iterator[bytes]:
    """Greetings and requests as clients send them, damaged here and there."""
    seeds = seed_messages()
    for _ in range(count):
        body = b"".join(frame(chance.choice(seeds)) for _ in range(chance.randint(0, 6)))
        yield damaged(HELLO + START + body, chance)


def seed_messages() -> list[bytes]:
    """One message of most kinds, well formed."""
    found: dict[str, bytes] = {}

    @settings(
        max_examples=400, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(valid_requests(), min_size=5, max_size=5))
    def collect(drawn: list[Request]) -> None:
        for name, values in drawn:
            found.setdefault(name, encode(LAYOUTS[name], values | {"reqId": 1, "orderId": 1}, 178))

    collect()
    return list(found.values())


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, left out, doubled or cut off; sometimes none, so that what is whole is read too."""
    piece = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        at = chance.randrange(len(piece) + 1)
        match chance.randrange(5):
            case 0:
                piece[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del piece[at : at + chance.randint(1, 9)]
            case 2:
                piece[at:at] = piece[at : at + chance.randint(1, 40)]
            case 3:
                piece[at:at] = chance.choice((b"\0", b"-1\0", b"99999999999\0", b"nan\0", b"\xff\xff\xff\xff", b"\x80"))
            case _:
                del piece[max(at, 20) :]
    return bytes(piece)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    logging.disable(logging.WARNING)
    with Target() as target:
        for data in streams(random.Random(), count):
            target.feed(data)
        if not target.answers():
            raise SystemExit("the gateway does not answer any more")
    sys.stdout.write(f"{count} streams of bytes, nothing found\n")


if __name__ == "__main__":
    main()
