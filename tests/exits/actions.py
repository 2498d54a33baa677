"""What a person does to get out, each as the key, the line or the command line sends it, and what he is told."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout

from msgspec import Struct

from ibtui.cli.exits import status_of
from ibtui.cli.order import NO_OPTIONS, OrderOptions, carry_out
from ibtui.commands.command import Close, Command, Flatten, Halt, Start
from ibtui.domain.failure import IbtuiError
from ibtui.domain.money import plain
from ibtui.link.messages import Ask, Do, Outcome, Plan, Preview, Send
from tests.exits.world import World


class Told(Struct, frozen=True, kw_only=True):
    """Everything that was said before and after."""

    text: str
    """Every sentence, one a line."""
    exit: int | None = None
    """The exit code of the command line; None for a key."""
    code: str = ""
    """Of a refusal; empty when the engine did what it was asked."""
    plan: Plan | None = None
    outcome: Outcome | None = None


async def key(world: World, command: Command) -> Told:
    """A key with a preview: what it would send, and Enter."""
    try:
        plan = await world.stage.driver.ask(Preview(command=command))
    except IbtuiError as error:
        return Told(text=error.message, code=error.code)
    assert isinstance(plan, Plan)
    shown = "\n".join((plan.sentence, plan.effect_sentence, *plan.warnings, *plan.outcomes))
    try:
        outcome = await world.stage.driver.ask(Send(token=plan.token, wait=True))
    except IbtuiError as error:
        return Told(text=f"{shown}\n{error.message}", code=error.code, plan=plan)
    assert isinstance(outcome, Outcome)
    return Told(text=f"{shown}\n{outcome.message}", plan=plan, outcome=outcome)


async def shell(world: World, line: str, options: OrderOptions = NO_OPTIONS) -> Told:
    """`ibtui do LINE --yes`, with what it prints and its exit code."""
    asked: list[Ask] = []

    def ask(question: Ask) -> Outcome:
        asked.append(question)
        raise _LookedError

    try:
        carry_out(ask, line, yes=True, as_json=False, options=options)
    except _LookedError:
        (question,) = asked
    try:
        outcome = await world.stage.driver.ask(question)
    except IbtuiError as error:
        return Told(text=error.message, code=error.code, exit=status_of(error.code))
    assert isinstance(outcome, Outcome)
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = carry_out(lambda _: outcome, line, yes=True, as_json=False, options=options)
    return Told(text=printed.getvalue(), exit=code, outcome=outcome)


class _LookedError(Exception):
    """The question is known; the answer comes from the engine."""


async def x(world: World) -> Told:
    """`x` on the position, then Enter twice."""
    return await key(world, Close(symbol=world.subject))


async def flatten_symbol(world: World) -> Told:
    return await shell(world, f"flatten {world.subject}")


async def flatten_despite(world: World) -> Told:
    return await shell(world, f"flatten {world.subject}", OrderOptions(despite_unknown=True))


async def flatten_outside(world: World) -> Told:
    return await shell(world, f"flatten {world.subject}", OrderOptions(outside=True))


async def flatten_all(world: World) -> Told:
    return await shell(world, "flatten all")


async def f9_f(world: World) -> Told:
    """F9, then `f` and Enter."""
    halted = await world.stage.driver.ask(Do(command=Halt()))
    assert isinstance(halted, Outcome)
    world.hear(halted.message)
    told = await key(world, Flatten(target="all"))
    return Told(text=f"{halted.message}\n{told.text}", code=told.code, plan=told.plan, outcome=told.outcome)


async def cancel_ref(world: World) -> Told:
    return await shell(world, f"cancel {world.refs[world.entry]}")


async def cancel_symbol(world: World) -> Told:
    return await shell(world, f"cancel {world.subject}")


async def cancel_all(world: World) -> Told:
    return await shell(world, "cancel all")


async def halt(world: World) -> Told:
    return await shell(world, "halt")


async def e(world: World) -> Told:
    """`E` on an order, chase, and Enter twice: it stays in the middle of the market and does not fill."""
    order = world.stage.driver_order(world.refs[world.entry])
    terms = {"symbol": order.symbol, "side": order.side.lower(), "quantity": plain(order.remaining), "slippage": "0"}
    return await key(world, Start(strategy="chase", parameters=terms, replaces=order.ref))


ACTIONS: dict[str, Callable[[World], Awaitable[Told]]] = {
    "x": x,
    "flatten SYMBOL": flatten_symbol,
    "flatten SYMBOL --despite-unknown": flatten_despite,
    "flatten SYMBOL --outside": flatten_outside,
    "flatten all": flatten_all,
    "F9 f": f9_f,
    "cancel REF": cancel_ref,
    "cancel SYMBOL": cancel_symbol,
    "cancel all": cancel_all,
    "halt": halt,
    "E": e,
}
