"""The packaging traps of four top-level packages with common names."""

import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("entente", "ingest", "processors", "sinks")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_installs_a_package_of_our_name(package: str) -> None:
    """Two wheels with one folder overwrite each other silently; uninstalling one deletes files of the other."""
    assert set(importlib.metadata.packages_distributions()[package]) == {"entente"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_under_test_are_those_of_this_checkout(package: str) -> None:
    assert Path(__import__(package).__file__ or "").parent == ROOT / package


def test_the_wheel_holds_the_data_and_leaves_out_the_tests(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([*command, str(tmp_path), str(ROOT)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("entente-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    data = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for pattern in ("*.yaml", "*.json", "py.typed")
        for path in (ROOT / package).rglob(pattern)
    ]
    assert len(data) > 8
    assert set(data) <= set(names)
    assert not [name for name in names if name.startswith(("tests", "deploy"))]
    migrations = [name for name in names if name.startswith("sinks/") and "/versions/" in name]
    assert migrations
