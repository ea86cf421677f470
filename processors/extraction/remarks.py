"""What somebody says about another actor where no cue tells more: praise or criticism, by the tone of the clause."""

from collections.abc import Iterator, Sequence

from spacy.tokens import Token

from entente.domain import Mention, Modality, StatementType
from processors.extraction import attribution, syntax
from processors.extraction.attribution import Voice
from processors.extraction.cues import Cues
from processors.extraction.nlp import Parsed
from processors.extraction.proposals import CONTEXT, Context, Proposal

_SHORT = 12  # words of evidence on either side of the actor


def read(parsed: Parsed, cues: Cues, context: Context, found: Sequence[Proposal]) -> Iterator[Proposal]:
    """A remark for each actor who is spoken about and of whom nothing was found."""
    told = {m.actor for p in found if not p.why_not for m in (p.holder, p.target) if m}
    for token in parsed.doc:
        for mention in parsed.mentioned(token):
            if mention.actor in told:
                continue
            voice = attribution.voice(parsed, token, context.voice, floating=context.floating)
            if voice.speakers and voice.speakers[0].actor != mention.actor:
                told.add(mention.actor)
                yield _remark(parsed, cues, (token, mention), voice)


def _remark(parsed: Parsed, cues: Cues, about: tuple[Token, Mention], voice: Voice) -> Proposal:
    clause = _clause(about[0], voice)
    tone = sum(cues.tone.get(word.lemma_.lower(), 0) for word in clause)
    near = [word.i for word in clause if abs(word.i - about[0].i) <= _SHORT]
    return Proposal(
        holder=voice.speakers[0],
        target=about[1],
        type=StatementType.ENDORSE if tone > 0 else StatementType.CRITICISE,
        modality=Modality.ASSERTED,
        polarity=None,
        voice=voice,
        start=parsed.offsets[min(near)][0],
        end=parsed.offsets[max(near)][1],
        confidence=CONTEXT,
        rule="tone",
        why_not=None if tone else "said without praise or criticism",
    )


def _clause(token: Token, voice: Voice) -> Sequence[Token]:
    """What is said, of which the token is a part."""
    top = token
    for child, head in syntax.path_up(token):
        top = child
        if voice.anchor is not None and head.i == voice.anchor.i:
            break
    return list(top.subtree)
