"""The abstract tests of OGC API Features Part 3 (19-079r2, Annex A) and of CQL2 (21-065r2, Annex A).

Predicates are nodes of CQL2 JSON; `written` says the same as text, so that each test runs in both encodings.
The standard's own test data are countries and cities; what they prove, the drawn region proves with its counts.
"""

import json
import re
from itertools import product
from urllib.parse import quote

import pyproj
import pytest
import shapely

from infrastruktur.domain.crs import ALL

LANGUAGES = ("cql2-text", "cql2-json")
LAYERS = ("angebote", "klaerungsbedarf", "kommunen", "vq_dp80_kommune")
"""Points in the store, held points, areas, figures: each is filtered by other code."""
COMPARATORS = ("=", "<>", ">", "<", ">=", "<=")
WORLD = {"bbox": [-180, -90, 180, 90]}
NOWHERE = {"type": "Point", "coordinates": [90, 180]}
LINE = {"type": "LineString", "coordinates": [[6, 50.5], [6.5, 51]]}
POINT = {"type": "Point", "coordinates": [7.02, 49.92]}
RING = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]
EARTH = {"type": "Polygon", "coordinates": [RING]}
YEAR = {"interval": ["2025-01-01", "2025-12-31"]}
SPATIAL = ("s_intersects", "s_disjoint", "s_equals", "s_touches", "s_crosses", "s_within", "s_contains", "s_overlaps")
OF_TWO = (
    *("t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps"),
    *("t_startedBy", "t_starts"),
)
OF_ANY = ("t_after", "t_before", "t_disjoint", "t_equals", "t_intersects")


def op(name, *args):
    return {"op": name, "args": list(args)}


def prop(name):
    return {"property": name}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def written(node):  # noqa: C901, PLR0911, PLR0912 - a case for each kind of node
    """Write a node of CQL2 JSON as CQL2 text."""
    match node:
        case bool():
            return str(node).upper()
        case int() | float():
            return repr(node)
        case str():
            return quoted(node)
        case {"property": name}:
            return f'"{name}"'
        case {"date": day}:
            return f"DATE({quoted(day)})"
        case {"timestamp": moment}:
            return f"TIMESTAMP({quoted(moment)})"
        case {"interval": ends}:
            return f"INTERVAL({','.join(map(written, ends))})"
        case {"bbox": numbers}:
            return f"BBOX({','.join(map(repr, numbers))})"
        case {"type": _}:
            return shapely.from_geojson(json.dumps(node)).wkt
        case {"op": "and" | "or" as word, "args": args}:
            return "(" + f" {word} ".join(map(written, args)) + ")"
        case {"op": "not", "args": [of]}:
            return f"NOT ({written(of)})"
        case {"op": "isNull", "args": [of]}:
            return f"{written(of)} IS NULL"
        case {"op": "between", "args": [value, low, high]}:
            return f"{written(value)} BETWEEN {written(low)} AND {written(high)}"
        case {"op": "in", "args": [value, options]}:
            return f"{written(value)} IN ({','.join(map(written, options))})"
        case {"op": "like" | "=" | "<>" | ">" | "<" | ">=" | "<=" as sign, "args": [left, right]}:
            return f"{written(left)} {sign} {written(right)}"
        case {"op": name, "args": args}:
            return f"{name}({','.join(map(written, args))})"
    raise AssertionError(node)


def ask(api, layer, node, language, rest=""):
    text = written(node) if language == "cql2-text" else json.dumps(node)
    return api.get(f"/collections/{layer}/items?limit=10000&filter-lang={language}&filter={quote(text, safe='')}{rest}")


def found(api, layer, node, language="cql2-text", rest=""):
    response = ask(api, layer, node, language, rest)
    assert response.status_code == 200, (written(node), response.text)
    assert response.headers["content-type"] == "application/geo+json"
    return {each["id"] for each in response.json()["features"]}


def everything(api, layer):
    return {each["id"]: each for each in api.json(f"/collections/{layer}/items?limit=10000")["features"]}


def placed(api, layer):
    return {id_ for id_, each in everything(api, layer).items() if each["geometry"] is not None}


