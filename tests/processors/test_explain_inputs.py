"""What `entente explain` can be given: text, HTML, JSON, an address."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.domain import Article
from entente.errors import InputError
from entente.settings import Settings
from processors.explaining import inputs, web, webpages
from processors.explaining.inputs import Source
from tests.processors.reading import DAY
from tests.processors.test_explain import GOOD, run

PAGE = """<!doctype html>
<html lang="en-IN"><head><meta charset="{charset}"><title>Harbour news</title>
<meta property="og:title" content="Red Assembly leaves &quot;the pact&quot;">
<meta property="og:site_name" content="The Harbour Courier">
<meta property="article:published_time" content="2024-01-28T10:00:00+05:30">
</head><body><nav><ul><li>Home</li><li>Politics.</li></ul></nav>
<article><h1>Red Assembly leaves</h1>
<p>The <b>Red Assembly</b> walked out of the
   Harbour Pact &amp; said so.</p><script>var x = "No text.";</script>
<p>“Caf\u00e9 talks” have ended.<br>Nobody was surprised.</p><p>Share</p>
<figure><figcaption>A harbour.</figcaption></figure></article>
<aside><p>Another story is told here.</p></aside><footer><p>All rights reserved.</p></footer></body></html>
"""


def article_of(content: str | bytes, name: str = "story.txt", charset: str | None = None) -> Article:
    given_bytes = content.encode() if isinstance(content, str) else content
    return inputs.article(Source(name, given_bytes, charset=charset), DAY)[0]


@pytest.mark.parametrize("given_text", ["A title\n\nThe text.\n\nMore.", "\n A title \r\n \r\nThe text.\r\n\r\nMore."])
def test_a_first_line_with_an_empty_line_behind_it_is_the_title(given_text: str) -> None:
    article = article_of(given_text)
    assert (article.title, article.text) == ("A title", "The text.\n\nMore.")
    assert article.published == DAY


@pytest.mark.parametrize("given_text", ["One line.", "One line.\nAnother.\n\nMore.", "x" * 300 + "\n\nMore."])
def test_text_without_a_headline_has_no_title(given_text: str) -> None:
    article = article_of(given_text)
    assert (article.title, article.text) == ("", given_text)


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_of_a_page_the_article_is_read_in_the_character_set_it_names(charset: str) -> None:
    article = article_of(PAGE.format(charset=charset).encode(charset), "page.html")
    assert article.text.split("\n\n") == [
        "The Red Assembly walked out of the Harbour Pact & said so.",
        "“Caf\u00e9 talks” have ended.",
        "Nobody was surprised.",
    ]


def test_of_a_page_headline_outlet_day_and_language_are_read() -> None:
    article = article_of(PAGE.format(charset="utf-8"))
    assert article.title == 'Red Assembly leaves "the pact"'
    assert article.outlet == "The Harbour Courier"
    assert article.published == datetime(2024, 1, 28, 4, 30, tzinfo=UTC)
    assert article.language == "en-IN"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31", "soon"])
def test_a_page_of_a_day_that_cannot_be_is_read_as_of_today(time: str) -> None:
    assert article_of(PAGE.replace("2024-01-28T10:00:00+05:30", time).format(charset="utf-8")).published == DAY


def test_of_a_page_without_an_article_element_all_sentences_are_read() -> None:
    article = article_of("<p>The Red Assembly left.<p>Menu<div>The Blue Assembly stayed.</div>")
    assert article.text == "The Red Assembly left.\n\nThe Blue Assembly stayed."


def test_a_page_that_a_script_would_fill_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"page\.html: no paragraphs.*copy the text out of a browser"):
        article_of("<html><title>News</title><div id='app'></div></html>", "page.html")


def test_a_feed_is_no_article() -> None:
    with pytest.raises(InputError, match=r"is a feed.*entente feeds check"):
        article_of('<?xml version="1.0"?><rss version="2.0"><channel/></rss>')


@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_read_on_one_line_or_spread_over_many(indent: int | None) -> None:
    assert article_of(json.dumps(GOOD, indent=indent)).outlet == "The Courier"


def test_of_json_lines_the_first_is_explained_and_the_rest_told_of(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(json.dumps({**GOOD, "id": name}) for name in ("a1", "a2", "a3")), encoding="utf-8")
    _, out, err = run("explain", "--json", str(file))
    assert json.loads(out)["article"]["id"] == "a1"
    assert "the first of 3 articles" in err


def test_an_empty_file_is_no_article() -> None:
    with pytest.raises(InputError, match=r"story\.txt is empty; expected an article as plain text, HTML or JSON"):
        article_of(" \n")


def test_text_in_another_encoding_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"story\.txt: no utf-8 at byte 3; convert it, for example with iconv"):
        article_of(b"caf\xe9 talks")


def test_a_file_that_is_not_there_is_an_error_that_says_what_can_be_given() -> None:
    with pytest.raises(InputError, match=r"missing\.txt: No such file.*https://"):
        inputs.load("missing.txt", Settings())


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "no-such-charset", "utf-16"]))
def test_whatever_bytes_come_there_is_an_article_or_a_clear_error(content: bytes, charset: str | None) -> None:
    for prefix in (b"", b"<", b"{", b"<html><p>"):
        with suppress(InputError):
            assert article_of(prefix + content, charset=charset).id


@given(st.text(max_size=100))
def test_a_page_of_any_text_is_read(text: str) -> None:
    webpages.read(f"<html><p>{text}</p><p>The end.</p>".encode("utf-8", "replace"))


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/page")
            self.end_headers()
            return
        self.send_response(200 if self.path in ("/page", "/much") else 404)
        self.send_header("Content-Type", "text/html; charset=windows-1252")
        self.end_headers()
        content = PAGE.format(charset="utf-8").encode("windows-1252")
        self.wfile.write(content if self.path == "/page" else b"<p>" + b"x" * web.AT_MOST)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


ALLOWED = Settings(allow_private=("127.0.0.1",))


@pytest.mark.parametrize("path", ["/page", "/moved"])
def test_a_page_is_read_from_its_address_in_the_server_s_character_set(site: str, path: str) -> None:
    article, more = inputs.article(inputs.load(site + path, ALLOWED), DAY)
    assert "“Caf\u00e9 talks” have ended." in article.text
    assert article.url == site + path
    assert more == 0


def test_a_private_address_is_not_asked_unless_it_is_allowed(site: str) -> None:
    with pytest.raises(InputError, match=r"127\.0\.0\.1 is no public address; .* ENTENTE_ALLOW_PRIVATE"):
        inputs.load(f"{site}/page", Settings())


def test_a_page_that_is_not_there_is_an_error_with_a_remedy(site: str) -> None:
    with pytest.raises(InputError, match=r"/none: 404 Not Found; save the page in a browser"):
        inputs.load(f"{site}/none", ALLOWED)


def test_no_more_is_taken_than_an_article_can_have(site: str) -> None:
    with pytest.raises(InputError, match="more than 10000000 bytes"):
        inputs.load(f"{site}/much", ALLOWED)


def test_an_address_where_nobody_listens_is_named() -> None:
    with pytest.raises(InputError, match=r"^http://127\.0\.0\.1:9/: "):
        inputs.load("http://127.0.0.1:9/", ALLOWED)
