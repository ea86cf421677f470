"""What the trained reader is asked: whose stance toward whom, in words that carry no names."""

from collections.abc import Sequence
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from entente.domain import ActorId, Mention, Part, StatementType
from processors.extraction import rules, sentences
from processors.extraction.trained.arrays import collate
from processors.extraction.trained.encoding import MAX_TOKENS, Encoded, encode
from processors.extraction.trained.windows import MAX_ACTORS, Passage, Windows
from tests.processors.reading import ACTORS

TOKENIZER = Tokenizer(WordLevel({"[UNK]": 100, "quit": 2000, "the": 2001, ".": 2002, "said": 2003}, unk_token="[UNK]"))  # noqa: S106 - no secret
TOKENIZER.pre_tokenizer = Whitespace()
DAY = date(2024, 1, 1)
NAMES = {
    "Congress": "inc", "AAP": "aap", "BJP": "bjp", "TMC": "tmc", "JD(U)": "jdu", "NDA": "nda", "JMM": "jmm",
    "NCP": "ncp", "CPI": "cpi", "INDIA": "india-bloc",
}  # fmt: skip


def passages(text: str, memberships: Sequence[tuple[str, str]] = ()) -> list[Passage | None]:
    """The passages of a text in which the names above are all that is resolved."""
    found = [(s, _mentions(s)) for s in sentences.split(text)]
    known = [(ActorId(member), ActorId(alliance)) for member, alliance in memberships]
    named = [m for _, ms in found for m in ms]
    windows = Windows(ACTORS, rules.scene(ACTORS, named, DAY).prominent, known)
    return [windows.passage(sentence, mentions) for sentence, mentions in found]


def last(text: str, memberships: Sequence[tuple[str, str]] = ()) -> Passage:
    """The passage of the last sentence."""
    passage = passages(text, memberships)[-1]
    assert passage is not None
    return passage


def asked(passage: Passage) -> set[str]:
    """Who is asked about whom, as lines such as `jdu > nda`."""
    actors = [a.mention.actor for a in passage.actors]
    return {f"{actors[holder]} > {actors[target]}" for holder, target in passage.asked}


def encoded(passage: Passage, holder: str) -> Encoded:
    """The questions about a holder."""
    actors = [a.mention.actor for a in passage.actors]
    return encode(TOKENIZER, passage, actors.index(ActorId(holder)))


def _mentions(sentence: sentences.Sentence) -> list[Mention]:
    found = []
    for name, actor in NAMES.items():
        position = sentence.text.find(name)
        if position >= 0:
            start = sentence.start + position
            found.append(Mention(ActorId(actor), name, Part.TEXT, start, start + len(name), "alias"))
    return sorted(found, key=lambda m: m.start)


def test_everybody_named_in_a_sentence_is_asked_about_everybody_else_there() -> None:
    assert asked(last("JD(U) quit the NDA.")) == {"jdu > nda", "nda > jdu"}


def test_a_single_actor_raises_no_question() -> None:
    assert passages("Congress will meet on Monday.") == [None]


def test_a_speaker_whose_quote_runs_on_is_asked_about_although_the_sentence_does_not_name_it() -> None:
    text = "The talks are over, Congress said. Nobody was surprised. It rained. “We wish AAP well.”"
    assert "inc > aap" in asked(last(text))


def test_whom_the_article_names_elsewhere_may_be_the_target_and_whom_it_names_most_the_holder() -> None:
    text = "Congress and BJP fought. Congress and BJP met. TMC came. It rained. It rained. It rained. AAP spoke."
    assert {"aap > inc", "aap > bjp", "inc > aap", "bjp > inc"} <= asked(last(text))
    assert "tmc > inc" not in asked(last(text))


def test_where_nobody_is_named_near_nothing_is_asked() -> None:
    assert passages("Congress and BJP fought. It rained. It rained. It rained.")[-1] is None


def test_a_crowded_sentence_leaves_room_for_the_alliance_named_before_it() -> None:
    crowd = ", ".join(name for name in NAMES if name not in {"NDA", "INDIA"})
    assert "cpi > nda" in asked(last(f"The NDA met. It rained. It rained. {crowd} came and INDIA did not."))


def test_who_goes_alone_is_asked_about_any_alliance() -> None:
    passage = last("The TMC and the AAP differ. AAP would contest all 117 seats alone.")
    assert "aap > any-alliance" in asked(passage)
    assert "".join(p.text for p in passage.current if not p.is_mention) == " would contest all 117 seats alone."


def test_names_carry_nothing() -> None:
    one, other = (encoded(last(f"{a} quit the {b}."), NAMES[a]) for a, b in (("AAP", "BJP"), ("TMC", "JD(U)")))
    assert one.ids == other.ids
    assert one.features == other.features


def test_the_kind_of_an_actor_and_its_membership_can_be_seen() -> None:
    text = "JD(U) quit the NDA."
    outside, member = (encoded(last(text, known), "jdu").features for known in ((), (("jdu", "nda"),)))
    party = encoded(last("JD(U) quit the BJP."), "jdu").features
    assert len({tuple(outside), tuple(member), tuple(party)}) == 3


def test_what_the_rules_propose_is_told_for_its_pair_only() -> None:
    passage = last("JD(U) quit the NDA, said AAP.")
    plain, told = (
        encode(TOKENIZER, passage, 0, rules=rules).features for rules in ({}, {(0, 1): frozenset({StatementType.EXIT})})
    )
    (more,) = set(told) - set(plain)
    assert more[0] == 2  # where the first target is listed


@given(
    st.lists(
        st.sampled_from([*NAMES, "quit", "the", "said", "“", "”", ".", ". ", "\u200b", "é"]) | st.text(max_size=5)
    ),
    st.permutations(range(MAX_ACTORS)),
)
def test_any_text_fits_and_every_place_is_where_it_says(words: list[str], order: list[int]) -> None:
    text = " ".join(words)
    for passage in passages(text):
        if passage is None:
            continue
        assert "".join(p.text for p in passage.current) == passage.sentence.text
        for holder in {h for h, _ in passage.asked}:
            listed = [actor for actor in order if actor < len(passage.actors)]
            found = encode(TOKENIZER, passage, holder, listed)
            assert len(found.ids) <= MAX_TOKENS
            assert sorted((holder, *found.targets)) == list(range(len(passage.actors)))
            for start, end in found.spans:
                assert passage.sentence.start <= start <= end <= passage.sentence.end
            arrays = collate([found], MAX_TOKENS)
            assert arrays["named"][0, : len(passage.actors)].sum(-1).round(5).tolist() == [1.0] * len(passage.actors)
