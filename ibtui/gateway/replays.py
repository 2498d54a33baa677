"""What drives a gateway's markets instead of its seed: files of bars or ticks, and recordings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ibtui.domain.quote import Quote
from ibtui.exchange.calendar import micros
from ibtui.exchange.replay import PastQuote, Replay, Series
from ibtui.recording.reading import read_recording
from ibtui.recording.rows import Recorded


def read_replay(paths: Iterable[Path]) -> Replay:
    """Files as `ibtui.exchange.replay` reads them, and folders with the ticks that `ibtui record` wrote.

    Raises IbtuiError: `replay_file`, `replay_parquet` or `replay_empty` for files; `no_file` or `bad_data` for a folder
    that holds no recording.
    """
    series: dict[str, Series] = {}
    files = []
    for path in paths:
        if path.is_dir():
            series |= _ticks(read_recording(path, kinds=("ticks",)))
        else:
            files.append(path)
    return Replay(series | Replay.read(*files).series if files else series)


def _ticks(facts: Iterable[Recorded]) -> dict[str, Series]:
    """Quotes as changes of the touch and trades; a trade is where the volume grew, or the last price changed."""
    found: dict[str, list[PastQuote]] = {}
    before: dict[str, Quote] = {}
    for time, fact in facts:
        if isinstance(fact, Quote):
            tick = _tick(micros(time), fact, before.get(fact.symbol))
            before[fact.symbol] = fact
            if tick.price is not None or (tick.bid is not None and tick.ask is not None):
                found.setdefault(fact.symbol, []).append(tick)
    return dict(found)


def _tick(time: int, quote: Quote, before: Quote | None) -> PastQuote:
    size = _traded(quote, before)
    quoted = quote.bid is not None and quote.ask is not None and 0 < quote.bid <= quote.ask
    return PastQuote(
        time=time,
        price=quote.last if size else None,
        size=size,
        bid=quote.bid if quoted else None,
        ask=quote.ask if quoted else None,
        bid_size=quote.bid_size or 0.0,
        ask_size=quote.ask_size or 0.0,
    )


def _traded(quote: Quote, before: Quote | None) -> float:
    """What traded since the quote before; 0 for nothing."""
    if quote.last is None or quote.last <= 0:
        return 0.0
    if before is None or before.last is None:
        return quote.last_size or 1.0
    if quote.volume is not None and before.volume is not None:
        return max(quote.volume - before.volume, 0.0)
    changed = (quote.last, quote.last_size) != (before.last, before.last_size)
    return (quote.last_size or 1.0) if changed else 0.0
