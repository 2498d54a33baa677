"""Three palettes: the numbers that are sent are the numbers in the table, and ink can be read on its ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.style import Style
from textual.app import App

from ibtui.terminal.drawing import palette
from ibtui.terminal.drawing.palette import Depth, Role, Surface

ROLES: tuple[Role, ...] = get_args(Role)
SURFACES: tuple[Surface, ...] = get_args(Surface)
TYPES = {
    "truecolor": {ColorType.TRUECOLOR},
    "256": {ColorType.EIGHT_BIT},
    "16": {ColorType.STANDARD},
    "none": set(),
}


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = palette.depth()
    yield
    palette.use(before)


def every_style() -> Iterator[Style]:
    for role in ROLES:
        yield palette.chip(role)
        for surface in SURFACES:
            yield palette.style(role, on=surface)
            yield palette.style(role, on=surface, bold=True)


@pytest.mark.parametrize("depth", list(TYPES))
def test_no_colour_is_left_for_the_library_to_convert(depth: Depth) -> None:
    palette.use(depth)
    for style in every_style():
        for color in (style.color, style.bgcolor):
            assert color is None or color.type in TYPES[depth] or color.number in range(16)
            assert color is None or depth != "none"


@pytest.mark.parametrize("depth", list(TYPES))
def test_never_italic_never_blinking_never_colour_8(depth: Depth) -> None:
    palette.use(depth)
    for style in every_style():
        assert not style.italic
        assert not style.blink
        assert all(color is None or color.number != 8 for color in (style.color, style.bgcolor))


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_COLOR_SYSTEM": "standard"}, "16"),
    ],
)
def test_the_terminal_decides(environ: dict[str, str], depth: Depth) -> None:
    assert palette.detect(environ) == depth


def contrast(style: Style) -> float:
    def light(color: Color | None) -> float:
        assert color is not None
        parts = [part / 255 for part in color.get_truecolor()]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    pair = sorted((light(style.color), light(style.bgcolor)))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


@pytest.mark.parametrize("depth", ["truecolor", "256"])
def test_text_can_be_read_on_every_ground(depth: Depth) -> None:
    palette.use(depth)
    for surface in SURFACES:
        for role in set(ROLES) - {"background", "faint"}:
            assert contrast(palette.style(role, on=surface)) >= 3.6, (role, surface)
    assert contrast(palette.style("dim")) >= 5.0
    assert all(contrast(palette.chip(role)) >= 4.5 for role in ("buy", "sell", "warning", "alarm", "normal"))


def test_with_16_colours_rank_is_shown_by_attributes() -> None:
    palette.use("16")
    assert palette.style("bright").bold
    assert palette.style("dim").dim
    assert palette.style("up", on="cursor") == Style(reverse=True)
    assert palette.style("normal", on="field").underline
    assert palette.style("normal", on="cursor_unfocused") == palette.style("normal")


def test_dim_is_lifted_on_the_cursor_row() -> None:
    palette.use("256")
    assert palette.style("dim", on="cursor") == palette.style("normal", on="cursor")


@pytest.mark.parametrize("depth", list(TYPES))
def test_the_theme_has_the_palettes_background(depth: Depth) -> None:
    palette.use(depth)
    app = App[None]()
    palette.install(app)
    assert app.native_ansi_color
    background = app.get_css_variables()["background"]
    if depth == "256":
        sent = Color.parse(background).downgrade(ColorSystem.EIGHT_BIT)
        assert sent.number == 233
    elif depth == "truecolor":
        assert background.lower() == "#0f1318"
    else:
        assert background == "ansi_default"
