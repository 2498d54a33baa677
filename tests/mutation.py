"""Faults put into the rules one by one, each judged by the nearest tests: `.ci/mutate` starts it.

The faults are those of cosmic-ray: another operator, comparison, number or condition, a loop that never turns, a wrong
exception, one for each place in the source that is drawn. They go into copies of the tree, never into the tree itself.
What `is` compares with `==`, the bars of type unions and whether a record is frozen are no faults that a test could
see: they are left out.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import msgspec

ROOT = Path(__file__).parent.parent

MOST_SECONDS = 600
"""After which tests are ended that go on for ever, which shows the fault as well."""

UNSEEN = re.compile(
    r"core/ReplaceBinaryOperator_BitOr_|core/ReplaceComparisonOperator_(Is_(?!IsNot)|IsNot_(?!Is$)|\w+_Is(Not)?$)"
)


class Group(NamedTuple):
    """Modules whose faults the same tests should see; tests that see most stand first, as the first failure ends it."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


DESK = "ibtui/engine/desk"
COMMANDS, JOURNAL, TRUTH = "tests/engine/commands", "tests/engine/journal", "tests/engine/truth"
COUNTED = tuple(
    f"{TRUTH}/test_{name}.py"
    for name in ("ended", "adding_up", "state", "explained", "corrections", "holds", "recount", "resync", "doubt")
)
"""What a complete reconcile makes of orders and positions."""

GROUPS = {
    "risk": Group(
        ("ibtui/risk",),
        ("tests/risk", "tests/engine/desk/test_desk.py", "tests/backtest/test_limits.py",
         "tests/backtest/test_options.py", "tests/worker/test_broker.py", "tests/worker/test_one_judge.py"),
    ),
    "changes": Group(
        ("ibtui/engine/truth/changes.py", f"{DESK}/changed_terms.py"),
        ("tests/engine/desk/test_changed_terms.py", f"{TRUTH}/test_changes.py", f"{TRUTH}/test_state.py",
         "tests/engine/door/test_server.py"),
    ),
    "desk": Group(
        tuple(f"{DESK}/{name}.py" for name in ("answers", "ceilings", "day_lows", "desk", "exits", "halt", "judge",
                                               "losses", "stakes", "waiting_words")),
        ("tests/engine/desk", f"{COMMANDS}/test_plan.py", f"{COMMANDS}/test_tokens.py", f"{COMMANDS}/test_checks.py",
         "tests/engine/market/test_options.py"),
    ),
    "cancelling": Group((f"{DESK}/pursuit.py",), ("tests/engine/desk/test_desk.py", f"{COMMANDS}/test_cancels.py")),
    "closing": Group(
        (f"{DESK}/closing_watch.py", f"{DESK}/stop_fitting.py", f"{DESK}/stop_split.py"),
        ("tests/engine/desk/test_stop_fitting.py", f"{COMMANDS}/test_closes.py", f"{COMMANDS}/test_closes_hours.py"),
    ),
    "journal": Group(
        ("ibtui/engine/journal",),
        (f"{JOURNAL}/test_journal.py", f"{JOURNAL}/test_safety.py", f"{JOURNAL}/test_earlier.py",
         "tests/engine/desk/test_latch.py"),
    ),
    "reconcile": Group(("ibtui/engine/truth/reconcile.py",), COUNTED),
    "settle": Group(("ibtui/engine/truth/settle.py",), COUNTED),
    "asking": Group(
        ("ibtui/broker/reconcile.py",),
        tuple(f"tests/broker/test_{name}.py" for name in ("reconcile", "truth", "reconnecting")),
    ),
    "conversation": Group(("ibtui/engine/door/conversation.py",), ("tests/engine/door",)),
}  # fmt: skip
"""What is judged, by the name that `.ci/mutate` takes."""


class Verdict(msgspec.Struct, kw_only=True):
    """What became of one fault."""

    group: str
    module: str
    line: int
    operator: str
    outcome: str
    """`killed`, `survived`, or `incompetent` where it could not be tried."""

    by: str
    """The test that saw it first."""

    diff: str


def main(words: Sequence[str]) -> int:
    """Try a sample of faults; writes a line of JSON for each, then what was not seen."""
    asked = argparse.ArgumentParser(
        prog=".ci/mutate", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"one of {', '.join(GROUPS)}; all of them when none is named"
    )
    asked.add_argument("--sample", type=int, default=200, help="faults over all groups, by the number of their places")
    asked.add_argument("--seed", type=int, default=1, help="which faults: the same seed and source draw the same")
    asked.add_argument("--copies", type=int, default=2, help="copies of the tree that are worked on at once")
    asked.add_argument("--out", type=Path, default=Path("build/mutation.jsonl"), help="where the lines of JSON go")
    options = asked.parse_args(words)
    chosen = drawn(options.groups or list(GROUPS), options.sample, random.Random(options.seed))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    verdicts = []
    with options.out.open("wb") as out, tempfile.TemporaryDirectory() as folder:
        for verdict in judged(chosen, copies(Path(folder), options.copies)):
            verdicts.append(verdict)
            out.write(msgspec.json.encode(verdict) + b"\n")
            out.flush()
            where = f"{verdict.module}:{verdict.line}"
            _say(f"{len(verdicts)}/{len(chosen)} {verdict.outcome:9} {where} {verdict.operator}")
    for verdict in verdicts:
        if verdict.outcome == "survived":
            _say(f"\n{verdict.module}:{verdict.line} {verdict.operator}\n{verdict.diff}")
    return summed(verdicts)


