import pytest

from entente.domain import Modality
from tests.processors.reading import only, read, said


def test_a_verb_has_holder_and_target() -> None:
    assert said("The Congress criticised the AAP.") == {"inc CRITICISE aap"}


def test_a_passive_names_the_same_holder_as_the_active() -> None:
    assert said("The AAP was criticised by the Congress.") == said("The Congress criticised the AAP.")


def test_the_target_stands_at_the_end_of_a_chain_of_nouns() -> None:
    assert said("The Congress rejected the possibility of an alliance with the AAP.") == {"inc REJECT aap"}


def test_an_act_of_two_is_one_of_each() -> None:
    assert said("The Congress and the AAP sealed a seat-sharing pact.") == {"inc ALLY aap", "aap ALLY inc"}


def test_a_subject_is_shared_by_coordinated_verbs() -> None:
    assert said("Sanjay Raut praised the Congress but slammed the BJP.") == {
        "ss-ubt ENDORSE inc",
        "ss-ubt CRITICISE bjp",
    }


def test_a_relative_clause_speaks_of_its_noun() -> None:
    assert "tmc ACCUSE inc" in said("The Congress, which the TMC had accused of lying, said nothing.")
    assert "aap CRITICISE inc" in said("The AAP, which had attacked the Congress, was silent on the TMC.")


def test_willing_to_ally_is_an_offer() -> None:
    assert said("The AAP is willing to ally with the Congress.") == {"aap OFFER inc"}


def test_leaving_an_alliance_is_exit_and_joining_is_ally() -> None:
    assert said("The JD(U) has left the INDIA bloc and joined the NDA.") == {"jdu EXIT india-bloc", "jdu ALLY nda"}


def test_contesting_alone_turns_away_from_the_own_alliance() -> None:
    assert said("The AAP, a member of the INDIA bloc, will contest the election alone.") == {"aap GO_ALONE india-bloc"}


def test_a_b_team_is_an_accusation_by_the_speaker() -> None:
    assert "inc ACCUSE aap" in said("The AAP is the B-team of the BJP, Kharge said.")


def test_a_negated_attendance_is_a_skip() -> None:
    assert said("No leader of the TMC attended the meeting of the INDIA bloc.") == {"tmc SKIP india-bloc"}
    assert said("The TMC did not attend the meeting of the INDIA bloc.") == {"tmc SKIP india-bloc"}


def test_a_refusal_to_ally_is_a_reject_and_never_an_ally() -> None:
    for text in (
        "The AAP will not ally with the Congress.",
        "The AAP refused to join hands with the Congress.",
        "There is no question of an alliance with the Congress, an AAP leader said.",
    ):
        assert said(text) == {"aap REJECT inc"}, text


def test_not_leaving_is_loyalty() -> None:
    assert said("The AAP will not quit the INDIA bloc.") == {"aap ENDORSE india-bloc"}


def test_what_somebody_is_urged_to_do_is_no_act_of_theirs() -> None:
    found = said("Sanjay Raut urged the Congress to support the AAP.")
    assert "inc ENDORSE aap" not in found
    assert "ss-ubt URGE_UNITY inc" in found


def test_what_is_rejected_is_not_told_twice() -> None:
    assert said("The Congress ruled out joining hands with the AAP.") == {"inc REJECT aap"}


def test_a_threat_to_leave_is_conditional_and_weighs_less() -> None:
    statement = only("The JD(U) will quit the NDA if its demand is refused.")
    assert (statement.type, statement.modality, statement.polarity) == ("EXIT", Modality.CONDITIONAL, -3.5)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("The JD(U) quit the NDA.", Modality.ASSERTED),
        ("The JD(U) will quit the NDA.", Modality.INTENDED),
        ("The JD(U) may quit the NDA.", Modality.SPECULATED),
        ("The JD(U) quit the NDA in 2013.", Modality.PAST),
    ],
)
def test_the_verb_says_how_firm_it_is(text: str, modality: Modality) -> None:
    assert only(text).modality is modality


def test_a_list_of_those_present_is_a_meeting_of_each() -> None:
    text = (
        "Leaders of the INDIA bloc met on Monday. Mahua Majhi of JMM, Gita Pillai (Kerala Congress (M)), "
        "Derek Roy (TMC) and Hasan Mir (NC) also attended the meeting."
    )
    present = {(s.holder, s.via) for s in read(text).statements if s.type == "MEET"}
    assert {("jmm", "Mahua Majhi"), ("kc-m", "Gita Pillai"), ("tmc", "Derek Roy"), ("nc", "Hasan Mir")} <= present


def test_a_headline_is_read_too_with_less_confidence() -> None:
    (statement,) = read("Nothing more is known.", title="Congress dumps AAP").statements
    assert (statement.holder, statement.target, statement.part) == ("inc", "aap", "title")
    assert statement.confidence < only("The Congress dumped the AAP.").confidence


def test_two_actors_without_a_relation_have_no_stance() -> None:
    assert said("The Congress won four seats and the BJP won five.") == set()


def test_evidence_is_short_and_stands_in_the_article() -> None:
    reading = read("After months of talks, the Congress on Friday ruled out any alliance with the AAP in Delhi.")
    (statement,) = reading.statements
    assert statement.evidence == "ruled out any alliance with the AAP"
    assert reading.article.text[statement.start : statement.end] == statement.evidence


def test_the_same_stance_is_told_once() -> None:
    reading = read("The Congress criticised the AAP. Later the Congress slammed the AAP again.")
    assert len(reading.statements) == 1
    assert reading.statements[0].evidence.startswith("criticised")


def test_ids_are_the_same_in_every_run() -> None:
    text = "The Congress criticised the AAP."
    assert only(text).id == only(text).id


def test_what_was_dropped_says_why() -> None:
    reading = read("The AAP is here. The Congress did not criticise the AAP.")
    assert reading.statements == ()
    assert "negated" in reading.dropped[0].why
