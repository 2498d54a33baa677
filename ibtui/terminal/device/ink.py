"""What a cell looks like to the terminal, and the shortest order that changes its pen from one look to another."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("blink", "5", "25"),
    ("reverse", "7", "27"),
    ("conceal", "8", "28"),
    ("strike", "9", "29"),
)
"""The name that a style has for it, the number that turns it on and the one that turns it off."""
_OFF = {on: off for _, on, off in _ATTRIBUTES}


class Ink(NamedTuple):
    """Attributes and colours by the terminal's own numbers."""

    attributes: tuple[str, ...] = ()
    text: str = "39"
    ground: str = "49"

    @property
    def blank(self) -> Ink:
        """The look of a blank: its text has no colour unless something of it is seen."""
        seen = tuple(number for number in self.attributes if number not in ("1", "2", "3"))
        return Ink(seen, self.text if seen else "39", self.ground)


PLAIN = Ink()


@lru_cache(maxsize=2048)
def ink_of(style: Style | None, system: ColorSystem | None) -> Ink:
    """A style in the colours that a terminal has; without a colour system nothing but text is written."""
    if style is None or system is None:
        return PLAIN
    on = tuple(number for name, number, _ in _ATTRIBUTES if getattr(style, name))
    text, ground = style.color, style.bgcolor
    return Ink(
        on,
        ";".join(text.downgrade(system).get_ansi_codes(foreground=True)) if text else PLAIN.text,
        ";".join(ground.downgrade(system).get_ansi_codes(foreground=False)) if ground else PLAIN.ground,
    )


@lru_cache(maxsize=4096)
def blank_of(ink: Ink) -> Ink:
    """What a blank cell of this ink is, remembered since it is asked for each cell."""
    return ink.blank


@lru_cache(maxsize=8192)
def change(before: Ink | None, after: Ink) -> str:
    """What makes the terminal's pen write in `after`; None before when nobody knows what it writes in."""
    numbers = _anew(after)
    if before is not None:
        step = _step(before, after)
        numbers = step if len(";".join(step)) < len(";".join(numbers)) else numbers
    return f"\x1b[{';'.join(numbers)}m" if numbers else ""


def _anew(ink: Ink) -> list[str]:
    colours = [number for number in (ink.text, ink.ground) if number not in (PLAIN.text, PLAIN.ground)]
    return ["0", *ink.attributes, *colours]


def _step(before: Ink, after: Ink) -> list[str]:
    ended = {_OFF[number] for number in before.attributes if number not in after.attributes}
    # Bold and dim end by one number, which ends both.
    begun = [on for on in after.attributes if on not in before.attributes or _OFF[on] in ended]
    colours = [new for old, new in zip(before[1:], after[1:], strict=True) if old != new]
    return [*sorted(ended), *begun, *colours]
