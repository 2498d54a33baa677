"""What is said of names that cannot be watched: many alike in one line, a single one with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ibtui.domain.failure import IbtuiError

_NAMED = 60
"""Names that one line holds."""


def passing(error: IbtuiError) -> bool:
    """Whether asking for the name again may help."""
    return error.code not in ("unknown_symbol", "ambiguous_symbol")


def failures(failed: Mapping[str, IbtuiError]) -> Iterator[str]:
    """The lines of the log for names of the list that could not be found, by name."""
    unknown = [name for name, error in failed.items() if error.code == "unknown_symbol"]
    waiting = [name for name, error in failed.items() if passing(error)]
    if len(unknown) > 1:
        cure = "Correct them, or take them off with unwatch."
        yield f"{len(unknown)} names cannot be watched, IB knows none of them: {_some(unknown)}. {cure}"
    if len(waiting) > 1:
        yield f"{len(waiting)} names cannot be watched yet, IB is asked for them again: {_some(waiting)}."
    for name, error in failed.items():
        if (name in unknown and len(unknown) > 1) or (name in waiting and len(waiting) > 1):
            continue
        yield f"{name} cannot be watched: {error.message}{' It is asked for again.' if name in waiting else ''}"


def refusal(added: Sequence[str], refused: Sequence[tuple[str, IbtuiError]]) -> IbtuiError:
    """Why names are not on the list, beside those that are now."""
    first, error = refused[0]
    if len(refused) == 1 and not added:
        return error
    kept = f"Watching {_some(added)}, but not" if added else "Not watching"
    others = f"; {_some([name for name, _ in refused[1:]])} neither" if len(refused) > 1 else ""
    return IbtuiError(error.code, f"{kept} {first}: {error.message.rstrip('.')}{others}.")


def _some(names: Sequence[str]) -> str:
    """All of them, or the first and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
