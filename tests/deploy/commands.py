"""Commands that check files, and the files that both tests of the deployment read."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.services.missing import missing

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE_FILE = DEPLOY / "compose/compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
SERVICES: Mapping[str, Any] = COMPOSE["services"]
STAGES = ("poll", "work", "sink")  # the services that are ours
RULES = DEPLOY / "prometheus/rules/entente.yml"
DASHBOARD_FILE = DEPLOY / "grafana/dashboards/entente.json"
DASHBOARD: dict[str, Any] = json.loads(DASHBOARD_FILE.read_text(encoding="utf-8"))
REMEDIES = {"promtool": "apt-get install prometheus", "docker-compose": "apt-get install docker-compose"}


def run(*command: str, folder: Path = ROOT, text: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """Run a command of this Python's folder or of the path; what it says.

    Raises:
        AssertionError: it fails; with what it says.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which(command[0], path=path)
    if program is None:
        missing(command[0], REMEDIES.get(command[0], "pip install -r constraints-dev.txt"))
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=environ,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said
