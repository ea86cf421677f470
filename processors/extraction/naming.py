"""Who is named in an article, sentence by sentence: by alias, by what the article tells of people, by reference."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from entente.domain import Article, Mention, Part
from entente.packs import Actors
from processors.extraction import affiliations, mentions, sentences
from processors.extraction.references import Resolver
from processors.extraction.sentences import Sentence

Named = Mapping[Part, Sequence[Mention]]


def learnt(article: Article, by_alias: Named, actors: Actors) -> dict[Part, list[Mention]]:
    """The mentions by name: those by alias, and those of people whom only the article introduces."""
    masked = {part: mentions.mask(article.part(part), by_alias[part]) for part in Part}
    people: dict[str, affiliations.Person] = {}
    for part in (Part.TEXT, Part.TITLE):
        for name, person in affiliations.learn(masked[part], by_alias[part], actors.places).items():
            people.setdefault(name, person)
    return {part: mentions.merge(by_alias[part], affiliations.occurrences(people, masked[part], part)) for part in Part}


def resolved(
    article: Article, part: Part, named: Sequence[Mention], resolver: Resolver
) -> Iterator[tuple[Sentence, list[Mention]]]:
    """The sentences of a part with all their mentions; the resolver keeps in mind what came before."""
    for sentence in sentences.split(article.part(part), part):
        first = bisect_left(named, sentence.start, key=lambda m: m.start)
        last = bisect_left(named, sentence.end, key=lambda m: m.start)
        yield sentence, resolver.resolve(sentence, [m for m in named[first:last] if m.end <= sentence.end])
