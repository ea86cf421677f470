"""`entente check` reads what the stage reads, and changes nothing."""

from pathlib import Path

import pytest

from entente.errors import EntenteError
from entente.settings import Settings
from ingest.checks import probes
from ingest.state import State


def test_all_is_well_by_default_and_nothing_is_created(tmp_path: Path) -> None:
    settings = Settings(feed_state=f"sqlite:///{tmp_path}/feeds.db", demo=True, allow_private=("10.0.0.0/8",))
    said = {name: probe() for name, probe in probes(settings)}
    assert said["feeds"].endswith(" feeds")
    assert said["allow_private"] == "1 networks or addresses"
    assert said["feed_state"].endswith("will be created")
    assert said["demo"].endswith(" articles")
    assert list(tmp_path.iterdir()) == []
    State(tmp_path / "feeds.db").close()
    assert dict(probes(settings))["feed_state"]() == f"{tmp_path}/feeds.db"


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    (tmp_path / "feeds.db").write_text("no database" * 200)
    settings = Settings(
        feed_state=f"sqlite:///{tmp_path}/feeds.db", feeds=f"{tmp_path}/none.yaml", allow_private=("here",)
    )
    found = dict(probes(settings))
    assert list(found) == ["feeds", "allow_private", "feed_state"]
    for probe in found.values():
        with pytest.raises(EntenteError):
            probe()
