"""Whether a start could use a file, found out without making or changing it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

from entente.errors import SettingsError


def try_file(variable: str, path: Path) -> str:
    """Say whether the file stands there or will be created.

    Raises:
        SettingsError: it can be neither written nor created.
    """
    try:
        if path.exists():
            with path.open("r+b"):
                return str(path)
        folder = next(folder for folder in path.absolute().parents if folder.exists())
        with TemporaryFile(dir=folder):  # has no name where the system knows such files
            return f"{path} will be created"
    except OSError as error:
        raise SettingsError(f"{variable}: {path}: {error.strerror}; name a file that can be written") from error


def try_sqlite(variable: str, path: Path) -> str:
    """The same of a database in SQLite.

    Raises:
        SettingsError: it can be neither written nor created, or is no database.
    """
    said = try_file(variable, path)
    if path.exists():
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
                connection.execute("PRAGMA schema_version")
        except sqlite3.Error as error:
            raise SettingsError(f"{variable}: {path}: {error}; name another file") from error
    return said
