"""Random valid requests against a gateway: each is answered, none crashes it, none hangs it.

Run as a script for a long search: `python -m tests.gateway.fuzz_requests --count 200000 [--seed 1]`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ibtui.exchange.exchange import Exchange
from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.codec import Values
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.orders import PLACE_ORDER
from tests.gateway.raw import Message, started_client
from tests.gateway.valid_requests import ANSWERS, LAYOUTS, SILENT, Request, valid_requests
from tests.gateways import MORNING, running_gateway

BATCH = 25
"""Requests of one connection."""
PATIENCE = 120.0
"""Seconds to wait for an answer: a machine that does other things may leave this process waiting for many of them."""
MOST_WORK = 5.0
"""Seconds of this process's own time that an answer may take, client and gateway together."""


class UnansweredError(AssertionError):
    """A request got no answer, or an answer that says that the gateway failed."""


async def play(gateway: Gateway, client_id: int, version: int, drawn: Sequence[Request]) -> None:
    """Send requests to a gateway on one connection, with a question about the time behind each.

    What comes before the answer to that question is the answer to the request. Raises UnansweredError.
    """
    async with started_client(gateway, client_id, f"v157..{version}") as client:
        client.patience = PATIENCE
        for number, (name, drawn_values) in enumerate(drawn, start=1):
            layout, values = LAYOUTS[name], drawn_values | {"reqId": number, "orderId": number}
            began = time.process_time()
            client.send(layout, **values)
            if layout is not requests.REQ_CURRENT_TIME:
                client.send(requests.REQ_CURRENT_TIME)
            check(layout, values, await client.until("currentTime"))
            if time.process_time() - began > MOST_WORK:
                raise UnansweredError(f"{layout.name} {values} took {time.process_time() - began:.1f} s of work")


def check(layout: Layout, values: Values, messages: Sequence[Message]) -> None:
    """Raises UnansweredError."""
    for message in messages:
        if message.name == "error" and "inside the gateway" in message.values["errorString"]:
            raise UnansweredError(f"{layout.name} {values} failed: {message.values}")
    if not answered(layout, values, messages):
        raise UnansweredError(f"{layout.name} {values} got {[message.name for message in messages]}")


def answered(layout: Layout, values: Values, messages: Sequence[Message]) -> bool:
    if layout.id in SILENT or (layout is PLACE_ORDER and not values["transmit"]):
        return True
    if layout is requests.REQ_ACCOUNT_UPDATES and not values["subscribe"]:
        return True
    subject = values["orderId"] if layout in (PLACE_ORDER, requests.CANCEL_ORDER) else values["reqId"]
    expected = ANSWERS.get(layout.id)
    return any(
        message.name == expected
        or (message.name == "error" and message.values["reqId"] in (-1, subject))
        or (expected is None and subject in (message.values.get("reqId"), message.values.get("orderId")))
        for message in messages
    )


def fuzz(count: int, number: int | None = None, *, always_open: bool = True) -> int:
    """Play about `count` requests; how many were played. Raises UnansweredError with the smallest example found."""
    played = 0

    @settings(
        max_examples=max(count // BATCH, 1),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=st.lists(valid_requests(), min_size=BATCH, max_size=BATCH), version=st.integers(157, 178))
    def play_all(drawn: list[Request], version: int) -> None:
        nonlocal played
        runner.run(play(gateway, 1, version, drawn))
        played += len(drawn)

    with asyncio.Runner() as runner:
        context = running_gateway(exchange=Exchange(start=MORNING, always_open=always_open))
        gateway = runner.run(context.__aenter__())
        try:
            (play_all if number is None else seed(number)(play_all))()
        finally:
            runner.run(context.__aexit__(None, None, None))
    return played


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--hours", choices=("always", "real"), default="always")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    began = time.monotonic()
    played = fuzz(arguments.count, arguments.seed, always_open=arguments.hours == "always")
    sys.stdout.write(f"{played} requests answered in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
