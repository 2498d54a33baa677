"""Makes the pictures in screenshots/ from a seeded demo: `python -m tests.pictures`, with the extras test and pictures.

The real program runs in a pseudo-terminal; a terminal emulator reads it; its cells are drawn with a monospaced font.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.screens import Screen

try:
    import fontpkg_jetbrains_mono
    from PIL import Image, ImageDraw, ImageFont
except ModuleNotFoundError as error:
    raise SystemExit(f"{error.name} is missing: pictures need `pip install -e '.[test,pictures]'`.") from None

FOLDER = Path(__file__).parent.parent / "screenshots"
FONT = next((Path(fontpkg_jetbrains_mono.__file__).parent / "files").glob("JetBrainsMono[[]*.ttf"))
SIZE = 20
PAPER, INK = "#0f1318", "#b9c2cc"
NAMED = {"default": "", "black": "#000000", "red": "#f0717a", "green": "#4fbf7f", "white": "#f4f7fa"}
EIGHTHS = "▁▂▃▄▅▆▇█"
CIRCLES = "○◌"
"""Glyphs that the font lacks."""

SHOTS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("main-160x45", 160, 45, ("4", "space", "enter", "1")),
    ("ticket-160x45", 160, 45, ("b", "100")),
    ("preview-160x45", 160, 45, ("enter",)),
    ("backtest-160x45", 160, 45, ("escape", "escape", "4", "t", "enter")),
    ("keys-160x45", 160, 45, ("escape", "1", "?")),
    ("main-80x24", 80, 24, ()),
    ("ticket-80x24", 80, 24, ("b", "100", "enter")),
)
"""Name, columns, rows, keys pressed since the shot before."""
STRATEGY_SECONDS = 45.0
"""How long the first picture waits for the strategy to trade."""
BACKTEST_SECONDS = 15.0
"""How long the backtest over the demo's minute bars may take."""


def font(weight: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(str(FONT), SIZE)
    face.set_variation_by_axes([weight])
    return face


def colour(name: str, default: str) -> str:
    """A colour of the emulator as Pillow takes it."""
    if len(name) == 6 and name not in NAMED:
        return f"#{name}"
    return NAMED.get(name, "") or default


def draw(screen: Screen, file: Path) -> None:
    """The emulator's cells as a picture."""
    emulator = screen.emulator
    plain, bold = font(400), font(700)
    wide, high = round(plain.getlength("M")), round(SIZE * 1.3)
    picture = Image.new("RGB", (emulator.columns * wide, emulator.lines * high), PAPER)
    canvas = ImageDraw.Draw(picture)
    cells = [(row, column) for row in range(emulator.lines) for column in range(emulator.columns)]
    for row, column in cells:
        x, y = column * wide, row * high
        canvas.rectangle((x, y, x + wide - 1, y + high - 1), fill=inks(emulator.buffer[row][column])[1])
    for row, column in cells:
        cell = emulator.buffer[row][column]
        x, y, ink = column * wide, row * high, inks(cell)[0]
        if cell.data in EIGHTHS:
            top = y + high - round(high * (EIGHTHS.index(cell.data) + 1) / 8)
            canvas.rectangle((x, top, x + wide - 1, y + high - 1), fill=ink)
        elif cell.data == "▌":
            canvas.rectangle((x, y, x + wide // 2 - 1, y + high - 1), fill=ink)
        elif cell.data in CIRCLES:
            side, top = wide * 0.7, y + (high - wide * 0.7) / 2
            canvas.ellipse((x + wide * 0.15, top, x + wide * 0.15 + side, top + side), outline=ink, width=2)
        elif cell.data.strip():
            canvas.text((x, y + high * 0.08), cell.data, font=bold if cell.bold else plain, fill=ink)
    picture.quantize(200, dither=Image.Dither.NONE).save(file, optimize=True)


def inks(cell: Any) -> tuple[str, str]:
    """Foreground and background of a cell."""
    ink, paper = colour(cell.fg, INK), colour(cell.bg, PAPER)
    return (paper, ink) if cell.reverse else (ink, paper)


def main() -> None:
    """Run the demo once, at each size, and save every picture."""
    with tempfile.TemporaryDirectory() as home:
        environment = {f"XDG_{kind}_HOME": home for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
        ibtui = [sys.executable, "-m", "ibtui"]
        try:
            shoot(ibtui, environment)
        finally:
            subprocess.run([*ibtui, "stop", "--profile", "demo"], env={**os.environ, **environment}, check=False)


def shoot(ibtui: list[str], environment: dict[str, str]) -> None:
    """Press the keys of each shot and save it; one demo serves them all, a terminal of each size attaches to it."""
    for size in dict.fromkeys((columns, rows) for _, columns, rows, _ in SHOTS):
        with Screen([*ibtui, "demo"], *size, environment=environment) as screen:
            screen.until("READY", 20)
            screen.settle(4)
            for name, columns, rows, keys in SHOTS:
                if (columns, rows) != size:
                    continue
                screen.press(*keys, apart=1.0)
                screen.settle(STRATEGY_SECONDS if "space" in keys else BACKTEST_SECONDS if "t" in keys else 1.5)
                draw(screen, FOLDER / f"{name}.png")
                sys.stdout.write(f"{name}.png\n")


if __name__ == "__main__":
    main()
