"""`ibtui error`: what an error code of IB means, why it comes, and what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ibtui.cli.options import JSON, WholeNumber
from ibtui.cli.output import print_json
from ibtui.domain.failure import IbtuiError

if TYPE_CHECKING:
    from ibtui.broker.error_table import Explanation


@click.command()
@click.argument("codes", nargs=-1, type=WholeNumber(0), metavar="[CODE]...")
@JSON
def error(codes: tuple[int, ...], as_json: bool) -> None:
    """Say what error codes of IB mean for an order, why they come, and what helps; without CODE, all of them.

    \b
    ibtui error 201
    ibtui error 2103 2110 --json
    """
    from ibtui.broker.error_table import TABLE

    found = [_explained(code) for code in codes] if codes else sorted(TABLE, key=lambda entry: entry.code)
    if as_json:
        print_json([_plain(entry) for entry in found])
    elif codes:
        click.echo("\n\n".join(_page(entry) for entry in found))
    else:
        click.echo("\n".join(line(entry) for entry in found))


def _explained(code: int) -> Explanation:
    from ibtui.broker.errors import explain

    entry = explain(code)
    if entry is None:
        raise IbtuiError("usage", f"Code {code} is not in the table: IB's own words beside it are all there is.")
    return entry


def _page(entry: Explanation) -> str:
    lines = [f"{entry.code}  {entry.cause}", f"       for an order: {entry.effect}"]
    lines += [f"       what helps: {entry.cure}"] if entry.cure else []
    lines += [f"       where IB says {word!r}: {cure}" for word, cure in entry.cases]
    return "\n".join(lines)


def line(entry: Explanation) -> str:
    """A code in one line: why it comes, and what helps."""
    return f"{entry.code:>5}  {entry.cause}{f'; {entry.cure}' if entry.cure else ''}"


def _plain(entry: Explanation) -> dict[str, Any]:
    return {
        "code": entry.code,
        "cause": entry.cause,
        "order": str(entry.effect),
        "cure": entry.cure,
        "cases": dict(entry.cases),
    }
