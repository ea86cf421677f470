"""`entente check` reads what the stage reads, and changes nothing."""

from pathlib import Path

import pytest

from entente.errors import EntenteError, InputError
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


@pytest.mark.parametrize("host", ["192.168.1.2", "localhost", "[fd00::1]:8080"])
def test_a_feed_at_a_private_address_is_told_unless_it_is_allowed(tmp_path: Path, host: str) -> None:
    record = f"{{id: own, outlet: O, url: 'http://{host}/f', country: IN, language: en, every: 5m}}"
    (tmp_path / "feeds.yaml").write_text(f"feeds: [{record}]")
    with pytest.raises(InputError, match=r"feed own: .* is no public address; .*ENTENTE_ALLOW_PRIVATE"):
        dict(probes(Settings(feeds=f"{tmp_path}/feeds.yaml")))["feeds"]()
    allowed = ("192.168.0.0/16", "127.0.0.0/8", "fd00::/8")
    assert dict(probes(Settings(feeds=f"{tmp_path}/feeds.yaml", allow_private=allowed)))["feeds"]() == "1 feeds"
