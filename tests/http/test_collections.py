"""The layers and how they describe themselves."""

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def test_every_layer_of_the_user_s_words_is_there(api):
    expected = {"angebote", "pflege", "beratung", "quartiersangebote", "schulen", "alltag", "standorte"}
    assert expected | {"sozialraeume", "kommunen", "luecken", "klaerungsbedarf"} <= set(api.collections())


def test_each_layer_in_the_list_is_the_one_its_own_page_describes(api):
    for listed in api.json("/collections")["collections"]:
        alone = api.json(f"/collections/{listed['id']}")
        assert {**alone, "links": 0} == {**listed, "links": 0}


def test_a_layer_says_what_it_is_made_of(api):
    layer = api.json("/collections/angebote")
    assert layer["itemType"] == "feature"
    assert layer["crs"][0] == CRS84, "what a client gets that names none"
    assert layer["storageCrs"] in layer["crs"]
    assert layer["storageCrs"].endswith("/25832")
    west, south, east, north = layer["extent"]["spatial"]["bbox"][0]
    lon, lat = map(float, api.centre.split(","))
    assert west <= lon <= east
    assert south <= lat <= north
    items = next(each for each in layer["links"] if each["rel"] == "items")
    assert items["type"] == "application/geo+json"


def test_a_part_of_a_layer_says_so(api):
    pflege = api.json("/collections/pflege")
    assert pflege["teilmenge_von"] == "angebote"
    whole = next(each for each in pflege["links"] if each["rel"] == "collection")
    assert api.json(api.relative(whole["href"]))["id"] == "angebote"


def test_the_schema_names_exactly_the_properties_features_have(api):
    for collection in ("angebote", "standorte", "klaerungsbedarf", "sozialraeume", "kommunen", "luecken"):
        properties = api.json(f"/collections/{collection}/schema")["properties"]
        assert properties.pop("geometry")["x-ogc-role"] == "primary-geometry"
        feature = api.json(f"/collections/{collection}/items?limit=1")["features"][0]
        assert set(feature["properties"]) == set(properties), collection


def test_the_schema_says_type_format_and_choices(api):
    properties = api.json("/collections/angebote/schema")["properties"]
    assert properties["kapazitaet"]["type"] == "number"
    assert properties["stand"]["format"] == "date"
    assert "in_betrieb" in properties["status"]["enum"]
    assert properties["name"]["title"] == "Name"


def test_a_layer_that_does_not_exist_is_not_found(api):
    for path in ("", "/schema", "/items", "/items/1"):
        assert api.get(f"/collections/geheim{path}").status_code == 404


def test_i01_a_page_of_layers_shows_text_as_text(api):
    page = api.get("/collections/angebote?f=html").text
    assert "<table>" in page
    assert "<caption>Spalten</caption>" in page
