"""Layers of a catalogue of a few Angebote: as of a day, in a box, by filter, and figures on their areas."""

import re
from datetime import date

import msgspec
import pytest
from heard import heard
from usecases.stolberg import (
    HAUS_A,
    M01,
    MONSCHAU,
    OPENING,
    PEOPLE,
    RAEUME,
    S03A,
    S03B,
    STOLBERG,
    heim,
    register,
    stolberg,
)
from usecases.strassendorf import KOMMUNE, S1, S2, angebot, box, catalogue, cells, places, rows, state, status, village
from usecases.test_bedarf import REGISTER
from usecases.test_kohorte import write_counts

from infrastruktur.domain.angebot import Status
from infrastruktur.domain.cql2.as_text import parse_text
from infrastruktur.domain.crs import STORED, window_of
from infrastruktur.domain.errors import NotFound
from infrastruktur.domain.geometry import Bbox
from infrastruktur.domain.query import Excerpt, LayerQuery
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.resources import folder
from infrastruktur.settings import Audience
from infrastruktur.storage.history import Change
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.list_gaps import list_gaps
from infrastruktur.usecases.prepare_teilung import TEILUNGEN
from infrastruktur.usecases.publish_pflegebedarf import publish_pflegebedarf
from infrastruktur.usecases.publish_plan import publish_plan
from infrastruktur.usecases.read_layer import (
    begin_layer_revision,
    find_collection,
    get_collection,
    get_feature,
    layer_revision,
    read_page,
)
from infrastruktur.usecases.share_catchments import share_catchments
from infrastruktur.usecases.take_bestand import take_bestand

TREFF = angebot("Treff", "quartier.seniorentreff", 0)
HALVES = cells({300: 50, 690: 50, 1500: 100})


def where(collection, text):
    return parse_text(text, find_collection(collection).properties)


def features(context, collection, **query):
    return read_page(context, LayerQuery(collection=collection, **query), Excerpt(100)).features


def by_id(context, collection, **query):
    found = features(context, collection, **query)
    return dict(zip(found.id, found.rows(), strict=True))


def names(context, collection, **query):
    return list(features(context, collection, **query).columns["name"])


def as_json(value):
    return value.isoformat() if isinstance(value, date) else value


def kinds_on(context, day):
    found = features(context, "pflege", stichtag=day).columns
    return dict(zip(found["name"], found["status"], strict=True))


def test_a_page_comes_with_the_revision_it_is_of_by_one_statement(store_settings):
    with stolberg(store_settings) as context:
        here = LayerQuery(collection="angebote")
        nowhere = LayerQuery(collection="angebote", window=window_of(Bbox((1.0, 1.0, 2.0, 2.0)), STORED))
        layer_revision(context, "angebote")
        seen = []
        for number in (11.0, 12.0):
            state(context, heim(HAUS_A.schluessel, 0, number))
            before, with_page = begin_layer_revision(context), _revision_of(context, here)
            assert not with_page.startswith(before)
            assert with_page.startswith(begin_layer_revision(context))
            assert with_page == layer_revision(context, "angebote")
            seen.append(with_page)
        assert len(set(seen)) == len(seen)
        with heard() as statements:
            read_page(context, here, Excerpt(100))
        assert len(statements) == 1
        for query in (nowhere, LayerQuery(collection="standorte"), LayerQuery(collection="kommunen")):
            assert _revision_of(context, query) == layer_revision(context, query.collection)


def _revision_of(context, query):
    return read_page(context, query, Excerpt(100)).revision


def test_a_layer_is_of_a_day(store_settings):
    with stolberg(store_settings) as context:
        state(context, beendet=((HAUS_A.schluessel, date(2026, 3, 31)),))
        kinds = {day: kinds_on(context, day) for day in (date(2026, 3, 31), date(2026, 4, 1), OPENING)}
    assert kinds[date(2026, 3, 31)]["Haus A"] == "in_betrieb"
    assert "Haus A" not in kinds[date(2026, 4, 1)]
    assert (kinds[date(2026, 4, 1)]["Haus B"], kinds[OPENING]["Haus B"]) == ("geplant", "in_betrieb")


