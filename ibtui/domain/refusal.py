"""Why an order may not go out: one code, the limit that says so and whose it is, its figures, and one sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import Struct

from ibtui.domain.currency import money_words
from ibtui.domain.money import plain

Code = Literal[
    "not_connected",
    "halted",
    "read_only",
    "bad_quantity",
    "too_large",
    "off_tick",
    "price_collar",
    "stale_quote",
    "duplicate",
    "too_many_orders",
    "bad_bracket",
    "would_increase",
    "untradeable",
    "uncovered",
    "bad_combo",
    "over_limit",
    "unknown_order",
    "instrument_halted",
    "delayed_quotes",
    "too_fast",
    "held",
    "buying_power",
    "would_flip",
    "order_done",
    "not_ours",
    "strategy_limit",
    "no_rate",
]

Unit = Literal["money", "percent", "seconds", "quantity"]


class Measured(NamedTuple):
    """What an order would come to, and the most or least that is allowed, both in the same unit."""

    value: float | Decimal
    limit: float
    unit: Unit = "quantity"
    digits: int = 2
    """Decimals that a value in percent or in seconds is shown with."""
    currency: str = ""
    """Of money, where it is named."""

    @property
    def shown_value(self) -> str:
        """The value as a sentence has it; a decimal is written out exactly."""
        if isinstance(self.value, Decimal):
            return plain(self.value)
        match self.unit:
            case "percent":
                return f"{self.value:.{self.digits}f} %"
            case "seconds":
                return f"{self.value:,.{self.digits}f} s"
            case "money":
                return money_words(self.value, self.currency)
        return f"{self.value:,.10g}"

    @property
    def shown_limit(self) -> str:
        """The limit as a sentence has it."""
        match self.unit:
            case "percent":
                return f"{self.limit:,.10g} %"
            case "seconds":
                return f"{self.limit:,.10g} s"
            case "money":
                return money_words(self.limit, self.currency)
        return f"{self.limit:,.10g}"


class Refusal(Struct, frozen=True):
    """Why an order may not go out. Refusals of one `kind` are alike, whatever their figures say."""

    code: Code
    words: str
    """The sentence, with `{value}` and `{limit}` where the figures go."""
    limit: str = ""
    """Name of the limit, a field of `ibtui.domain.limits.Ceilings` or of `Limits` beside it; empty for none."""
    owner: str = ""
    """Whose limit it is: the name of a strategy, empty for the profile and its account."""
    measured: Measured | None = None

    @property
    def kind(self) -> tuple[str, str, str]:
        """Code, limit and owner: what alike refusals are counted by."""
        return self.code, self.limit, self.owner

    @property
    def sentence(self) -> str:
        """One sentence for a person, which names number and limit, and the strategy whose limit it is."""
        words = self.words
        if self.measured is not None:
            words = words.replace("{value}", self.measured.shown_value).replace("{limit}", self.measured.shown_limit)
        return f"{words.removesuffix('.')} ({self.owner})." if self.owner else words
