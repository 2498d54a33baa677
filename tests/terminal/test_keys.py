"""Keys: every action has one handler, overrides are checked as a whole, names are Textual's."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from ibtui.commands.registry import ACTIONS, BY_ID
from ibtui.domain.failure import IbtuiError
from ibtui.terminal.actions import HANDLERS
from ibtui.terminal.keys import Keymap, character_name, shown
from ibtui.terminal.ticket.model import CHANGES


def _complaint(**overrides: str) -> str:
    with pytest.raises(IbtuiError) as error:
        Keymap({name.replace("_", ".", 1): text for name, text in overrides.items()})
    assert error.value.code == "bad_config"
    return error.value.message


def test_every_action_of_the_registry_has_exactly_one_handler() -> None:
    ticket = {*CHANGES, "ticket.confirm", "ticket.outside"}
    assert not ticket & HANDLERS.keys()
    assert ticket | HANDLERS.keys() == BY_ID.keys()


def test_the_ticket_s_actions_are_those_that_the_ticket_handles() -> None:
    assert {action.id for action in ACTIONS if action.where == "ticket"} == {
        *CHANGES,
        "ticket.confirm",
        "ticket.outside",
    }


def test_only_the_halt_has_priority() -> None:
    assert [action.id for action in ACTIONS if action.priority] == ["halt"]
    assert Keymap().action("text", "f9") == "halt"
    assert Keymap().action("text", "ctrl+backslash") == "halt"


def test_the_default_keys_clash_nowhere() -> None:
    keymap = Keymap()
    assert keymap.action("watchlist", "b") == "order.buy"
    assert keymap.action("ticket", "b") == "ticket.bid"
    assert keymap.action("orders", "c") == "order.cancel"
    assert keymap.action("watchlist", "c") is None
    assert keymap.action("strategies", "space") == "strategy.toggle"


def test_an_override_replaces_every_key_of_its_action() -> None:
    keymap = Keymap({"order.buy": "o, f5"})
    assert keymap.action("watchlist", "o") == keymap.action("log", "f5") == "order.buy"
    assert keymap.action("watchlist", "b") is None
    assert keymap.label("order.buy") == "o"


def test_an_override_may_be_written_as_a_character() -> None:
    assert Keymap({"find": "&"}).action("watchlist", "ampersand") == "find"
    assert Keymap({"find": ","}).action("watchlist", "comma") == "find"


def test_every_mistake_is_in_one_list() -> None:
    message = _complaint(order_buy="s", order_bye="y", quit="wibble", order_close="alt+x", order_sell="ctrl+b")
    for part in ("order.bye", "did you mean order.buy", "'wibble'", "alt is lost", "tmux's prefix"):
        assert part in message


def test_a_clash_names_both_actions() -> None:
    message = _complaint(order_buy="s")
    assert "s would be both order.buy and order.sell" in message


def test_a_pane_s_key_clashes_with_one_for_all_panes_but_not_with_the_ticket_s() -> None:
    assert "order.cancel" in _complaint(order_buy="c")
    assert Keymap({"order.buy": "m"}).action("ticket", "m") == "ticket.market"


@pytest.mark.parametrize("key", ["5", "full_stop", "backspace"])
def test_the_ticket_needs_its_digits(key: str) -> None:
    assert "fields need it" in _complaint(ticket_ask=key)


def test_what_works_everywhere_cannot_be_a_character() -> None:
    assert "fields need it" in _complaint(halt="h")


def test_names_of_characters_are_those_the_parser_reports() -> None:
    parser = XTermParser()
    for code in range(0x21, 0x7F):
        (event,) = (event for event in parser.feed(chr(code)) if isinstance(event, Key))
        assert event.key == character_name(chr(code))


def test_default_keys_are_names_the_parser_can_report() -> None:
    named = {action.id: ", ".join(action.keys) for action in ACTIONS}
    assert Keymap(named).action("text", "f9") == "halt"


def test_keys_are_shown_as_people_write_them() -> None:
    assert [shown(key) for key in ("f9", "ctrl+backslash", "question_mark", "K", "pagedown", "shift+tab")] == [
        "F9",
        "Ctrl+\\",
        "?",
        "K",
        "PgDn",
        "Shift-Tab",
    ]
