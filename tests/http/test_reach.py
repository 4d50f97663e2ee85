"""Travel times over HTTP: isochrones, matrix and nearby, their formats, directions and the limits of one request."""

import csv
import io
import json
import shutil

import pytest
import shapely
from litestar.testing import TestClient
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import RAEUME, STREET_Y, WEST, angebot, catalogue

from infrastruktur.app import create_app
from infrastruktur.routing.profiles import list_profile
from infrastruktur.settings import Settings

PATH = "/reach/isochrones"


def ask(api, **query):
    return api.get(f"{PATH}?" + "&".join(f"{name}={value}" for name, value in query.items()))


def test_each_point_has_a_polygon_per_time_and_longer_times_reach_further(api):
    response = ask(api, punkt=f"{api.centre};{api.centre}", modus="zu_fuss", minuten="5,10,15")
    assert response.headers["content-type"] == "application/geo+json"
    features = response.json()["features"]
    assert {(each["properties"]["punkt"], each["properties"]["minuten"]) for each in features} == {
        (punkt, minuten) for punkt in (0, 1) for minuten in (5, 10, 15)
    }
    area = {each["properties"]["minuten"]: each["properties"]["area_km2"] for each in features}
    assert 0 < area[5] < area[10] < area[15]
    assert all(each["geometry"]["type"] == "MultiPolygon" for each in features)


def test_who_is_older_walks_slower(api):
    def area(altersgruppe):
        found = ask(api, punkt=api.centre, modus="zu_fuss", minuten="10", altersgruppe=altersgruppe).json()
        return found["features"][0]["properties"]["area_km2"]

    assert area("ab85") < area("75bis84") < area("65bis74") < area("20bis24")


def test_a_point_far_from_any_street_has_a_reason_instead_of_a_polygon(api):
    (feature,) = ask(api, punkt="10.0,52.0", modus="pkw", minuten="5").json()["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["grund"]


@pytest.mark.parametrize("name", ["punkt", "modus", "minuten"])
def test_a_missing_part_is_named(api, name):
    query = {"punkt": api.centre, "modus": "pkw", "minuten": "5"}
    del query[name]
    response = ask(api, **query)
    assert response.status_code == 400
    assert response.json()["parameter"] == name


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"punkt": "50.77,6.08"}, "punkt"),
        ({"punkt": "6.08"}, "punkt"),
        ({"punkt": "6.08,50.77,100"}, "punkt"),
        ({"punkt": "6.08,50.77;"}, "punkt"),
        ({"punkt": "nan,50.77"}, "punkt"),
        ({"punkt": "0,0"}, "punkt"),
        ({"punkt": "٦,50"}, "punkt"),
        ({"modus": "oepnv"}, "modus"),
        ({"modus": "flug"}, "modus"),
        ({"minuten": "0"}, "minuten"),
        ({"minuten": "-5"}, "minuten"),
        ({"minuten": "5,,10"}, "minuten"),
        ({"minuten": "5.5"}, "minuten"),
        ({"altersgruppe": "75+"}, "altersgruppe"),
        ({"altersgruppe": "09bis06"}, "altersgruppe"),
    ],
)
def test_b07_a_value_that_cannot_be_is_refused_by_name(api, changed, name):
    response = ask(api, **({"punkt": api.centre, "modus": "pkw", "minuten": "5"} | changed))
    assert response.status_code == 400
    assert response.json()["parameter"] == name


@pytest.mark.parametrize(
    ("at_the_limit", "above"),
    [
        ({"punkt": 10}, {"punkt": 11}),
        ({"minuten": "5,10,15,60"}, {"minuten": "5,10,15,20,60"}),
        ({"minuten": "60"}, {"minuten": "61"}),
        ({"minuten": "60", "modus": "pkw"}, {"minuten": "61", "modus": "pkw"}),
        ({"minuten": "60", "modus": "rad"}, {"minuten": "61", "modus": "rad"}),
    ],
)
def test_h01_each_limit_is_met_and_one_more_is_refused(api, at_the_limit, above):
    def asked(changed):
        query = {"punkt": 1, "modus": "zu_fuss", "minuten": "5"} | changed
        return ask(api, **(query | {"punkt": ";".join([api.centre] * query["punkt"])}))

    assert asked(at_the_limit).status_code == 200
    refused = asked(above)
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("limit-exceeded")


