"""What can be known of a dashboard without Grafana: its form, and whether every query of it answers."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Json = dict[str, Any]
COLUMNS = 24  # of Grafana's grid
QUOTED = re.compile(r'"[^"]*"')
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
LEGEND_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")
OVER_TIME = re.compile(r"\b(?:rate|irate|increase)\(")
OVER_OUR_TIME = re.compile(r"\b(?:rate|irate|increase)\([^][]*\[\$__(?:rate_interval|range)\]")


class Series(NamedTuple):
    """One time series of an answer."""

    labels: Mapping[str, str]
    values: list[float]


Ask = Callable[[str], list[Series]]  # PromQL without variables -> the answer over the time looked at


def panels(dashboard: Json) -> Iterator[Json]:
    """Every panel that shows something, those inside of rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def expressions(dashboard: Json) -> list[str]:
    """Every query as it stands in the file."""
    return [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]


def metric_names(expression: str) -> set[str]:
    """The metrics of entente and the recorded series that a query reads."""
    return {
        name
        for name in re.findall(r"[a-zA-Z_:][\w:]*", QUOTED.sub("", expression))
        if name.startswith("entente_") or ":" in name
    }


def lint(dashboard: Json) -> list[str]:
    """What is wrong with the form of a dashboard, one line each."""
    everything = [*dashboard["panels"], *(p for row in dashboard["panels"] for p in row.get("panels", ()))]
    findings = _repeated("panel id", [panel["id"] for panel in everything])
    findings += _repeated("title", [panel["title"] for panel in everything])
    findings += _overlaps(everything)
    for panel in panels(dashboard):
        name = panel.get("title") or f"panel {panel['id']}"
        findings += [f"{name}: no {key}" for key in ("title", "description") if not panel.get(key)]
        if not panel["fieldConfig"]["defaults"].get("unit"):
            findings.append(f"{name}: no unit")
        findings += _repeated(f"{name}: refId", [target.get("refId") for target in panel["targets"]])
        findings += [f"{name}: {finding}" for finding in _lint_targets(panel)]
    return findings


def _lint_targets(panel: Json) -> Iterator[str]:
    for part in (panel, *panel["targets"]):
        if part.get("datasource") != {"type": "prometheus", "uid": "${datasource}"}:
            yield "a data source other than the variable"
    for target in panel["targets"]:
        if not target.get("refId"):
            yield "no refId"
        if len(OVER_TIME.findall(target["expr"])) != len(OVER_OUR_TIME.findall(target["expr"])):
            yield "a rate over a fixed time"


def _repeated(what: str, values: list[object]) -> list[str]:
    return [f"{what} {value!r} stands {values.count(value)} times" for value in set(values) if values.count(value) > 1]


def _overlaps(everything: list[Json]) -> list[str]:
    taken: dict[tuple[int, int], str] = {}
    findings = set()
    for panel in everything:
        box = panel["gridPos"]
        if box["x"] + box["w"] > COLUMNS:
            findings.add(f"{panel['title']}: wider than the page")
        for cell in (
            (x, y) for x in range(box["x"], box["x"] + box["w"]) for y in range(box["y"], box["y"] + box["h"])
        ):
            if cell in taken:
                findings.add(f"{panel['title']}: covers {taken[cell]}")
            taken[cell] = panel["title"]
    return sorted(findings)


def check(panel: Json, variables: Mapping[str, str], ask: Ask) -> list[str]:
    """Ask every query of a panel; what the answers lack, one line each."""
    return [f"{panel['title']}: {finding}" for target in panel["targets"] for finding in _check(target, variables, ask)]


def _check(target: Json, variables: Mapping[str, str], ask: Ask) -> list[str]:
    unknown = [name for name in VARIABLE.findall(target["expr"]) if name not in variables]
    if unknown:
        return [f"unknown variable {name}" for name in unknown]
    expression = VARIABLE.sub(lambda match: variables[match[1]], target["expr"])
    answer = ask(expression)
    if not answer:
        return [f"no data: {expression}"]
    wanted = set(LEGEND_LABEL.findall(target["legendFormat"]))
    findings = [f"no label {label} for the legend" for label in wanted if not all(s.labels.get(label) for s in answer)]
    # A quantile of a time without observations is NaN; nothing else may be.
    quantile = "histogram_quantile" in expression
    for series in answer:
        if any(math.isinf(value) or (math.isnan(value) and not quantile) for value in series.values):
            findings.append(f"a value that is no number: {dict(series.labels)}")
        if not any(math.isfinite(value) for value in series.values):
            findings.append(f"no value: {dict(series.labels)}")
    return findings
