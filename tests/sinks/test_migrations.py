"""The schema: made from nothing, brought up to date at every start, the same as the tables say."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from entente.errors import SettingsError
from sinks.archive import tables
from sinks.archive.database import migrate, open_database


def test_migrations_make_exactly_the_tables_that_the_code_uses(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    assert set(inspect(engine).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_a_database_that_is_up_to_date_stays_as_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(tables.positions.insert().values(topic="t", partition=0, next_offset=7))
    migrate(engine)
    with engine.begin() as connection:
        assert connection.execute(tables.positions.select()).one() == ("t", 0, 7)


def test_processes_that_start_together_on_an_empty_database_wait_for_each_other(database_url: str) -> None:
    engines = [open_database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    with engines[0].connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    for engine in engines:
        engine.dispose()


def test_the_schema_of_a_newer_program_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer program"):
        migrate(engine)
