"""Why a statement is as sure as it is: whatever finds statements tells its reasons here, for all forms alike."""

from collections.abc import Iterator

from entente.domain import Claim, Part, Statement
from processors.extraction.trained.assemble import BY_READER

_CONTEXT = " (context)"  # ends the name of a rule where no word in the place of the target names one
_MEANINGS = {
    "act": "the subject does it, toward the object",
    "mutual": "they do it with each other",
    "alone": "the subject does it without others",
    "attend": "the subject comes to a meeting",
    "feel": "the object feels it, about the subject",
    "assess": "the speaker says it of the subject",
    "inner": "it is said of an alliance's own affairs",
    "tone": "no known wording; praise or blame in what is said",
    "list of those present": "named among those who were there",
}


def of(statement: Statement) -> tuple[str, ...]:
    """The reasons: what the trained reader saw and what a rule said, then what makes it less sure."""
    return (*map(_found_by, statement.rule.split("; ")), *_less_sure(statement))


def _found_by(name: str) -> str:
    if name.startswith(f"{BY_READER} "):
        return f"trained reader: {_per_cent(name)} likely that the sentence says so"
    rule = name.removesuffix(_CONTEXT)
    meaning = _MEANINGS.get(rule.partition(":")[0])
    return f"rule {rule}" + (f" ({meaning})" if meaning else "")


def _per_cent(name: str) -> str:
    """The reader's probability in per cent, as its finding is named: "reader 0.83" is 83 %."""
    return f"{float(name.removeprefix(BY_READER)):.0%}"


def _less_sure(statement: Statement) -> Iterator[str]:
    if statement.rule.endswith(_CONTEXT):
        yield "who is meant is taken from the context"
    if statement.part is Part.TITLE:
        yield "a headline, which is read less surely"
    if statement.claim is not Claim.SELF:
        yield "not the holder's own word, which counts less"
