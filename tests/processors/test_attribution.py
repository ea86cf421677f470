from entente.domain import Claim
from tests.processors.reading import line, only, read


def test_a_direct_quote_belongs_to_its_speaker() -> None:
    statement = only('"We will never join hands with the BJP," said Sanjay Raut.')
    assert (line(statement), statement.via) == ("ss-ubt REJECT bjp", "Sanjay Raut")
    assert (statement.attribution, statement.claim) == (("Sanjay Raut",), Claim.SELF)


def test_indirect_speech_belongs_to_its_speaker() -> None:
    statement = only("Sanjay Raut said his party would not ally with the BJP.")
    assert (line(statement), statement.via) == ("ss-ubt REJECT bjp", "Sanjay Raut")


def test_the_articles_own_voice_is_the_narrator() -> None:
    assert only("The Congress snubbed the AAP.").attribution == ("narrator",)


def test_what_a_rival_says_of_others_is_a_rival_claim() -> None:
    text = "The Congress and the AAP are working together, a BJP spokesperson alleged."
    claims = {line(s): s.claim for s in read(text).statements}
    assert claims["inc COORDINATE aap"] is Claim.RIVAL


def test_sources_are_nobodys_party() -> None:
    statement = only("The JD(U) will quit the NDA, sources said.")
    assert (statement.attribution, statement.claim) == (("sources",), Claim.OTHER)


def test_an_agency_relays_and_never_holds() -> None:
    statement = only("Sanjay Raut told ANI that the Congress had betrayed the alliance of the AAP.")
    assert statement.holder == "ss-ubt"
    assert statement.attribution == ("Sanjay Raut", "ANI")


def test_a_quote_that_goes_on_belongs_to_the_last_speaker() -> None:
    text = 'Sanjay Raut said, "We are ready for the polls. We will never ally with the BJP."'
    assert {line(s): s.attribution for s in read(text).statements} == {"ss-ubt REJECT bjp": ("Sanjay Raut",)}


def test_praise_and_blame_without_a_cue_go_by_the_tone() -> None:
    (statement,) = read("Sanjay Raut said the Congress had always been a trusted friend.").statements
    assert (line(statement), statement.rule) == ("ss-ubt ENDORSE inc", "tone")
