"""Settings: a mistake is named, with the remedy; secrets stay out of sight."""

from pathlib import Path

import pytest

from entente.errors import SettingsError
from entente.settings import Settings, documentation


def test_without_any_setting_everything_is_on_this_machine() -> None:
    settings = Settings.from_env({"PATH": "/usr/bin"})
    assert settings.broker == "sqlite:///data/log.db"
    assert settings.metrics.startswith("127.0.0.1:")
    assert settings.allow_private == ()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "entente.toml"
    file.write_text('broker = "kafka://one:9092"\nlog = "debug"\npacks = ["a.yaml", "b.yaml"]\n')
    settings = Settings.from_env({"ENTENTE_CONFIG": str(file), "ENTENTE_BROKER": "kafka://two:9092"})
    assert (settings.broker, settings.log, settings.packs) == ("kafka://two:9092", "debug", ("a.yaml", "b.yaml"))


def test_a_list_is_separated_by_commas() -> None:
    assert Settings.from_env({"ENTENTE_PACKS": "a.yaml, b.yaml,"}).packs == ("a.yaml", "b.yaml")


def test_a_secret_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "database"
    secret.write_text("postgresql://entente:hidden@db/entente\n")
    assert (
        Settings.from_env({"ENTENTE_DATABASE_FILE": str(secret)}).database == "postgresql://entente:hidden@db/entente"
    )


def test_the_settings_file_can_name_the_file_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgresql://entente:hidden@db/entente\n")
    (tmp_path / "entente.toml").write_text(f'database_file = "{tmp_path}/database"\n')
    chosen = Settings.from_env({"ENTENTE_CONFIG": f"{tmp_path}/entente.toml"})
    assert chosen.database == "postgresql://entente:hidden@db/entente"


def test_a_setting_that_is_given_twice_is_refused_rather_than_one_of_them_ignored(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("sqlite:///one.db")
    environ = {"ENTENTE_DATABASE": "sqlite:///two.db", "ENTENTE_DATABASE_FILE": f"{tmp_path}/database"}
    with pytest.raises(SettingsError, match="ENTENTE_DATABASE and ENTENTE_DATABASE_FILE are both given"):
        Settings.from_env(environ)
    with pytest.raises(SettingsError, match="are both given"):
        Settings.from_env(dict(reversed(environ.items())))


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"ENTENTE_KAFKA_BROKER": "x"}, "unknown: ENTENTE_KAFKA_BROKER"),
        ({"ENTENTE_BROKER": "redis://x"}, "ENTENTE_BROKER has the scheme 'redis': use sqlite"),
        ({"ENTENTE_BROKER": "sqlite://data/x.db"}, "three slashes and a file"),
        ({"ENTENTE_BROKER": "kafka://"}, "ENTENTE_BROKER names no host"),
        ({"ENTENTE_DATABASE": "mysql://x"}, "ENTENTE_DATABASE has the scheme 'mysql'"),
        ({"ENTENTE_BROKER": "kafka://a:9092,b:port"}, "ENTENTE_BROKER has no HOST:PORT where one belongs"),
        ({"ENTENTE_DATABASE": "postgresql://me:hidden@db:abc/x"}, "ENTENTE_DATABASE has no HOST:PORT"),
        ({"ENTENTE_DATABASE": "postgresql://me:hid/den@db/x"}, "in a password write / as %2F"),
        ({"ENTENTE_DEMO": "perhaps"}, "ENTENTE_DEMO 'perhaps'"),
        ({"ENTENTE_READERS": "0"}, "ENTENTE_READERS 0: use 1 to 256"),
        ({"ENTENTE_READERS": "100000"}, "ENTENTE_READERS 100000: use 1 to 256"),
        ({"ENTENTE_USER_AGENT": "x\nEvil: y"}, "ENTENTE_USER_AGENT .*: use printable ASCII"),
        ({"ENTENTE_LOG": "loud"}, "ENTENTE_LOG 'loud': use debug"),
        ({"ENTENTE_METRICS": "9108"}, "ENTENTE_METRICS '9108': use HOST:PORT"),
        ({"ENTENTE_METRICS": "127.0.0.1:99999"}, "use HOST:PORT"),
        ({"ENTENTE_CONFIG": "missing.toml"}, "ENTENTE_CONFIG missing.toml"),
        ({"ENTENTE_DATABASE_FILE": "missing"}, "ENTENTE_DATABASE_FILE missing"),
    ],
)
def test_an_unusable_setting_is_refused_by_name(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        Settings.from_env(environ)


def test_an_unknown_setting_in_the_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "entente.toml"
    file.write_text('brocker = "kafka://one:9092"\n')
    with pytest.raises(SettingsError, match=r"unknown: .*entente\.toml: brocker\nknown: .*`entente check --settings`"):
        Settings.from_env({"ENTENTE_CONFIG": str(file)})


def test_a_broken_settings_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "entente.toml"
    file.write_text("broker = ")
    with pytest.raises(SettingsError, match=r"entente\.toml"):
        Settings.from_env({"ENTENTE_CONFIG": str(file)})


def test_a_password_is_not_repeated_in_the_complaint() -> None:
    for url in ("mysql://me:hidden@db/x", "postgresql://me:hidden@db:abc/x", "postgresql://me:hidden/@db/x"):
        with pytest.raises(SettingsError) as caught:
            Settings.from_env({"ENTENTE_DATABASE": url})
        assert "hidden" not in str(caught.value)


def test_every_setting_is_told_with_its_meaning() -> None:
    told = documentation()
    assert {f"ENTENTE_{name.upper()}" for name in Settings.__dataclass_fields__} < {variable for variable, *_ in told}
    assert all(variable.startswith("ENTENTE_") and len(meaning) > 15 for variable, _, meaning in told)


def test_the_list_of_settings_also_tells_where_else_they_can_stand() -> None:
    assert {"ENTENTE_CONFIG", "ENTENTE_..._FILE"} <= {variable for variable, *_ in documentation()}


def test_an_unusable_value_is_told_with_what_is_allowed_and_all_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"ENTENTE_READERS": "zwei", "ENTENTE_DEMO": "ja"})
    assert str(caught.value).splitlines() == [
        "ENTENTE_READERS 'zwei': use a whole number",
        "ENTENTE_DEMO 'ja': use true or false",
    ]


@pytest.mark.parametrize("address", ["me:hidden@db:port/x", "me:hid[den@db/x", "me:hidden@[::1/x"])
def test_an_address_that_cannot_be_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match=r"^ENTENTE_DATABASE ") as caught:
        Settings.from_env({"ENTENTE_DATABASE": f"postgresql://{address}"})
    assert "hid" not in str(caught.value)
