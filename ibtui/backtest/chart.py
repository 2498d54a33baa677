"""Equity and its falls as a picture for a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

Points = Sequence[tuple[datetime, float]]


def svg(
    points: Points, *, beside: Points = (), width: int = 960, height: int = 260, role: str = "line", share: bool = False
) -> str:
    """A line over time with its axis, as an SVG element, and a fainter one `beside` it; `share` labels percent.

    Points of one moment alone make a sentence instead: there is no time to draw over.
    """
    times = [time.timestamp() for time, _ in points]
    if not times or times[0] == times[-1]:
        return "<p class=dim>All of it is of one bar: there is no time to draw it over.</p>"
    values = [value for _, value in (*points, *beside)]
    left, right, top, bottom = 70, width - 10, 12, height - 26
    low, high = min(values), max(values)
    low, high = (low - 1, high + 1) if low == high else (low, high)

    def x(time: float) -> float:
        return left + (time - times[0]) / (times[-1] - times[0]) * (right - left)

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    def path(drawn: Points) -> str:
        return " ".join(f"{x(time.timestamp()):.1f},{y(value):.1f}" for time, value in drawn)

    line = path(points)
    base = y(0.0 if share else low)
    labels = []
    for step in range(5):
        value = low + (high - low) * step / 4
        text = f"{value:.1%}" if share else f"{value:,.0f}"
        at = y(value)
        labels.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        labels.append(f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
    for step in range(5):
        time = times[0] + (times[-1] - times[0]) * step / 4
        label = f"{points[min(int(step / 4 * len(points)), len(points) - 1)][0]:%Y-%m-%d}"
        anchor = "start" if step == 0 else "end" if step == 4 else "middle"
        labels.append(f'<text x="{x(time):.1f}" y="{height - 6}" text-anchor="{anchor}">{label}</text>')
    area = f"{left},{base:.1f} {line} {right},{base:.1f}"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img">{"".join(labels)}'
        f'<polygon class="{role} area" points="{area}"/>'
        f'{f"""<polyline class="beside" points="{path(beside)}"/>""" if beside else ""}'
        f'<polyline class="{role}" points="{line}"/></svg>'
    )
