"""`ibtui do`: one command, previewed or carried out, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

import click
from msgspec import Struct
from msgspec.structs import replace

from ibtui.cli.exits import status_of
from ibtui.cli.output import print_json
from ibtui.commands import command as commands
from ibtui.commands.grammar import parse
from ibtui.domain.calendar.clock import shown
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.words import bare_words, status_words
from ibtui.link.messages import Answer, Ask, Check, Closing, Do, Outcome, Plan, Preview, deed

Asker = Callable[[Ask], Answer]


class OrderOptions(Struct, frozen=True, kw_only=True):
    """What the command line says beside the command's own words."""

    id: str = ""
    despite_unknown: bool = False
    outside: bool = False

    def added(self, command: commands.Command) -> commands.Command:
        """The command with what these say about it; IbtuiError `usage` for one that they do not go with."""
        for name in ("despite_unknown", "outside"):
            if not getattr(self, name):
                continue
            kinds = [kind for kind in commands.NEEDS_PREVIEW if name in kind.__struct_fields__]
            if not isinstance(command, tuple(kinds)):
                verbs = ", ".join(verb for kind in kinds for verb in VERBS[kind])
                raise IbtuiError("usage", f"--{name.replace('_', '-')} goes with {verbs}; it was not done.")
            command = replace(command, **{name: True})
        return command


VERBS = {commands.Trade: ("buy", "sell"), commands.Close: ("close",), commands.Flatten: ("flatten",)}
NO_OPTIONS = OrderOptions()


def carry_out(
    ask: Asker, text: str, *, yes: bool, as_json: bool, zone: tzinfo = UTC, options: OrderOptions = NO_OPTIONS
) -> int:
    """Parse, then preview or do; returns the exit code. Times are printed in `zone`."""
    command = options.added(parse(text))
    if not yes and not isinstance(command, commands.FREE):
        plan = _previewed(ask, command, options.id)
        return _told(_checked(ask, command, text), as_json) if plan is None else _shown(plan, as_json)
    outcome = ask(Do(command=command, wait=True, id=options.id))
    assert isinstance(outcome, Outcome)
    if as_json:
        closings = {"closings": outcome.closings} if outcome.closings else {}
        repeated = {"repeated": True} if outcome.repeated else {}
        away = {"since": outcome.away} if outcome.away is not None else {}
        alerts = {"alerts": outcome.alerts} if isinstance(command, commands.ListAlerts) else {}
        print_json({"orders": outcome.orders, "message": outcome.message, **closings, **repeated, **alerts, **away})
    else:
        _print_outcome(outcome, zone)
    return _exit_of(outcome, over=isinstance(command, commands.Cancel | commands.Halt))


def _previewed(ask: Asker, command: commands.Command, own_id: str) -> Answer | None:
    """What the command would send, or what an algorithm would do; None for a command without a preview."""
    if isinstance(command, commands.PREVIEWED):
        return ask(Preview(command=command, id=own_id))
    if not isinstance(command, commands.Start):
        return None
    try:
        return ask(Preview(command=command))
    except IbtuiError as error:
        if error.code != "bad_command":
            raise
        return None


def _checked(ask: Asker, command: commands.Command, text: str) -> str:
    """That it would be done, and what it would do; raises IbtuiError where it would be refused."""
    answer = ask(Check(command=command))
    assert isinstance(answer, Outcome)
    what = f" {answer.message}" if answer.message else ""
    return f"Understood: {text.strip()}.{what} Add --yes to do it."


def _told(sentence: str, as_json: bool) -> int:
    if as_json:
        print_json({"orders": [], "message": sentence})
    else:
        click.echo(sentence)
    return 0


def _shown(plan: Answer, as_json: bool) -> int:
    assert isinstance(plan, Plan)
    if as_json:
        print_json({"preview": plan, "orders": []})
        return 0
    offer = (plan.offer,) if plan.offer else ()
    first = (f"cancels first: {', '.join(plan.cancels)}",) if plan.cancels else ()
    figures = () if plan.verb else (_figures(plan),)
    for line in (plan.sentence, plan.effect_sentence, *figures, *first, *plan.warnings, *offer, *plan.outcomes):
        click.echo(line)
    beside = " --despite-unknown" if plan.outcomes else ""
    do = deed(plan)
    done = {"send": "sent"}.get(do, f"{do}ed")
    click.echo(f"Nothing was {done}. Add --yes{beside} to {do} it.")
    return 0


def _figures(plan: Plan) -> str:
    parts = []
    if plan.value is not None:
        parts.append(f"{abs(plan.value):,.2f} {plan.currency}")
    if plan.totals:
        parts.append(" and ".join(f"{abs(total.value):,.2f} {total.currency}" for total in plan.totals))
    if plan.account_currency and ((plan.value is not None and plan.currency != plan.account_currency) or plan.totals):
        worth = "?" if plan.account_value is None else f"{abs(plan.account_value):,.2f}"
        parts.append(f"{worth} {plan.account_currency}")
    if plan.value_percent is not None:
        parts.append(f"{abs(plan.value_percent):.1f} % of net liquidation")
    if plan.commission is not None:
        parts.append(f"commission about {plan.commission:.2f} {plan.currency}")
    return " · ".join([*(parts or ["value unknown"]), *([bare] if (bare := bare_words(plan.bare)) else [])])


def _print_outcome(outcome: Outcome, zone: tzinfo) -> None:
    click.echo(outcome.message)
    for happening in outcome.away.happenings if outcome.away is not None else ():
        click.echo(f"  {shown(happening.time, zone)}  {happening.kind:<8}  {happening.text}")
    for alert in outcome.alerts:
        click.echo(f"  {alert.number:>3}  {alert.story(zone)}")
    for order in outcome.orders:
        click.echo(f"  {describe(order)}")


def describe(order: Order) -> str:
    """One order in a line: ref, terms, where it stands and why."""
    at = f" {order.price:f}" if order.price is not None else ""
    filled = f" {order.filled:f} of {order.quantity:f}" if order.filled else ""
    average = f" at {order.average_price:,.8f}".rstrip("0").rstrip(".") if order.average_price is not None else ""
    reason = f": {order.reason}" if order.reason else ""
    return (
        f"{order.ref:<14}  {order.side:<4} {order.quantity:f} {order.symbol} {order.type}{at} {order.tif}  "
        f"{status_words(order.status)}{filled}{average}{reason}"
    )


def _exit_of(outcome: Outcome, *, over: bool) -> int:
    """`over`: the command was to take orders back, and one that turned out never to have arrived is no failure."""
    unsure = {OrderStatus.UNKNOWN} | ({OrderStatus.ENDED} if outcome.repeated else set())  # settling one is no doubt
    if not outcome.answered or any(order.status in unsure for order in outcome.orders):
        return status_of("unknown")
    if not over and any(order.status is OrderStatus.REJECTED for order in outcome.orders):
        return status_of("rejected")
    return status_of(_not_closed(outcome.closings)) if any(closing.why for closing in outcome.closings) else 0


def _not_closed(closings: Sequence[Closing]) -> str:
    """Why something is left: what was refused to all of them where nothing at all was sent."""
    codes = [closing.code for closing in closings if closing.left]
    return codes[0] if codes and all(codes) else "not_closed"
