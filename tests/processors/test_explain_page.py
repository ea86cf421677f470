"""The page of `entente explain`: everything of the article is shown, nothing of it is markup."""

import re
from dataclasses import replace
from html import unescape
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from entente.domain import ActorId, Mention, Part
from entente.packs import Actors
from processors.explaining import page
from processors.explaining.names import Names
from processors.explaining.outline import outline
from processors.explaining.passages import paragraphs
from processors.extraction.extract import Reading
from tests.processors.reading import ACTORS, article, read

TITLE = "JD(U) quits the INDIA bloc"
TEXT = (
    "The JD(U) walked out of the INDIA bloc on Sunday. Mallikarjun Kharge called it a betrayal by the JD(U).\n\n"
    "He said the bloc would stay united. The BJP did not criticise the Congress."
)
AA = 4.5  # contrast of text (WCAG 2.2, 1.4.3)


def parsed(text: str, title: str = "") -> html.HtmlElement:
    return html.fromstring(page.as_html(outline(read(text, title), ACTORS)))


def words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())


def test_the_page_shows_the_article_in_paragraphs() -> None:
    tree = parsed(TEXT, TITLE)
    heading, *rest = tree.xpath("//article/*")
    assert heading.tag == "h1"
    assert words(heading).startswith("JD(U) quits the INDIA bloc")
    assert [element.tag for element in rest] == ["p", "p"]


def test_every_statement_links_to_its_words_and_they_link_back() -> None:
    tree = parsed(TEXT, TITLE)
    count = len(read(TEXT, TITLE).statements)
    assert count > 1
    for number in range(1, count + 1):
        (statement,) = tree.xpath(f"//li[@id='statement-{number}']")
        (there,) = statement.xpath(f".//a[@href='#words-{number}']")
        (back,) = tree.xpath(f"//a[@id='words-{number}'][@href='#statement-{number}']")
        marked = "".join(str(m.text_content()) for m in tree.find_class(f"e{number}"))
        assert words(there).strip("“”") == marked
        assert back.xpath("ancestor::article")


def test_a_mention_says_whom_it_means_and_how_that_is_known() -> None:
    tree = parsed(TEXT)
    titles = {words(span): span.get("title") for span in tree.xpath("//article//span[@title]")}
    assert titles["JD(U)"] == "JD(U) (party), by name"
    assert titles["Mallikarjun Kharge"] == "Mallikarjun Kharge, for Congress (party), by name"
    assert titles["the bloc"] == "INDIA bloc (alliance), by reference"
    assert "He [= Mallikarjun Kharge]" in words(tree)


def test_what_was_dropped_is_in_the_page_folded() -> None:
    (details,) = parsed(TEXT).xpath("//details[not(@open)]")
    assert "BJP → Congress: negated, and the contrary is no stance" in words(details)


HOSTILE = "<script>alert(\"x\")</script> & <b onclick='x'> </style> &amp; {{ 7 * 7 }} {% raw %} "


def test_markup_in_an_article_is_shown_and_does_nothing() -> None:
    tree = parsed(HOSTILE + TEXT, HOSTILE + TITLE)
    assert tree.xpath("//script | //*[@onclick]") == []
    assert words(tree.xpath("//article/p")[0]).startswith(" ".join(HOSTILE.split()))
    assert words(tree.xpath("//article/h1")[0]).startswith(" ".join(HOSTILE.split()))


def test_an_article_s_address_is_a_link_only_on_the_web() -> None:
    reading = read(TEXT)
    for url, links in (("javascript:alert(1)", 0), ("data:text/html,x", 0), ('https://x.example/"><b>', 1)):
        seen = replace(reading, article=replace(reading.article, url=url))
        tree = html.fromstring(page.as_html(outline(seen, ACTORS)))
        assert len([a for a in tree.iter("a") if not str(a.get("href")).startswith("#")]) == links
        assert tree.xpath("//p[@class='about']//b") == []


def test_names_that_a_pack_gives_are_escaped_too() -> None:
    bloc = replace(ACTORS[ActorId("india-bloc")], short="<i>bloc</i>")
    tree = html.fromstring(page.as_html(outline(read(TEXT), Actors({**ACTORS.by_id, bloc.id: bloc}))))
    assert tree.xpath("//i") == []
    assert "<i>bloc</i>" in words(tree)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    shown = page.as_html(outline(read(TEXT, TITLE), ACTORS))
    assert not re.search(r"<(?:script|link|img|iframe)|@import|url\(|https?:", shown.replace("https://courier", ""))
    assert "default-src 'none'" in unescape(shown)


def themes() -> list[dict[str, str]]:
    style = page.as_html(outline(read(TEXT), ACTORS))
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    return [dict(re.findall(r"--(\w+): (#\w{6})", theme)) for theme in (light, dark)]


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_every_colour_of_text_stands_out_from_every_ground(theme: dict[str, str]) -> None:
    inks = ("text", "quiet", "link", "party", "alliance", "person", "government", "other")
    for ink, ground in product(inks, ("back", "words")):
        assert contrast(theme[ink], theme[ground]) >= AA, (ink, ground)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def spans(text: str) -> st.SearchStrategy[list[tuple[int, int]]]:
    places = st.integers(0, len(text))
    pairs = st.tuples(places, places).map(lambda p: (min(p), max(p))).filter(lambda p: p[0] < p[1])
    return st.lists(pairs, max_size=6)


@given(st.data(), st.text(alphabet="ab \n\t<", min_size=1, max_size=40))
def test_wherever_mentions_stand_no_word_is_lost_or_doubled(data: st.DataObject, text: str) -> None:
    found = [
        Mention(ActorId("inc"), text[start:end], Part.TEXT, start, end, "reference")
        for start, end in data.draw(spans(text))
    ]
    cut = paragraphs(Reading(article(text), tuple(found), (), ()), Part.TEXT, Names(ACTORS))
    passages = [passage for paragraph in cut for passage in paragraph]
    assert letters("".join(passage.text for passage in passages)) == letters(text)
    marked = "".join(passage.text for passage in passages if passage.marks)
    named = {place for m in found for place in range(m.start, m.end)}
    assert letters(marked) == letters("".join(char for place, char in enumerate(text) if place in named))


def letters(text: str) -> str:
    """The text without white space, of which that between paragraphs is not shown."""
    return "".join(text.split())
