"""Who may import whom: the contracts in pyproject.toml hold, and the check would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_stages_meet_only_in_topics_and_the_words_need_nothing() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("sinks/planted.py", "import processors.tracking.shifts", "stages meet only in topics"),
        ("entente/planted.py", "import ingest", "entente imports no stage"),
        ("entente/domain.py", "import msgspec", "the words need nothing"),
    ],
)
def test_a_planted_import_is_reported(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for package in ("entente", "ingest", "processors", "sinks"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as planted:
        planted.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
