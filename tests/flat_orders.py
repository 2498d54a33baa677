"""Orders, intents and commands made and changed by the flat names of their fields, as tests like to write them."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec.structs import replace

from ibtui.domain.terms import HasTerms, Terms

Kind = TypeVar("Kind", bound=HasTerms)


def flat_order(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    """One of `kind` with these fields, of which those of its terms are named as if they were its own."""
    terms, rest = _parted(fields)
    return kind(terms=Terms(**terms), **rest)


def altered(one: Kind, **changes: Any) -> Kind:
    """The same with other fields, of which those of its terms are named as if they were its own."""
    terms, rest = _parted(changes)
    return replace(one.with_terms(**terms), **rest)


def _parted(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = frozenset(Terms.__struct_fields__)
    terms = {name: value for name, value in fields.items() if name in names}
    return terms, {name: value for name, value in fields.items() if name not in names}
