"""The command line: it teaches, and a mistake is one message."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from entente.claim import Claim
from entente.cli import COMMANDS
from entente.commands.run import demo_settings
from entente.settings import Settings

ROOT = Path(__file__).parents[2]
PAUSE = """
import click, time
from entente import cli
pause = click.Command("pause", callback=lambda: (click.echo("pauses"), time.sleep(60)))
cli.COMMANDS["pause"] = cli.COMMANDS["run"]._replace(where="__main__:pause")
cli.main(["pause"])
"""


def entente(*arguments: str, cwd: Path | None = None, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "entente.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environ},
    )


def start(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    """Python in a process group of its own, which writes all it says into one pipe."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "ENTENTE_METRICS": "127.0.0.1:0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
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


def test_a_demo_sends_nothing_that_it_makes_up_where_the_user_keeps_news() -> None:
    yours = Settings(
        broker="kafka://news:9092",
        database="postgresql://db/news",
        alerts_file="mine.jsonl",
        subscriptions="webhooks.yaml",
        packs=("mine.yaml",),
    )
    settings = demo_settings(yours)
    assert settings.demo
    assert settings.broker == "sqlite:///data/demo/log.db"
    assert settings.database == "sqlite:///data/demo/entente.db"
    assert settings.feed_state == "sqlite:///data/demo/feeds.db"
    assert settings.alerts_file == "data/demo/alerts.jsonl"
    assert settings.subscriptions == ""
    assert settings.packs == ("mine.yaml",)


def test_a_demo_says_which_settings_it_leaves_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        metrics = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = entente("run", "--demo", cwd=tmp_path, ENTENTE_BROKER="kafka://news:9092", ENTENTE_METRICS=metrics)
    assert refused.stderr.startswith("a demo leaves ENTENTE_BROKER alone and uses its own in data/demo\n")


def test_a_second_demo_leaves_the_files_of_the_one_that_runs(tmp_path: Path) -> None:
    log = tmp_path / "data/demo/log.db"
    with closing(Claim(tmp_path / "data/demo.lock")):
        log.parent.mkdir()
        log.touch()
        refused = entente("run", "--demo", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == ("entente: another demo runs in data/demo; stop it first, or start from another folder\n")
    assert log.exists()


def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = entente("run", cwd=tmp_path, ENTENTE_METRICS=f"127.0.0.1:{taken.getsockname()[1]}")
    assert refused.returncode == 2
    assert refused.stderr.startswith("entente: ENTENTE_METRICS '127.0.0.1:")
    assert not (tmp_path / "data").exists()


def test_a_log_that_another_process_works_on_is_told_before_anything_is_polled(tmp_path: Path) -> None:
    with closing(Claim(tmp_path / "data/log.db.entente-processors.lock")):
        refused = entente("run", cwd=tmp_path, ENTENTE_METRICS="127.0.0.1:0")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("entente: another process works on the log data/log.db")
    assert "polling" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_log_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broker = f"sqlite:///{tmp_path}/file/log.db"
    refused = entente("run", cwd=tmp_path, ENTENTE_BROKER=broker, ENTENTE_METRICS="127.0.0.1:0")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].endswith("let ENTENTE_BROKER name a file that can be made")
    assert "Traceback" not in refused.stderr


def test_what_is_wrong_in_a_later_stage_ends_those_that_were_created_before(tmp_path: Path) -> None:
    """The processes that read articles too, which heed no signal."""
    (tmp_path / "mine.yaml").write_text("subscriptions: [{id: a, channels: [{type: slak}]}]")
    refused = entente("run", cwd=tmp_path, ENTENTE_SUBSCRIPTIONS="mine.yaml", ENTENTE_METRICS="127.0.0.1:0")
    assert refused.returncode == 2
    assert "no channel 'slak'" in refused.stderr


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5, 3.0, 5.0])
def test_ctrl_c_while_stages_start_ends_all_processes_quietly(tmp_path: Path, seconds: float) -> None:
    """A terminal sends it to every process, those that read articles among them."""
    process = start("-m", "entente.cli", "run", cwd=tmp_path)
    assert process.stdout is not None
    assert "metrics on" in process.stdout.readline()
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=20)  # which lasts until no process writes any more
    assert all(line.startswith("{") and '"error"' not in line for line in said.splitlines()), said
    assert process.returncode == 0


def test_ctrl_c_ends_any_command_without_a_word(tmp_path: Path) -> None:
    process = start("-c", PAUSE, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "pauses\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=10)[0] == ""
    assert process.returncode == 128 + signal.SIGINT


def test_help_and_the_list_of_settings_are_shown_while_a_setting_is_wrong() -> None:
    assert entente("check", "--settings", ENTENTE_NONE="x").stdout.startswith("ENTENTE_CONFIG\n")
    for command in ("check", "run", "extract", "feeds list", "deliveries replay"):
        shown = entente(*command.split(), "--help", ENTENTE_NONE="x")
        assert (shown.returncode, shown.stderr) == (0, "")
    assert "unknown: ENTENTE_NONE" in entente("feeds", "list", ENTENTE_NONE="x").stderr


def test_check_finds_all_well_at_the_defaults_and_makes_no_file(tmp_path: Path) -> None:
    checked = entente("check", cwd=tmp_path, ENTENTE_METRICS="127.0.0.1:0")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("will be created") == 3
    assert list(tmp_path.iterdir()) == []


def test_check_tells_what_a_start_could_not_use(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    (tmp_path / "feeds.yaml").write_text(
        "feeds: [{id: own, outlet: A, url: 'http://10.1.2.3/f', country: IN, language: en, every: 5m}]"
    )
    checked = entente(
        "check",
        cwd=tmp_path,
        ENTENTE_BROKER="sqlite:///text",
        ENTENTE_FEED_STATE="sqlite:///text/feeds.db",
        ENTENTE_DATABASE="sqlite:///text/deep/entente.db",
        ENTENTE_ALERTS_FILE="text/alerts.jsonl",
        ENTENTE_FEEDS="feeds.yaml",
        ENTENTE_METRICS="256.1.1.1:80",
    )
    assert checked.returncode == 1
    wrong = {line.split()[1] for line in checked.stdout.splitlines() if line.startswith("wrong")}
    assert wrong == {"metrics:", "broker:", "feeds:", "feed_state:", "subscriptions:", "database:"}


def test_a_port_that_is_taken_is_no_mistake_since_the_program_may_be_running(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        checked = entente("check", cwd=tmp_path, ENTENTE_METRICS=f"127.0.0.1:{taken.getsockname()[1]}")
    assert checked.returncode == 0
    assert "is taken" in checked.stdout
