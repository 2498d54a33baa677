"""A plan as lines: its orders, what they do and are worth, what is not certain, and what Enter does about it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from ibtui.domain.currency import MIDDLE
from ibtui.domain.text.sanitize import sanitize
from ibtui.domain.words import bare_words
from ibtui.link.messages import Plan, deed
from ibtui.terminal.drawing import format as fmt
from ibtui.terminal.drawing.canvas import Line, Run, fit
from ibtui.terminal.drawing.palette import Role
from ibtui.terminal.keys import Keymap
from ibtui.terminal.places.pending import PendingCommand

_MARGIN = 4


def plan_lines(pending: PendingCommand, keymap: Keymap, width: int, height: int) -> list[Line]:
    """The plan as a highlighted block of at most `height` lines.

    What Enter does, the total and what is not certain always show; orders that do not fit are counted and scrolled,
    then warnings.
    """
    plan = pending.plan
    if plan is None:
        return []
    room = width - _MARGIN
    always = _certain(plan, room) + ([] if pending.doubted else _offered(plan, keymap, room))
    orders = _orders(plan, room)
    warnings = [_marked(Run(text, "warning", bold=True)) for text in _wrapped(plan.warnings, room)]
    left = max(height - 1 - len(always) - min(len(orders), 2), 0)
    warnings = _folded(warnings, left, "more lines")
    orders = _window(pending, orders, max(height - 1 - len(always) - len(warnings), 1))
    body = [*orders, *always[:1], *warnings, *always[1:]]
    pending.drew(["".join(run.text for run in line.runs) for line in body])
    return [*body, _ending(pending, plan, keymap, room)]


def _orders(plan: Plan, room: int) -> list[Line]:
    """Each order and what it does to its position: in one line where there are several and it fits."""
    sentences, effects = plan.sentence.splitlines(), plan.effect_sentence.splitlines()
    if len(sentences) == 1 or len(sentences) != len(effects):
        return [*_strong(sentences, room), *(line for text in effects for line in _effect(plan, text, room))]
    lines: list[Line] = []
    for sentence, effect in zip_longest(sentences, effects, fillvalue=""):
        both = f"{sanitize(sentence)} · {sanitize(effect)}"
        if len(both) <= room:
            lines.append(_marked(Run(sanitize(sentence), "bright", bold=True), Run(f" · {sanitize(effect)}")))
        else:
            lines += [*_strong([sentence], room), *_effect(plan, effect, room)]
    return lines


def _strong(texts: Sequence[str], room: int) -> list[Line]:
    return [_marked(Run(text, "bright", bold=True)) for text in _wrapped(texts, room)]


def _effect(plan: Plan, text: str, room: int) -> list[Line]:
    role: Role = "warning" if plan.effect in ("adds", "flips") else "bright"
    first, *more = _wrapped([text], room) or [""]
    word, _, rest = first.partition(" ")
    if not word:
        return []
    return [_marked(Run(word, role, bold=True), Run(" " + rest)), *(_marked(Run(part)) for part in more)]


def _certain(plan: Plan, room: int) -> list[Line]:
    """The total, then both outcomes where there are two."""
    figures = _wrapped([_figures(plan)], room)
    outcomes = [_marked(Run(text, "warning", bold=True)) for text in _wrapped(plan.outcomes, room)]
    return [*(_marked(Run(text)) for text in figures), *outcomes]


def _offered(plan: Plan, keymap: Keymap, room: int) -> list[Line]:
    if not plan.offer:
        return []
    words = plan.offer.partition(": ")[2] or plan.offer
    key, does = keymap.hint("ticket.outside")
    first, *more = _wrapped([f"{key} {does}: {words}"], room)
    return [_marked(Run(key, "focus", bold=True), Run(first[len(key) :])), *(_marked(Run(part)) for part in more)]


def _folded(lines: list[Line], room: int, what: str) -> list[Line]:
    if len(lines) <= room:
        return lines
    hidden = len(lines) - max(room - 1, 0)
    return [*lines[: max(room - 1, 0)], _marked(Run(f"… and {hidden} {what}", "warning"))] if room else []


def _window(pending: PendingCommand, lines: list[Line], room: int) -> list[Line]:
    """The lines from the one that was scrolled to; how many there are around them is counted in the last."""
    pending.folded = len(lines) > room
    if not pending.folded:
        pending.top = 0
        return lines
    shown = max(room - 1, 0)
    pending.top = min(pending.top, len(lines) - shown)
    below = len(lines) - shown - pending.top
    parts = [f"{pending.top} more lines above"] * bool(pending.top) + [f"{below} more lines below"] * bool(below)
    count = _marked(Run("… " + ", ".join(parts), "warning"))
    return [*lines[pending.top : pending.top + shown], count]


def _wrapped(texts: Sequence[str], width: int) -> list[str]:
    return [part for text in texts if text for part in textwrap.wrap(sanitize(text), max(width, 20))]


def _marked(*runs: Run) -> Line:
    return Line((Run("  "), *runs), on="cursor")


def _figures(plan: Plan) -> str:
    parts = []
    several = len(plan.sentence.splitlines()) > 1
    own = plan.account_currency or MIDDLE
    if plan.value is not None:
        parts.append(fmt.named_money(plan.value, plan.currency, own))
    elif plan.totals:
        parts.append(" and ".join(fmt.named_money(total.value, total.currency, own) for total in plan.totals))
    if several and parts:
        parts[0] = f"total {parts[0]}"
    if parts and plan.account_currency and (plan.value is None or plan.currency != plan.account_currency):
        parts.append(fmt.named_money(plan.account_value, plan.account_currency, ""))
    if plan.value_percent is not None:
        parts.append(f"{abs(plan.value_percent):.1f} % of NLV")
    if plan.commission is not None:
        parts.append(f"commission about {fmt.named_money(plan.commission, plan.currency, own)}")
    if bare := bare_words(plan.bare):
        parts.append(bare)
    if plan.cancels:
        parts.append(f"cancels {len(plan.cancels)} order{'s' if len(plan.cancels) > 1 else ''} first")
    return " · ".join(parts)


def _ending(pending: PendingCommand, plan: Plan, keymap: Keymap, room: int) -> Line:
    if pending.state == "sending":
        return _marked(Run(f"{deed(plan)}ing …", "warning", bold=True))
    enter, back = keymap.label("ticket.confirm"), " ".join(keymap.hint("back"))
    if pending.note:
        return _marked(Run(fit(f"{pending.note} · {back}", room).rstrip(), "warning", bold=True))
    does = f"{enter} {deed(plan)}s"
    if plan.outcomes:
        does = f"{does} anyway" if pending.doubted else f"{enter} asks once more"
    ticks = f" or {plan.collar_ticks} ticks" if plan.collar_ticks else ""
    life, clock = f" · {back} · valid {max(pending.left(), 0):.0f} s", " · by time" if pending.by_time else ""
    whole = f"{life}{ticks}{clock}"
    return _marked(Run(does, "focus", bold=True), Run(whole if len(does + whole) <= room else f"{life}{clock}"))
