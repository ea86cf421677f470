"""What is found in an article before it becomes a statement: the same whether rules or the trained reader saw it."""

from dataclasses import dataclass

from entente.domain import ActorId, Claim, Mention, Modality, Part, StatementType
from processors.extraction.attribution import Voice
from processors.extraction.proposals import Proposal
from processors.extraction.sentences import Sentence

_HEADLINE = 0.15  # less sure: the parser was trained on prose
_REPORTED = 0.1  # less sure: said, not done
_LEAST = 0.05

Key = tuple[ActorId, ActorId, StatementType]


@dataclass(frozen=True)
class Finding:
    """A stance that an article reports, in the words that show it best.

    Attributes:
        sentence: around the evidence.
        holder: whose stance it is.
        via: full name of the person who speaks or acts for the holder.
        target: toward whom.
        type: of the stance.
        modality: in which way it is meant.
        polarity: None for the type's own.
        claim: None where it follows from the voice.
        voice: whose words the evidence is.
        start: of the evidence, in the part of the article.
        end: of the evidence.
        confidence: 0 to 1.
        found_by: the rule or model.
    """

    sentence: Sentence
    holder: Mention
    via: str | None
    target: Mention
    type: StatementType
    modality: Modality
    polarity: float | None
    claim: Claim | None
    voice: Voice
    start: int
    end: int
    confidence: float
    found_by: str

    @property
    def key(self) -> Key:
        """What is told once in an article."""
        return self.holder.actor, self.target.actor, self.type


def of_rules(proposal: Proposal, sentence: Sentence, *, reported: bool) -> Finding:
    """What a rule proposes as a finding.

    Args:
        proposal: of the rule.
        sentence: that it has read.
        reported: somebody else says it of the holder.

    Raises:
        ValueError: the proposal lacks its holder or target.
    """
    if proposal.holder is None or proposal.target is None:
        raise ValueError(f"the proposal of {proposal.rule!r} lacks its holder or target")
    less = (_HEADLINE if sentence.part is Part.TITLE else 0) + (_REPORTED if reported else 0)
    return Finding(
        sentence=sentence,
        holder=proposal.holder,
        via=proposal.holder.via,
        target=proposal.target,
        type=proposal.type,
        modality=proposal.modality,
        polarity=proposal.polarity,
        claim=None,
        voice=proposal.voice,
        start=proposal.start,
        end=proposal.end,
        confidence=round(max(_LEAST, proposal.confidence - less), 2),
        found_by=proposal.rule,
    )
