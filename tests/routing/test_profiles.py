"""Speeds by age, and how a limit is rescaled for a walker."""

import pytest

from infrastruktur.domain.errors import InvalidParameter, SourceRefused
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.routing.profiles import (
    Modus,
    get_profil,
    list_profile,
    offroad_ds_per_m,
    parse_profile,
    split_by_speed,
    walk_limit_ds,
    walk_s,
    walking_speed_km_h,
)


@pytest.mark.parametrize(
    ("code", "km_h"),
    [("06bis09", 3.5), ("18bis64", 4.5), ("65bis74", 3.5), ("75bis84", 3.0), ("ab85", 2.5), ("ab75", 2.5),
     ("alle", 2.5),     ("06bis17", 3.5), ("10bis17", 4.5)],
)  # fmt: skip
def test_a_group_walks_at_its_slowest(code, km_h):
    assert walking_speed_km_h(parse_gruppe(code)) == km_h


@pytest.mark.parametrize(
    ("code", "parts"),
    [("ab75", ["75bis84", "ab85"]), ("06bis09", ["06bis09"]), ("ab80", ["80bis84", "ab85"]),
     ("alle", ["00bis09", "10bis64", "65bis74", "75bis84", "ab85"])],
)  # fmt: skip
def test_a_group_is_split_where_the_speed_changes(code, parts):
    assert [part.code for part in split_by_speed(parse_gruppe(code))] == parts


def test_the_parts_of_a_group_walk_no_slower_than_the_group():
    for code in ("ab75", "alle", "60bis79"):
        gruppe = parse_gruppe(code)
        assert min(map(walking_speed_km_h, split_by_speed(gruppe))) == walking_speed_km_h(gruppe)


def test_a_limit_is_rescaled_by_the_speed():
    assert walk_limit_ds(900, 3.6) == 9000
    assert walk_limit_ds(900, 3.0) == 7500  # 750 m in 15 minutes
    assert walk_limit_ds(900, 4.5) == 11250
    assert walk_s(7500, 3.0) == pytest.approx(900)


def test_off_the_road_everybody_walks():
    assert offroad_ds_per_m(Modus.ZU_FUSS) == 10
    assert offroad_ds_per_m(Modus.PKW) == offroad_ds_per_m(Modus.RAD) == 8


PROFIL = {"code": "x", "titel": "X", "modus": "zu_fuss", "tempo_km_h": 3.0, "grundlage": "Test"}


def test_profiles_are_data_with_their_source():
    codes = [profil.code for profil in list_profile()]
    assert codes == ["kind", "erwachsen", "ab65", "ab75", "ab85", "rollator", "rollstuhl", "rad", "pkw"]
    assert all(profil.grundlage for profil in list_profile())
    assert get_profil("rollstuhl").braucht.incline_percent == 6
    with pytest.raises(InvalidParameter, match=r"'flugzeug'.*rollator"):
        get_profil("flugzeug")


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([PROFIL, PROFIL], "zweimal"),
        ([{**PROFIL, "tempo": 3}], "unknown field"),
        ([{**PROFIL, "tempo_km_h": 0}], "tempo_km_h"),
        ([{**PROFIL, "grundlage": ""}], "grundlage"),
        ([{**PROFIL, "unbekannt": {"kerb": "egal"}}], "kerb"),
        ([{key: value for key, value in PROFIL.items() if key != "tempo_km_h"}], "fehlt tempo_km_h"),
    ],
)
def test_a_profile_that_says_too_little_or_too_much_is_refused(blocks, reason):
    assert parse_profile({"profil": [PROFIL]}, "eigene.toml")[0].tempo_km_h == 3.0
    with pytest.raises(SourceRefused, match=reason):
        parse_profile({"profil": blocks}, "eigene.toml")
