import pytest

from entente.domain import StatementType
from processors.extraction import cues

FILE = """
nouns: {{pact: alliance}}
negated: {{ALLY: REJECT}}
cues:
  ALLY: {{verbs: [{entry}]}}
tone: {{negative: bad, positive: good}}
operators: {{negate: refuse}}
forms: {{}}
"""


def test_the_cues_that_come_with_the_program_can_be_read() -> None:
    loaded = cues.load()
    assert {cue.type for group in loaded.by_lemma.values() for cue in group} == set(StatementType)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("{cue: join, frme: act}", "frme"),
        ("{cue: join, frame: sideways}", "sideways"),
        ("{cue: join, negated: NOTHING}", "NOTHING"),
        ("form <pakt>", "pakt"),
        ("''", "needs a word"),
    ],
)
def test_a_wrong_entry_is_named(entry: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        cues.read(FILE.format(entry=entry))


def test_a_word_of_a_cue_is_found_in_any_form() -> None:
    stems = cues.load().stems
    assert all(stems.search(text) for text in ("She left it", "They fought", "rejecting all", "Quits!"))
