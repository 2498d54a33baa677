"""The limits that held in a run, which of them every profile has, and the orders that were refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from ibtui.domain.limits import OFF, Limits
from ibtui.domain.refusal import Refusal

Source = Literal["default", "set", "off"]
"""Every profile has it, the profile or the command line says it, or it was switched off."""
_EVERY = Limits()


class AlikeRefusals(Struct):
    """The first of alike refusals, and how many of them there were."""

    first: Refusal
    count: int = 0


class RefusedOrders(Struct, frozen=True, kw_only=True):
    """Why orders were refused or not filled, and how many."""

    sentence: str
    """Of the first of them."""
    count: int
    code: str
    limit: str = ""
    """Name of the limit that refused them; empty for none."""
    owner: str = ""
    """Whose limit it is: a strategy's name, empty for the profile's and for the rules of all orders."""
    default: bool = False
    """Every profile has the limit and nobody set it: `--limit NAME=none` switches it off."""


class AppliedLimit(Struct, frozen=True, kw_only=True):
    """A limit of the profile in a run."""

    name: str
    value: float | str | tuple[str, ...] | None
    """None where it is off."""
    source: Source

    @property
    def words(self) -> str:
        """`order_value 500,000`."""
        if self.source == "off":
            return f"{self.name} off"
        value = ", ".join(self.value) if isinstance(self.value, tuple) else self.value
        return f"{self.name} {value:,.10g}" if isinstance(value, int | float) else f"{self.name} {value}"


def applied(limits: Limits) -> tuple[AppliedLimit, ...]:
    """Limits that every profile has, whatever became of them, and those that somebody set."""
    every = (_applied(name, getattr(limits, name)) for name in limits.__struct_fields__)
    return tuple(limit for limit in every if limit.name in OFF or limit.source == "set")


def _applied(name: str, value: float | str | tuple[str, ...] | None) -> AppliedLimit:
    usual = getattr(_EVERY, name)
    if name in OFF and value == OFF[name]:
        return AppliedLimit(name=name, value=None, source="off")
    return AppliedLimit(name=name, value=value, source="default" if value == usual else "set")


def refused(alike: Iterable[AlikeRefusals], limits: Limits) -> tuple[RefusedOrders, ...]:
    """What was refused, in the order of the first of each kind."""
    usual = {limit.name for limit in applied(limits) if limit.source == "default"}
    return tuple(
        RefusedOrders(
            sentence=one.first.sentence,
            count=one.count,
            code=one.first.code,
            limit=one.first.limit,
            owner=one.first.owner,
            default=not one.first.owner and one.first.code != "strategy_limit" and one.first.limit in usual,
        )
        for one in alike
    )


def limits_words(limits: Iterable[AppliedLimit], refusals: Iterable[RefusedOrders]) -> tuple[str, ...]:
    """The limits as a report names them, and how often those refused that nobody set."""
    found = tuple(limits)
    sources = (("default", "limits of every profile"), ("set", "limits that were set"), ("off", "switched off"))
    lines = []
    for source, title in sources:
        named = [limit.name if source == "off" else limit.words for limit in found if limit.source == source]
        if named:
            lines.append(f"{title}: {', '.join(named)}")
    counts: dict[str, int] = {}
    for one in refusals:
        if one.default:
            counts[one.limit] = counts.get(one.limit, 0) + one.count
    if counts:
        most = max(counts, key=lambda name: counts[name])
        each = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        lines.append(f"orders that limits refused which nobody set: {each}; --limit {most}=none switches one off")
    return tuple(lines)