def queryables(api, layer):
    properties = api.json(f"/collections/{layer}/queryables")["properties"]
    return {name: each for name, each in properties.items() if name != "geometry"}


def sample(described):
    """Give the value the abstract tests compare a queryable of this type with."""
    if described.get("format") == "date":
        return {"date": "2022-04-14"}
    return {"string": "foo", "number": 3.14, "integer": 1, "boolean": True}[described["type"]]


def texts(api, layer):
    return [name for name, each in queryables(api, layer).items() if each["type"] == "string" and "format" not in each]


def numbers(api, layer):
    return [name for name, each in queryables(api, layer).items() if each["type"] in {"number", "integer"}]


def days(api, layer):
    return [name for name, each in queryables(api, layer).items() if each.get("format") == "date"]


on_every_layer = pytest.mark.parametrize("layer", LAYERS)
in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


# Part 3, queryables


def test_every_layer_says_what_can_be_asked(api):
    for layer in api.collections():
        response = api.get(f"/collections/{layer}/queryables", accept="application/schema+json")
        document = response.json()
        assert response.headers["content-type"] == "application/schema+json"
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["$id"] == f"{api.settings.base_url}/collections/{layer}/queryables"
        assert document["type"] == "object"
        assert document["properties"]["geometry"]["$ref"].startswith("https://geojson.org/schema/")
        assert document["additionalProperties"] is False


def test_every_layer_links_to_what_can_be_asked(api):
    for layer in api.json("/collections")["collections"]:
        (link,) = [each for each in layer["links"] if each["rel"].endswith("/queryables")]
        assert link["href"] == f"{api.settings.base_url}/collections/{layer['id']}/queryables"


@on_every_layer
def test_items_lead_to_what_can_be_asked_in_their_header(api, layer):
    for response in (api.client.head(f"/collections/{layer}/items"), api.get(f"/collections/{layer}/items")):
        assert response.status_code == 200
        url, rel = re.fullmatch(
            r'<([^>]+)>; rel="([^"]+)"; type="application/schema\+json"', response.headers["link"]
        ).groups()
        assert rel == "http://www.opengis.net/def/rel/ogc/1.0/queryables"
        assert api.json(api.relative(url))["$id"] == url


@on_every_layer
def test_every_queryable_is_a_parameter_that_finds_its_own(api, layer):
    described = api.json("/api")["paths"][f"/collections/{layer}/items"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in described if "name" in each}
    features = everything(api, layer)
    for name, queryable in queryables(api, layer).items():
        for keyword in ("type", "format", "enum"):
            assert schemas[name].get(keyword) == queryable.get(keyword)
        values = {id_: each["properties"][name] for id_, each in features.items()}
        value = next((each for each in values.values() if each is not None), None)
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            answer = api.json(f"/collections/{layer}/items?limit=10000&{name}={quote(text, safe='')}")
            assert {each["id"] for each in answer["features"]} == {id_ for id_ in values if values[id_] == value}


@on_every_layer
def test_a_value_that_a_queryable_cannot_have_is_refused(api, layer):
    for name, queryable in queryables(api, layer).items():
        if queryable["type"] != "string" or "enum" in queryable or queryable.get("format") == "date":
            assert api.get(f"/collections/{layer}/items?{name}=%5Binvalid-value%5D").status_code == 400


# Part 3, filter, on items


@on_every_layer
@in_both_languages
def test_a_filter_selects_what_matches_it(api, layer, language):
    features = everything(api, layer)
    for name in queryables(api, layer):
        expected = {id_ for id_, each in features.items() if each["properties"][name] is None}
        assert found(api, layer, op("isNull", prop(name)), language) == expected


@pytest.mark.parametrize("text", ["THIS IS NOT A FILTER", "name =", "{", '{"op": "="}', ""])
@in_both_languages
def test_what_is_no_filter_is_refused(api, language, text):
    for layer in LAYERS:
        asked = f"/collections/{layer}/items?filter-lang={language}&filter={quote(text, safe='')}"
        assert api.get(asked).status_code == 400


