"""What this stage loads at its start, for `entente check`."""

from collections.abc import Iterator

from entente.settings import Settings
from entente.stage import Probe
from processors.extraction.nlp import load_pipeline


def probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    """The pipeline."""
    yield "pipeline", lambda: _describe(settings.pipeline)


def _describe(name: str) -> str:
    meta = load_pipeline(name).meta
    return f"{name} {meta['version']}"
