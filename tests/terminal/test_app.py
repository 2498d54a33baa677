"""The whole terminal on a scripted engine: keys to questions, answers to the screen."""

from __future__ import annotations

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events

from ibtui.commands.command import Cancel, Close, Flatten, Halt, Resume, Start, Stop, Trade, Unwatch, Watch
from ibtui.commands.registry import ACTIONS
from ibtui.config import Config
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus, Side
from ibtui.domain.terms import OrderType, Terms
from ibtui.link.messages import (
    Do,
    Frame,
    GetBars,
    LogEntry,
    Outcome,
    Preview,
    Record,
    Search,
    Send,
    Shutdown,
    StopRecording,
)
from ibtui.terminal.app import IbtuiApp
from tests.terminal.piloted import Hands, at_terminal
from tests.terminal.scripted import (
    NOW,
    SESSION,
    STRATEGY,
    ScriptedEngine,
    order,
    plan_of,
    quote,
    snapshot,
)


def _trade(quantity: int = 100, limit: str = "187.42") -> Trade:
    return Trade(
        terms=Terms(
            side=Side.BUY, quantity=Decimal(quantity), symbol="AAPL", type=OrderType.LMT, limit_price=Decimal(limit)
        )
    )


async def _enough(engine: ScriptedEngine, hands: Hands) -> None:
    """Let everything that is on its way arrive."""
    await hands.pilot.pause()
    await hands.pilot.pause(0.05)


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_buying_by_keys_is_previewed_and_sent_once(
    engine: ScriptedEngine, socket: Path, size: tuple[int, int]
) -> None:
    async with at_terminal(socket, size) as hands:
        shown = await hands.press("b", "1", "0", "0")
        assert "BUY 100 AAPL at 187.42 limit, day" in shown
        assert "ADDS to a long of 100, becomes 200" in shown
        await hands.press("enter")
        shown = await hands.until("Enter sends")
        assert "18,742.00 · 1.9 % of NLV · commission about 1.00 · no stop: 100 BARE" in shown
        assert engine.previews() == [_trade()]
        assert not engine.sent
        await hands.confirm()
        await hands.until("BUY 100 AAPL sent")
        assert engine.sent == ["token1"]
        assert "Ticket" not in hands.text


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_a_quantity_that_is_no_number_is_refused_aloud_and_checks_nothing(
    engine: ScriptedEngine, socket: Path, size: tuple[int, int]
) -> None:
    async with at_terminal(socket, size) as hands:
        shown = await hands.press("b", "1", "e", "9", "enter")
        assert "'1e9' is no number; Backspace changes it, Tab leaves it." in shown.splitlines()[-2]
        assert shown.count("none e set") == 2
        assert "BUY 19" not in shown
        await _enough(engine, hands)
        assert not engine.previews()
        await hands.press("backspace", "backspace", "0", "0", "enter")
        await hands.until("Enter sends")
        assert engine.previews() == [_trade(100)]
        assert "'z' is no part of a number" in await hands.press("escape", "escape", "b", "z")


