"""What provision hides of an area's people, the Pflegebedürftige must not give back.

Six in ten from 75 to 79 need care here, and everybody of 80 and over. In S03b live 200 people of 75 to 79 and 9 of 80
and over: provision shows the 209 and hides the 9. But of 120 + 9 = 129 Pflegebedürftige (129 - 0.6 · 209) / 0.4 are the
9 again.
"""

import pytest
from usecases.stolberg import M01, MONSCHAU, REGION, S03A, S03B, STOLBERG
from usecases.strassendorf import STICHTAG, row, rows, seen_by
from usecases.test_bedarf import SEXES, towns

from infrastruktur.domain.bevoelkerung import Bevoelkerung
from infrastruktur.settings import Audience
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf
from infrastruktur.usecases.publish_pflegebedarf import publish_pflegebedarf

BANDS = {"00bis74": 0, "75bis79": 60, "ab80": 100}
"""Per cent who need care."""


def register(few):
    for raum, numbers in {S03A: (1500, 180, 90), S03B: (1000, 100, few), M01: (900, 120, 60)}.items():
        for at, geschlecht in enumerate(SEXES):
            for gruppe, number in zip(BANDS, numbers, strict=True):
                people = number / 2 if gruppe == "ab80" and raum == S03B else number
                yield Bevoelkerung(
                    quelle="register",
                    stichtag=STICHTAG,
                    raum=raum,
                    geschlecht=geschlecht,
                    gruppe=gruppe,
                    personen=float(int(people + 0.5 * at)),
                )


def write_rates(home):
    lines = "".join(
        f'[[quotentafel.quoten]]\naltersgruppe = "{code}"\nw_prozent = {rate}\nm_prozent = {rate}\n'
        for code, rate in BANDS.items()
    )
    (home / "quoten.toml").write_text(
        '[[quotentafel]]\ncode = "eigene"\ntitel = "Eigene"\nmerkmal = "pflegebeduerftig"\ngebiet = "05334"\n'
        f'stichtag = 2023-12-15\nquelle = "erfunden"\n{lines}'
    )


def solve(context, table, gebiet):
    """Solve a public table for the people of 80 and over in an area, None where it does not say enough."""
    older = row(assess_provision(context, indicator="vq_dp75"), gebiet=gebiet)["nenner"]
    needing = row(table, gebiet=gebiet, leistung="insgesamt")["erwartet"]
    return None if older is None or needing is None else (needing - 0.6 * older) / 0.4


def solve_all(context, table):
    """Solve for each area, and for each as what its Kommune or the Region is more than the others."""
    found = {gebiet: solve(context, table, gebiet) for gebiet in (S03A, S03B, M01, STOLBERG, MONSCHAU, REGION)}
    for upper, parts in ((STOLBERG, (S03A, S03B)), (REGION, (STOLBERG, MONSCHAU))):
        for part, other in (parts, parts[::-1]):
            if found[part] is None and found[upper] is not None and found[other] is not None:
                found[part] = found[upper] - found[other]
    return {gebiet: number for gebiet, number in found.items() if number is not None}


def test_pflegebeduerftige_give_no_hidden_people_back(store_settings):
    with towns(store_settings, zaehlung=tuple(register(9))) as context:
        write_rates(store_settings.home)
        public = seen_by(context, Audience.PUBLIC)
        hidden = {
            each["gebiet"] for each in rows(assess_provision(public, indicator="vq_dp80")) if each["grund"] == "geheim"
        }
        assert S03B in hidden
        assert solve_all(public, estimate_pflegebedarf(public))[S03B] == pytest.approx(9, abs=1.3), "it could be done"
        table = publish_pflegebedarf(public)
        assert hidden.isdisjoint(solve_all(public, table))
        for gebiet in hidden:
            assert {each["erwartet"] for each in rows(table, gebiet=gebiet)} == {None}
        assert row(table, gebiet=REGION, leistung="insgesamt")["erwartet"] is not None
        assert rows(publish_pflegebedarf(public, leistung="insgesamt", ebene="sozialraum")) == [
            each for each in rows(table, leistung="insgesamt") if each["ebene"] == "sozialraum"
        ]


def test_where_provision_hides_nobody_all_are_shown(store_settings):
    with towns(store_settings, zaehlung=tuple(register(90))) as context:
        write_rates(store_settings.home)
        public = seen_by(context, Audience.PUBLIC)
        assert rows(publish_pflegebedarf(public)) == rows(estimate_pflegebedarf(public))
        assert rows(publish_pflegebedarf(context)) == rows(estimate_pflegebedarf(context))
