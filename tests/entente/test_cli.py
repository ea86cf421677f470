"""The command line: it teaches, and a mistake is one message."""

import subprocess
import sys
from pathlib import Path

import pytest

from entente.cli import COMMANDS
from entente.commands.run import demo_settings
from entente.settings import Settings


def entente(*arguments: str, cwd: Path | None = None, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "entente.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), **environ},
    )


def test_the_overview_names_every_command() -> None:
    shown = entente("--help").stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_teaches(command: str) -> None:
    shown = entente(command, "--help")
    assert shown.returncode == 0, shown.stderr
    assert len(shown.stdout) > 200


def test_an_unknown_command_is_refused() -> None:
    refused = entente("anounce")
    assert refused.returncode == 2
    assert "No such command 'anounce'" in refused.stderr


def test_an_unusable_setting_is_one_message_without_a_traceback() -> None:
    refused = entente("run", ENTENTE_BROKER="redis://x")
    assert refused.returncode == 2
    assert refused.stderr == "entente: ENTENTE_BROKER has the scheme 'redis': use sqlite://... or kafka://...\n"


def test_the_demo_keeps_its_files_apart_but_respects_what_the_user_set() -> None:
    settings = demo_settings(Settings(broker="kafka://localhost:9092"))
    assert settings.demo
    assert settings.broker == "kafka://localhost:9092"
    assert settings.database == "sqlite:///data/demo/entente.db"
    assert settings.alerts_file == "data/demo/alerts.jsonl"