async def test_a_price_that_begins_with_0_can_be_typed(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("b", "5", "tab", "0", "full_stop", "5")
        await hands.until("BUY 5 AAPL at 0.50 limit, day")


async def test_keys_of_one_read_are_taken_in_order_and_never_send(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        for key, character in (("b", "b"), *((d, d) for d in "250"), *[("enter", "\r")] * 50):
            hands.app.post_message(events.Key(key, character))
        await engine.until(lambda: bool(engine.previews()))
        await hands.until("Enter sends")
        assert engine.previews() == [_trade(250)]
        assert not engine.sent


async def test_an_enter_right_after_the_preview_does_not_count_and_says_why(
    engine: ScriptedEngine, socket: Path
) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("b", "5", "enter")
        await hands.until("Enter sends")
        await hands.press("enter")
        await hands.until("press Enter again")
        assert not engine.sent
        await hands.until(lambda text: hands._ready())
        await hands.press("enter")
        await hands.until("BUY 100 AAPL sent")
        assert len(engine.sent) == 1


async def test_the_ticket_s_price_is_frozen_while_it_is_checked(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("b", "5", "enter")
        await hands.until("Enter sends")
        engine.push(Frame(quotes=(quote("AAPL", 188.00, 188.01),)))
        shown = await hands.until("ask 188.01")
        assert "frozen at" in shown
        assert "187.42  ask" in shown
        await hands.press("escape")
        await hands.until("BUY 5 AAPL at 188.01 limit, day")


async def test_a_refusal_of_the_engine_stands_in_the_ticket_and_nothing_is_sent(
    engine: ScriptedEngine, socket: Path
) -> None:
    engine.refuse[Preview] = IbtuiError("too_large", "10,001 shares are more than your limit of 10,000.")
    async with at_terminal(socket) as hands:
        await hands.press("b", "9", "9", "enter")
        await hands.until("more than your limit")
        assert "Ticket" in hands.text
        assert not engine.sent


async def test_a_dead_token_says_why_and_needs_a_new_preview(engine: ScriptedEngine, socket: Path) -> None:
    engine.refuse[Send] = IbtuiError("token_dead", "The market moved more than 5 ticks; check again.")
    async with at_terminal(socket) as hands:
        await hands.press("b", "9", "enter")
        await hands.confirm()
        await hands.until("moved more than 5 ticks")
        assert "Enter checks" not in hands.text or "Ticket" in hands.text
        engine.refuse.clear()
        await hands.press("enter")
        await hands.confirm()
        await hands.until("BUY 100 AAPL sent")
        assert engine.sent == ["token2"]


async def test_an_unanswered_send_closes_the_ticket_and_says_unknown(engine: ScriptedEngine, socket: Path) -> None:
    engine.refuse[Send] = IbtuiError("unanswered", "The engine did not answer: look at Orders.")
    async with at_terminal(socket) as hands:
        await hands.press("b", "9", "enter")
        await hands.confirm()
        shown = await hands.until("UNKNOWN")
        assert "Ticket" not in shown
        assert "look at Orders" in shown


async def test_the_last_quantity_of_an_instrument_is_remembered(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("b", "7", "enter")
        await hands.confirm()
        await hands.until("BUY 100 AAPL sent")
        assert "SELL 7 AAPL" in await hands.press("s")
        await hands.press("escape", "j")
        assert "SELL … MSFT" in await hands.press("s")


async def test_x_closes_the_position_by_a_preview(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        shown = await hands.press("x", "slash")
        assert "SELL 50 AAPL at market, day" in shown
        assert "REDUCES a long of 100 to 50" in shown
        await hands.press("enter")
        await hands.confirm()
        await hands.until("sent")
        assert engine.previews() == [Close(symbol="AAPL", quantity=Decimal(50))]


async def test_x_without_a_position_says_so(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        assert "You hold no MSFT" in await hands.press("j", "x")


async def test_a_command_that_sends_is_previewed(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.line("buy 200 MSFT @ 402.10 tp 410 sl 398")
        await hands.until("Enter sends")
        (command,) = engine.previews()
        assert isinstance(command, Trade)
        assert (command.target, command.protect) == (Decimal(410), Decimal(398))
        await hands.confirm()
        await hands.until("sent")


async def test_the_prompt_says_what_it_understands_while_typing(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("colon")
        assert "Say at what price" in await hands.type("buy 100 AAPL")
        assert "BUY 100 AAPL at market, day" in await hands.type(" market")
        await hands.press("escape")
        assert not engine.previews()


async def test_the_prompt_remembers_its_lines(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.line("watch NFLX")
        await engine.until(lambda: Watch(symbols=("NFLX",)) in engine.commands())
        assert ":watch NFLX" in await hands.press("colon", "up")


async def test_a_mistake_stays_on_the_line_with_the_right_form(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.line("buy -5 AAPL market")
        shown = await hands.until("quantity must be a positive number")
        assert ":buy -5 AAPL market" in shown


async def test_halt_works_in_every_place(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        for keys in (["b", "1"], ["colon", "b"], ["slash", "x"], ["question_mark"], ["4", "space"], []):
            engine.asked.clear()
            await hands.press(*keys, "f9")
            await engine.until(lambda: engine.commands() == [Halt()])
            await hands.until("HALTED")
            await hands.press("escape")
        engine.asked.clear()
        await hands.press("K")
        await engine.until(lambda: engine.commands() == [Halt()])


async def test_a_halt_that_does_not_arrive_says_so(engine: ScriptedEngine, socket: Path) -> None:
    engine.refuse[Do] = IbtuiError("unanswered", "The engine did not answer in time.")
    async with at_terminal(socket) as hands:
        await hands.press("f9")
        await hands.until("NOT HALTED")


async def test_after_a_halt_r_resumes_and_the_panes_still_work(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("f9")
        await hands.until("HALTED")
        engine.push(Frame(session=replace(SESSION, state="halted")))
        await hands.until("cancel the exits too")
        await hands.press("j")
        assert hands.app.main.selected_symbol == "MSFT"
        await hands.press("r")
        await engine.until(lambda: Resume() in engine.commands())
        engine.push(Frame(session=SESSION))
        await hands.until(lambda text: "cancel the exits too" not in text)


@pytest.mark.parametrize("keys", [("x",), ("colon", *"flatten", "space", *"AAPL")])
async def test_an_order_of_uncertain_outcome_wants_its_own_enter(
    engine: ScriptedEngine, socket: Path, keys: tuple[str, ...]
) -> None:
    outcomes = ("if the UNKNOWN SELL 100 fills too: short of 100", "if it does not: flat")
    plan = replace(plan_of(Close(symbol="AAPL", quantity=Decimal(100)), "doubtful"), outcomes=outcomes)
    engine.answer = lambda ask: plan if isinstance(ask, Preview) else None
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.press(*keys, "enter")
        shown = await hands.until("Enter asks once more")
        assert all(outcome in shown for outcome in outcomes)
        await hands.until(lambda text: hands._ready())
        await hands.press("enter")
        shown = await hands.until("Enter sends anyway")
        assert all(outcome in shown for outcome in outcomes)
        await hands.press("enter")
        await hands.until("press Enter again")
        assert not engine.sent
        await hands.until(lambda text: hands._ready())
        await hands.press("enter")
        await engine.until(lambda: engine.sent == ["doubtful"])


async def test_orders_scrolled_into_view_have_to_be_seen_before_they_are_sent(
    engine: ScriptedEngine, socket: Path
) -> None:
    orders = "\n".join(f"SELL {number} AAPL{number} at market, day" for number in range(30))
    plan = replace(plan_of(Flatten(target="all"), "many"), sentence=orders, effect_sentence="", value=453_000.0)
    engine.answer = lambda ask: plan if isinstance(ask, Preview) else None
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.line("flatten all")
        shown = await hands.until("more lines below")
        assert "total 453,000.00" in shown
        assert "AAPL29" not in shown
        await hands.until(lambda text: hands._ready())
        shown = await hands.press(*["pagedown"] * 6)
        assert "SELL 29 AAPL29 at market, day" in shown
        assert "total 453,000.00" in shown
        await hands.press("enter")
        await hands.until("press Enter again")
        assert not engine.sent
        await hands.until(lambda text: hands._ready())
        await hands.press("enter")
        await engine.until(lambda: engine.sent == ["many"])


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        (("x",), Close(symbol="AAPL", outside=True)),
        (("colon", *"flatten", "space", *"all"), Flatten(target="all", outside=True)),
    ],
)
async def test_a_key_takes_the_limit_that_a_preview_offers(
    engine: ScriptedEngine, socket: Path, keys: tuple[str, ...], command: Close | Flatten
) -> None:
    offering = replace(
        plan_of(Close(symbol="AAPL", quantity=Decimal(100)), "waits"), offer="add outside: now at 187.22"
    )
    engine.answer = lambda ask: (
        offering if isinstance(ask, Preview) and not getattr(ask.command, "outside", False) else None
    )
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.press(*keys, "enter")
        await hands.until("o instead: now at 187.22")
        await hands.press("o")
        await engine.until(lambda: engine.previews()[-1:] == [command])
        await hands.until(lambda text: "Enter sends" in text and "instead" not in text)
        assert "Only a preview that offers" in await hands.press("o")
        await hands.confirm()
        await engine.until(lambda: engine.sent == ["token1"])


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_never_connected_positions_are_unknown_not_flat(
    engine: ScriptedEngine, socket: Path, size: tuple[int, int]
) -> None:
    reason = "Nothing listens on 127.0.0.1:4002; start TWS or IB Gateway and enable its API socket."
    never = replace(SESSION, state="disconnected", reason=reason, positions_known=False)
    engine.first = lambda: snapshot(session=never, positions=(), quotes=(), orders=())
    async with at_terminal(socket, size) as hands:
        shown = await hands.press("2")
        assert "unknown until IB has answered" in shown
        assert "flat" not in shown
        assert "no orders today" not in await hands.press("3")
        assert "start TWS or IB Gateway" in " ".join(shown.split())
        assert "unknown until IB has answered" in await hands.press("1", "x")
        assert "what you hold is unknown" in await hands.press("b", "5")
        await hands.press("escape", "f9")
        await hands.until("positions unknown until IB has answered")


async def test_a_halt_hides_no_lost_link(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        both = replace(SESSION, state="disconnected", halted=SESSION.since, reason="TWS is gone; start it again.")
        engine.push(Frame(session=both))
        shown = await hands.until(lambda text: "NO LINK · HALTED" in text and text.count("last known") == 5)
        assert "TWS is gone; start it again." in shown


async def test_the_halted_screen_stays_until_the_halt_ends_whatever_the_link_does(
    engine: ScriptedEngine, socket: Path
) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("f9")
        engine.push(Frame(session=replace(SESSION, state="halted", halted=SESSION.since)))
        await hands.until("cancel the exits too")
        engine.push(Frame(session=replace(SESSION, state="disconnected", halted=SESSION.since, reason="Gone.")))
        await hands.until("Gone.")
        assert "cancel the exits too" in hands.text
        engine.push(Frame(session=SESSION))
        await hands.until(lambda text: "cancel the exits too" not in text)


async def test_flatten_after_a_halt_wants_enter(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("f9")
        await hands.until("flatten everything")
        await hands.press("f")
        await hands.confirm()
        await hands.until("sent")
        assert len(engine.sent) == 1


async def test_an_entry_is_cancelled_at_once(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("3", "c")
        await engine.until(lambda: Cancel(target="aaaabbbbcccc") in engine.commands())


async def test_cancelling_a_stop_says_what_becomes_bare_and_wants_enter(engine: ScriptedEngine, socket: Path) -> None:
    stop = order(
        "stopstopstop",
        symbol="AAPL",
        side=Side.SELL,
        quantity=Decimal(100),
        type="STP",
        limit_price=None,
        stop_price=Decimal(180),
        role="stop",
    )
    engine.first = lambda: snapshot(orders=(stop,))
    async with at_terminal(socket) as hands:
        shown = await hands.press("3", "c")
        assert "100 of 100 AAPL become BARE" in shown
        assert not engine.commands()
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        await engine.until(lambda: Cancel(target="stopstopstop") in engine.commands())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"owner": "other"}, "placed by another program"),
        ({"status": OrderStatus.FILLED, "filled": Decimal(200)}, "filled already"),
    ],
)
async def test_what_cannot_be_cancelled_says_why(
    engine: ScriptedEngine, socket: Path, changes: dict[str, object], words: str
) -> None:
    engine.first = lambda: snapshot(orders=(order("aaaabbbbcccc", **changes),))
    async with at_terminal(socket) as hands:
        assert words in await hands.press("3", "c")
        assert not engine.commands()


async def test_cancelling_all_orders_of_an_instrument_lists_them_first(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        shown = await hands.press("3", "C")
        assert "BUY 200 NVDA LMT 181.90 working" in shown
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        await engine.until(lambda: Cancel(target="NVDA") in engine.commands())


async def test_a_strategy_is_started_by_its_line_and_stopped_at_once(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        shown = await hands.press("j", "4", "space")
        assert "start sma_cross symbol=MSFT fast=3 slow=8 bar=1s" in shown
        await hands.press("backspace", "backspace")
        await hands.type("5s")
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        expected = Start(strategy="sma_cross", parameters={"symbol": "MSFT", "fast": "3", "slow": "8", "bar": "5s"})
        await engine.until(lambda: expected in engine.commands())
        engine.push(Frame(strategies=(replace(STRATEGY, state="running", symbol="MSFT"),)))
        await hands.until("1 of 1 running")
        await hands.press("space")
        await engine.until(lambda: Stop(strategy="sma_cross") in engine.commands())


async def test_a_strategy_that_cannot_start_says_why_on_its_line(engine: ScriptedEngine, socket: Path) -> None:
    engine.refuse[Do] = IbtuiError("bad_parameter", "fast must be less than slow.")
    async with at_terminal(socket) as hands:
        await hands.press("4", "space")
        await hands.pilot.pause(0.05)
        await hands.press("enter")
        await hands.until("fast must be less than slow.")
        assert "start sma_cross" in hands.text


async def test_finding_lists_matches_and_adds_one(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("slash")
        await hands.type("netf")
        await hands.until("Netflix Inc")
        assert [ask for ask in engine.asked if isinstance(ask, Search)] == [Search(pattern="NETF")]
        await hands.press("enter")
        await engine.until(lambda: Watch(symbols=("NFLX",)) in engine.commands())


async def test_finding_what_is_watched_goes_to_it(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("3", "slash")
        await hands.type("tsla")
        await hands.press("enter")
        assert hands.app.main.selected_symbol == "TSLA"
        assert not engine.commands()


async def test_delete_takes_an_instrument_off_the_watchlist(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("delete")
        await engine.until(lambda: Unwatch(symbols=("AAPL",)) in engine.commands())


async def test_status_and_details_are_shown_and_closed(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.line("status")
        shown = hands.text
        assert "127.0.0.1:4002" in shown
        assert "server version 176" in shown
        await hands.press("escape")
        assert "127.0.0.1:4002" not in hands.text
        assert "265598" in await hands.press("enter")


async def test_the_key_sheet_shows_the_user_s_own_keys_and_why_some_do_nothing(
    engine: ScriptedEngine, socket: Path
) -> None:
    async with at_terminal(socket, keys={"order.buy": "o"}) as hands:
        await hands.press("question_mark")
        shown = await hands.until("Everywhere")
        assert "  o  " in shown
        assert "not now: No order of AAPL works." in shown
        await hands.press("escape")
        await hands.until("1 Watchlist")
        assert "o buy AAPL" in hands.text


async def test_bad_keys_do_not_start() -> None:
    with pytest.raises(IbtuiError, match=r"order.buy and order.sell"):
        IbtuiApp(Path("/nowhere"), Config(keys={"order.buy": "s"}))


async def test_a_paste_is_data(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        for text in ("b100\r\r", "K", "\x1b[20~"):
            hands.app.post_message(events.Paste(text))
        await hands.until("A paste is data")
        await hands.press("b")
        hands.app.post_message(events.Paste("250"))
        await hands.until("BUY 250 AAPL")
        hands.app.post_message(events.Paste("9 8\r\r"))
        await hands.until("one plain number")
        hands.app.post_message(events.Paste("1" * 2000))
        await hands.until("one plain number")
        await hands.press("escape", "colon")
        hands.app.post_message(events.Paste("halt\r\n"))
        await hands.until(":halt")
        hands.app.post_message(events.Paste("x" * 2000))
        await hands.until("was not taken")
        assert not engine.commands()
        assert not engine.previews()


async def test_a_lost_link_is_stated_takes_back_the_preview_and_comes_back(
    engine: ScriptedEngine, socket: Path
) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("b", "5", "enter")
        await hands.until("Enter sends")
        engine.drop()
        await hands.until("nothing was sent")
        await engine.until(lambda: len(engine.subscribed) == 2)
        assert engine.subscribed == [0, 1]
        assert not engine.sent


async def test_another_engine_s_log_is_read_from_its_start(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket):
        engine.pid += 1
        engine.drop()
        await engine.until(lambda: len(engine.subscribed) > 2)
        assert engine.subscribed[-1] == 0


async def test_without_a_link_no_ticket_opens(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await asyncio.to_thread(socket.unlink)
        engine.drop()
        await hands.until("NO LINK")
        assert "No link to the engine" in await hands.press("b")


async def test_a_frame_is_asked_for_only_after_painting_and_not_too_often(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        started, first = asyncio.get_running_loop().time(), engine.nexts
        for step in range(4):
            engine.push(Frame(quotes=(quote("AAPL", 190 + step, 190.01 + step),)))
        await hands.until("193.01")
        assert asyncio.get_running_loop().time() - started >= 0.55
        assert engine.nexts - first <= 5


async def test_bars_are_asked_for_the_selected_instrument_first(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket):
        await engine.until(lambda: sum(isinstance(ask, GetBars) for ask in engine.asked) >= 2)
        asked = [ask.symbol for ask in engine.asked if isinstance(ask, GetBars)]
        assert asked[:2] == ["AAPL", "MSFT"]


async def test_the_answer_to_a_command_goes_on_with_its_own_fill_and_no_other(
    engine: ScriptedEngine, socket: Path
) -> None:
    mine = order("mine00000000", symbol="NVDA", quantity=Decimal(200), status=OrderStatus.WORKING)
    engine.answer = lambda ask: Outcome(message="BUY 200 NVDA sent", orders=(mine,)) if isinstance(ask, Send) else None
    async with at_terminal(socket, (80, 24)) as hands:
        await hands.press("b", "5", "enter")
        await hands.confirm()
        await hands.until("BUY 200 NVDA sent")
        other = order("other0000000", symbol="MSFT", owner="sma_cross", filled=Decimal(200), status=OrderStatus.FILLED)
        engine.push(Frame(orders=(other,), log=(LogEntry(seq=9, time=NOW, kind="FILL", text="BUY 200 MSFT"),)))
        await hands.until(lambda text: hands.app.main.model.seen == 9)
        assert "BUY 200 NVDA sent" in hands.text.splitlines()[22]
        engine.push(Frame(orders=(replace(mine, filled=Decimal(200), average_price=181.9, status=OrderStatus.FILLED),)))
        await hands.until(lambda text: "BUY 200 NVDA filled at 181.90" in text.splitlines()[22])


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 45)])
async def test_the_alert_line_tells_the_worst_first_until_it_was_gone_to_or_put_aside(
    engine: ScriptedEngine, socket: Path, size: tuple[int, int]
) -> None:
    row = size[1] - (2 if size[0] >= 160 else 3)
    engine.first = lambda: snapshot(positions=())
    async with at_terminal(socket, size) as hands:
        rung: list[None] = []
        hands.app.bell = lambda: rung.append(None)  # type: ignore[method-assign]
        hands.app.control.world._ring = hands.app.bell
        assert " ! " not in hands.text.splitlines()[row]
        hands.app.control.say("my own answer")
        fired = LogEntry(seq=2, time=NOW, kind="ALERT", text="AAPL above 187.40, last 187.42")
        engine.push(Frame(log=(fired,)))
        await hands.until(lambda text: "AAPL above 187.40" in text.splitlines()[row])
        lost = order("lost00000000", symbol="MSFT", status=OrderStatus.UNKNOWN)
        engine.push(Frame(orders=(lost,)))
        await hands.until(lambda text: "MSFT LMT 181.90 UNKNOWN: do not resend" in text.splitlines()[row])
        shown = hands.text
        assert "+1" in shown.splitlines()[row]
        assert "my own answer" in shown.splitlines()[size[1] - 2]
        assert shown.count("AAPL above 187.40") <= 1
        await hands.press("exclamation_mark")
        assert hands.app.main.pane == "orders"
        assert hands.app.main.selected_order == lost
        assert "AAPL above 187.40" in hands.text.splitlines()[row]
        await hands.press("escape")
        assert "AAPL above 187.40" not in hands.text.splitlines()[row]
        assert "my own answer" in hands.text.splitlines()[size[1] - 2]
        assert len(rung) == 1
        await hands.until(lambda text: len(rung) == 2)


@pytest.mark.parametrize("seed", range(4))
async def test_no_burst_of_keys_crashes_it_or_sends(engine: ScriptedEngine, socket: Path, seed: int) -> None:
    choice = random.Random(seed)
    pool = [key for action in ACTIONS for key in action.keys if action.id not in ("quit", "halt.letter", "halt")]
    async with at_terminal(socket) as hands:
        for _ in range(30):
            for key in choice.choices([*pool, *"0123456789", "enter", "enter", "escape", "backspace", "x"], k=20):
                hands.app.post_message(events.Key(key, key if len(key) == 1 else None))
            await hands.pilot.pause(0.01)
        assert hands.app.is_running
        assert not engine.sent


async def test_leaving_a_profile_says_that_the_engine_stays(engine: ScriptedEngine, socket: Path) -> None:
    engine.first = lambda: snapshot(orders=())
    async with at_terminal(socket) as hands:
        await hands.press("q")
    assert "goes on" in (hands.app.return_value or "")
    assert not any(isinstance(ask, Shutdown) for ask in engine.asked)


async def test_leaving_asks_once_while_something_is_live(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        assert "1 order may still trade" in await hands.press("q")
        await hands.pilot.pause(0.05)
        await hands.press("escape")
        await hands.press("q")
        await hands.pilot.pause(0.05)
        await hands.press("enter")
    assert "ibtui stop --profile paper" in (hands.app.return_value or "")


async def test_leaving_can_stop_the_engine(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("q")
        await hands.pilot.pause(0.05)
        await hands.press("s")
        await engine.until(lambda: any(isinstance(ask, Shutdown) for ask in engine.asked))
        await hands.pilot.pause()
    assert hands.app.return_value == "The engine has ended; 1 order stays at the broker."


async def test_leaving_a_demo_ends_it_with_one_line(engine: ScriptedEngine, socket: Path) -> None:
    engine.first = lambda: snapshot(orders=(), session=replace(SESSION, demo=True, profile="demo"))
    async with at_terminal(socket) as hands:
        await hands.press("q")
        await engine.until(lambda: any(isinstance(ask, Shutdown) for ask in engine.asked))
        await hands.pilot.pause()
    assert hands.app.return_value == "Demo ended: nothing left running, P&L +2,341.20."


async def test_a_demo_whose_engine_is_gone_before_it_answers_ends_with_the_same_line(
    engine: ScriptedEngine, socket: Path
) -> None:
    engine.first = lambda: snapshot(orders=(), session=replace(SESSION, demo=True, profile="demo"))
    async with at_terminal(socket) as hands:
        engine.silent = True
        await hands.press("q")
        engine.drop()
        await hands.pilot.pause(0.05)
    assert hands.app.return_value == "Demo ended: nothing left running, P&L +2,341.20."


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (59, 14), (60, 15), (84, 20), (200, 60)])
async def test_every_size_works_and_a_small_one_takes_no_order(
    engine: ScriptedEngine, socket: Path, size: tuple[int, int]
) -> None:
    async with at_terminal(socket, size) as hands:
        await hands.press("b", "1", "enter")
        roomy = size[0] >= 60 and size[1] >= 15
        if roomy:
            await hands.until("Enter sends")
        await _enough(engine, hands)
        assert bool(engine.previews()) is roomy
        await hands.press("f9")
        await engine.until(lambda: Halt() in engine.commands())


async def test_a_key_records_the_watchlist_and_ends_it(engine: ScriptedEngine, socket: Path) -> None:
    async with at_terminal(socket) as hands:
        await hands.press("R")
        await hands.until("recording AAPL, MSFT")
        assert Record(symbols=("watchlist",)) in engine.asked
        engine.push(Frame(session=replace(SESSION, recording=2)))
        await hands.until("REC 2")
        await hands.press("R")
        await hands.until("recording ended after 9 rows")
        assert StopRecording() in engine.asked
