"""A stream of articles in event time, as if it had been watched: which shifts were told, and which stand at the end."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from entente.domain import ActorId, Article, Shift, ShiftId, StanceLabel, Statement
from processors.tracking.shifts import PairState, track

Read = Callable[[Article], Sequence[Statement]]
Prior = Callable[[Statement], StanceLabel | None]  # what was known of the statement's pair on its day


def backtest(articles: Iterable[Article], read: Read, prior: Prior) -> Iterator[Shift]:
    """The final form of every shift that the articles show, in order of their triggers; withdrawn ones included."""
    final: dict[ShiftId, Shift] = {shift.id: shift for shift in revisions(articles, read, prior)}
    yield from sorted(final.values(), key=lambda shift: (shift.at, shift.id))


def revisions(articles: Iterable[Article], read: Read, prior: Prior) -> Iterator[Shift]:
    """Every revision of every shift, in the order in which they would have been told."""
    states: dict[tuple[ActorId, ActorId], PairState] = {}
    for article in sorted(articles, key=lambda article: (article.published, article.id, article.version)):
        for statement in read(article):
            pair = (statement.holder, statement.target)
            states[pair], shifts = track(states.get(pair), statement, prior(statement))
            yield from shifts
