"""What a person says of a held instrument: whose what IB counts is from now on, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from ibtui.commands.command import Accept, Adjust
from ibtui.domain.failure import IbtuiError
from ibtui.domain.hold import HeldInstrument
from ibtui.domain.instrument import Instrument
from ibtui.domain.words import holding_words, price_words, quantity_words

AcceptCommand = Accept | Adjust
_ZERO = Decimal(0)


class Acceptance(Struct, frozen=True, kw_only=True):
    """What a person would say of a held instrument, worked out against IB's newest count."""

    command: AcceptCommand
    hold: HeldInstrument
    counted: Decimal
    books: Mapping[str, Decimal]
    """What the strategies' own books hold of it, by name, with the adjusted one as it would be."""
    change: Decimal = _ZERO
    """Of the adjusted strategy's book, signed."""
    price: float = 0.0


def sentence(found: Acceptance, instrument: Instrument | None) -> str:
    """`ACCEPT IB's count of AAPL, 60, is the base from now on; the account's own, by hand: 60`."""
    command, symbol = found.command, found.hold.symbol
    count = f"IB's count of {symbol}, {quantity_words(found.counted)}, is the base from now on"
    rest = found.counted - sum(found.books.values(), _ZERO)
    yours = f"the account's own, by hand: {quantity_words(rest)}"
    if isinstance(command, Accept):
        return f"ACCEPT {count}; {yours}"
    price = f" at {price_words(found.price, instrument)}" if found.change else ""
    book = f"{command.strategy}'s own book counts {quantity_words(command.quantity)}{price}"
    return f"ADJUST {book}; {count}; {yours}"


def check_share(command: Adjust, counted: Decimal, others: Mapping[str, Decimal]) -> None:
    """Raise IbtuiError when so many cannot be the strategy's: beyond what IB counts and the other books leave."""
    left = counted - sum(others.values(), _ZERO)
    if command.quantity and not (command.quantity * left > 0 and abs(command.quantity) <= abs(left)):
        raise IbtuiError(
            "not_its_share",
            f"IB counts {quantity_words(counted)} {command.symbol}, of which other strategies leave "
            f"{quantity_words(left)}: {quantity_words(command.quantity)} cannot be {command.strategy}'s.",
        )


def is_beyond(quantity: Decimal, counted: Decimal) -> bool:
    """Whether a book holds more than the account does: an exit of it would open a position."""
    return quantity != 0 and (quantity * counted <= 0 or abs(quantity) > abs(counted))


def beyond(name: str, quantity: Decimal, found: Acceptance) -> str:
    """Why a strategy with such a book does not trade on by itself, a clause."""
    held = holding_words(found.counted) if found.counted else "nothing"
    return (
        f"its own book says {quantity_words(quantity)} {found.hold.symbol}, the account holds {held}: "
        f"`resume {name}` lets it trade on"
    )
