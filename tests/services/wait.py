"""Waiting with a deadline."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], what: str, timeout: float = 60.0) -> None:
    """Look every 50 ms until it holds.

    Raises:
        TimeoutError: it did not within the timeout, in seconds.
    """
    deadline = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.05)
