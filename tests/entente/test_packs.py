"""Actor packs: what is wrong is named by file, actor and key; what is right is found by day."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import packs
from entente.domain import ActorId, ActorKind, Period
from entente.errors import PackError

HEAD = "pack: mine\ntitle: Mine\ncountry: XX\nactors:\n"
ALLIANCE = "  - {id: the-pact, kind: alliance, name: The Pact}\n"
GREENS = "  - {id: the-greens, kind: party, name: The Greens}\n"


def write(folder: Path, actors: str, head: str = HEAD) -> Path:
    file = folder / "mine.yaml"
    file.write_text(head + actors, encoding="utf-8")
    return file


def test_the_packs_that_come_with_the_program_are_sound() -> None:
    actors = packs.load()
    assert actors[ActorId("inc")].short == "Congress"
    assert len(actors.persons) >= 250


def test_a_party_that_left_and_came_back_is_known_by_day() -> None:
    jdu = packs.load()[ActorId("jdu")]
    assert "nda" in jdu.alliances_on(date(2022, 1, 1))
    assert jdu.alliances_on(date(2023, 8, 1)) >= {"india-bloc", "mahagathbandhan"}
    assert jdu.alliances_on(date(2024, 6, 1)) == {"nda"}


def test_a_person_who_changed_sides_is_known_by_day(tmp_path: Path) -> None:
    person = (
        "  - id: ann-example\n    kind: person\n    name: Ann Example\n    party:\n"
        "      - {id: the-greens, until: 2022-01-01}\n      - {id: inc, since: 2023-01-01}\n"
    )
    ann = packs.load([write(tmp_path, GREENS + person)])[ActorId("ann-example")]
    assert [ann.party_on(date(year, 6, 1)) for year in (2021, 2022, 2023)] == ["the-greens", None, "inc"]


def test_a_later_pack_adds_to_the_built_in_ones_and_overrides_by_id(tmp_path: Path) -> None:
    own = write(tmp_path, GREENS + "  - {id: inc, kind: party, name: Indian National Congress, short: INC}\n")
    actors = packs.load([own])
    assert actors[ActorId("the-greens")].kind is ActorKind.PARTY
    assert actors[ActorId("inc")].short == "INC"
    assert actors.overrides == ("mine.yaml: inc replaces that of india.yaml",)


def test_the_packs_that_come_with_the_program_override_nobody() -> None:
    assert packs.load().overrides == ()


@pytest.mark.parametrize(
    ("actors", "complaint"),
    [
        ("  - {id: Greens, kind: party, name: G}\n", "mine.yaml: actor Greens: id 'Greens'"),
        (
            "  - {id: g, kind: club, name: G}\n",
            "actor g: kind 'club': use party, alliance, person, government or other",
        ),
        ("  - {id: g, kind: party, nmae: G}\n", "actor g: no key 'nmae'; known: .*; near: name"),
        ("  - {kind: party, name: G}\n", "actor number 1: id is missing"),
        (GREENS + GREENS, "actor the-greens: the id stands 2 times"),
        ("  - {id: g, kind: party, name: G, member_of: [{alliance: nowhere}]}\n", "member_of: no alliance 'nowhere'"),
        ("  - {id: g, kind: person, name: G, party: [{id: nobody}]}\n", "actor g: party: no party 'nobody'"),
        ("  - {id: g, kind: person, name: G, member_of: [{alliance: nda}]}\n", "member_of: persons belong to a party"),
        ("  - {id: g, kind: party, name: G, party: [{id: inc}]}\n", "party: only a person has one"),
        (
            "  - {id: g, kind: party, name: G, aliases: [{text: X, case: lower}]}\n",
            "aliases: number 1: case 'lower': use exact or any",
        ),
        ("  - {id: g, kind: party, name: G, aliases: ['']}\n", "aliases: an empty text"),
        (
            "  - {id: g, kind: party, name: G, aliases: [{text: X, only_near: [b-team]}]}\n",
            "'b-team' can stand near nothing",
        ),
        ("  - {id: g, kind: party, name: G, aliases: [X, X]}\n", "aliases: 'X': the same text stands twice"),
        ("  - {id: g, kind: party, name: G, country: IN, aliases: [BJP]}\n", "aliases: 'BJP' also means bjp"),
        (
            "  - {id: g, kind: party, name: G, member_of: [{alliance: nda, since: 2024-01-01, until: 2023-01-01}]}\n",
            "member_of: nda: since 2024-01-01 is not before until 2023-01-01",
        ),
        (
            ALLIANCE + "  - {id: g, kind: party, name: G, member_of: [{alliance: the-pact}, {alliance: the-pact}]}\n",
            "member_of: the periods in the-pact overlap",
        ),
        (
            "  - {id: g, kind: person, name: G, party: [{id: inc}, {id: bjp, since: 2024-01-01}]}\n",
            "party: inc and bjp overlap",
        ),
        (
            "  - {id: g, kind: party, name: G, aliases: [Gs, {text: X, since: yesterday}]}\n",
            "aliases: number 2: since 'yesterday': use a day that exists, such as 2024-01-31",
        ),
        (
            "  - {id: g, kind: party, name: G, member_of: [{alliance: nda, since: 2024-13-01}]}\n",
            "actor g: member_of: number 1: since '2024-13-01': use a day that exists",
        ),
        ("  - {id: g, kind: party, name: G, country: India}\n", "country 'India': use two capital letters"),
        ("  - {id: g, kind: party, name: G, aliases: [{case: any}]}\n", "aliases: number 1: text is missing"),
        ("  - {id: g, kind: party, name: ' '}\n", "name: an empty text"),
    ],
)
def test_a_mistake_is_named_by_file_actor_and_key(tmp_path: Path, actors: str, complaint: str) -> None:
    with pytest.raises(PackError, match=complaint) as caught:
        packs.load([write(tmp_path, actors)])
    assert "mine.yaml" in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        packs.load([write(tmp_path, "  - {id: A, kind: party, name: A}\n  - {id: b, kind: club, name: B}\n")])
    assert len(str(caught.value).splitlines()) == 2


def test_all_mistakes_of_one_actor_are_told_at_once(tmp_path: Path) -> None:
    actors = "  - {id: g, kind: club, nmae: G, aliases: [{text: X, until: 2024-02-31, case: lower}]}\n"
    with pytest.raises(PackError) as misfit:
        packs.load([write(tmp_path, actors)])
    assert len(str(misfit.value).splitlines()) == 5
    actors = "  - {id: A, kind: party, name: A, party: [{id: inc}], aliases: [X, X, '']}\n"
    with pytest.raises(PackError) as flaws:
        packs.load([write(tmp_path, actors)])
    assert len(str(flaws.value).splitlines()) == 4


def test_a_pack_of_norway_needs_no_quotes(tmp_path: Path) -> None:
    head = HEAD.replace("country: XX", "country: NO\nplaces: [Norway, Oslo]")
    actors = packs.load([write(tmp_path, GREENS, head)])
    assert actors[ActorId("the-greens")].country == "NO"
    assert actors.places["Oslo"] == "NO"


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("pack: [", r"mine\.yaml: line 2, column 1: no YAML"),
        ("packs: x\n", r"mine\.yaml: no key 'packs'; known: pack, .*; near: pack"),
        ("", r"mine\.yaml: is empty: use the keys pack, title, country, actors, places"),
        ("pack: m\ntitle: 2024-02-31\ncountry: India\nactors: []\n", r"mine\.yaml: country 'India': use two"),
    ],
)
def test_a_file_that_is_no_pack_is_named(tmp_path: Path, head: str, complaint: str) -> None:
    with pytest.raises(PackError, match=complaint):
        packs.load([write(tmp_path, "", head)])


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"absent\.yaml"):
        packs.load([tmp_path / "absent.yaml"])


days = st.dates(min_value=date(2019, 1, 1), max_value=date(2020, 1, 1))
periods = st.tuples(st.none() | days, st.none() | days).filter(lambda p: not (p[0] and p[1] and p[0] >= p[1]))


@given(one=periods, other=periods, day=days)
def test_periods_that_share_a_day_overlap(one: tuple[date, date], other: tuple[date, date], day: date) -> None:
    a, b = Period(*one), Period(*other)
    assert a.overlaps(b) == b.overlaps(a)
    if a.covers(day) and b.covers(day):
        assert a.overlaps(b)
