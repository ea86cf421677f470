"""What the transports rely on inside Faust 0.15.3; a test that fails here says what to look at before an upgrade."""

import importlib.metadata
import inspect
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faust import App, Table, Topic
from faust.assignor.partition_assignor import PartitionAssignor
from faust.streams import Stream
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport import consumer, producer
from faust.transport.drivers import TRANSPORTS, aiokafka

from processors.app import NAME
from processors.transport import kafka, sqlite

ROOT = Path(__file__).parents[2]


def test_faust_is_the_version_that_the_transports_were_written_for() -> None:
    assert importlib.metadata.version("faust-streaming") == "0.15.3"


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (consumer.Consumer._new_offset, ["self", "tp"]),
        (consumer.Consumer._filter_tps_with_pending_acks, ["self", "topics"]),
        (consumer.Consumer._commit_offsets, ["self", "offsets", "start_new_transaction"]),
        (consumer.Consumer._add_gap, ["self", "tp", "offset_from", "offset_to"]),
        (consumer.Consumer._getmany, ["self", "active_partitions", "timeout"]),
        (consumer.Consumer._commit, ["self", "offsets"]),
        (consumer.Consumer._to_message, ["self", "tp", "record"]),
        (consumer.Consumer.on_partitions_revoked, ["self", "revoked"]),
        (consumer.Consumer.on_partitions_assigned, ["self", "assigned", "generation_id"]),
        (consumer.Consumer.maybe_wait_for_commit_to_finish, ["self"]),
        (consumer.Consumer.seek_to_committed, ["self"]),
        (producer.Producer.send_soon, ["self", "fut"]),
        (aiokafka.Producer._settings_extra, ["self"]),
        (aiokafka.Producer._ensure_producer, ["self"]),
        (App.on_first_start, ["self"]),
        (App.on_rebalance_start, ["self"]),
    ],
)
def test_what_is_overridden_or_called_keeps_its_parameters(function: Callable[..., Any], parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize(
    ("function", "words"),
    [
        # Every message passes the callback given to __init__, in order of offsets.
        (consumer.Consumer._drain_messages, "callback = self.callback"),
        # The offsets to commit come from these two.
        (consumer.Consumer.force_commit, "self._filter_tps_with_pending_acks(topics)"),
        (consumer.Consumer._filter_committable_offsets, "self._new_offset(tp)"),
        (consumer.Consumer._should_commit, "self._committed_offset[tp]"),
        (consumer.Consumer._commit_tps, "self._commit_offsets("),
        # Full buffers keep partitions out of a fetch.
        (consumer.Consumer.on_buffer_full, "self._buffered_partitions.add(tp)"),
        # A table's write comes to the producer's send_soon, with its partition.
        (Table.on_key_set, "self.send_changelog(self.partition_for_key(key), key, value)"),
        (Table.send_changelog, "self.changelog_topic.send_soon("),
        (Topic.send_soon, "self.app.producer.send_soon(fut)"),
        # After a recovery Faust resumes partitions, seeks, empties all queues, and only then ends the rebalance.
        (Recovery.on_recovery_completed, "consumer.perform_seek()"),
        (Recovery.on_recovery_completed, "self.app.on_rebalance_end()"),
        (App.on_rebalance_end, "self.rebalancing = False"),
        (TableManager.wait_until_recovery_completed, "self.recovery.completed"),
        # The group of one has its assignment written where Faust looks for it.
        (PartitionAssignor.assigned_actives, "self._assignment.actives.items()"),
        (PartitionAssignor.assigned_standbys, "self._assignment.standbys.items()"),
    ],
)
def test_faust_still_does_what_the_transports_build_on(function: Callable[..., Any], words: str) -> None:
    assert words in inspect.getsource(function)


def test_queues_are_emptied_after_the_seek_and_before_the_rebalance_ends() -> None:
    """So a message that is let through during a rebalance would be lost; ours wait for its end."""
    source = inspect.getsource(Recovery.on_recovery_completed)
    steps = ["resume_partitions(", "perform_seek()", "flow_control.resume()", "on_rebalance_end()"]
    assert [source.index(step) for step in steps] == sorted(source.index(step) for step in steps)


def test_a_skipped_message_is_acknowledged_by_faust() -> None:
    """Which is why its acknowledgements count for nothing here."""
    assert "do_ack or value is skipped_value" in inspect.getsource(Stream._c_aiter)


def test_a_checkout_and_an_installed_distribution_name_the_same_transports() -> None:
    """Aliases serve the checkout, entry points the distribution."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["faust.transports"]
    assert NAME  # importing the application registers the aliases
    assert {name: TRANSPORTS.aliases[name] for name in declared} == declared
    assert TRANSPORTS.by_name("sqlite") is sqlite.Transport
    assert TRANSPORTS.by_name("kafkacap") is kafka.Transport
