"""`entente backtest`: a file of articles to shifts, or to the alerts that subscriptions would have brought."""

import json
from pathlib import Path

from tests.entente.test_cli import entente

ARTICLES = (
    ("one", "2024-01-28", "Hilltop Daily", "The JD(U) walked out of the Mahagathbandhan on Sunday."),
    ("two", "2024-01-29", "The Lantern", "Nitish Kumar's JD(U) returned to the NDA."),
)


def write(folder: Path, *further: str) -> Path:
    file = folder / "articles.jsonl"
    keys = ("id", "published", "outlet", "text")
    lines = [json.dumps(dict(zip(keys, article, strict=True))) for article in ARTICLES]
    file.write_text("\n".join([*lines, *further]) + "\n")
    return file


def test_the_shifts_of_a_file_come_in_the_order_of_their_dates_with_their_triggers(tmp_path: Path) -> None:
    told = [json.loads(line) for line in entente("backtest", str(write(tmp_path))).stdout.splitlines()]
    assert [(s["holder"], s["type"], s["target"]) for s in told] == [
        ("jdu", "EXIT", "mahagathbandhan"),
        ("jdu", "ALLY", "nda"),
    ]
    assert [s["article_ids"][0] for s in told] == ["one", "two"]
    assert told[0].keys() >= {"from", "to", "at", "status"}


def test_with_subscriptions_the_alerts_are_told_instead(tmp_path: Path) -> None:
    subscriptions = tmp_path / "subscriptions.yaml"
    subscriptions.write_text(
        "subscriptions:\n  - {id: exits, title: Exits, match: {types: [EXIT]}, channels: [{type: console}]}\n"
    )
    shown = entente("backtest", "--subscriptions", str(subscriptions), str(write(tmp_path)))
    (alert,) = [json.loads(line) for line in shown.stdout.splitlines()]
    assert alert["subscription"]["id"] == "exits"
    assert alert["shift"]["target"] == "mahagathbandhan"


def test_a_line_that_is_no_article_is_named_and_the_rest_is_still_read(tmp_path: Path) -> None:
    absurd = [
        json.dumps({"id": "x", "published": when, "outlet": "The Lantern", "text": ARTICLES[0][3]})
        for when in ("0001-01-01T00:00:00+14:00", "9999-12-31")
    ]
    shown = entente("backtest", str(write(tmp_path, "{broken", *absurd, '{"id": "x", "published": 2024}')))
    assert len(shown.stdout.splitlines()) == 2
    assert "line 4: published 0001-01-01T00:00:00+14:00 is not between the years 1600 and 2200" in shown.stderr
    assert "line 5: published 9999-12-31" in shown.stderr
    assert "line 6: published 2024: use text" in shown.stderr
    assert (
        "; text is missing; an article has id, published and text, and may have outlet, title and url" in shown.stderr
    )
    assert "line 3: no JSON object" in shown.stderr
    assert shown.returncode == 2
