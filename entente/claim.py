"""The right of one process to work on something: a locked file, free again when its holder closes it or dies."""

import fcntl
from pathlib import Path


class Claim:
    """Held from its making until `close`.

    Raises:
        BlockingIOError: another one is held, by this process or another.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let others have it."""
        self._file.close()
