"""What there is of recordings: listed, shown, exported."""

from __future__ import annotations

from pathlib import Path

import click

from ibtui.cli.engines import profile_of, zone_of
from ibtui.cli.output import print_json
from ibtui.domain.bar import bar_seconds
from ibtui.domain.failure import IbtuiError
from ibtui.recording.export import export as write
from ibtui.recording.folders import days, is_recording, read_manifest
from ibtui.recording.reading import read_gaps, recorded_symbols


def show_days(profile: str, as_json: bool) -> None:
    """Every day of a profile, newest last."""
    _, folders = profile_of(profile)
    found = [(day, read_manifest(day)) for day in days(folders.recordings)]
    if as_json:
        rows = [
            {"day": day.name, "folder": str(day), "symbols": recorded_symbols(day), "rows": sum(known.rows.values())}
            for day, known in found
        ]
        print_json({"recordings": rows})
        return
    if not found:
        click.echo(f"Nothing was recorded in profile {profile!r} yet: ibtui record watchlist")
    for day, known in found:
        symbols = recorded_symbols(day)
        shown = ", ".join(symbols[:8]) + (f" and {len(symbols) - 8} more" if len(symbols) > 8 else "")
        click.echo(f"{day.name}  {sum(known.rows.values()):>11,} rows  {shown}")
    if found:
        click.echo(f"in {folders.recordings}")


def show_day(profile: str, day: str, as_json: bool) -> None:
    """The files of a day, and where data is missing."""
    folder = day_folder(profile, day)
    known, gaps = read_manifest(folder), read_gaps(folder)
    if as_json:
        print_json({
            "day": folder.name,
            "folder": str(folder),
            "symbols": recorded_symbols(folder),
            "rows": known.rows,
            "gaps": [{"begin": g.begin, "end": g.end, "symbol": g.symbol, "reason": g.reason} for g in gaps],
        })  # fmt: skip
        return
    click.echo(str(folder))
    for name, rows in sorted(known.rows.items()):
        click.echo(f"{rows:>11,}  {name}")
    zone = zone_of(profile)
    for gap in gaps:
        end = "?" if gap.end is None else f"{gap.end.astimezone(zone):%H:%M:%S %Z}"
        about = f" {gap.symbol}" if gap.symbol else ""
        click.echo(f"missing{about} {gap.begin.astimezone(zone):%Y-%m-%d %H:%M:%S} to {end}: {gap.reason}")


def export(profile: str, day: str, symbol: str, out: Path, bars: str | None, as_json: bool) -> None:
    """One instrument of a day as one file."""
    try:
        seconds = None if bars is None else bar_seconds(bars)
    except ValueError as error:
        raise IbtuiError("bad_bar", f"{error}.") from None
    rows = write(day_folder(profile, day), symbol, out, seconds)
    if as_json:
        print_json({"rows": rows, "file": str(out)})
    else:
        click.echo(f"{rows:,} rows in {out}")


def day_folder(profile: str, day: str) -> Path:
    """The folder of a day as typed, a date or a path; raises IbtuiError `no_file`."""
    if is_recording(Path(day)):
        return Path(day)
    _, folders = profile_of(profile)
    folder = folders.recordings / day
    if not is_recording(folder):
        raise IbtuiError("no_file", f"{day[:40]} was not recorded in profile {profile!r}; see `ibtui recordings`.")
    return folder
