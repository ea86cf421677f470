"""Stages together in one process: they start, stop on a signal, and fail as a whole."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

PROGRAM = """
    import sys, time
    from entente import stage
    from entente.errors import SettingsError
    from entente.settings import Settings

    class Steady:
        name = "steady"
        def run(self, stop):
            print("steady runs", flush=True)
            stop.wait()
            print("steady finished what it held", flush=True)
        def live(self): return None
        def ready(self): return None

    class Broken(Steady):
        name = "broken"
        def run(self, stop):
            raise RuntimeError("cannot go on")

    class Refused(Steady):
        name = "refused"
        def run(self, stop):
            raise SettingsError("ENTENTE_X: use another one")

    def make_slow(settings):
        print("slow is created", flush=True)
        time.sleep(60)

    make_steady, make_broken, make_refused = lambda _: Steady(), lambda _: Broken(), lambda _: Refused()
    stage.FACTORIES.update({name: f"__main__:make_{name}" for name in ("steady", "broken", "refused", "slow")})
    sys.exit(stage.run_stages(sys.argv[1:], Settings(metrics="127.0.0.1:0")))
"""


def start(folder: Path, *names: str) -> "subprocess.Popen[str]":
    program = folder / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    return subprocess.Popen(
        [sys.executable, program, *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    )


def test_a_signal_lets_each_stage_finish_what_it_holds(tmp_path: Path) -> None:
    process = start(tmp_path, "steady")
    assert process.stdout is not None
    assert process.stdout.readline() == "steady runs\n"
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGTERM)
    out, _ = process.communicate(timeout=10)
    assert out == "steady finished what it held\n"
    assert process.returncode == 0


def test_a_stage_that_fails_stops_the_others_and_the_exit_status_tells(tmp_path: Path) -> None:
    """A supervisor restarts the whole: half a road looks alive and loses news."""
    out, err = start(tmp_path, "steady", "broken").communicate(timeout=10)
    assert "steady finished what it held" in out
    assert "broken failed" in err
    assert "cannot go on" in err


def test_the_exit_status_of_a_failed_stage_is_one(tmp_path: Path) -> None:
    process = start(tmp_path, "broken")
    process.communicate(timeout=10)
    assert process.returncode == 1


def test_a_stage_that_a_user_can_mend_says_how_in_one_line_without_a_traceback(tmp_path: Path) -> None:
    process = start(tmp_path, "steady", "refused")
    out, err = process.communicate(timeout=10)
    assert "steady finished what it held" in out
    assert '"refused stops: ENTENTE_X: use another one"' in err
    assert "Traceback" not in err
    assert process.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_stages_are_created_ends_it_at_once_and_quietly(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, "slow", "steady")
    assert process.stdout is not None
    assert process.stdout.readline() == "slow is created\n"
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=10)
    assert out == ""
    assert "Traceback" not in err
    assert process.returncode == 0
