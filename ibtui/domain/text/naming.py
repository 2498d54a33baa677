"""What a person may have meant by a name that does not exist: one rule and one wording for every kind of name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN = 3
"""Names that are offered at most."""
LISTED = 12
"""Where nothing is near, so many are listed before the rest is counted."""


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """Names that a word may stand for, the likeliest first: those it begins, those it is part of, those spelt alike."""
    names = list(dict.fromkeys(known))
    low = word.lower()
    begun = [name for name in names if low and name.lower().startswith(low)]
    within = [name for name in names if len(low) > 1 and low in name.lower()]
    alike = difflib.get_close_matches(word, names, n=SHOWN)
    return list(dict.fromkeys([*begun, *within, *alike]))[:SHOWN]


def meant(word: str, known: Iterable[str], write: str = "") -> str:
    """`did you mean 'sma_cross'?`, or which names there are; `write` is a line with `{}` where the name belongs."""
    names = list(dict.fromkeys(known))
    near = nearest(word, names)
    if not near:
        listed = ", ".join(names[:LISTED]) or "none"
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        return f"there are {listed}{more}."
    offered = " or ".join(f"'{name}'" for name in near)
    return f"did you mean {offered}?{f' Write `{write.format(near[0])}`.' if write else ''}"