def test_without_a_network_it_says_so(reopened, tmp_path, geopackage_api):
    home = tmp_path / "ohne-netz"
    home.mkdir()
    (home / "catalogue.gpkg").write_bytes(geopackage_api.settings.catalogue.read_bytes())
    api = reopened(home=home)
    response = ask(api, punkt=api.centre, modus="pkw", minuten="5")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["title"] == "Kein Straßennetz"


# From Angebote, in both directions, as lines


def test_exactly_one_kind_of_start_is_asked_for(api):
    assert ask(api, punkt=api.centre, art="pflege.dauerpflege", modus="pkw", minuten="5").status_code == 400
    found = ask(api, art="pflege.dauerpflege|pflege.tagespflege", modus="pkw", minuten="5").json()
    (feature,) = found["features"]
    assert (feature["properties"]["angebote"], feature["properties"]["ohne_punkt"]) == (21, 0)
    assert found["herkunft"]["parameter"]["richtung"] == "hin"


def test_people_stand_beside_the_area_under_flat_names(api):
    (feature,) = ask(api, punkt=api.centre, modus="pkw", minuten="15", altersgruppe="06bis09").json()["features"]
    properties = feature["properties"]
    # All of both Dörfer: 400, 800 and 1,200 people, a tenth of them of 6 to under 10.
    assert properties["personen_alle"] == 2400
    assert properties["personen_06bis09"] == 240
    assert properties["personen_ab75_grund"] is None


def test_kanten_are_lines_in_place_of_the_area(api):
    (feature,) = ask(api, punkt=api.centre, modus="zu_fuss", minuten="5", kanten="ja").json()["features"]
    assert feature["geometry"]["type"] == "MultiLineString"
    assert feature["properties"]["laenge_km"] > 0
    assert feature["properties"]["area_km2"] > 0


@pytest.fixture
def one_way(tmp_path, geopackage_template):
    """Open a street of 4 km that is driven eastwards only, with a house at 500 m and Angebote beside it."""
    home = tmp_path / "einbahn"
    home.mkdir()
    shutil.copyfile(geopackage_template, home / "catalogue.gpkg")
    drawn("A" + "-" * 40 + "B", home, ways={"AB": {"highway": "residential", "oneway": "yes"}})
    settings = Settings(home=home)
    shops = (angebot("Laden West", "alltag.lebensmittel", 100), angebot("Laden Ost", "alltag.lebensmittel", 900))
    with catalogue(settings, RAEUME, shops):
        pass
    with TestClient(create_app(settings)) as client:
        yield client


def place(at_m):
    return "{:.7f},{:.7f}".format(*TO_DEGREES.transform(WEST + at_m, STREET_Y))


@pytest.mark.parametrize(("richtung", "name"), [("hin", "Laden Ost"), ("zurueck", "Laden West")])
def test_h07_nearby_goes_by_the_arrows(one_way, richtung, name):
    found = one_way.get(f"/reach/nearby?punkt={place(500)}&modus=pkw&minuten=10&richtung={richtung}").json()
    assert [row["name"] for row in found["zeilen"]] == [name]


def test_h07_an_isochrone_lies_before_or_behind(one_way):
    def middle(richtung):
        query = f"punkt={place(2000)}&modus=pkw&minuten=2&richtung={richtung}"
        (feature,) = one_way.get(f"/reach/isochrones?{query}").json()["features"]
        return shapely.from_geojson(json.dumps(feature["geometry"])).centroid.x

    assert middle("hin") < TO_DEGREES.transform(WEST + 2000, STREET_Y)[0] < middle("zurueck")


def test_h07_a_way_against_the_arrow_is_none_and_says_so(one_way):
    query = f"von={place(500)};{place(900)}&nach={place(500)};{place(900)}&modus=pkw"
    rows = one_way.get(f"/reach/matrix?{query}").json()["zeilen"]
    assert [(row["von"], row["nach"], row["minuten"] is None, row["grund"]) for row in rows] == [
        (0, 0, False, None),
        (0, 1, False, None),
        (1, 0, True, "insel"),
        (1, 1, False, None),
    ]


# Matrix and nearby as tables


