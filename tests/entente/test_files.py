"""Whether a file could be used at a start is found out without making or changing it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from entente.errors import SettingsError
from entente.files import try_file, try_sqlite


def test_a_file_that_can_be_made_with_its_folders_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "deeper" / "x.db"
    assert try_sqlite("ENTENTE_X", path) == f"{path} will be created"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_stands_there_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
    before = path.read_bytes()
    assert try_sqlite("ENTENTE_X", path) == str(path)
    assert [path] == list(tmp_path.iterdir())
    assert path.read_bytes() == before


def test_a_folder_or_a_path_below_a_file_can_be_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "below"):
        with pytest.raises(SettingsError, match=f"ENTENTE_X: {path}: .*name a file that can be written"):
            try_file("ENTENTE_X", path)


def test_a_text_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no database")
    assert try_file("ENTENTE_X", path) == str(path)
    with pytest.raises(SettingsError, match=f"ENTENTE_X: {path}: file is not a database"):
        try_sqlite("ENTENTE_X", path)
