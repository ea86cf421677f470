"""The packaging traps of four top-level packages with common names."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("entente", "ingest", "processors", "sinks")
TRAINING = ROOT / "processors" / "training"  # makes what is installed, and is not installed itself


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_installs_a_package_of_our_name(package: str) -> None:
    """Two wheels with one folder overwrite each other silently; uninstalling one deletes files of the other."""
    assert set(importlib.metadata.packages_distributions()[package]) == {"entente"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_under_test_are_those_of_this_checkout(package: str) -> None:
    assert Path(__import__(package).__file__ or "").parent == ROOT / package


def test_the_wheel_holds_the_data_and_leaves_out_tests_and_training(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w"]
    subprocess.run([*command, str(tmp_path), str(ROOT)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("entente-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    data = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for pattern in ("*.yaml", "*.json", "*.onnx", "py.typed")
        for path in (ROOT / package).rglob(pattern)
        if not path.is_relative_to(TRAINING)
    ]
    assert len(data) > 8
    assert set(data) <= set(names)
    assert not [name for name in names if name.startswith(("tests", "deploy", "processors/training"))]
    migrations = [name for name in names if name.startswith("sinks/") and "/versions/" in name]
    assert migrations


def test_every_library_that_is_imported_is_declared() -> None:
    """What only comes along with another library can go away with it."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    installed = [path for path in files if not path.is_relative_to(TRAINING)]
    assert installed
    assert _undeclared(installed, extras=False) == set()
    assert _undeclared(set(files) - set(installed), extras=True) == set()


def _undeclared(sources: Iterable[Path], *, extras: bool) -> set[str]:
    required = importlib.metadata.requires("entente") or []
    declared = {_normal(re.split(r"[<>=;\[ ]", line)[0]) for line in required if extras or "extra ==" not in line}
    distributions = importlib.metadata.packages_distributions()
    imported = {name for path in sources for name in _imports(path.read_text(encoding="utf-8"))}
    others = imported - {*sys.stdlib_module_names, *PACKAGES}
    return {name for name in others if not declared & {_normal(d) for d in distributions[name]}}


def _imports(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.partition(".")[0] for name in names}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
