"""Prometheus and Grafana: what is deployed fits together, and fits the metrics that the stages export."""

import json
import re
import shutil
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from entente.cli import COMMANDS
from tests.deploy import image
from tests.deploy.commands import COMPOSE_FILE, DASHBOARD, DASHBOARD_FILE, DEPLOY, ROOT, RULES, SERVICES, STAGES, run
from tests.deploy.panels import expressions, lint, metric_names, panels

SCRAPES = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
RULE_LIST = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
RECORDED = {rule["record"] for rule in RULE_LIST if "record" in rule}
ALERTS = [rule for rule in RULE_LIST if "alert" in rule]
RUNBOOKS = sorted((DEPLOY / "runbooks").glob("*.md"))

NOT_SHOWN: dict[str, str] = {}  # metrics in neither the dashboard nor the rules: why


# Prometheus


def test_prometheus_finds_every_stage_where_the_compose_file_puts_it() -> None:
    port = int(image.last("EXPOSE").arguments)
    places = {job["job_name"]: job["dns_sd_configs"][0] for job in SCRAPES}
    assert set(places) == {f"entente-{stage}" for stage in STAGES}
    assert all(
        (place["names"], place["port"]) == ([name.removeprefix("entente-")], port) for name, place in places.items()
    )


@pytest.mark.prometheus
def test_promtool_accepts_configuration_and_rules() -> None:
    run("promtool", "check", "config", "prometheus.yml", folder=DEPLOY / "prometheus")
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", str(RULES))


@pytest.mark.prometheus
def test_every_alert_fires_and_falls_silent_as_the_test_file_of_the_rules_says() -> None:
    run("promtool", "test", "rules", "rules_test.yml", folder=DEPLOY / "prometheus")


@pytest.mark.prometheus
@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_the_test_file_of_the_rules_notices_an_alert_that_never_fires(alert: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    shutil.copy(DEPLOY / "prometheus/rules_test.yml", tmp_path)
    broken = [{**rule, "expr": "vector(0) > 1"} if rule == alert else rule for rule in RULE_LIST]
    (tmp_path / "rules/entente.yml").write_text(yaml.safe_dump({"groups": [{"name": "broken", "rules": broken}]}))
    with pytest.raises(AssertionError, match=alert["alert"]):
        run("promtool", "test", "rules", "rules_test.yml", folder=tmp_path)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_waits_has_a_severity_and_says_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["for"]
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert {"summary", "description"} <= set(alert["annotations"])
    assert alert["annotations"]["runbook_url"] == f"deploy/runbooks/{alert['alert']}.md"


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    assert [page.stem for page in RUNBOOKS] == sorted(rule["alert"] for rule in ALERTS)


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_page_names_commands_files_and_panels_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for command, verb in re.findall(r"`entente (\w+)(?: ([a-z]+))?", text):
        group = resolve_name(COMMANDS[command].where)
        assert not verb or verb in group.commands, f"{command} {verb}"
    assert all((ROOT / path).exists() for path in re.findall(r"`((?:ingest|sinks|deploy)/[\w./-]+)`", text))
    assert set(re.findall(r'"([A-Z][^"]+)"', text)) <= {panel["title"] for panel in panels(DASHBOARD)}


# Grafana


def test_grafana_finds_what_is_provisioned() -> None:
    """The paths in the container lead, by the mounts of the compose file, to files of this tree."""
    grafana = SERVICES["grafana"]
    mounts = dict(m.split(":")[1::-1] for m in grafana["volumes"] if m.startswith("."))
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/entente.yaml").read_text(encoding="utf-8"))
    (folder,) = [p["options"]["path"] for p in provider["providers"]]
    assert (COMPOSE_FILE.parent / mounts[folder]).resolve() == DASHBOARD_FILE.parent
    assert (home.parent, home.name) == (Path(folder), DASHBOARD_FILE.name)
    assert (COMPOSE_FILE.parent / mounts["/etc/grafana/provisioning"]).resolve() == DEPLOY / "grafana/provisioning"


def test_the_dashboard_asks_the_provisioned_prometheus() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8"))
    (source,) = sources["datasources"]
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", source["type"])
    assert source["uid"] == variable["current"]["value"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in SERVICES


def test_the_dashboard_is_in_form() -> None:
    assert lint(DASHBOARD) == []
    assert (DASHBOARD["uid"], DASHBOARD["editable"]) == ("entente", False)


def test_the_dashboard_is_stored_as_json_writes_it_so_that_changes_can_be_read() -> None:
    assert DASHBOARD_FILE.read_text(encoding="utf-8") == json.dumps(DASHBOARD, indent=2, ensure_ascii=False) + "\n"


# Metrics


def exported() -> dict[str, set[str]]:
    """For each metric of the stages the names of its series."""
    series = {}
    for stage in ("ingest", "processors", "sinks"):
        for metric in vars(import_module(f"{stage}.metrics")).values():
            for described in metric.describe() if isinstance(metric, MetricWrapperBase) else ():
                ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(described.type, [""])
                series[described.name] = {described.name + end for end in ends}
    return series


def used() -> set[str]:
    """Every metric and recorded series that the dashboard and the rules read."""
    asked = [*expressions(DASHBOARD), *(rule["expr"] for rule in RULE_LIST)]
    return {name for expression in asked for name in metric_names(expression)}


def test_every_metric_in_the_dashboard_and_the_rules_is_exported_or_recorded() -> None:
    assert used() <= RECORDED.union(*exported().values())


def test_every_metric_is_shown_or_watched_unless_it_is_said_why_not() -> None:
    unused = {name for name, series in exported().items() if not series & used()}
    assert unused == set(NOT_SHOWN)


def test_every_recorded_series_is_used() -> None:
    assert used() >= RECORDED
