"""Which reports are independent of each other: copies of one wire report are one source.

Two statements have one source if they stand in one article, in one outlet, or in nearly the same words: the word
shingles (Broder 1997) of the shorter sentence are mostly in the longer one, so that a shortened copy is one too.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from entente.domain import Statement

SHINGLE = 3  # words; sentences are short, and five words in a row survive few edits
CONTAINED = 0.6  # share of the shorter sentence's shingles from which two sentences are one
_WORD = re.compile(r"\w+")


def independent(statements: Iterable[Statement]) -> int:
    """The number of independent sources among the statements; what is linked through a third is one source, too."""
    groups: list[list[Statement]] = []
    for statement in statements:
        linked = [group for group in groups if any(same_source(statement, other) for other in group)]
        groups = [group for group in groups if group not in linked]
        groups.append([statement, *(other for group in linked for other in group)])
    return len(groups)


def same_source(one: Statement, other: Statement) -> bool:
    """Whether two statements count as one report."""
    return (
        one.article_id == other.article_id
        or one.outlet.casefold() == other.outlet.casefold()
        or near_duplicate(one.sentence, other.sentence)
    )


def near_duplicate(one: str, other: str) -> bool:
    """Whether two sentences are the same words, up to a few."""
    a, b = _shingles(one), _shingles(other)
    return len(a & b) >= CONTAINED * min(len(a), len(b))


@lru_cache(maxsize=1024)
def _shingles(sentence: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(sentence.casefold())
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))
