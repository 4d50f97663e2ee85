"""What provision hides of a Kommune's people, the table of need must not give back.

In Monschau 4 people are between 65 and 74, 180 are 75 and over: of 65+ and 75+ the public reads only the wider. A need
of 0.68 places per 100 people of 75 and over, and the people it is for, are the narrower again.
"""

import pytest
from usecases.stolberg import M01, MONSCHAU, REGION, STOLBERG
from usecases.strassendorf import STICHTAG, rows, seen_by
from usecases.test_bedarf import ANTEIL, SEXES, TAGESPFLEGE_VERGLEICH, towns
from usecases.test_bedarf import PEOPLE as COARSE

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.plan_bedarf import Planfrage, plan_bedarf
from infrastruktur.usecases.publish_plan import publish_plan

BANDS = ("00bis64", "65bis74", "75bis79", "80bis84", "85bis89", "ab90")
RATE = 0.68 / 100
PUBLIC = Audience.PUBLIC
OF_PEOPLE = ("pflegebeduerftige", "pflegebeduerftige_mindestens", "personen", "ohne_platz", "bedarf", "saldo")


def register(few: int):
    """Count women and men alike; of Monschau so few of each are between 65 and 74."""
    for raum, ((young, old, older, oldest), _) in COARSE.items():
        between = few if raum == M01 else 60
        split = (young - between, between, old * 0.6, old * 0.4, older, oldest)
        for geschlecht in SEXES:
            for gruppe, personen in zip(BANDS, split, strict=True):
                yield Bevoelkerung(
                    quelle="register",
                    stichtag=STICHTAG,
                    raum=raum,
                    geschlecht=geschlecht,
                    gruppe=gruppe,
                    personen=float(personen),
                )


def hidden_people(context):
    """List (Kommune, people of an age group) that provision knows and does not show."""
    shown = {(each["gebiet"], each["indicator"]): each for each in rows(assess_provision(seen_by(context, PUBLIC)))}
    for each in rows(assess_provision(context), ebene="kommune"):
        public = shown.get((each["gebiet"], each["indicator"]))
        if public is not None and public["grund"] == "geheim" and each["altersgruppe"]:
            yield each["gebiet"], each["nenner"]


def guess_people(plan):
    """Guess a Kommune's people of 75 and over: stated, from the Versorgungsgrad, the Region less the other."""
    for each in plan:
        if each["personen"] is not None:
            yield each["gebiet"], each["personen"]
        if each["versorgungsgrad_prozent"]:
            yield each["gebiet"], each["angebot"] / (each["versorgungsgrad_prozent"] / 100) / RATE
    stated = {(each["tag"], each["gebiet"]): each["personen"] for each in plan}
    for tag in sorted({tag for tag, _ in stated}):
        for kommune, other in ((MONSCHAU, STOLBERG), (STOLBERG, MONSCHAU)):
            if stated[tag, REGION] is not None and stated[tag, other] is not None:
                yield kommune, stated[tag, REGION] - stated[tag, other]


def list_found(secrets, plan):
    """List the hidden numbers that somebody guesses to within nine people."""
    guesses = list(guess_people(plan))
    return [
        (at, people) for at, people in secrets for where, told in guesses if at == where and abs(told - people) < 10
    ]


def test_need_divided_by_its_rate_gives_no_hidden_people_back(store_settings):
    with towns(store_settings, zaehlung=tuple(register(2))) as context:
        public = seen_by(context, PUBLIC)
        secrets = list(hidden_people(context))
        alone = rows(plan_bedarf(public), regel=TAGESPFLEGE_VERGLEICH)
        shown = rows(publish_plan(public), regel=TAGESPFLEGE_VERGLEICH)
    assert MONSCHAU in {gebiet for gebiet, _ in secrets}
    assert list_found(secrets, alone), "protected by itself the plan does tell"
    assert not list_found(secrets, shown)


@pytest.mark.parametrize("few", [2, 30])
def test_places_stay_and_people_are_silent_only_where_others_are(store_settings, few):
    with towns(store_settings, zaehlung=tuple(register(few))) as context:
        public = seen_by(context, PUBLIC)
        silent = {gebiet for gebiet, _ in hidden_people(context)}
        shown, before, staff = rows(publish_plan(public)), rows(plan_bedarf(public)), rows(publish_plan(context))
        assert staff == rows(plan_bedarf(context))
    assert (MONSCHAU in silent) == (few == 2)
    assert [row["angebot"] for row in shown] == [row["angebot"] for row in before]
    for row, free in zip(shown, before, strict=True):
        if row["gebiet"] in silent:
            assert {row[name] for name in OF_PEOPLE} == {None}
        elif row["gebiet"] != REGION:
            assert row == free
    if not silent:
        assert shown == before


def test_a_narrower_question_tells_no_more(store_settings):
    with towns(store_settings, zaehlung=tuple(register(2))) as context:
        public = seen_by(context, PUBLIC)
        whole = publish_plan(public)
        one = publish_plan(public, Planfrage(STICHTAG), ebene="kommune", regel=ANTEIL)
    assert rows(one) == rows(whole, ebene="kommune", regel=ANTEIL)
