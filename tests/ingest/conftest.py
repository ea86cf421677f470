"""A farm for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.ingest.farm import Farm


@pytest.fixture
def farm() -> Iterator[Farm]:
    with Farm() as running:
        yield running