def test_cql2_text_is_the_language_when_none_is_named(api):
    assert len(api.json("/collections/angebote/items?filter=stand%20IS%20NULL")["features"]) == 25
    assert api.get("/collections/angebote/items?filter=THIS%20IS%20NOT%20A%20FILTER").status_code == 400
    described = api.json("/api")["components"]["parameters"]["filter-lang"]
    assert described["schema"]["enum"] == list(LANGUAGES)


@on_every_layer
@in_both_languages
def test_what_cannot_be_asked_is_refused(api, layer, language):
    assert ask(api, layer, op("isNull", prop("this_is_not_a_queryable")), language).status_code == 400


@on_every_layer
@in_both_languages
def test_without_filter_crs_coordinates_are_in_crs84(api, layer, language):
    box = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    assert found(api, layer, op("s_intersects", prop("geometry"), {"bbox": box}), language) == placed(api, layer)
    far = {"bbox": [1_000_000, 1_000_000, 2_000_000, 2_000_000]}
    assert ask(api, layer, op("s_intersects", prop("geometry"), far), language).status_code == 400


@on_every_layer
@in_both_languages
def test_filter_crs_says_what_system_coordinates_are_in(api, layer, language):
    box = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    for each in ALL:
        authority, _, code = each.uri.removeprefix("http://www.opengis.net/def/crs/").split("/")
        to = pyproj.Transformer.from_crs("OGC:CRS84", f"{authority}:{code}")
        inside = {"bbox": list(to.transform_bounds(*box, densify_pts=101))}
        node = op("s_intersects", prop("geometry"), inside)
        rest = f"&filter-crs={quote(each.uri, safe='')}"
        assert found(api, layer, node, language, rest) == placed(api, layer), each.uri
    unknown = quote("http://www.opengis.net/def/crs/OGC/0/does_not_exist", safe="")
    assert ask(api, layer, node, language, f"&filter-crs={unknown}").status_code == 400


@on_every_layer
@in_both_languages
def test_a_filter_and_a_box_hold_together(api, layer, language):
    box = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    node = op("s_intersects", prop("geometry"), {"bbox": box})
    assert found(api, layer, node, language, f"&bbox={','.join(map(repr, box))}") == placed(api, layer)
    assert found(api, layer, node, language, "&bbox=12,53,13,54") == set()


# CQL2, basic


@on_every_layer
def test_every_queryable_has_a_type(api, layer):
    described = api.json(f"/collections/{layer}/queryables")["properties"]
    assert all("type" in each or "$ref" in each for each in described.values())
    assert len(described) > 1


@on_every_layer
@in_both_languages
def test_comparisons_and_their_opposites_have_nothing_in_common(api, layer, language):
    for name, described in queryables(api, layer).items():
        answers = {sign: found(api, layer, op(sign, prop(name), sample(described)), language) for sign in COMPARATORS}
        for sign, opposite in (("=", "<>"), (">", "<="), ("<", ">=")):
            assert not answers[sign] & answers[opposite]
        known = {id_ for id_, each in everything(api, layer).items() if each["properties"][name] is not None}
        assert answers["="] | answers["<>"] == answers["<"] | answers[">="] == known


@on_every_layer
@in_both_languages
def test_null_and_not_null_are_all(api, layer, language):
    for name in (*queryables(api, layer), "geometry"):
        null = op("isNull", prop(name))
        there, missing = found(api, layer, op("not", null), language), found(api, layer, null, language)
        assert not there & missing
        assert there | missing == set(everything(api, layer))


@on_every_layer
@in_both_languages
def test_true_is_all_and_false_is_nothing(api, layer, language):
    assert found(api, layer, True, language) == set(everything(api, layer))  # noqa: FBT003 - a filter
    assert found(api, layer, False, language) == set()  # noqa: FBT003


