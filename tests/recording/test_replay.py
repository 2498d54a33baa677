"""Recordings as the past of a market."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ibtui.domain.past import PastQuote
from ibtui.domain.quote import Quote
from ibtui.exchange import Exchange
from ibtui.exchange.replay import Replay
from ibtui.exchange.told.reports import Report, Tick
from ibtui.recording.replay import read_series
from ibtui.recording.writer import Writer

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


def written(root: Path, quotes: list[Quote]) -> Path:
    writer = Writer(root, "paper", [], NOON)
    for number, quote in enumerate(quotes):
        writer.write(NOON + timedelta(seconds=number), quote)
    writer.close(NOON + timedelta(seconds=len(quotes)))
    return root


def quote(bid: float | None, ask: float | None, last: float | None, volume: float, symbol: str = "TEST") -> Quote:
    return Quote(
        symbol=symbol, bid=bid, ask=ask, last=last, volume=volume, bid_size=300.0, ask_size=200.0, last_size=40.0
    )


def test_a_trade_is_where_the_volume_grew(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        [
            quote(9.99, 10.01, 10.0, 1000),
            quote(10.0, 10.02, 10.0, 1000),
            quote(10.0, 10.02, 10.0, 1300),
            quote(10.0, 10.02, 10.02, 1340),
            quote(10.03, 10.02, 10.02, 1340),
            quote(None, None, 10.05, 1440),
        ],
    )
    rows = read_series(folder)["TEST"]
    assert [(row.price, row.size, row.bid) for row in rows if isinstance(row, PastQuote)] == [
        (10.0, 40.0, 9.99),
        (None, 0.0, 10.0),
        (10.0, 300.0, 10.0),
        (10.02, 40.0, 10.0),
        (10.05, 100.0, None),
    ]


def test_an_exchange_shows_the_recorded_market(tmp_path: Path) -> None:
    quotes = [
        quote(round(price - 0.01, 2), round(price + 0.01, 2), price, 1000.0 + 10 * step)
        for step in range(40)
        if (price := round(10.0 + step % 5 / 100, 2))
    ]
    exchange = Exchange(replay=Replay(read_series(written(tmp_path, quotes))))
    assert exchange.now == NOON
    (listing,) = exchange.listings.find(root="TEST", sec_type="STK")
    heard: list[Report] = []
    exchange.listen(heard.append)
    exchange.watch(listing.instrument.con_id)
    exchange.advance(NOON + timedelta(seconds=60))
    seen = [(tick.bid, tick.ask, tick.last) for tick in heard if isinstance(tick, Tick) and tick.traded]
    assert seen == [(one.bid, one.ask, one.last) for one in quotes[1:]]  # it begins with the first


def test_files_and_recordings_drive_one_market_together(tmp_path: Path) -> None:
    folder = written(tmp_path / "recordings", [quote(9.99, 10.01, 10.0, 1000)])
    (tmp_path / "OTHER.csv").write_text("time,price\n2026-03-02T17:00:00Z,5\n")
    assert sorted(read_series(folder, tmp_path / "OTHER.csv")) == ["OTHER", "TEST"]
