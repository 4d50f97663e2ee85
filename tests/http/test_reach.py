"""Isochrones: polygons around points, and the limits of one request."""

import pytest

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