COUNTS = (
    (op("=", prop("name"), "Heim 5"), 1),
    (op("<>", prop("name"), "Heim 5"), 25),
    (op(">=", prop("kapazitaet"), 90), 10),
    (op(">", prop("kapazitaet"), 90), 9),
    (op("<", prop("kapazitaet"), 90), 10),
    (op("=", prop("stand"), {"date": "2025-03-01"}), 1),
    (op("=", prop("stand"), {"timestamp": "2025-03-01T12:00:00Z"}), 1),
    (op("isNull", prop("stand")), 25),
    (op("like", prop("name"), "Heim 1_"), 10),
    (op("like", prop("name"), "Heim 1%"), 11),
    (op("not", op("like", prop("name"), "Heim%")), 6),
    (op("between", prop("kapazitaet"), 85, 87.5), 3),
    (op("in", prop("name"), ["Heim 1", "Heim 2", "heim 3"]), 2),
    (op("in", prop("kapazitaet"), [80, 81, 1000]), 2),
    (op("in", prop("stand"), [{"date": "2025-03-01"}, {"date": "2025-03-02"}]), 1),
    (op("=", op("casei", prop("name")), op("casei", "HEIM 5")), 1),
    (op("like", op("casei", prop("name")), op("casei", "hEIM 1%")), 11),
    (op("in", op("casei", prop("name")), [op("casei", "HEIM 1"), op("casei", "heim 2")]), 2),
    (op("=", "Heim 5", prop("name")), 1),
    (op("<", 90, prop("kapazitaet")), 9),
    (op("<>", prop("name"), prop("name")), 0),
    (op("between", 90, prop("kapazitaet"), 95), 11),
    (op("t_after", prop("stand"), {"date": "2025-02-28"}), 1),
    (op("t_during", {"interval": [prop("stand"), prop("stand")]}, YEAR), 1),
    (op("t_disjoint", prop("stand"), YEAR), 0),
    (op("t_before", {"date": "2025-02-28"}, prop("stand")), 1),
)


@pytest.mark.parametrize(("node", "count"), COUNTS, ids=[written(node) for node, _ in COUNTS])
@in_both_languages
def test_predicates_count_what_was_drawn(api, node, count, language):
    """26 Angebote: twenty Heime with 80 to 99 places and a Träger, and six others; one of them has a date."""
    assert len(found(api, "angebote", node, language)) == count