def test_nearby_is_a_list_a_map_and_a_table(api):
    query = f"/reach/nearby?punkt={api.centre}&modus=zu_fuss&minuten=15"
    listed = api.json(query)
    assert list(listed) == ["name", "titel", "herkunft", "spalten", "befund", "zeilen"]
    seconds = [row["sekunden"] for row in listed["zeilen"]]
    assert seconds == sorted(seconds)
    assert max(seconds) <= 15 * 60
    mapped = api.get(f"{query}&f=geojson")
    assert mapped.headers["content-type"] == "application/geo+json"
    features = mapped.json()["features"]
    assert [each["properties"] for each in features] == listed["zeilen"]
    assert features[0]["geometry"]["coordinates"] == [listed["zeilen"][0][name] for name in ("laenge", "breite")]
    table = api.get(f"{query}&f=csv")
    assert table.headers["content-disposition"] == 'attachment; filename="nearby.csv"'
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["id"] for row in rows] == [row["id"] for row in listed["zeilen"]]
    assert ";" in api.get(f"{query}&f=csv-de").content.decode("utf-8-sig").splitlines()[0]


def test_c_what_is_confidential_is_near_nobody(api):
    found = api.json(f"/reach/nearby?punkt={api.centre}&modus=pkw&minuten=60&limit=500")
    names = {row["name"] for row in found["zeilen"]}
    assert "Tagespflege" in names
    assert not {"Frauenhaus", "Altes Heim"} & names


def test_a_name_that_is_a_script_stays_text(api):
    found = api.get(f"/reach/nearby?punkt={api.centre}&modus=pkw&minuten=60&art=quartier.seniorentreff")
    assert found.headers["content-type"].startswith("application/json")
    assert [row["name"] for row in found.json()["zeilen"]] == [api.hostile]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("matrix?nach=6.1,50.8&modus=pkw", "von"),
        ("matrix?von=6.1,50.8&modus=pkw", "nach"),
        ("matrix?von=6.1,50.8&nach=50.8,6.1&modus=pkw", "nach"),
        ("matrix?angebot=1&nach=6.1,50.8&modus=pkw", "angebot"),
        ("matrix?von=6.1,50.8&nach=6.1,50.8&modus=pkw&minuten=0", "minuten"),
        ("nearby?punkt=6.1,50.8&modus=pkw", "minuten"),
        ("nearby?punkt=6.1,50.8;6.1,50.8&modus=pkw&minuten=5", "punkt"),
        ("nearby?punkt=6.1,50.8&modus=pkw&minuten=5&kategorie=alles", "kategorie"),
        ("nearby?punkt=6.1,50.8&modus=pkw&minuten=5&richtung=quer", "richtung"),
        ("nearby?punkt=6.1,50.8&modus=pkw&minuten=5&limit=501", "limit"),
        ("isochrones?modus=pkw&minuten=5", "punkt"),
        ("isochrones?punkt=6.1,50.8&modus=pkw&minuten=5&kanten=vielleicht", "kanten"),
    ],
)
def test_b07_what_cannot_be_is_refused_by_its_name(api, query, name):
    response = api.get(f"/reach/{query}")
    assert response.status_code == 400
    assert response.json()["parameter"] == name


def test_an_angebot_nobody_knows_and_a_question_nobody_answers_are_not_found(api):
    unknown = "00000000-0000-0000-0000-000000000000"
    assert api.get(f"/reach/isochrones?angebot={unknown}&modus=pkw&minuten=5").status_code == 404
    assert "isochrones, matrix, nearby" in api.get("/reach/nichts").json()["detail"]


def test_h01_pairs_are_limited(api):
    def asked(starts):
        points = ";".join([api.centre] * 25)
        return api.get(f"/reach/matrix?von={';'.join([api.centre] * starts)}&nach={points}&modus=pkw")

    assert len(asked(25).json()["zeilen"]) == 625
    refused = asked(26)
    assert refused.status_code == 400
    assert "Höchstens 625 Paare auf einmal, gefragt sind 650." in refused.json()["detail"]


@pytest.mark.parametrize("modus", ["zu_fuss", "rad", "pkw"])
def test_every_profile_is_answered_with_its_own_mode_and_refused_with_another(api, modus):
    for profil in list_profile():
        asked = f"/reach/nearby?punkt={api.centre}&modus={modus}&minuten=5&profil={profil.code}"
        assert api.get(asked).status_code == (200 if profil.modus == modus else 400), profil.code