def test_a_category_holds_its_own_kinds(store_settings):
    with stolberg(store_settings, TREFF) as context:
        assert names(context, "quartiersangebote") == ["Treff"]
        assert set(names(context, "angebote")) == {"Treff", *names(context, "pflege")}
        with pytest.raises(NotFound):
            get_feature(context, LayerQuery(collection="pflege"), TREFF.id)
        assert get_feature(context, LayerQuery(collection="angebote"), TREFF.id).columns["name"] == ("Treff",)


def test_a_box_takes_points_and_areas_it_touches(store_settings):
    west_half = window_of(Bbox(tuple(box(100, 900).bounds)), STORED)
    with stolberg(store_settings, heim("ohne Punkt", None, ort="Stolberg")) as context:
        assert set(names(context, "angebote", window=west_half)) == {"Haus A", "Tagespflege A"}
        assert features(context, "sozialraeume", window=west_half).id == [S03A]
        assert features(context, "vq_dp80_kommune", window=west_half).id == [STOLBERG]


def test_the_unit_is_a_filter_too(store_settings):
    with stolberg(store_settings, TREFF) as context:
        units = {each["name"]: each["einheit"] for each in by_id(context, "angebote").values()}
        for unit in {unit for unit in units.values() if unit is not None}:
            found = names(context, "angebote", filter=where("angebote", f"einheit = '{unit}'"))
            assert sorted(found) == sorted(name for name, own in units.items() if own == unit)
        assert names(
            context,
            "angebote",
            filter=where("angebote", f"einheit = '{units['Haus A']}' AND art = 'pflege.tagespflege'"),
        ) == ["Tagespflege A"]
        assert names(context, "angebote", filter=where("angebote", "einheit = 'Klafter'")) == []


def test_pages_of_areas_tile_the_whole(store_settings):
    with stolberg(store_settings) as context:
        one_by_one = [
            read_page(context, LayerQuery(collection="vq_dp80_sozialraum"), Excerpt(1, at)) for at in range(4)
        ]
    assert [part.features.id for part in one_by_one] == [[M01], [S03A], [S03B], []]
    assert [part.following for part in one_by_one] == [(M01,), (S03A,), None, None]
    assert {part.matched for part in one_by_one} == {3}


