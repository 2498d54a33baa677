"""The ticket and the plan as lines: whole in every size, right in every word."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.commands.command import Trade
from ibtui.commands.registry import BY_ID
from ibtui.domain.cover import cover
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.commands import plan
from ibtui.engine.commands.wanted import InstrumentState, trade
from ibtui.link.messages import Plan, Worth
from ibtui.terminal.device.guard import TypingGuard
from ibtui.terminal.drawing.canvas import Line, length
from ibtui.terminal.keys import Keymap
from ibtui.terminal.layout.plan import WIDE, WIDE_ROWS
from ibtui.terminal.layout.plan import plan as plan_of_the_screen
from ibtui.terminal.places.pending import PendingCommand
from ibtui.terminal.places.plan_view import plan_lines
from ibtui.terminal.ticket import estimate, model, view
from ibtui.terminal.ticket import fields as ticket_fields
from ibtui.terminal.ticket.model import CHANGES, Ticket
from tests.terminal.scripted import AAPL, ESZ6, order, plan_of, quote, snapshot

MARKET = quote("AAPL", 187.41, 187.42)
SIZES = [(74, 16), (80, 10), (60, 10)]


def _text(lines: list[Line]) -> str:
    return "\n".join("".join(run.text for run in line.runs) for line in lines)


def _sight(ticket: Ticket, market: Quote | None = MARKET, held: int = 100, **changes: object) -> view.TicketState:
    fields: dict[str, object] = {
        "ticket": ticket,
        "follow": ticket.follow,
        "frozen_at": None,
        "quote": market,
        "held": Decimal(held),
        "account": snapshot().account,
        "orders": (),
        "keymap": Keymap(),
        "zone": UTC,
        "now": (market.received if market else 0.0) + 0.3,
    }
    return view.TicketState(**(fields | changes))  # type: ignore[arg-type]


def _buy(quantity: int = 100) -> Ticket:
    return model.opened(AAPL, Side.BUY, "ask", Decimal(quantity))


def _shown_plan(plan: Plan) -> PendingCommand:
    pending = PendingCommand(_Still(), lambda why: None, lambda outcome: None)  # type: ignore[arg-type]
    pending.state, pending.plan = "shown", plan
    return pending


class _Still:
    """A terminal in which no time passes; it counts how often a preview has to be seen anew."""

    def __init__(self) -> None:
        self.guard = TypingGuard(answers_itself=False)
        self.shown = 0

    def show_preview(self) -> None:
        self.shown += 1

    def now(self) -> float:
        return 0.0


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_ticket_fits_its_slot(width: int, height: int) -> None:
    ticket = CHANGES["ticket.exits"](_buy(), MARKET)
    lines = view.draw(_sight(ticket), [], width, height)
    assert len(lines) <= height
    text = _text(lines)
    for words in ("BUY", "bid 187.41 ×300", "0.3 s ago", "191.17", "185.55", "ADDS to a long of 100"):
        assert words in text


def _foot_at(width: int) -> str:
    return _text(view.draw(_sight(_buy()), [], width, 16)[-1:])


TWO_COLUMNS = plan_of_the_screen(WIDE, WIDE_ROWS, "watchlist", "watchlist", True).places["slot"].width
"""The slot of the narrowest screen with two columns."""


@pytest.mark.parametrize("width", [60, TWO_COLUMNS, 80, 160])
@pytest.mark.parametrize("longer", [0, 4, 12, 40])
def test_the_foot_shows_whole_keys_and_leaves_out_the_last(
    monkeypatch: pytest.MonkeyPatch, width: int, longer: int
) -> None:
    action = BY_ID["ticket.market"]
    monkeypatch.setitem(BY_ID, action.id, replace(action, title=action.title + "x" * longer))
    pairs = _foot_at(1_000).strip().split("  ")
    shown = _foot_at(width)
    assert len(shown) <= width
    assert shown.strip().split("  ") == pairs[: shown.strip().count("  ") + 1]
    left_out = pairs[len(shown.strip().split("  ")) :]
    assert not left_out or len(shown) + 2 + len(left_out[0]) > width


@pytest.mark.parametrize("width", [TWO_COLUMNS, 80, 160])
def test_the_foot_names_every_key_from_80_columns_and_in_two_columns(width: int) -> None:
    foot = "  Enter checks  +/- tick  a ask  b bid  m market  t TIF  * / double half"
    assert _foot_at(width) == foot


def test_a_changed_title_is_seen_in_the_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    for action in (
        "ticket.confirm",
        "ticket.tick_up",
        "ticket.ask",
        "ticket.bid",
        "ticket.tif",
        "ticket.exits",
        "back",
    ):
        monkeypatch.setitem(BY_ID, action, replace(BY_ID[action], title=f"new{action[-4:]}"))
    text = _text(view.draw(_sight(_buy()), [], 200, 16))
    for words in (
        "Enter newfirms",
        "+/- newk_up",
        "a new.ask",
        "b new.bid",
        "t new.tif",
        "none e newxits",
        "Esc newback",
    ):
        assert words in text


@pytest.mark.parametrize(("width", "height"), SIZES[:2])
def test_a_whole_bracket_s_plan_is_seen_in_every_slot(width: int, height: int) -> None:
    command = Trade(
        terms=Terms(side=Side.BUY, quantity=Decimal(200), symbol="MSFT", type=OrderType.LMT, limit_price=Decimal(402))
    )
    plan = replace(
        plan_of(command, "t"),
        sentence="BUY 200 MSFT at 402.10 limit, day\nSELL 200 MSFT at 410.00 limit\nSELL 200 MSFT stop 398.00",
        warnings=("the limit is 3.1 % above the ask", "8.0 % of NLV", "the quote is delayed"),
    )
    pending = _shown_plan(plan)
    lines = view.draw(_sight(_buy()), plan_lines(pending, Keymap(), width, height - 1), width, height)
    assert len(lines) <= height
    text = _text(lines)
    for words in (
        "402.10",
        "410.00",
        "398.00",
        "ADDS",
        "18,742.00",
        "3.1 %",
        "delayed",
        "Enter sends",
        "20 s or 5 ticks",
    ):
        assert words in text
    assert all(length(line.runs) <= width for line in lines)
    assert pending.drawn


def _many(count: int, **changes: object) -> Plan:
    """A plan that closes so many positions."""
    plan = plan_of(Trade(terms=Terms(side=Side.BUY, quantity=Decimal(1), symbol="A", type=OrderType.MKT)), "t")
    several: dict[str, object] = {
        "sentence": "\n".join(f"SELL {i} AAPL{i} at market, day" for i in range(count)),
        "effect_sentence": "\n".join(f"CLOSES the long of {i}" for i in range(count)),
        "value": 453_000.0,
        "warnings": (),
    }
    return replace(plan, **(several | changes))


def test_more_orders_than_fit_are_counted_and_scrolled_the_total_always_shows() -> None:
    pending = _shown_plan(_many(30))
    seen = ""
    for _ in range(40):
        lines = plan_lines(pending, Keymap(), 78, 9)
        text = _text(lines)
        assert len(lines) == 9
        assert "total 453,000.00" in text
        assert "more lines" in text
        assert "Enter sends" in _text(lines[-1:])
        seen += text
        pending.scroll(1)
    assert "24 more lines above" in text
    assert all(f"SELL {i} AAPL{i} at market, day · CLOSES the long of {i}" in seen for i in range(30))


def test_a_few_orders_are_shown_whole_at_80x24() -> None:
    text = _text(plan_lines(_shown_plan(_many(6)), Keymap(), 78, 9))
    assert "more lines" not in text
    assert all(f"SELL {i} AAPL{i}" in text for i in range(6))


def test_a_plan_that_is_drawn_otherwise_has_to_be_seen_anew() -> None:
    pending = _shown_plan(_many(30))
    still: _Still = pending._terminal  # type: ignore[assignment]
    for _ in range(3):
        plan_lines(pending, Keymap(), 78, 9)
    assert still.shown == 0
    plan_lines(pending, Keymap(), 78, 7)
    assert still.shown == 1
    pending.scroll(1)
    plan_lines(pending, Keymap(), 78, 7)
    assert still.shown == 2


OUTCOMES = ("if the UNKNOWN SELL 100 fills too: short of 100", "if it does not: flat")
LONG = ("delayed data, 15 min old: the price may be far from the market when the order arrives there",) * 3


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("count", [1, 3, 30])
def test_both_outcomes_the_total_and_the_offer_show_in_every_slot(width: int, height: int, count: int) -> None:
    plan = _many(count, outcomes=OUTCOMES, warnings=LONG, offer="add outside: a limit at 187.22 may trade now")
    pending = _shown_plan(plan)
    for doubted in (False, True):
        pending.doubted = doubted
        lines = plan_lines(pending, Keymap(), width, height - 1)
        text = _text(lines)
        assert len(lines) <= height - 1
        assert all(length(line.runs) <= width for line in lines)
        assert "453,000.00" in text
        assert "SELL 0 AAPL0 at market" in text
        assert all(outcome in text for outcome in OUTCOMES)
        assert ("o instead: a limit at 187.22 may trade now" in text) is not doubted
        assert ("Enter asks once more" in text) is not doubted


def test_totals_of_several_currencies_are_all_named() -> None:
    totals = (Worth(value=453_000.0, currency="USD"), Worth(value=-1_200.0, currency="EUR"))
    text = _text(plan_lines(_shown_plan(_many(2, value=None, totals=totals)), Keymap(), 78, 9))
    assert "total 453,000.00 and 1,200.00 EUR" in text


@pytest.mark.parametrize(
    ("market", "words"),
    [
        (None, "no market yet"),
        (replace(MARKET, kind="delayed"), "DELAYED"),
        (replace(MARKET, halted=True), "TRADING HALTED"),
        (replace(MARKET, received=0.0), "age unknown"),
        (replace(MARKET, ask=None), "ask –"),
    ],
)
def test_doubtful_markets_are_marked(market: Quote | None, words: str) -> None:
    assert words in _text(view.draw(_sight(_buy(), market), [], 74, 16))


@pytest.mark.parametrize(
    ("held", "side", "quantity", "sentence"),
    [
        (0, Side.BUY, 100, "OPENS a long of 100"),
        (0, Side.SELL, 100, "OPENS a short of 100"),
        (100, Side.BUY, 100, "ADDS to a long of 100, becomes 200"),
        (100, Side.SELL, 40, "REDUCES a long of 100 to 60"),
        (-100, Side.BUY, 100, "CLOSES a short of 100"),
        (100, Side.SELL, 150, "FLIPS from long 100 to short 50"),
    ],
)
def test_what_a_trade_does_to_a_position(held: int, side: Side, quantity: int, sentence: str) -> None:
    ticket = model.opened(AAPL, side, "ask", Decimal(quantity))
    drawn = _text(view.draw(_sight(ticket, held=held), [], 74, 16))
    assert sentence in drawn


def test_what_would_stand_without_a_stop() -> None:
    stop = order(
        "s", symbol="AAPL", side=Side.SELL, quantity=Decimal(100), type="STP", stop_price=Decimal(180), role="stop"
    )
    after = estimate.afterwards
    assert after(_buy(), MARKET, Decimal(100), [stop]).bare == 100
    assert after(CHANGES["ticket.exits"](_buy(), MARKET), MARKET, Decimal(100), [stop]).bare == 0
    assert after(_buy(), MARKET, Decimal(100), [replace(stop, status=OrderStatus.WAITING)]).bare == 200
    assert after(model.closing(AAPL, Decimal(100)), MARKET, Decimal(100), []).bare == 0


def test_ticket_preview_and_positions_count_the_same_stops() -> None:
    both = [
        order(
            name, symbol="AAPL", side=Side.SELL, quantity=Decimal(100), type="STP", role="stop", oca_group="ibtui-entry"
        )
        for name in ("one", "two")
    ]
    assert estimate.afterwards(_buy(), MARKET, Decimal(100), both).bare == 100
    held = InstrumentState(instrument=AAPL, quote=MARKET, held=Decimal(100), orders=tuple(both))
    bought = Trade(
        terms=Terms(
            side=Side.BUY, quantity=Decimal(100), symbol="AAPL", type=OrderType.LMT, limit_price=Decimal("187.42")
        )
    )
    wanted = trade(bought, held, lambda: "aaaaaaaaaaaa")
    assert plan.draft(wanted, None).plan.bare == 100
    assert cover(Decimal(200), both)[0] == "part"


def test_the_value_of_a_future_counts_its_multiplier() -> None:
    ticket = model.opened(ESZ6, Side.BUY, "ask", Decimal(1))
    assert estimate.figures(ticket, quote("ESZ6", 6712.0, 6712.25), None, None)[0] == "335,612.50"


def test_a_complaint_takes_the_place_of_the_hint() -> None:
    text = _text(view.draw(_sight(_buy(), complaint="Type a quantity."), [], 80, 10))
    assert "Type a quantity." in text
    assert "Enter checks" not in text


KEYS = st.sampled_from(["tab", "back", *"0123456789.,z", *CHANGES])


@given(st.lists(st.tuples(KEYS, st.integers(1, 120)), max_size=12), st.sampled_from([None, MARKET]), st.booleans())
def test_whatever_is_typed_can_be_drawn(keys: list[tuple[str, int]], market: Quote | None, closes: bool) -> None:
    ticket = model.closing(AAPL, Decimal(100)) if closes else _buy()
    for key, times in keys:
        for _ in range(times):
            with suppress(IbtuiError):
                ticket = pressed(ticket, key, market)
        for width, height in SIZES:
            view.draw(_sight(ticket, market), [], width, height)
        with suppress(IbtuiError):
            model.command(ticket, market)


def pressed(ticket: Ticket, key: str, market: Quote | None) -> Ticket:
    if key == "tab":
        return ticket_fields.next_field(ticket)
    if key == "back":
        return ticket_fields.erase(ticket, market)
    if key in CHANGES:
        return ticket_fields.press(key, "e" if key == "ticket.exits" else "")(ticket, market)
    return ticket_fields.type_character(ticket, key, market)


def test_a_price_that_begins_with_0_is_no_price_yet() -> None:
    ticket = pressed(pressed(_buy(), "tab", MARKET), "0", MARKET)
    assert model.reference(ticket, MARKET) is None
    text = _text(view.draw(_sight(ticket), [], 74, 16))
    assert "of 21," not in text
    assert "BUY 100 AAPL at 0.00 limit, day" in text
