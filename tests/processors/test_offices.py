"""Who is meant by an office, on the day of the article."""

from datetime import date

import pytest

from entente.domain import Actor, ActorId, ActorKind, Affiliation, Alias, Period
from entente.packs import Actors
from processors.extraction.offices import Offices

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
    ("text", "words", "who"),
    [
        ("The Bihar chief minister left.", "The Bihar chief minister", "Ann Arden"),
        ("He met the West Bengal chief minister.", "the West Bengal chief minister", "Cy Cole"),
        ("He met the chief minister of Bihar", "the chief minister of Bihar", "Ann Arden"),
        ("The Bihar deputy chief minister left.", "The Bihar deputy chief minister", "Di Dorn"),
        ("The prime minister left.", "The prime minister", "Ed Ebb"),
    ],
)
def test_an_office_means_who_held_it_on_the_day(text: str, words: str, who: str) -> None:
    (office,) = OFFICES.find(text, SUMMER, "IN")
    assert (text[office.start : office.end], office.holder.name) == (words, who)


def test_after_a_change_it_means_the_successor() -> None:
    (office,) = OFFICES.find("The Bihar chief minister left.", date(2024, 7, 1), "IN")
    assert office.holder.name == "Bo Berg"


def test_an_office_of_the_state_means_the_country_that_the_article_speaks_of() -> None:
    assert [o.holder.name for o in OFFICES.find("The chancellor left.", SUMMER, "DE")] == ["Flo Fuchs"]
    assert list(OFFICES.find("The chancellor left.", SUMMER, "IN")) == []
    assert list(OFFICES.find("The chancellor left.", SUMMER, None)) == []


@pytest.mark.parametrize(
    "text",
    [
        "The Bihar chief minister Ann Arden left.",  # the name tells
        "The Assam chief minister left.",  # no pack knows
        "A chief minister left.",
        "The chief minister of the day left.",
    ],
)
def test_what_tells_nobody_or_is_told_by_a_name_means_nobody(text: str) -> None:
    assert list(OFFICES.find(text, SUMMER, "IN")) == []
