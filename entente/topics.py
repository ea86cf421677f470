"""The topics in which the stages meet: name, key, who writes, who reads, how long it is kept."""

from dataclasses import dataclass
from datetime import timedelta

from entente.domain import ActorMentions, Article, DeadLetter, Shift, Statement


@dataclass(frozen=True)
class Topic:
    """One topic and its contract."""

    name: str
    word: type  # what its values are
    version: int  # of the value's schema; raised only when an old reader could not read the new values
    key: str  # what its keys are
    writer: str  # stage
    readers: tuple[str, ...]  # stages
    partitions: int
    retention: timedelta

    @property
    def short(self) -> str:
        """The name without namespace and version, as in file names and metric labels."""
        return self.name.split(".")[1]

    @property
    def schema_id(self) -> str:
        """The value's schema, as the header ce_dataschema names it."""
        return f"urn:entente:{self.short}:{self.version}"


ARTICLES = Topic(
    name="entente.articles.v1",
    word=Article,
    version=1,
    key="article id",
    writer="ingest",
    readers=("processors", "sinks"),
    partitions=4,
    retention=timedelta(days=30),
)
MENTIONS = Topic(
    name="entente.mentions.v1",
    word=ActorMentions,
    version=1,
    key="actor id",
    writer="processors",
    readers=("sinks",),
    partitions=4,
    retention=timedelta(days=30),
)
STATEMENTS = Topic(
    name="entente.statements.v1",
    word=Statement,
    version=1,
    key="holder>target",
    writer="processors",
    readers=("processors", "sinks"),
    partitions=4,
    retention=timedelta(days=3650),  # replayed when the rules of a shift change
)
SHIFTS = Topic(
    name="entente.shifts.v1",
    word=Shift,
    version=1,
    key="holder>target",
    writer="processors",
    readers=("sinks",),
    partitions=4,
    retention=timedelta(days=3650),
)
DEADLETTERS = Topic(
    name="entente.deadletters.v1",
    word=DeadLetter,
    version=1,
    key="topic:partition:offset of the message",
    writer="every stage",
    readers=("the operator",),
    partitions=1,
    retention=timedelta(days=90),
)

ALL = (ARTICLES, MENTIONS, STATEMENTS, SHIFTS, DEADLETTERS)
BY_NAME = {topic.name: topic for topic in ALL}


def pair_key(holder: str, target: str) -> str:
    """The key of statements and shifts of one pair."""
    return f"{holder}>{target}"
