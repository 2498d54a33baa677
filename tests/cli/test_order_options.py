"""What `ibtui do` says beside the command's own words reaches the engine, or is refused where it says nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibtui.cli.order import OrderOptions, carry_out
from ibtui.commands.command import Close, Command, Flatten
from ibtui.commands.grammar import USAGE, parse
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.link.messages import Ask, Do, Outcome, Preview
from tests.commands.lines import LINES

GO_WITH = {
    "despite_unknown": {"buy", "sell", "close", "flatten"},
    "outside": {"close", "flatten"},
}


def asked(text: str, yes: bool = True, **options: Any) -> Ask:
    """The one question that the engine gets."""
    questions: list[Ask] = []

    def ask(question: Ask) -> Outcome:
        questions.append(question)
        return Outcome(message="done")

    if yes:
        carry_out(ask, text, yes=True, as_json=False, options=OrderOptions(**options))
    else:
        with pytest.raises(AssertionError):  # an outcome is no plan
            carry_out(ask, text, yes=False, as_json=False, options=OrderOptions(**options))
    (question,) = questions
    return question


@pytest.mark.parametrize(
    ("status", "repeated", "code"),
    [
        (OrderStatus.FILLED, False, 0),
        (OrderStatus.FILLED, True, 0),
        (OrderStatus.WORKING, True, 0),
        (OrderStatus.UNKNOWN, False, 8),
        (OrderStatus.UNKNOWN, True, 8),
        (OrderStatus.ENDED, True, 8),
        (OrderStatus.ENDED, False, 0),
        (OrderStatus.REJECTED, False, 7),
        (OrderStatus.REJECTED, True, 7),
    ],
)
def test_the_exit_code_is_how_the_orders_stand(status: OrderStatus, repeated: bool, code: int) -> None:
    order = Order(ref="a", terms=Terms(symbol="A", side=Side.BUY, quantity=Decimal(1), type="MKT"), status=status)
    outcome = Outcome(message="done", orders=(order,), repeated=repeated)
    assert carry_out(lambda _: outcome, "buy 1 A market", yes=True, as_json=False) == code


@pytest.mark.parametrize("verb", USAGE)
@pytest.mark.parametrize("option", GO_WITH)
def test_an_option_is_set_or_refused(verb: str, option: str) -> None:
    if verb in GO_WITH[option]:
        question = asked(LINES[verb], **{option: True})
        assert isinstance(question, Do)
        assert getattr(question.command, option)
    else:
        with pytest.raises(IbtuiError, match=f"--{option.replace('_', '-')} goes with .*close, flatten") as caught:
            asked(LINES[verb], **{option: True})
        assert caught.value.code == "usage"


@pytest.mark.parametrize("text", LINES.values())
def test_without_options_a_command_is_what_was_typed(text: str) -> None:
    assert asked(text) == Do(command=parse(text), wait=True)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("close AAPL 50", Close(symbol="AAPL", quantity=Decimal(50), outside=True, despite_unknown=True)),
        ("flatten all", Flatten(target="all", outside=True, despite_unknown=True)),
    ],
)
def test_an_id_and_options_together(text: str, command: Command) -> None:
    options: dict[str, Any] = {"id": "one", "outside": True, "despite_unknown": True}
    assert asked(text, **options) == Do(command=command, wait=True, id="one")
    assert asked(text, yes=False, **options) == Preview(command=command, id="one")
