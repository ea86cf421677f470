"""The demo as the image would run it, watched by a real Prometheus: every panel shows something."""

import copy
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import yaml

from deploy.kafka.local import free_port
from tests.deploy import image
from tests.deploy.commands import DASHBOARD, RULES, run
from tests.deploy.panels import Series, check, lint, panels
from tests.newswire import short_news
from tests.road.newsstand import Newsstand
from tests.services.prometheus import Prometheus, running_prometheus
from tests.services.wait import wait_until

pytestmark = pytest.mark.prometheus

VARIABLES = {"__rate_interval": "10s", "__range": "15s"}
LOOK_BACK = 30.0  # seconds


class Demo(NamedTuple):
    """A demo that runs in the tree of the image, and polls a feed of today's articles too."""

    port: int  # of its metrics
    stand: Newsstand  # with the feed "today"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """It answers; the feed of today is still empty."""
    app = tmp_path_factory.mktemp("app")
    image.replay(app)
    port = free_port()
    command = [sys.executable, *image.last("ENTRYPOINT").words[1:], *image.last("CMD").words, "--demo"]
    log = app / "demo.log"
    with Newsstand() as stand, log.open("wb") as output:
        feed = {"id": "today", "outlet": "Today", "url": stand.url("today"), "country": "IN", "language": "en"}
        (app / "feeds.yaml").write_text(yaml.safe_dump({"feeds": [feed | {"every": "1s"}]}))
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(app),
            "ENTENTE_METRICS": f"127.0.0.1:{port}",
            "ENTENTE_FEEDS": str(app / "feeds.yaml"),
            "ENTENTE_ALLOW_PRIVATE": "127.0.0.1/32",
        }
        process = subprocess.Popen(command, cwd=app, env=environ, stdout=output, stderr=output)
        try:
            wait_until(lambda: process.poll() is not None or _answers(port), f"the demo answers; see {log}")
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            yield Demo(port, stand)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def prometheus(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the demo and knows our rules; alerts have been delivered."""
    with running_prometheus(tmp_path_factory.mktemp("prometheus"), [f"127.0.0.1:{demo.port}"], [RULES]) as server:
        wait_until(lambda: server.query("entente_polls_total"), "the first scrape")
        # The demo's articles are years old; how fast people are told is measured on new ones only.
        demo.stand.publish("today", (replace(article, published=datetime.now(UTC)) for article in short_news(30)))
        delivered = 'sum(entente_deliveries_total{outcome="delivered"}) > 0'
        wait_until(lambda: server.query(delivered), "the demo has delivered an alert", timeout=40)
        yield server


def _answers(port: int) -> bool:
    with suppress(OSError):
        return bool(_get(port, "/metrics"))
    return False


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def findings(panel: dict[str, Any], prometheus: Prometheus) -> list[str]:
    """What the answers to the panel's queries lack now."""

    def ask(expression: str) -> list[Series]:
        now = time.time()
        over = {"start": f"{now - LOOK_BACK}", "end": f"{now}", "step": "1"}
        answer = prometheus.get("/api/v1/query_range", query=expression, **over)
        return [Series(s["metric"], [float(value) for _, value in s["values"]]) for s in answer["result"]]

    return check(panel, VARIABLES, ask)


def test_every_panel_shows_something_while_the_demo_runs(prometheus: Prometheus) -> None:
    """Data, no value but numbers, and every label that a legend names."""
    lacking = list(panels(DASHBOARD))

    def all_have_shown_something() -> bool:
        lacking[:] = [panel for panel in lacking if findings(panel, prometheus)]
        return not lacking

    with suppress(TimeoutError):
        wait_until(all_have_shown_something, "every panel has data", timeout=30)
    assert [finding for panel in lacking for finding in findings(panel, prometheus)] == []


def test_every_rule_is_healthy_and_every_recorded_series_has_data(prometheus: Prometheus) -> None:
    rules = [rule for group in prometheus.get("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert rules
    assert [rule["name"] for rule in rules if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in rules if rule["type"] == "recording" and not prometheus.query(rule["name"])] == []


@pytest.mark.parametrize(
    ("expression", "legend", "finding"),
    [
        ("sum(entente_pols_total)", "polls", "no data"),
        ("sum by (outcome) (entente_polls_total)", "{{feed}}", "no label feed"),
        ("rate(entente_polls_total[$interval])", "polls", "unknown variable interval"),
        ("entente_outbox_pending / (entente_outbox_pending * 0)", "alerts", "no number"),
    ],
)
def test_a_panel_that_shows_nothing_is_noticed(
    prometheus: Prometheus, expression: str, legend: str, finding: str
) -> None:
    panel = copy.deepcopy(next(panels(DASHBOARD)))
    panel["targets"][0] |= {"expr": expression, "legendFormat": legend}
    assert any(text.startswith(panel["title"]) and finding in text for text in findings(panel, prometheus))


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        (("description",), "", "no description"),
        (("fieldConfig", "defaults", "unit"), "", "no unit"),
        (("datasource", "uid"), "prometheus", "a data source other than the variable"),
        (("gridPos", "w"), 20, "covers"),
        (("id",), 1, "stands 2 times"),
        (("targets", 0, "refId"), "", "no refId"),
        (("targets", 0, "expr"), "rate(entente_polls_total[5m])", "a rate over a fixed time"),
    ],
)
def test_a_panel_out_of_form_is_noticed(path: tuple[str | int, ...], value: object, finding: str) -> None:
    broken = copy.deepcopy(DASHBOARD)
    part: Any = next(panel for panel in broken["panels"] if panel["type"] == "timeseries")
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert [text for text in lint(broken) if finding in text]


def test_promtool_accepts_the_metrics_port(demo: Demo) -> None:
    run("promtool", "check", "metrics", text=_get(demo.port, "/metrics"))


def test_the_health_check_of_the_image_passes_while_the_program_lives_and_fails_when_it_does_not(demo: Demo) -> None:
    program, option, code = image.last("HEALTHCHECK").words
    assert (program, option) == ("python", "-c")
    run("python", "-c", code.replace("9108", str(demo.port)))
    with pytest.raises(AssertionError, match="refused"):
        run("python", "-c", code.replace("9108", str(free_port())))
