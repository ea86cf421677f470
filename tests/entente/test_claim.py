"""A claim is held by one at a time, and dies with its holder."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from entente.claim import Claim

HOLDER = (
    "import sys, time; from pathlib import Path; from entente.claim import Claim; held = Claim(Path(sys.argv[1])); \
print('held', flush=True); time.sleep(60)"
)


def test_what_is_claimed_cannot_be_claimed_again_until_it_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "lock"
    with closing(Claim(path)), pytest.raises(BlockingIOError):
        Claim(path)
    Claim(path).close()


def test_the_claim_of_a_process_that_is_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError):
            Claim(path)
        holder.kill()
        holder.wait(10)
    Claim(path).close()
