"""The metrics port and the logs: what an operator sees."""

import io
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from entente.errors import SettingsError
from entente.observe import JsonFormatter, ObservationPort


@pytest.fixture
def findings() -> dict[str, str]:
    return {}


@pytest.fixture
def port(findings: dict[str, str]) -> Iterator[ObservationPort]:
    registry = CollectorRegistry()
    Counter("entente_things", "Things seen", registry=registry).inc(3)
    served = ObservationPort(
        "127.0.0.1:0",
        registry,
        live={"sinks": lambda: findings.get("live")},
        ready={"sinks": lambda: findings.get("ready")},
    )
    yield served
    served.close()


def get(port: ObservationPort, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_are_served(port: ObservationPort) -> None:
    status, text = get(port, "/metrics")
    assert status == 200
    assert "entente_things_total 3.0" in text


def test_a_stage_that_waits_is_alive_but_not_ready_and_says_for_what(
    port: ObservationPort, findings: dict[str, str]
) -> None:
    assert get(port, "/readyz") == (200, "sinks: ok\n")
    findings["ready"] = "waiting for the database"
    assert get(port, "/readyz") == (503, "sinks: waiting for the database\n")
    assert get(port, "/livez") == (200, "sinks: ok\n")


def test_an_unknown_path_names_the_known_ones(port: ObservationPort) -> None:
    assert get(port, "/health") == (404, "/metrics /livez /readyz\n")


def test_a_taken_port_is_an_error_that_names_the_setting(port: ObservationPort) -> None:
    with pytest.raises(SettingsError, match=r"ENTENTE_METRICS '127\.0\.0\.1:\d+': .*choose another address or port"):
        ObservationPort(f"127.0.0.1:{port.port}", CollectorRegistry(), {}, {})


def test_a_log_line_is_one_json_object_with_what_was_passed_along() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("tests.observe")
    logger.addHandler(handler)
    try:
        int("two\nlines")
    except ValueError:
        logger.exception("could not read", extra={"feed": "courier"})
    finally:
        logger.removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert (said["level"], said["message"], said["feed"]) == ("error", "could not read", "courier")
    assert "ValueError: invalid literal" in said["error"]
