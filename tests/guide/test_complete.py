"""Nothing is left out: the whole API of strategies, every key of the configuration, every control, every error code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest

from ibtui.cli.exits import EXITS
from ibtui.config import Config, Limits, Notify, Profile
from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.limits import MOST, Ceilings
from ibtui.domain.options.chain import Chain, ChainOption
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.gateway import control
from ibtui.gateway.testing import Controller
from ibtui.strategies import Strategy
from ibtui.strategies.author.parameters import Kind
from ibtui.strategies.builtin.names import BUILTIN
from ibtui.terminal.ticket.model import STOP_SHARE, TARGET_SHARE
from tests.guide.blocks import blocks
from tests.guide.tables import PAGES, ROOT


def public(kind: type[Any]) -> Iterator[str]:
    """What a class offers by a name of its own, inherited included; of a struct its fields, too."""
    if issubclass(kind, msgspec.Struct):
        yield from kind.__struct_fields__
    for base in kind.__mro__[:-1]:
        if base.__module__.startswith("ibtui"):
            yield from (name for name, item in vars(base).items() if not name.startswith("_") and is_offered(item))


def is_offered(item: object) -> bool:
    return callable(item) or isinstance(item, property | bool)


def missing(page: str, words: Iterator[str] | tuple[str, ...]) -> list[str]:
    """Words that stand in no inline code of a page, alone or with what follows them: `buy(symbol)`, `base`."""
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGES[page].read_text()))
    return sorted({word for word in words if not re.search(rf"(?<![a-z_.]){re.escape(word)}(?![a-z_])", code)})


@pytest.mark.parametrize("kind", [Strategy, Order, Signal, Quote, Chain, ChainOption])
def test_strategies_tells_every_name_that_an_author_meets(kind: type[Any]) -> None:
    assert missing("strategies", public(kind)) == []


def test_strategies_shows_every_name_in_an_example() -> None:
    examples = "\n".join(block.text for block in blocks("python") if block.page == "strategies")
    assert [name for name in public(Strategy) if not re.search(rf"(self\.|def |^    ){name}\b", examples, re.M)] == []


def test_strategies_tells_what_bars_and_fills_hold() -> None:
    assert missing("strategies", Bar._fields) == []
    assert missing("strategies", Fill.__struct_fields__) == []


def test_trading_tells_the_preset_distances_of_the_ticket() -> None:
    text = " ".join(PAGES["trading"].read_text().split())
    assert (
        f"the target {float(TARGET_SHARE * 100):g} % from the price and the stop {float(STOP_SHARE * 100):g} %" in text
    )


def test_every_kind_of_parameter_and_every_status_is_told() -> None:
    assert missing("strategies", get_args(Kind)) == []
    assert missing("strategies", tuple(OrderStatus)) == []
    assert missing("trading", tuple(OrderStatus)) == []


def test_strategies_names_all_that_ship() -> None:
    assert missing("strategies", tuple(BUILTIN)) == []


@pytest.mark.parametrize("page", ["strategies", "README"])
def test_those_that_ship_are_counted(page: str) -> None:
    number = {13: "Thirteen", 14: "Fourteen", 15: "Fifteen", 16: "Sixteen"}[len(BUILTIN)]
    assert f"{number} ship with" in PAGES[page].read_text()


@pytest.mark.parametrize("kind", [Config, Profile, Limits, Ceilings, Notify])
def test_configuration_has_every_key(kind: type[msgspec.Struct]) -> None:
    assert missing("configuration", kind.__struct_fields__) == []


def rows(page: str) -> dict[str, list[str]]:
    """The cells of every row of a page's tables, by each name in its first cell."""
    found: dict[str, list[str]] = {}
    for line in PAGES[page].read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("| `") and len(cells) > 2:
            found |= dict.fromkeys(re.findall(r"`([a-z_]+)`", cells[0]), cells)
    return found


@pytest.mark.parametrize("kind", [Profile, Limits])
def test_configuration_tells_the_defaults(kind: type[Any]) -> None:
    told = rows("configuration")
    for field in msgspec.structs.fields(kind):
        if isinstance(field.default, str | int | float) and field.name != "hours":
            said = told[field.name][2].strip("`").split(" for the account")[0].replace(",", "")
            assert said in (
                msgspec.json.encode(field.default).decode(),
                f"{field.default:g}" if not isinstance(field.default, str | bool) else "",
            ), field.name


def test_configuration_tells_the_hard_ceilings() -> None:
    told = rows("configuration")
    del told["order_quantity"]  # told in a sentence: at most 1,000,000 units
    assert {name: told[name][3] for name in MOST if name in told} == {
        name: f"{most:g}" for name, most in MOST.items() if name != "order_quantity"
    }


def test_gateway_has_every_control_and_every_method() -> None:
    words = tuple(kind.__struct_config__.tag for kind in control.Command.__subclasses__())
    assert missing("gateway", words) == []  # type: ignore[arg-type]
    methods = tuple(name for name in vars(Controller) if not name.startswith("_") and name != "close")
    assert missing("gateway", methods) == []


def test_gateway_has_every_fault() -> None:
    names = re.findall(r"\b(?:[a-z]+_)*[a-z]+\b(?=[,;]| and | with )", control.Fault.help.partition(": ")[2])
    words = {"code", "text", "messages", "client", "count", "send", "ids", "order ids"}
    assert missing("gateway", tuple(set(names) - words)) == []


def told_codes() -> dict[int, list[str]]:
    """The codes that the page of errors explains, by the exit code in the heading above."""
    found: dict[int, list[str]] = {}
    for part in PAGES["errors"].read_text().split("\n### Exit code ")[1:]:
        found[int(part.split("\n")[0])] = re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|$", part, re.MULTILINE)
    return found


def test_errors_explains_every_code_once_under_its_exit_code() -> None:
    told = told_codes()
    assert {status: sorted(codes) for status, codes in told.items()} == {
        entry.status: sorted(entry.codes) for entry in EXITS if entry.codes
    }


def words(node: ast.expr) -> set[str]:
    """The texts that an expression may be, as far as it is written out."""
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def given_codes(source: str) -> set[str]:
    """Every code that a piece of source raises, refuses, ends or answers with."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("IbtuiError", "Refusal", "EndedError") and node.args:
                found |= words(node.args[0])
            found |= {word for keyword in node.keywords if keyword.arg == "code" for word in words(keyword.value)}
    return found - {""}


def test_codes_are_seen_however_they_are_given() -> None:
    assert given_codes('x(code="a"); IbtuiError("b", "."); m.Refusal("c" if y else "d"); EndedError("e", ".")') == set(
        "abcde"
    )


def test_errors_explains_every_code_that_the_source_gives() -> None:
    told = {code for codes in told_codes().values() for code in codes}
    given = {code for file in (ROOT / "ibtui").rglob("*.py") for code in given_codes(file.read_text())}
    assert sorted(given - told) == []
