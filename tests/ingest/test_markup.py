"""HTML becomes the paragraphs that a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.markup import paragraphs, plain_paragraphs


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("One<br><br/>Two", "One\n\nTwo"),
        ("One <b>bold</b> and <a href='x'>a\nlink</a>.", "One bold and a link."),
        ("U.S.<i>A</i>", "U.S.A"),
        ("<div>One<div>Two</div>Three</div>", "One\n\nTwo\n\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<p>Seen</p><script>var p = '<p>no</p>'</script><style>p {}</style>after", "Seen\n\nafter"),
        ("<figure><img><figcaption>Caption</figcaption></figure><p>Text</p>", "Text"),
        ("caf&eacute; &amp; 5 &lt; 6 &#8217;", "caf\u00e9 & 5 < 6 \u2019"),
        ("a&nbsp;b<!-- c --><?d?>", "a b"),
        ("<p>unclosed <b>both", "unclosed both"),
        ("</div></div><p>stray</p>", "stray"),
        ("just text", "just text"),
        ("", ""),
        ("<p> </p>", ""),
        ("\x00a\ud800b", "a?b"),
    ],
)
def test_markup_is_read_as_paragraphs(markup: str, text: str) -> None:
    assert paragraphs(markup) == text


def test_plain_text_keeps_its_paragraphs() -> None:
    assert plain_paragraphs(" One\n two. \n \n\n Q&amp;A <b> ") == "One two.\n\nQ&A <b>"


@given(st.lists(st.sampled_from(["<p>", "</p>", "<b", "<", ">", "<br>", "&", "&#", "x", "<script>", "]]>", "\ud800"])))
def test_no_markup_is_a_fault(parts: list[str]) -> None:
    text = paragraphs("".join(parts))
    assert text.encode().decode() == text
    assert all(part.strip() == part and part for part in text.split("\n\n")) or text == ""


def test_deep_nesting_is_no_fault() -> None:
    assert "end" in paragraphs("<div>" * 200 + "end")
    paragraphs("<div>" * 100_000)
