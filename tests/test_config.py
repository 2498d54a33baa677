"""The configuration is strict: what it does not know stops the start with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.config import Config, load
from ibtui.domain.failure import IbtuiError


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


def test_a_profile_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(IbtuiError, match="did you mean 'paper'"):
        load(tmp_path / "none.toml").profile("papre")


def test_an_unreadable_file_is_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(IbtuiError, match="cannot be read"):
        load(tmp_path / "config.toml")
