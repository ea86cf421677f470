"""What happens to a test whose service is not on this machine."""

import os
from typing import NoReturn

import pytest


def missing(service: str, remedy: str) -> NoReturn:
    """Skip the test with the command that brings the service; under CI=true, where all must be there, fail it."""
    text = f"{service} is not here: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
