"""A reading as one JSON object, for scripts.

| key | holds |
|---|---|
| `article` | the article, as in the topic `entente.articles.v1` |
| `actors` | who is named: `id`, `name` (short, as people see it), `kind` |
| `mentions` | the places that name them: `actor`, `surface`, `part`, `start`, `end`, `how`, `via` |
| `statements` | as in the topic `entente.statements.v1`, with `reasons`: why each is as sure as it is |
| `dropped` | what was considered: `sentence`, `holder` and `target` (null where nobody is named), `rule`, `why` |

`start` and `end` count characters of the article's `title` or `text`, as `part` says, the end exclusive. Keys may be
added; those above stay.
"""

from typing import Any

import msgspec

from entente.packs import Actors
from processors.explaining import reasons
from processors.explaining.names import Names
from processors.extraction.extract import Reading


def as_json(reading: Reading, actors: Actors) -> bytes:
    """The object, indented, with a line's end behind it."""
    return msgspec.json.format(msgspec.json.encode(_report(reading, actors)), indent=2) + b"\n"


def _report(reading: Reading, actors: Actors) -> dict[str, Any]:
    names = Names(actors)
    named = [(actor, names.of(actor)) for actor in dict.fromkeys(m.actor for m in reading.mentions)]
    plain: dict[str, Any] = msgspec.to_builtins(reading)
    told = zip(plain["statements"], reading.statements, strict=True)
    return {
        "article": plain["article"],
        "actors": [{"id": actor, "name": as_seen.name, "kind": as_seen.kind} for actor, as_seen in named],
        "mentions": plain["mentions"],
        "statements": [{**statement, "reasons": reasons.of(found)} for statement, found in told],
        "dropped": plain["dropped"],
    }
