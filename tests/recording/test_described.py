"""Contracts that IB described, on disk: read as they were written, whatever became of the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.domain.instrument import Band, Instrument
from ibtui.recording.described import keep_described, read_described, worth_keeping

FUTURE = Instrument(
    symbol="ZZH6",
    con_id=5,
    sec_type="FUT",
    root="ZZ",
    exchange="CME",
    currency="USD",
    multiplier=Decimal("12.5"),
    tick=Decimal("0.015625"),
    bands=(Band(Decimal(0), Decimal("0.1")), Band(Decimal(5), Decimal("0.2"))),
    name="SOMETHING",
)
STOCK = replace(FUTURE, symbol="SAP.EUR", con_id=6, sec_type="STK", root="SAP", currency="EUR", multiplier=Decimal(1))


def test_what_is_kept_is_read_and_the_newest_word_counts(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "contracts.jsonl"
    assert read_described(file) == {}
    keep_described(file, [FUTURE, STOCK])
    told = replace(FUTURE, tick=Decimal("0.5"))
    keep_described(file, [told])
    assert read_described(file) == {"ZZH6": told, "SAP.EUR": STOCK}


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "contracts.jsonl"
    keep_described(file, [FUTURE])
    before = file.stat().st_ino
    keep_described(file, [FUTURE])
    assert file.stat().st_ino == before


@pytest.mark.parametrize(
    "damage", [b"\xff\xfe\n", b'{"symbol":"A"}\n', b"{\n", b'{"symbol":3}\n', b"\x00" * 100 + b"\n"]
)
def test_a_damaged_line_costs_itself(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "contracts.jsonl"
    keep_described(file, [FUTURE])
    file.write_bytes(damage + file.read_bytes() + damage)
    assert read_described(file) == {"ZZH6": FUTURE}
    keep_described(file, [STOCK])
    assert read_described(file) == {"ZZH6": FUTURE, "SAP.EUR": STOCK}


def test_what_is_no_file_is_nothing_known(tmp_path: Path) -> None:
    assert read_described(tmp_path) == {}


@pytest.mark.parametrize(
    ("instrument", "kept"),
    [
        (FUTURE, True),
        (STOCK, True),
        (replace(FUTURE, name=""), False),
        (replace(FUTURE, sec_type="STK"), False),
        (replace(FUTURE, sec_type="BAG"), False),
        (replace(FUTURE, symbol="AAPL261218C00190000", sec_type="OPT"), False),
    ],
)
def test_what_is_worth_keeping(instrument: Instrument, kept: bool) -> None:
    assert worth_keeping(instrument) == kept
