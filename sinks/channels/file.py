"""Alerts in a file, one JSON object a line; each exactly once, whenever the program is killed.

A line is written and synced before its delivery is recorded. Who dies in between looks for the line before writing it
again. A line torn by the death of its writer is cut off first: its alert was not recorded and follows anew.
"""

import fcntl
import os
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path

import msgspec

from entente.settings import Settings
from sinks.channels.base import ChannelConfig, Kind, Message, Outcome, Result

TAIL = 1 << 20  # bytes at the end in which a line written just before is looked for


class FileConfig(ChannelConfig, frozen=True):
    """Where to append; empty: the setting ENTENTE_ALERTS_FILE."""

    path: str = ""

    @property
    def name(self) -> str:
        """The path, if it is not the setting's."""
        return f"file:{self.path}" if self.path else "file"


class FileChannel:
    """Appends each alert to the file."""

    def __init__(self, config: FileConfig, settings: Settings) -> None:
        self._path = Path(config.path or settings.alerts_file)

    def send(self, message: Message) -> Outcome:
        """Append it, unless it stands there already."""
        line = msgspec.json.encode({**message.data, "sent": datetime.now(UTC)})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self._path.exists()
            # Opened anew each time, so that the file can be moved away (rotated) at any moment.
            with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "rb+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # other processes may append to it too
                already = _append_once(file, line, message.data["id"], message.data["revision"])
            if is_new:
                _sync_folder(self._path.parent)
        except OSError as error:
            return Outcome(Result.RETRY, f"{self._path}: {error.strerror}")
        return Outcome(Result.DELIVERED, "stood there already" if already else "appended")

    def close(self) -> None:
        """Nothing is held open."""


def _append_once(file: BufferedRandom, line: bytes, alert_id: str, revision: str) -> bool:
    """Append the line unless the alert stands in the file's tail; whether it did."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - TAIL))
    tail = file.read()
    whole, _, torn = tail.rpartition(b"\n")
    if torn and not _is_alert(torn):
        file.truncate(end - len(torn))
        torn = b""
    told = [text for text in (*whole.split(b"\n"), torn) if alert_id.encode() in text and revision.encode() in text]
    already = any(_is_alert(text, alert_id, revision) for text in told)
    file.seek(0, os.SEEK_END)
    if torn:  # whole but for its end
        file.write(b"\n")
    if not already:
        file.write(line + b"\n")
    file.flush()
    os.fsync(file.fileno())
    return already


def _is_alert(text: bytes, alert_id: str | None = None, revision: str | None = None) -> bool:
    """Whether the text is a whole JSON object; and of this alert, if one is given."""
    try:
        found = msgspec.json.decode(text, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return alert_id is None or (found.get("id"), found.get("revision")) == (alert_id, revision)


def _sync_folder(folder: Path) -> None:
    """Make sure that the new file's name survives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


KIND = Kind(FileConfig, FileChannel)
