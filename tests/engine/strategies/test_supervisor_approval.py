"""Nothing of a strategy's file runs before a person has approved it as it is, with what it imports from its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.engine.strategies.store import LeftOn, StrategyStore
from tests.engine.supervisor_house import House, house
from tests.engine.truth.kept import Kept


class Marked:
    """A file whose body leaves a line each time it runs."""

    def __init__(self, here: House, name: str = "marked") -> None:
        self._here = here
        self._name = name
        self._mark = here.folder / "ran"

    def write(self, version: str, more: str = "") -> None:
        self._here.write(
            self._name,
            f"""
            open({str(self._mark)!r}, "a").write("{version} ")
            {more}
            class Marked(Strategy):
                '''Marks its runs.'''
                symbol: str = param("SPY", kind="symbol", help="what it trades")
                bar: str = param("1s", kind="bar")
                fast: int = param(3, 1, 9, changeable=True)
                slow: int = param(int("4"), 1, 9)
            """,
        )

    @property
    def ran(self) -> set[str]:
        return set(self._mark.read_text().split()) if self._mark.exists() else set()


async def test_a_new_file_is_read_and_not_run_until_it_is_approved(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        file = Marked(here)
        file.write("one")
        await here.supervisor.describe_all()
        status = here.status("marked")
        assert (status.state, status.summary) == ("off", "Marks its runs.")
        assert status.reason.startswith("new, nothing of it has run: look at it, then `approve marked`")
        assert [(one.name, one.default, one.high) for one in status.parameters] == [
            ("symbol", "SPY", None),
            ("bar", "1s", None),
            ("fast", "3", 9.0),
        ], "what is not written out is not known before it runs"
        with pytest.raises(IbtuiError) as error:
            await here.supervisor.approvals.trial("marked", {})
        assert error.value.code == "not_approved"
        assert file.ran == set()
        await here.supervisor.approve("marked")
        assert file.ran == {"one"}
        assert [one.name for one in here.status("marked").parameters] == ["symbol", "bar", "fast", "slow"]
        assert here.status("marked").reason == ""


async def test_a_changed_file_runs_neither_when_described_nor_when_started_nor_at_a_restart(tmp_path: Path) -> None:
    latches = Kept()
    async with house(tmp_path, latches=latches) as here:
        file = Marked(here)
        file.write("one")
        await here.supervisor.start("marked", {})
        await here.supervisor.stop("marked")
        file.write("two")
        await here.supervisor.describe_all()
        with pytest.raises(IbtuiError, match=r"has changed since it was approved.*`approve marked`"):
            await here.supervisor.start("marked", {})
        status = here.status("marked")
        assert (status.approved, status.reason[:7]) == (False, "changed")
    StrategyStore(latches).switched_on(LeftOn(name="marked", parameters={}))
    async with house(tmp_path, latches=latches) as here:
        await here.supervisor.describe_all()
        await here.host.until(lambda: any("marked was on before" in line for line in here.host.lines))
        assert file.ran == {"one"}
        await here.supervisor.approve("marked")
        await here.supervisor.start("marked", {})
        assert file.ran == {"one", "two"}


async def test_a_lost_approval_is_not_given_again_by_a_restart(tmp_path: Path) -> None:
    latches = Kept()
    StrategyStore(latches).switched_on(LeftOn(name="marked", parameters={}))
    async with house(tmp_path, latches=latches) as here:
        file = Marked(here)
        file.write("one")
        await here.supervisor.describe_all()
        await here.host.until(lambda: any("was never approved" in line for line in here.host.lines))
        assert file.ran == set()
        assert here.status("marked").state == "off"


@pytest.mark.parametrize(
    ("helper", "imports"),
    [
        ("_sizes.py", "import _sizes"),
        ("_sizes.py", "def later():\n                from _sizes import SIZE"),
        ("kit/deep/sizes.py", "from kit.deep.sizes import SIZE"),
    ],
)
async def test_a_changed_helper_is_a_changed_strategy(tmp_path: Path, helper: str, imports: str) -> None:
    async with house(tmp_path) as here:
        path = tmp_path / helper
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in list(path.parents)[: len(Path(helper).parents) - 1]:
            (folder / "__init__.py").touch()
        path.write_text("SIZE = 1\n")
        file = Marked(here)
        file.write("one", imports)
        await here.supervisor.start("marked", {})
        await here.supervisor.stop("marked")
        path.write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write('helper ')\nSIZE = 2\n")
        with pytest.raises(IbtuiError, match="or what it imports from its folder"):
            await here.supervisor.start("marked", {})
        await here.supervisor.describe_all()
        assert file.ran == {"one"}
        await here.supervisor.approve("marked")
        await here.supervisor.start("marked", {})
        assert here.status("marked").state == "warming"


async def test_a_file_that_ends_its_reader_costs_itself(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        (tmp_path / "deep.py").write_text("x = " + "(" * 5_000 + ")" * 5_000 + "\n")
        (tmp_path / "huge.py").write_text("x = 1\n" * 400_000)
        file = Marked(here)
        file.write("one")
        await here.supervisor.describe_all()
        assert here.status("deep").state == "failed"
        assert "larger than 1 MiB" in here.status("huge").reason
        assert here.status("marked").state == "off"
