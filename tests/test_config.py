"""The configuration is strict: what it does not know stops the start with one sentence."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ibtui.config import Config, Limits, check_limits, load
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def test_without_a_file_there_is_a_paper_profile(tmp_path: Path) -> None:
    config = load(tmp_path / "config.toml")
    assert config == Config()
    assert (config.profile("paper").mode, config.profile("paper").port) == ("paper", 4002)


def test_a_profile_is_read(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [profiles.swing]
        port = 7497
        watchlist = ["IBM"]
        limits = { order_value = 20000 }
        [keys]
        "order.buy" = "n"
        """,
    )
    profile = load(file).profile("swing")
    assert (profile.port, profile.watchlist, profile.limits.order_value) == (7497, ("IBM",), 20000)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[profiles.paper]\nprot = 1", "did you mean `port`"),
        ("[profiles.paper.limits]\norder_valeu = 1", "did you mean `order_value`"),
        ("colour = 1", "unknown key `colour`"),
        ("[profiles.paper]\nbogus = 1", r"unknown key `bogus` in \[profiles.NAME\]\.$"),
        ("[profiles.paper]\norder_value = 1", r"unknown key `order_value` in \[profiles.NAME\]\.$"),
        ("[profiles.paper.notify]\nwebhok = 'x'", "did you mean `webhook`"),
        ("[profiles.paper.strategies.dip]\norder_valeu = 1", "did you mean `order_value`"),
        (
            "[profiles.paper.strategies.dip]\nquote_age = 1",
            r"unknown key `quote_age` in \[profiles.NAME.strategies.NAME\]",
        ),
        ("[profiles.paper]\nport = 'x'", "port"),
        ("[profiles.paper]\nport = 70000", "between 1 and 65535"),
        ("[profiles.paper]\nclient_id = 0", "client_id"),
        ("[profiles.paper]\nmode = 'demo'", "mode"),
        ("[profiles.paper]\ntimezone = 'Mars/Base'", "not a zone"),
        ("[profiles.paper.limits]\norder_value = -1", "more than 0"),
        ("[profiles.paper.limits]\norder_value = nan", "more than 0"),
        ("[profiles.paper.limits]\norder_value = '20000'", "order_value"),
        ("[profiles.paper.limits]\norder_value = true", "order_value"),
        ("[profiles.paper.limits]\nopen_orders = 1.5", "open_orders"),
        ("[profiles.paper.limits]\nhours = '０9:30-16:00'", "hours are written like 09:30-15:45"),
        ("[profiles.'../x']\nport = 1", "a-z"),
        ("[profiles", "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(IbtuiError, match=says) as caught:
        load(file)
    assert caught.value.code == "bad_config"
    assert str(file) in caught.value.message


@pytest.mark.parametrize(
    "table", ["", "profiles.paper", "profiles.paper.limits", "profiles.paper.notify", "profiles.paper.strategies.dip"]
)
def test_a_key_that_is_near_nothing_is_compared_with_nothing(tmp_path: Path, table: str) -> None:
    with pytest.raises(IbtuiError, match=r"unknown key `qqqqq`( in \[[a-zA-Z.]+\])?\.$"):
        load(written(tmp_path, f"[{table}]\nqqqqq = 1" if table else "qqqqq = 1"))


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ("order_quantity = 1_000_001", "1,000,000"),
        ("collar_percent = 51", "50"),
        ("exit_collar_percent = 50.1", "50"),
        ("quote_age = 61", "60"),
        ("orders_per_second = 46", "45"),
    ],
)
@pytest.mark.parametrize("value", ["beyond", "inf", "-inf", "nan", "0"])
def test_no_limit_lies_beyond_its_hard_ceiling(tmp_path: Path, limit: str, most: str, value: str) -> None:
    key, _, beyond = limit.partition(" = ")
    if value != "beyond" and key == "orders_per_second" and value != "0":
        value = "-1"  # a whole number
    text = f"[profiles.paper.limits]\n{key} = {beyond if value == 'beyond' else value}"
    with pytest.raises(IbtuiError) as caught:
        load(written(tmp_path, text))
    assert key in caught.value.message
    assert (f"it may be {most} at most" if value == "beyond" else "more than 0") in caught.value.message
    assert value == "beyond" or value in caught.value.message


@pytest.mark.parametrize("limits", [Limits(), Ceilings()])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 0.0, -1.0])
def test_every_number_of_the_limits_has_to_be_finite_and_above_0(limits: Ceilings, value: float) -> None:
    for field in msgspec.structs.fields(type(limits)):
        if "float" in str(field.type):
            with pytest.raises(IbtuiError, match=field.name):
                check_limits(msgspec.structs.replace(limits, **{field.name: value}), "")


def test_a_strategys_order_has_the_same_hard_ceiling(tmp_path: Path) -> None:
    text = "[profiles.paper.strategies.dip]\norder_quantity = 1e7"
    with pytest.raises(IbtuiError, match=r"strategies.dip.order_quantity is 10,000,000; it may be 1,000,000 at most"):
        load(written(tmp_path, text))


def test_the_word_for_delayed_quotes_is_read(tmp_path: Path) -> None:
    config = load(written(tmp_path, "[profiles.paper.limits]\ndelayed_quotes = true"))
    assert config.profile("paper").limits.delayed_quotes


def test_a_profile_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match="did you mean 'paper'"):
        load(tmp_path / "none.toml").profile("papre")


def test_an_unreadable_file_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(IbtuiError, match="cannot be read"):
        load(tmp_path / "config.toml")


@pytest.mark.parametrize(("value", "fits"), [(0, True), (128, True), (127, False), (-1, False)])
def test_a_strategy_has_memory_that_python_can_live_on(tmp_path: Path, value: int, fits: bool) -> None:
    file = written(tmp_path, f"[profiles.paper]\nstrategy_memory = {value}\n")
    if fits:
        assert load(file).profile("paper").strategy_memory == value
    else:
        with pytest.raises(IbtuiError, match="strategy_memory is in MiB"):
            load(file)
