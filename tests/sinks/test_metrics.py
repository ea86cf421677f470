"""Every metric is there from the start, so that the first increase is not lost."""

from prometheus_client import REGISTRY

from sinks import metrics

NAMES = {
    "entente_archived_total",
    "entente_alerts_total",
    "entente_deliveries_total",
    "entente_outbox_pending",
    "entente_outbox_oldest_pending_timestamp_seconds",
    "entente_published_to_delivered_seconds",
    "entente_sink_lag_messages",
    "entente_sink_dead_letters_total",
}


def test_every_metric_is_exported_with_all_its_labels() -> None:
    found = {family.name: family for family in REGISTRY.collect()}
    for name in NAMES:
        family = found[name.removesuffix("_total")]
        assert family.samples
        assert family.documentation
    deliveries = {tuple(s.labels.values()) for s in found["entente_deliveries"].samples if s.name.endswith("_total")}
    assert deliveries == {(c, o) for c in ("console", "file", "webhook") for o in metrics.OUTCOMES}
    assert {s.labels["topic"] for s in found["entente_sink_lag_messages"].samples} == {
        "articles", "mentions", "statements", "shifts",
    }  # fmt: skip