@in_both_languages
def test_and_or_and_not_are_those_of_sets(api, language):
    """Each four of the predicates above in the sentence of the abstract tests, without what is unknown."""
    known = [node for node, _ in COUNTS if "name" in written(node) and "kapazitaet" not in written(node)]
    whole, answers = set(everything(api, "angebote")), [found(api, "angebote", node, language) for node in known]
    for first, second, third, fourth in list(product(range(len(known)), repeat=4))[:: len(known) ** 4 // 20]:
        p1, p2, p3, p4 = (known[number] for number in (first, second, third, fourth))
        s1, s2, s3, s4 = (answers[number] for number in (first, second, third, fourth))
        sentence = op("or", op("and", op("not", p1), p2), op("and", p3, op("not", p4)), op("not", op("and", p1, p4)))
        expected = (s2 - s1) | (s3 - s4) | (whole - (s1 & s4))
        assert found(api, "angebote", sentence, language) == expected


# CQL2, advanced comparison operators, case-insensitive comparison


@on_every_layer
@in_both_languages
def test_like_takes_wildcards_and_their_escapes(api, layer, language):
    for name in texts(api, layer):
        some, none, any_, twice, plain = (
            found(api, layer, op("like", prop(name), pattern), language) for pattern in ("_%", "", "%", "%%", "\\%\\_")
        )
        assert not some & none
        assert any_ == twice == some | none
        assert plain == set()


@on_every_layer
@in_both_languages
def test_between_takes_bounds_in_any_order(api, layer, language):
    for name in numbers(api, layer):
        inside = found(api, layer, op("between", prop(name), 0, 100), language)
        values = {id_: each["properties"][name] for id_, each in everything(api, layer).items()}
        assert inside == {id_ for id_, value in values.items() if value is not None and 0 <= value <= 100}
        assert found(api, layer, op("between", prop(name), 100.0, 1.0), language) == set()


@on_every_layer
@in_both_languages
def test_in_takes_a_list_of_every_type(api, layer, language):
    lists = {"string": ["foo", "bar"], "number": [1, 2, 3], "integer": [1, 2, 3], "boolean": [True]}
    for name, described in queryables(api, layer).items():
        options = ["2022-04-14", "2022-04-15"] if described.get("format") == "date" else lists[described["type"]]
        values = {id_: each["properties"][name] for id_, each in everything(api, layer).items()}
        assert found(api, layer, op("in", prop(name), options), language) == {
            id_ for id_, value in values.items() if value in options
        }


@on_every_layer
@in_both_languages
def test_casei_makes_case_no_difference(api, layer, language):
    for name in texts(api, layer):
        folded = op("casei", prop(name))
        equal = found(api, layer, op("=", folded, op("casei", "foo")), language)
        assert not equal & found(api, layer, op("<>", folded, op("casei", "FOO")), language)
        low, high = (found(api, layer, op("like", folded, op("casei", text)), language) for text in ("foo%", "FOO%"))
        assert low == high


# CQL2, spatial functions


@on_every_layer
@in_both_languages
def test_intersects_takes_points_and_boxes(api, layer, language):
    def inside(shape):
        return op("s_intersects", prop("geometry"), shape)

    assert found(api, layer, inside(WORLD), language) == placed(api, layer)
    assert found(api, layer, inside(POINT), language) == set()
    assert ask(api, layer, inside(NOWHERE), language).status_code == 400
    halves = op("and", inside({"bbox": [-180, -90, -90, 90]}), inside({"bbox": [90, -90, 180, 90]}))
    assert found(api, layer, halves, language) == set()
    assert found(api, layer, inside({"bbox": [150, -90, -150, 90]}), language) == set()


@on_every_layer
@in_both_languages
def test_intersects_takes_every_kind_of_geometry(api, layer, language):
    hole = [[-120, -50], [-100, -50], [-100, -40], [-120, -40], [-120, -50]]
    near = [[0, 45], [10, 45], [10, 55], [0, 55], [0, 45]]
    west = [[-180, -90], [-90, -90], [-90, 90], [-180, 90], [-180, -90]]
    shapes = (
        ({"type": "LineString", "coordinates": [[-180, -45], [0, -45]]}, False),
        ({"type": "MultiLineString", "coordinates": [[[-180, -45], [0, -45]], [[0, 45], [180, 45]]]}, False),
        ({"type": "Polygon", "coordinates": [west, hole]}, False),
        ({"type": "MultiPolygon", "coordinates": [[west, hole], [near]]}, True),
        (
            {"type": "GeometryCollection", "geometries": [POINT, {"type": "Polygon", "coordinates": [near]}]},
            True,
        ),
    )
    for shape, all_of_it in shapes:
        expected = placed(api, layer) if all_of_it else set()
        assert found(api, layer, op("s_intersects", prop("geometry"), shape), language) == expected
    outside = {"type": "MultiPoint", "coordinates": [[7.02, 49.92], [90, 180]]}
    assert ask(api, layer, op("s_intersects", prop("geometry"), outside), language).status_code == 400


def test_points_of_a_set_need_no_brackets_of_their_own(api):
    text = quote("S_INTERSECTS(geometry,MULTIPOINT(7.02 49.92, 6.5 50.5))", safe="")
    assert api.get(f"/collections/angebote/items?filter={text}").status_code == 200


@on_every_layer
@in_both_languages
@pytest.mark.parametrize("function", SPATIAL)
def test_every_spatial_function_is_the_one_of_simple_features(api, layer, language, function):
    """A feature's own geometry is equal to itself, and a box around all holds all; shapely says so independently."""
    features = everything(api, layer)
    shapes = {id_: shapely.from_geojson(json.dumps(features[id_]["geometry"])) for id_ in placed(api, layer)}
    west, south, east, north = api.json(f"/collections/{layer}")["extent"]["spatial"]["bbox"][0]
    middle = (west + east) / 2
    literals = [
        {"bbox": [west - 0.001, south - 0.001, middle + 0.0001, north + 0.001]},
        EARTH,
        {"type": "LineString", "coordinates": [[west - 0.001, south + 0.0011], [east + 0.001, north - 0.0017]]},
        {"type": "MultiPoint", "coordinates": [[west + 0.0013, south + 0.0019], [7.5, 51]]},
    ]
    for literal in literals:
        other = shapely.box(*literal["bbox"]) if "bbox" in literal else shapely.from_geojson(json.dumps(literal))
        judge = getattr(shapely, function.removeprefix("s_"))
        expected = {id_ for id_, shape in shapes.items() if judge(shape, other)}
        assert found(api, layer, op(function, prop("geometry"), literal), language) == expected, written(literal)


@in_both_languages
@pytest.mark.parametrize("function", SPATIAL)
def test_the_geometry_may_stand_on_either_side_or_on_both(api, language, function):
    turned = {"s_within": "s_contains", "s_contains": "s_within"}.get(function, function)
    box = {"bbox": [5, 50, 6.2, 52]}
    for layer in LAYERS:
        left = found(api, layer, op(function, prop("geometry"), box), language)
        assert found(api, layer, op(turned, box, prop("geometry")), language) == left
        itself = function in {"s_intersects", "s_equals", "s_within", "s_contains"}
        expected = placed(api, layer) if itself else set()
        assert found(api, layer, op(function, prop("geometry"), prop("geometry")), language) == expected


# CQL2, temporal functions


@on_every_layer
@in_both_languages
def test_temporal_functions_take_days_and_periods(api, layer, language):
    for name, function in product(days(api, layer), OF_ANY):
        for literal in ({"date": "2022-04-24"}, {"timestamp": "2022-04-24T07:59:57Z"}, YEAR):
            first = found(api, layer, op(function, prop(name), literal), language)
            turned = {"t_after": "t_before", "t_before": "t_after"}.get(function, function)
            assert found(api, layer, op(turned, literal, prop(name)), language) == first


@on_every_layer
@in_both_languages
def test_temporal_functions_take_periods_between_two_properties(api, layer, language):
    known = days(api, layer)[:2]
    for first, second, function in product(known, known, (*OF_ANY, *OF_TWO)):
        found(api, layer, op(function, {"interval": [prop(first), prop(second)]}, YEAR), language)


# CQL2, properties and values on both sides


@on_every_layer
@in_both_languages
def test_a_value_may_stand_on_the_left(api, layer, language):
    turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
    for name, described in queryables(api, layer).items():
        for sign in COMPARATORS:
            left = found(api, layer, op(sign, sample(described), prop(name)), language)
            assert left == found(api, layer, op(turned.get(sign, sign), prop(name), sample(described)), language)


@on_every_layer
@in_both_languages
def test_a_property_is_equal_to_itself_where_it_is_known(api, layer, language):
    for name in queryables(api, layer):
        known = {id_ for id_, each in everything(api, layer).items() if each["properties"][name] is not None}
        for sign in COMPARATORS:
            answer = found(api, layer, op(sign, prop(name), prop(name)), language)
            assert answer == (known if sign in {"=", ">=", "<="} else set())


@pytest.mark.parametrize(
    "value", ["foo", True, 3.14, 1, {"timestamp": "2022-04-14T14:48:46Z"}, {"date": "2022-04-14"}], ids=str
)
@in_both_languages
def test_a_value_is_equal_to_itself(api, value, language):
    for layer, sign in product(LAYERS, COMPARATORS):
        answer = found(api, layer, op(sign, value, value), language)
        assert answer == (set(everything(api, layer)) if sign in {"=", ">=", "<="} else set())


# CQL2 text


@pytest.mark.parametrize("escaped", ["\\'", "''", "\\a", "\\b", "\\t", "\\n", "\\v", "\\f", "\\r"])
def test_escapes_in_a_text_are_read(api, escaped):
    """Not one of them is in the drawn names, and with NOT all are found: each stands for its character."""
    text = quote(f"NOT (name LIKE '%{escaped}%')", safe="")
    assert api.json(f"/collections/angebote/items?filter={text}")["numberMatched"] == 26
