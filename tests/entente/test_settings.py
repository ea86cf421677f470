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


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"ENTENTE_KAFKA_BROKER": "x"}, "unknown: ENTENTE_KAFKA_BROKER"),
        ({"ENTENTE_BROKER": "redis://x"}, "ENTENTE_BROKER has the scheme 'redis': use sqlite"),
        ({"ENTENTE_BROKER": "sqlite://data/x.db"}, "three slashes and a file"),
        ({"ENTENTE_BROKER": "kafka://"}, "ENTENTE_BROKER names no host"),
        ({"ENTENTE_DATABASE": "mysql://x"}, "ENTENTE_DATABASE has the scheme 'mysql'"),
        ({"ENTENTE_DEMO": "perhaps"}, "ENTENTE_DEMO 'perhaps'"),
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
    with pytest.raises(SettingsError, match=r"entente\.toml: unknown setting 'brocker'"):
        Settings.from_env({"ENTENTE_CONFIG": str(file)})


def test_a_broken_settings_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "entente.toml"
    file.write_text("broker = ")
    with pytest.raises(SettingsError, match=r"entente\.toml"):
        Settings.from_env({"ENTENTE_CONFIG": str(file)})


def test_a_password_is_not_repeated_in_the_complaint() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"ENTENTE_DATABASE": "mysql://me:hidden@db/x"})
    assert "hidden" not in str(caught.value)


def test_every_setting_is_told_with_its_meaning() -> None:
    told = documentation()
    assert len(told) == len(Settings.__dataclass_fields__)
    assert all(variable.startswith("ENTENTE_") and len(meaning) > 15 for variable, _, meaning in told)
