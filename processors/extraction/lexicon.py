"""Words of newspapers that the rules know: roles, titles, verbs of saying. Read from `data/lexicon.yaml`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec
import yaml


@dataclass(frozen=True)
class Lexicon:
    """Word lists, all of them lower-case except where names are capitalised."""

    nouns: frozenset[str]  # what a person is in a party: leader, chief, MP
    modifiers: frozenset[str]  # what may stand before such a noun: senior, national
    titles: frozenset[str]  # capitalised words before a name that are none of it: Mr, Prime, Minister
    never_names: frozenset[str]  # capitalised words that no name consists of: Monday, March, The
    collectives: frozenset[str]  # nouns that stand for the actor before them: leaders, workers, unit
    relays: frozenset[str]  # agencies and outlets that pass words on
    saying: frozenset[str]  # lemmas of verbs whose complement is what somebody says
    abbreviations: frozenset[str]  # words in lower case whose full stop ends no sentence


@cache
def load() -> Lexicon:
    """The lists that come with the program."""
    text = (files("processors.extraction") / "data" / "lexicon.yaml").read_text(encoding="utf-8")
    return msgspec.convert({key: value.split() for key, value in yaml.safe_load(text).items()}, Lexicon)
