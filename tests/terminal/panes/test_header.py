"""The header: what is never dropped, what gives way first, and one word of ability."""

from __future__ import annotations

import pytest

from ibtui.domain.account import Account
from ibtui.domain.hold import HeldInstrument
from ibtui.link.messages import Frame
from ibtui.link.status import Cancelling
from ibtui.terminal.model import Model
from ibtui.terminal.panes.header import Lost, line
from tests.terminal.sample import NOW, ZONE, ago, model, position, session, text_of

HELD = (HeldInstrument(symbol="AAPL", reason="IB counts 60, our books 100", since=ago(99)),)


def header(known: Model, width: int = 160, lost: Lost | None = None) -> str:
    return text_of(line(known, lost, NOW, ZONE, 2.0, width))


def in_state(**facts: object) -> Model:
    return model(Frame(session=session(**facts)))


def test_everything_at_160() -> None:
    shown = header(model())
    assert shown.startswith(
        " PAPER  DU1234567  ● READY 12 ms  real-time   NLV 1,002,341.20  day +2,341.20 +0.23%  open +117.00  BP 3.98M"
    )
    assert shown.endswith(" 15:42:07 ET ")
    assert "   1 BARE  " in shown
    assert len(shown) == 160


def test_exits_beyond_their_position_are_counted_beside_what_is_bare() -> None:
    known = model(Frame(positions=(position("AAPL", 0, "OVER"), position("MSFT", 10, "OVER", 1.0))))
    assert "  2 OVER  " in header(known)
    assert "BARE" not in header(known)
    assert " 2 OVER " in header(known, 80)


WIDEST = Account(
    id="DUH12345678",
    currency="CHF",
    net_liquidation=123456789.12,
    day_pnl=-123456.78,
    unrealized_pnl=-987654.32,
    buying_power=9.99e9,
)


@pytest.mark.parametrize("width", range(60, 220, 4))
@pytest.mark.parametrize("state", ["active", "reconciling", "connecting", "disconnected", "halted"])
def test_mode_ability_and_day_are_never_dropped(width: int, state: str) -> None:
    halted = ago(3723) if state != "active" else None
    known = model(Frame(session=session(state=state, since=ago(3723), halted=halted, demo=True), account=WIDEST))
    shown = header(known, width)
    word = {"active": "READY", "disconnected": "NO LINK"}.get(state, state.upper())
    assert len(shown) <= width
    assert " PAPER " in shown
    assert " DEMO " in shown
    assert word in shown
    assert "day −123,456.78" in shown


DROPS = ("12 ms", " ET", "BP 3.98M", "open +117.00", "real-time", "NLV", "+0.23%", "DU1234567", "15:42:07", "1 BARE")


def test_parts_give_way_in_their_order() -> None:
    gone = [[part for part in DROPS if part not in header(model(), width)] for width in range(150, 24, -1)]
    for lost in gone:
        assert lost == list(DROPS[: len(lost)])
    assert gone[0] == []
    assert len(gone[-1]) == len(DROPS)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"state": "halted"}, "HALTED 0:07  exits only"),
        ({"holds": HELD}, "1 HELD 1:39  exits only there"),
        ({"state": "halted", "holds": HELD}, "HALTED · 1 HELD 0:07  exits only"),
        ({"state": "disconnected"}, "NO LINK 0:07  no orders · as of 15:42:00"),
        ({"state": "connecting"}, "CONNECTING 0:07  no orders yet"),
        ({"state": "reconciling"}, "RECONCILING 0:07  no orders yet"),
        ({"state": "active", "read_only": True}, "READ-ONLY  no orders"),
        ({"state": "active", "halted": ago(7)}, "HALTED 0:07  exits only"),
        ({"state": "disconnected", "halted": ago(99)}, "NO LINK · HALTED 0:07  no orders · as of 15:42:00"),
        ({"state": "reconciling", "halted": ago(99)}, "RECONCILING · HALTED 0:07  no orders yet"),
        ({"state": "halted", "read_only": True}, "READ-ONLY · HALTED  no orders"),
        ({"state": "active"}, "● READY 12 ms"),
    ],
)
def test_what_a_state_prevents_and_since_when(facts: dict[str, object], says: str) -> None:
    assert says in header(in_state(**facts))


def test_a_lost_engine_hides_no_halt_and_no_second_loss() -> None:
    halted = header(in_state(state="disconnected", halted=ago(99)), lost=Lost("gone", ago(42)))
    assert "NO LINK · HALTED 0:42  no orders · as of 15:41:25" in halted
    assert halted.count("NO LINK") == 1


def test_without_a_first_answer_there_is_nothing_that_is_as_of_a_time() -> None:
    shown = header(in_state(state="disconnected", positions_known=False))
    assert "NO LINK 0:07  no orders" in shown
    assert "as of" not in shown


def test_cancels_are_counted_until_the_last_is_confirmed() -> None:
    under_way = in_state(cancelling=Cancelling(asked=83, sent=60, confirmed=49))
    assert " cancels 49/83 " in header(under_way)
    assert " cancels 49/83 " in header(under_way, 80)
    assert "cancels" not in header(in_state(cancelling=Cancelling(asked=83, sent=83, confirmed=83)))
    assert "cancels" not in header(in_state())


def test_a_lost_engine_is_no_link_whatever_the_session_said() -> None:
    shown = header(model(), lost=Lost("the engine went away", ago(42)))
    assert "NO LINK 0:42  no orders · as of 15:41:25" in shown
    assert "READY" not in shown
    assert "real-time" not in shown


def test_simulated_prices_are_said() -> None:
    assert " DEMO · simulated prices " in header(in_state(demo=True), 170)


def test_a_live_account_is_on_red() -> None:
    live = in_state(mode="live")
    drawn = line(live, None, NOW, ZONE, 2.0, 80)
    assert drawn.on == "alarm"
    assert text_of(drawn).startswith(" LIVE ")
    assert line(model(), None, NOW, ZONE, 2.0, 80).on == "title"


def test_unknown_money_is_a_dash() -> None:
    known = model(Frame(account=Account(id="DU1")))
    assert "day –" in header(known)
    assert "day –" in header(Model())


def test_stale_data_is_said() -> None:
    assert "stale" in text_of(line(model(), None, NOW, ZONE, 500.0, 160))


def test_before_the_first_frame_it_is_connecting() -> None:
    assert "CONNECTING" in header(Model())
