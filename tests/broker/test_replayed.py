"""What a file of a replay drives is what its name says, to every client of the gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.running.replays import read_replay
from tests.broker.sessions import active_session
from tests.gateways import running_gateway

BARS = "date,open,high,low,close,volume\n" + "".join(
    f"2026-03-02 {10 + minute // 60}:{minute % 60:02},110,112,109,111,500\n" for minute in range(120)
)


def files(folder: Path, *names: str) -> list[Path]:
    found = [folder / f"{name}.csv" for name in names]
    for file in found:
        file.write_text(BARS)
    return found


async def test_a_future_a_pair_a_coin_and_a_foreign_stock(tmp_path: Path) -> None:
    replay = read_replay(files(tmp_path, "ZNM6", "USD.SEK", "LTC.USD", "VOW.EUR", "XYZ", "BTC.USD", "SAP.EUR"))
    async with running_gateway(exchange=Exchange(replay=replay)) as gateway, active_session(gateway) as (session, _):
        found = {name: await session.resolve(name) for name in replay.series}
        kinds = {name: (one.sec_type, one.exchange, one.currency) for name, one in found.items()}
        assert kinds == {
            "ZNM6": ("FUT", "CBOT", "USD"),
            "USD.SEK": ("CASH", "IDEALPRO", "SEK"),
            "LTC.USD": ("CRYPTO", "PAXOS", "USD"),
            "VOW.EUR": ("STK", "SMART", "EUR"),
            "XYZ": ("STK", "SMART", "USD"),
            "BTC.USD": ("CRYPTO", "PAXOS", "USD"),
            "SAP.EUR": ("STK", "SMART", "EUR"),
        }
        future = found["ZNM6"]
        assert (future.multiplier, future.tick, future.expiry) == (Decimal(1000), Decimal("0.015625"), "20260630")


def test_the_files_drive_the_prices(tmp_path: Path) -> None:
    for name in ("ZNM6", "BTC.USD", "SAP.EUR"):
        exchange = Exchange(replay=read_replay(files(tmp_path, name)))
        exchange.advance(datetime(2026, 3, 2, 16, tzinfo=UTC))
        root = name.partition(".")[0]
        (listing,) = [one for one in exchange.listings if root in (one.instrument.root, one.instrument.symbol)]
        bars = exchange.history(
            listing.instrument.con_id, end=exchange.now, seconds=int(timedelta(minutes=30).total_seconds()), bar=60
        )
        assert {(bar.open, bar.high, bar.low, bar.close) for bar in bars} == {(110, 112, 109, 111)}, name


def test_a_month_whose_root_is_unknown_is_asked_for(tmp_path: Path) -> None:
    (file,) = files(tmp_path, "ZZM6")
    with pytest.raises(IbtuiError) as caught:
        Exchange(replay=read_replay([file]))
    assert caught.value.code == "no_contract"
    exchange = Exchange(replay=read_replay([file], {"ZZ": "FUT USD 25 0.5 CME"}))
    (listing,) = exchange.listings.find(local_symbol="ZZM6")
    assert (listing.instrument.multiplier, listing.instrument.exchange) == (Decimal(25), "CME")
