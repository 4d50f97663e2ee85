"""What Keycloak says of somebody, and what a house makes of it."""

import pytest

from infrastruktur.domain.errors import SourceRefused
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.rollen import assign, parse_rollen

PLAN = parse_rollen(
    {
        "ansprueche": ["realm_access.roles", "resource_access.infrastruktur.roles", "groups"],
        "rolle": [
            {"wert": "fachamt-(?P<fachbereich>[a-z]+)", "rolle": "fachamt"},
            {"wert": "/kommunen/(?P<ags>[0-9]{8})/redaktion", "rolle": "kommune_redaktion"},
            {"wert": "statistikstelle", "rolle": "statistik"},
        ],
    },
    "rollen.toml",
)


def test_roles_and_groups_become_rights():
    claims = {
        "realm_access": {"roles": ["offline_access", "fachamt-pflege"]},
        "resource_access": {"infrastruktur": {"roles": ["statistikstelle"]}, "account": {"roles": ["statistikstelle"]}},
        "groups": ["/kommunen/05334032/redaktion"],
    }
    assert assign(PLAN, claims) == (
        Zustaendigkeit(rolle=Rolle.FACHAMT, fachbereich="pflege"),
        Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334032"),
        Zustaendigkeit(rolle=Rolle.STATISTIK),
    )


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"realm_access": ["fachamt-pflege"]},
        {"realm_access": {"roles": {"fachamt-pflege": True}}},
        {"realm_access": {"roles": [None, 7, ["fachamt-pflege"]]}},
        {"groups": ["/kommunen/05334032/redaktion/nachbar"]},  # a pattern matches as a whole
        {"groups": ["x/kommunen/05334032/redaktion"]},
        {"realm_access": {"roles": ["fachamt-wellness"]}},  # no such Fachbereich
        {"realm_access": {"roles": ["FACHAMT-pflege"]}},
    ],
)
def test_whatever_else_a_token_says_gives_no_right(claims):
    assert assign(PLAN, claims) == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"rollen": []}, "unknown field"),
        ({"rolle": [{"wert": "x", "rolle": "koenig"}]}, "koenig"),
        ({"rolle": [{"wert": "(", "rolle": "admin"}]}, "kein Muster"),
        ({"rolle": [{"wert": "(?P<stadt>x)", "rolle": "admin"}]}, "nennt stadt"),
        ({"rolle": [{"wert": "redaktion", "rolle": "kommune_redaktion"}]}, "gehört zu einer Kommune"),
        ({"rolle": [{"wert": "amt", "rolle": "fachamt", "fachbereich": "wellness"}]}, "Möglich sind"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(data, said):
    with pytest.raises(SourceRefused, match=said):
        parse_rollen(data, "rollen.toml")
