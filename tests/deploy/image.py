"""What the Dockerfile says, without an engine: its instructions, and the tree that its COPY instructions make."""

import json
import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Instruction(NamedTuple):
    """One instruction of a Dockerfile, its lines joined."""

    name: str
    arguments: str

    @property
    def words(self) -> list[str]:
        """The arguments of the form that is JSON, or separated by blanks."""
        text = self.arguments[self.arguments.find("[") :] if "[" in self.arguments else ""
        return [str(word) for word in json.loads(text)] if text else self.arguments.split()


def instructions(dockerfile: str) -> list[Instruction]:
    """The instructions in their order, comments left out."""
    lines = "\n".join(line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    parts = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [Instruction(name, arguments.strip()) for name, _, arguments in parts]


def last(name: str) -> Instruction:
    """The instruction of that name which holds in the image."""
    found = [i for i in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")) if i.name == name]
    assert found, f"the Dockerfile has no {name}"
    return found[-1]


def patterns() -> list[str]:
    """Those of .dockerignore."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def taken(folder: Path) -> list[Path]:
    """The files below a folder of this tree that .dockerignore lets in."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    return [p for p in paths if p.is_file() and not ignored(str(p.relative_to(ROOT)), patterns())]


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether .dockerignore keeps the path from the engine.

    The last pattern that matches counts, and a `!` lets in. Knows the forms that our file uses: a name at the top of
    the tree, `*` in it, and `**/` before a name anywhere.
    """
    parts = path.split("/")
    verdict = False
    for pattern in patterns:
        name = pattern.removeprefix("!")
        anywhere = name.startswith("**/")
        name = name.removeprefix("**/")
        assert "/" not in name, f".dockerignore: {pattern!r} is of a form that this test does not know"
        if any(fnmatchcase(part, name) for part in (parts if anywhere else parts[:1])):
            verdict = not pattern.startswith("!")
    return verdict


def replay(target: Path) -> None:
    """Make in `target` the folder /app of the image, from what COPY takes of this tree and .dockerignore lets in."""
    copies = [i.words for i in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")) if i.name == "COPY"]
    for source, place in (words for words in copies if not words[0].startswith("--from")):
        found = taken(ROOT / source)
        assert found, f"COPY {source}: nothing there that .dockerignore lets in"
        for path in found if place.startswith("/app/") else ():
            copied = target / place.removeprefix("/app/") / path.relative_to(ROOT / source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copied)