def summed(verdicts: Sequence[Verdict]) -> int:
    """Say how many were seen, by group; 0 when 85 of 100 were."""
    counted = Counter((verdict.group, verdict.outcome) for verdict in verdicts)
    for group in sorted({verdict.group for verdict in verdicts}):
        killed, survived = counted[group, "killed"], counted[group, "survived"]
        _say(f"{group:14}{killed:4} of {killed + survived:4} seen")
    killed = sum(verdict.outcome == "killed" for verdict in verdicts)
    tried = sum(verdict.outcome in ("killed", "survived") for verdict in verdicts)
    _say(f"{'all':14}{killed:4} of {tried:4} seen, {killed / max(tried, 1):.0%}")
    return int(killed < 0.85 * tried)


def drawn(groups: Sequence[str], sample: int, rng: random.Random) -> list[tuple[str, Any]]:
    """That many faults at as many places, each with its group; every place is as likely as any other."""
    places: dict[tuple[str, str, Any, str], list[Any]] = {}
    for group in groups:
        for fault in faults(GROUPS[group].modules):
            kind = fault.operator_name.partition("_")[0]
            places.setdefault((group, str(fault.module_path), fault.start_pos, kind), []).append(fault)
    chosen = rng.sample(sorted(places), min(sample, len(places)))
    return [(place[0], rng.choice(places[place])) for place in chosen]


def faults(modules: Sequence[str]) -> Iterator[Any]:
    """Every fault that cosmic-ray knows in these files and folders."""
    from cosmic_ray.commands.init import _all_work_items

    files = [
        file
        for name in modules
        for file in ([ROOT / name] if name.endswith(".py") else sorted((ROOT / name).glob("*.py")))
    ]
    for item in _all_work_items([file.relative_to(ROOT) for file in files], {}):
        (fault,) = item.mutations
        if not UNSEEN.match(fault.operator_name) and not _line(fault).startswith("class "):
            yield fault


def _line(fault: Any) -> str:
    """The first line of the source that it changes, without what it is indented by."""
    source: str = (ROOT / fault.module_path).read_text()
    return source.splitlines()[int(fault.start_pos[0]) - 1].strip()


def _files(place: Path) -> list[Path]:
    """A file, or those of a folder, as they lie below the tree."""
    return [file.relative_to(ROOT) for file in ([place] if place.is_file() else sorted(place.glob("*.py")))]


def copies(folder: Path, count: int) -> list[Path]:
    """Copies of the tree as it stands."""
    made = []
    for number in range(count):
        copy = folder / f"copy{number}"
        copy.mkdir()
        for name in ("ibtui", "tests"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, copy / name)
        made.append(copy)
    return made


def judged(chosen: Sequence[tuple[str, Any]], trees: Sequence[Path]) -> Iterator[Verdict]:
    """Each fault's verdict, as they come; one copy of the tree holds one fault at a time."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def judge(group: str, fault: Any) -> Verdict:
        tree = free.get()
        try:
            return _judge(tree, group, fault)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(lambda one: judge(*one), chosen)


def _judge(tree: Path, group: str, fault: Any) -> Verdict:
    from attrs import evolve
    from cosmic_ray.mutating import mutate_and_test

    words = "-m pytest -x -q -n 0 -p no:randomly -p no:cacheprovider --timeout 60 --rootdir"
    tests = " ".join(str(tree / test) for test in GROUPS[group].tests)
    command = f"env -C {tree} PYTHONPATH={tree} {sys.executable} {words} {tree} {tests}"
    done = mutate_and_test([evolve(fault, module_path=tree / fault.module_path)], command, MOST_SECONDS)
    outcome = done.test_outcome.value if done.test_outcome is not None else "incompetent"
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.output or "", re.MULTILINE)
    return Verdict(
        group=group,
        module=str(fault.module_path),
        line=fault.start_pos[0],
        operator=fault.operator_name.removeprefix("core/"),
        outcome=outcome,
        by=failed[1] if failed else "" if outcome == "survived" else (done.output or "")[-300:],
        diff="\n".join(line for line in (done.diff or "").splitlines() if re.match(r"[-+](?![-+])", line)),
    )


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program's own words


if __name__ == "__main__":
    os.environ.setdefault("CI", "1")  # the same examples for every fault
    sys.exit(main(sys.argv[1:]))
