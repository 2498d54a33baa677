"""What IB told of contracts, in one small file of a profile: a backtest knows them without a connection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument
from ibtui.domain.options.chain import option_name
from ibtui.domain.reference.futures import future_name
from ibtui.files import read_plain
from ibtui.recording.members import replace

LARGEST = 16 * 1024 * 1024
"""Bytes of a file that is read."""


def worth_keeping(instrument: Instrument) -> bool:
    """Whether a contract's description says more than its name.

    Not kept are contracts that were only mentioned (IB gives a long name with every description), combos, options whose
    names say everything, and stocks under the name of a contract month, which a replay makes.
    """
    month = instrument.sec_type == "STK" and future_name(instrument.symbol) is not None
    said = instrument.sec_type == "BAG" or option_name(instrument.symbol) is not None
    return bool(instrument.name) and not (month or said)


def read_described(file: Path) -> dict[str, Instrument]:
    """By symbol; none where there is no file. A line that is damaged costs itself, a file that cannot be read all."""
    try:
        lines = read_plain(file, LARGEST).splitlines()
    except IbtuiError:
        return {}
    found = {}
    for line in lines:
        try:
            instrument = msgspec.json.decode(line, type=Instrument)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        found[instrument.symbol] = instrument
    return found


def keep_described(file: Path, fresh: Iterable[Instrument]) -> None:
    """Add contracts to the file, each in place of what was known of its symbol; raises OSError.

    The file is replaced at once, and not when nothing is new.
    """
    known = read_described(file)
    together = known | {instrument.symbol: instrument for instrument in fresh}
    if together == known:
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(file, b"".join(msgspec.json.encode(instrument) + b"\n" for instrument in together.values()), synced=False)
