"""`ibtui since`: what happened while no terminal was attached."""

from __future__ import annotations

import click

from ibtui.cli.engines import caller, zone_of
from ibtui.cli.options import JSON, PROFILE


@click.command()
@PROFILE
@JSON
def since(profile: str, as_json: bool) -> int:
    """Show what happened since the last terminal left: fills, orders that ended, strategies, alerts, holds, halts, and
    positions that something else moved, such as a split.

    While a terminal is attached, it is the time before that one came.
    """
    from ibtui.cli.order import carry_out

    with caller(profile) as engine:
        return carry_out(engine.ask, "since", yes=True, as_json=as_json, zone=zone_of(profile))
