"""Who is meant by an office, on the day of the article."""

from datetime import date

import pytest

from entente.domain import Actor, ActorId, ActorKind, Affiliation, Alias, Period
from entente.packs import Actors
from processors.extraction import offices
from processors.extraction.offices import Offices
from tests.processors.reading import named

SUMMER = date(2023, 7, 1)


def holder(name: str, role: str, since: date, until: date | None = None, country: str = "IN") -> Actor:
    actor = ActorId(name.lower().replace(" ", "-"))
    held = (Affiliation(ActorId("party"), role, Period(since, until)),)
    return Actor(actor, ActorKind.PERSON, name, name, country, (Alias(name),), (), held)


OFFICES = Offices(
    Actors(
        {
            person.id: person
            for person in (
                holder("Ann Arden", "chief minister of Bihar", date(2020, 1, 1), date(2024, 1, 1)),
                holder("Bo Berg", "chief minister of Bihar", date(2024, 1, 1)),
                holder("Cy Cole", "chief minister of West Bengal", date(2020, 1, 1)),
                holder("Di Dorn", "deputy chief minister of Bihar", date(2020, 1, 1)),
                holder("Ed Ebb", "prime minister", date(2020, 1, 1)),
                holder("Flo Fuchs", "federal chancellor", date(2020, 1, 1), country="DE"),
                holder("Gus Gall", "vice chancellor", date(2020, 1, 1), country="DE"),
            )
        }
    )
)


@pytest.mark.parametrize(
    ("text", "words", "title", "place"),
    [
        ("The Bihar chief minister left.", "The Bihar chief minister", "chief minister", "Bihar"),
        ("He met the West Bengal chief minister.", "the West Bengal chief minister", "chief minister", "West Bengal"),
        ("He met the chief minister of Bihar", "the chief minister of Bihar", "chief minister", "Bihar"),
        ("The Bihar deputy chief minister left.", "The Bihar deputy chief minister", "deputy chief minister", "Bihar"),
        ("The prime minister left.", "The prime minister", "prime minister", None),
        ("The Chancellor left.", "The Chancellor", "chancellor", None),
    ],
)
def test_an_office_is_seen_with_its_place(text: str, words: str, title: str, place: str | None) -> None:
    (phrase,) = offices.phrases(text)
    assert (text[phrase.start : phrase.end], phrase.title, phrase.place) == (words, title, place)


@pytest.mark.parametrize(
    "text",
    ["The Bihar chief minister Ann Arden left.", "A chief minister left.", "The chief minister of the day left."],
)
def test_an_office_before_a_name_or_of_no_certain_holder_is_none(text: str) -> None:
    assert list(offices.phrases(text)) == []


@pytest.mark.parametrize(
    ("title", "place", "day", "name"),
    [
        ("chief minister", "Bihar", SUMMER, "Ann Arden"),
        ("chief minister", "Bihar", date(2024, 7, 1), "Bo Berg"),
        ("deputy chief minister", "Bihar", SUMMER, "Di Dorn"),
        ("prime minister", "IN", SUMMER, "Ed Ebb"),
        ("chancellor", "DE", SUMMER, "Flo Fuchs"),
        ("chancellor", "IN", SUMMER, None),
        ("chief minister", "Assam", SUMMER, None),
    ],
)
def test_an_office_means_who_held_it_there_on_the_day(title: str, place: str, day: date, name: str | None) -> None:
    holder = OFFICES.holder(title, place, day)
    assert (holder.name if holder else None) == name


def test_an_office_means_whom_the_article_gave_that_title() -> None:
    text = "Prime Minister Nitish Kumar met the Congress. Anna Rao objected. The prime minister left."
    assert ("The prime minister", "jdu", "Nitish Kumar") in named(text)
