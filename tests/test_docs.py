"""What the documents name exists, and what exists is named."""

import re
from pathlib import Path

import pytest

from entente.cli import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "deploy/compose/README.md")
VERBS = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_readme_can_be_read_in_two_minutes() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    assert 300 <= len(prose.split()) <= 500


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_verb_and_command_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert set(re.findall(r"`make ([a-z]+)", text)) | set(re.findall(r"^make ([a-z]+)", text, re.MULTILINE)) <= VERBS
    assert set(re.findall(r"\bentente ([a-z]+)\b(?=[^\n]*`)", text)) <= set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:entente|ingest|processors|sinks|deploy|tests|\.ci)/[\w./-]*\w/?)`", text)
    assert named
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


def test_every_verb_is_explained_by_make_help() -> None:
    assert {"run", "test", "lint", "bench", "kafka", "help"} <= VERBS