def test_the_gap_layer_has_one_row_an_area(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        areas = by_id(context, "luecken")
        gaps = rows(find_gaps(context), gebiet=S2)
        described = {each.name for each in get_collection(context, "luecken").properties}
    assert set(areas) == {S1, S2}
    s2 = areas[S2]
    assert s2["bis_zum_ziel_begegnung"] == 84, "70 percent of 120"
    assert s2["bis_zum_ziel"] == max(each["bis_zum_ziel"] or 0 for each in gaps)
    assert s2["ziele_verfehlt"] == sum(bool(each["bis_zum_ziel"]) for each in gaps)
    assert s2["ziele_ohne_aussage"] == sum(each["bis_zum_ziel"] is None for each in gaps)
    assert set(s2) == described


def test_the_layer_of_all_gaps_has_one_row_an_area_with_its_list(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        areas = by_id(context, "luecken_gesamt_sozialraum")
        listed = rows(list_gaps(context, umfang="gesamt"), gebiet=S2)
        kommunen = by_id(context, "luecken_gesamt_kommune")
        described = {each.name for each in get_collection(context, "luecken_gesamt_sozialraum").properties}
    assert (set(areas), len(kommunen)) == ({S1, S2}, 1)
    s2 = areas[S2]
    assert set(s2) == described
    assert s2["luecken"] == len(listed) == s2["aus_zielen"] + s2["aus_kriterien"] + s2["aus_plaetzen"] > 0
    first = min(listed, key=lambda each: each["rang_liste_personen"])
    assert (s2["groesste_luecke"], s2["bis_zum_ziel"]) == (first["ziel_titel"], first["bis_zum_ziel"])
    assert s2["liste"].startswith(f"Ziel {first['ziel_titel']}: {first['bis_zum_ziel']:.0f} Personen")


def test_the_layer_of_quarters_has_one_row_an_area(store_settings):
    checked = angebot("Treff", "quartier.seniorentreff", 0, traeger="Verein", zuletzt_geprueft=date(2025, 12, 31))
    with village(store_settings, (checked,), (HALVES,)) as context:
        areas = by_id(context, "versorgungsquartiere")
        profile = rows(judge_quarters(context, Quartierfrage()), gebiet=S2)
        described = {each.name for each in get_collection(context, "versorgungsquartiere").properties}
    s2 = areas[S2]
    assert set(areas) == {S1, S2}
    assert set(s2) == described
    for zustand in ("erfuellt", "teilweise", "nicht_erfuellt", "nicht_bewertbar"):
        assert s2[zustand] == sum(each["zustand"] == zustand and each["gewicht"] > 0 for each in profile)
    assert s2["zustand_begegnung"] == profile[0]["zustand"]
    assert (s2["fehlt_zuerst"], s2["bis_zum_ziel"]) == (profile[0]["kriterium_titel"], profile[0]["bis_zum_ziel"])


def test_the_layer_of_the_bestand_has_one_row_an_area_with_all_kinds(store_settings):
    houses = (
        angebot("Haus", "pflege.tagespflege", 0, kapazitaeten=places(42)),
        angebot("Ohne", "pflege.tagespflege", 0),
        angebot("Kommt", "pflege.dauerpflege", 0, kapazitaeten=places(80), status=(status(Status.GEPLANT),)),
    )
    with village(store_settings, (*houses, TREFF), (HALVES,)) as context:
        for ebene, keys in (("sozialraum", {S1, S2}), ("kommune", {KOMMUNE})):
            layer = by_id(context, f"bestand_{ebene}")
            described = {each.name for each in get_collection(context, f"bestand_{ebene}").properties}
            assert set(layer) == keys
            assert all(set(area) == described for area in layer.values())
            figure = rows(take_bestand(context), ebene=ebene)
            assert {each["art"] for each in figure} == {
                "pflege.tagespflege",
                "pflege.dauerpflege",
                "quartier.seniorentreff",
            }
            for name in ("angebote", "geplant", "ohne_platzzahl"):
                whole = sum(each[name] for each in figure)
                assert sum(area[name] for area in layer.values()) == whole
            assert sum(area["angebote_quartier"] for area in layer.values()) == 1
        s1, s2 = (by_id(context, "bestand_sozialraum")[key] for key in (S1, S2))
    names = ("angebote", "ohne_platzzahl", "angebote_pflege_tagespflege", "plaetze_pflege_tagespflege")
    assert [s1[name] for name in names] == [3, 1, 2, 42]
    names = ("geplant", "angebote_pflege_dauerpflege", "plaetze_pflege_dauerpflege")
    assert [s1[name] for name in names] == [1, 0, 0], "what is planned has no places yet, and none are unknown"
    assert {value for name, value in s2.items() if name.startswith(("angebote", "plaetze"))} == {0}, "nothing is nought"


def test_a_layer_of_figures_follows_a_file_of_settings(store_settings):
    with village(store_settings, (TREFF,), (HALVES,)) as context:
        before = by_id(context, "luecken")[S2]["bis_zum_ziel_begegnung"]
        text = (folder("schemas") / "ziele.toml").read_text(encoding="utf-8")
        whole = text.split("[[ziel]]")
        changed = next(part for part in whole if 'code = "begegnung"' in part)
        lower = re.sub(r"ziel_prozent = \d+", "ziel_prozent = 50", changed)
        context.settings.ziele.write_text(f"[[ziel]]{lower}", encoding="utf-8")
        assert (before, by_id(context, "luecken")[S2]["bis_zum_ziel_begegnung"]) == (84, 60)


def test_the_layer_of_need_is_the_last_day_of_the_plan(store_settings):
    with catalogue(store_settings, RAEUME, (HAUS_A,), zaehlung=REGISTER) as context:
        plan = rows(publish_plan(context), ebene="kommune", variante="status_quo")
        last = max(each["tag"] for each in plan)
        for regel in {each["regel"] for each in plan}:
            layer = by_id(context, f"platzbedarf_{regel}_kommune")
            figure = [each for each in plan if each["regel"] == regel and each["tag"] == last]
            assert set(layer) == {STOLBERG, MONSCHAU} == {each["gebiet"] for each in figure}
            for each in figure:
                stated = {column: as_json(value) for column, value in each.items()}
                assert layer[each["gebiet"]] == stated | {"umriss": layer[each["gebiet"]]["umriss"]}


@pytest.mark.parametrize("audience", [Audience.STAFF, Audience.PUBLIC])
def test_the_layer_of_pflegebeduerftige_has_one_row_an_area_with_all_kinds_of_care(store_settings, audience):
    store_settings.home.mkdir(parents=True, exist_ok=True)
    write_counts(store_settings.home, (STOLBERG, "insgesamt", 400), (STOLBERG, "ambulant", 90))
    with catalogue(store_settings, RAEUME, (HAUS_A,), zaehlung=REGISTER, audience=audience) as context:
        figure = publish_pflegebedarf(context)
        for ebene, keys in (("sozialraum", {S03A, S03B, M01}), ("kommune", {STOLBERG, MONSCHAU})):
            layer = by_id(context, f"pflegebeduerftige_{ebene}")
            described = {each.name for each in get_collection(context, f"pflegebeduerftige_{ebene}").properties}
            assert set(layer) == keys
            for key, area in layer.items():
                assert set(area) == described
                for each in rows(figure, gebiet=key):
                    assert area[f"erwartet_{each['leistung']}"] == each["erwartet"]
                    assert area[f"beobachtet_{each['leistung']}"] == each["beobachtet"]
                    assert area["grund"] is not None or each["grund"] is None
        assert by_id(context, "pflegebeduerftige_kommune")[STOLBERG]["beobachtet_ambulant"] == 90


def test_the_layer_of_places_in_competition_is_the_figure(store_settings):
    house = angebot("Haus", "pflege.tagespflege", 0, kapazitaeten=places(42))
    with village(store_settings, (house,), (HALVES,)) as context:
        for name, frage in TEILUNGEN.items():
            figure = rows(share_catchments(context, frage), ebene="sozialraum")
            layer = by_id(context, f"plaetze_im_wettbewerb_{name}_sozialraum")
            assert set(layer) == {each["gebiet"] for each in figure} == {S1, S2}
            for each in figure:
                stated = {column: as_json(value) for column, value in each.items()}
                assert layer[each["gebiet"]] == stated | {"umriss": layer[each["gebiet"]]["umriss"]}
        shared = by_id(context, "plaetze_im_wettbewerb_tagespflege_sozialraum")
    assert sum(each["plaetze"] for each in shared.values()) == pytest.approx(42)


def test_h05_a_figure_layer_hides_what_the_whole_table_hides(store_settings):
    few = PEOPLE | {S03B: (120, 0, 0, 9)}
    with catalogue(
        store_settings, RAEUME, (HAUS_A,), zaehlung=tuple(register(few)), audience=Audience.PUBLIC
    ) as context:
        whole = {
            (each["indicator"], each["gebiet"]): each for each in rows(assess_provision(context), ebene="sozialraum")
        }
        for indicator in ("vq_dp80", "vq_dp75", "vq_kzp"):
            layer = by_id(context, f"{indicator}_sozialraum")
            assert set(layer) == {S03A, S03B, M01}
            for key, row in layer.items():
                figures = {name: as_json(value) for name, value in whole[indicator, key].items()}
                assert row == figures | {"umriss": row["umriss"]}
        hidden = features(context, "vq_dp80_sozialraum", filter=where("vq_dp80_sozialraum", "grund = 'geheim'"))
    assert set(hidden.id) == {S03A, S03B}


def test_an_area_layer_shows_the_outlines_of_its_day(store_settings):
    last = date(2025, 12, 31)
    with stolberg(store_settings) as context:
        old = next(raum for raum in RAEUME if raum.schluessel == S03B)
        merged = Raum(
            schluessel=S03A,
            ebene=Ebene.SOZIALRAUM,
            name="vereint",
            oberraum=STOLBERG,
            geom_25832=box(0, 2000),
            quelle=old.quelle,
            gueltig_von=date(2026, 1, 1),
        )
        first = next(raum for raum in RAEUME if raum.schluessel == S03A)
        with context.store.of_installation().write() as connection:
            change = Change(
                quelle=old.quelle,
                neu=(merged,),
                geaendert=(msgspec.structs.replace(first, gueltig_bis=last),),
                beendet=((S03B, last),),
            )
            apply_raeume(connection, change, akteur="test", grund="Zusammenlegung")
        then = by_id(context, "sozialraeume", stichtag=last)
        now = by_id(context, "sozialraeume", stichtag=date(2026, 1, 1))
    assert (set(then), set(now)) == ({S03A, S03B, M01}, {S03A, M01})
    assert then[M01]["umriss"] == now[M01]["umriss"], "the same version of the outline"
    assert then[S03A]["umriss"] != now[S03A]["umriss"]
    assert now[S03A]["umriss"].startswith("2026-01-01/")
