"""`entente check` tells what the stage could not use, and makes nothing."""

from pathlib import Path

import pytest

from entente.errors import InputError
from entente.settings import Settings
from sinks.checks import probes
from tests.sinks.parts import write_secret


def settings(folder: Path, channels: str, **given: object) -> Settings:
    (folder / "mine.yaml").write_text(f"subscriptions: [{{id: mine, title: Mine, channels: [{channels}]}}]")
    database = f"sqlite:///{folder}/deep/entente.db"
    return Settings.of({"database": database, "subscriptions": f"{folder}/mine.yaml", **given})


def test_a_database_that_will_be_created_is_not_created_by_looking(tmp_path: Path) -> None:
    found = dict(probes(settings(tmp_path, "{type: console}")))
    assert found["database"]().endswith("deep/entente.db will be created")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("host", ["10.1.2.3", "localhost:8080", "[::1]"])
def test_a_webhook_at_a_private_address_is_told_unless_it_is_allowed(tmp_path: Path, host: str) -> None:
    channel = f"{{type: webhook, url: 'http://{host}/hook', secret_file: {write_secret(tmp_path)}}}"
    with pytest.raises(InputError, match=r"mine: webhook:.* is no public address"):
        dict(probes(settings(tmp_path, channel)))["subscriptions"]()
    allowed = settings(tmp_path, channel, allow_private="10.1.2.0/24,127.0.0.1,::1")
    assert dict(probes(allowed))["subscriptions"]() == "1 subscriptions to 1 channels"


def test_a_file_that_could_not_be_written_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    chosen = settings(tmp_path, "{type: file}", alerts_file=f"{tmp_path}/file/alerts.jsonl")
    with pytest.raises(InputError, match=r"mine: file: ENTENTE_ALERTS_FILE: .*name a file that can be written"):
        dict(probes(chosen))["subscriptions"]()


def test_a_mistake_in_a_pack_is_not_listed_as_one_of_the_subscriptions(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("actors: [{id: 7}]")
    chosen = settings(tmp_path, "{type: console}", packs=f"{tmp_path}/pack.yaml")
    with pytest.raises(InputError, match="cannot be read before the packs are mended"):
        dict(probes(chosen))["subscriptions"]()
