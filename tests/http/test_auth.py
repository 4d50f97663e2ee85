"""Who asks: tokens of our own and of an identity server; what is internal never meets what is public."""

import base64
import hmac
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from editing import PFLEGE, create, feature
from litestar.testing import TestClient

from infrastruktur.app import create_app
from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.intake.schluessel import Schluesselbund
from infrastruktur.settings import Settings
from infrastruktur.storage.zugaenge import find_token, revoke_token
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.issue_token import issue_token, list_tokens
from infrastruktur.usecases.issue_token import revoke_token as revoke

ITEMS = "/collections/beratung/items"
PLANNING = "/planning/provision?indicator=vq_dp80&ebene=kommune"
INTERN, EDITOR = Zustaendigkeit(rolle=Rolle.STATISTIK), Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags="05334001")


@pytest.fixture
def issue(api) -> Iterator[Callable[..., str]]:
    """Issue a token of a right."""
    with closing(open_context(api.settings)) as context:
        yield lambda right, days=1: issue_token(context, "Prüfung", right, days)[1]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def names(response: Any) -> set[str]:
    assert response.status_code == 200, response.text
    return {feature["properties"]["name"] for feature in response.json()["features"]}


def test_r14_a_confidential_standort_is_shown_to_internal_readers_only(api, issue):
    intern, editor = issue(INTERN), issue(EDITOR)
    for _ in range(2):  # the second time answers are kept
        assert "Frauenhaus" in names(api.get(ITEMS, **bearer(intern)))
        assert "Frauenhaus" not in names(api.get(ITEMS))
        assert "Frauenhaus" not in names(api.get(ITEMS, **bearer(editor)))


@pytest.mark.parametrize("path", [ITEMS, PLANNING, "/collections/angebote/tiles/WebMercatorQuad/0/0/0"])
def test_answers_of_the_public_are_the_same_before_and_after_internal_ones(api, issue, path):
    intern = issue(INTERN)
    before = api.get(path)
    internal = api.get(path, **bearer(intern))
    after = api.get(path)
    assert (before.content, before.headers["etag"]) == (after.content, after.headers["etag"])
    assert internal.content != before.content


def test_internal_answers_are_kept_by_nobody_on_the_way(api, issue):
    answer = api.get(ITEMS, **bearer(issue(INTERN)))
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in answer.headers["vary"]
    assert api.get(ITEMS).headers["cache-control"] == "no-cache"
    assert "Authorization" in api.get(ITEMS).headers["vary"]


@pytest.mark.parametrize(
    "stated",
    ["", "Bearer", "Bearer ", "Basic aW5mcmE6eA==", "Bearer x", "Bearer infra_000000000000_x", f"Bearer {'x' * 8001}"],
)
def test_who_proves_nothing_is_refused_and_not_taken_for_the_public(api, stated):
    answer = api.get(ITEMS, authorization=stated)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_two_proofs_are_none(api, issue):
    token = issue(INTERN)
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert api.client.get(ITEMS, headers=twice).status_code == 401


def test_a_revoked_token_opens_nothing_from_the_next_request_on(api, issue):
    token = issue(INTERN)
    assert api.get(ITEMS, **bearer(token)).status_code == 200
    with closing(open_context(api.settings)) as context:
        nummer = token.split("_")[1]
        revoke(context, nummer)
        with pytest.raises(NotFound):
            revoke(context, nummer)
    assert api.get(ITEMS, **bearer(token)).status_code == 401


def test_an_expired_token_opens_nothing(api, issue):
    token = issue(INTERN)
    nummer = token.split("_")[1]
    with closing(open_context(api.settings)) as context, context.store.of_installation().write() as connection:
        kept = find_token(connection, nummer)
        assert kept is not None
        assert kept.gueltig_bis - kept.ausgestellt == timedelta(days=1)
        revoke_token(connection, nummer, datetime.now(UTC))
    assert api.get(ITEMS, **bearer(token)).status_code == 401


def test_the_secret_is_nowhere_in_the_store(api, issue):
    token = issue(INTERN)
    secret = token.split("_", 2)[2]
    with closing(open_context(api.settings)) as context:
        kept = msgspec.json.encode(list_tokens(context)).decode()
    assert token.split("_")[1] in kept
    assert secret not in kept


# Tokens of an identity server: a zoo of them, signed and forged here

ISSUER = "https://anmeldung.example/realms/region"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
ROLLEN = """
ansprueche = ["realm_access.roles"]
[[rolle]]
wert = "statistikstelle"
rolle = "statistik"
[[rolle]]
wert = "fachamt"
rolle = "fachamt"
"""


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    stated = {
        "iss": ISSUER,
        "aud": ["account", "infrastruktur"],
        "sub": "8c1f",
        "typ": "Bearer",
        "iat": now,
        "exp": now + 300,
        "preferred_username": "s.stelle",
        "realm_access": {"roles": ["statistikstelle"]},
    } | changes
    return {name: value for name, value in stated.items() if value is not None}


def signed(key: Any = KEY, alg: str = "RS256", headers: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=alg, headers={"kid": "k1", **(headers or {})})


def hmac_with_the_public_key() -> str:
    """Sign with the public key as if it were a shared secret, by hand: the library refuses to."""
    body = signed().split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k1","typ":"JWT"}').rstrip(b"=").decode()
    signature = hmac.digest(PUBLIC_PEM, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@contextmanager
def with_identity_server(settings: Settings) -> Iterator[TestClient[Any]]:
    """Serve a catalogue with an identity server whose answers stand here; whatever else is fetched fails the test."""
    key = {**jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k1", "alg": "RS256"}
    answers = {
        f"{ISSUER}/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/certs"},
        f"{ISSUER}/certs": {"keys": [key]},
    }
    settings = msgspec.structs.replace(settings, oidc_issuer=ISSUER)
    settings.rollen.write_text(ROLLEN, encoding="utf-8")
    with TestClient(create_app(settings)) as client:
        ring = Schluesselbund(ISSUER, lambda url: msgspec.json.encode(answers[url]))
        client.app.state.context = replace(client.app.state.context, schluessel=ring)
        yield client
    settings.rollen.unlink()


@pytest.fixture(scope="module")
def oidc(geopackage_api) -> Iterator[TestClient[Any]]:
    with with_identity_server(geopackage_api.settings) as client:
        yield client


def test_a_good_token_opens_what_its_roles_mean(oidc):
    assert "Frauenhaus" in names(oidc.get(ITEMS, headers=bearer(signed())))


def test_somebody_without_a_role_here_reads_as_the_public_does(oidc):
    token = signed(realm_access={"roles": ["kassenwart"]})
    assert "Frauenhaus" not in names(oidc.get(ITEMS, headers=bearer(token)))


NOW = int(time.time())
ZOO = {
    "no signature": jwt.encode(claims(), None, algorithm="none", headers={"kid": "k1"}),
    "the public key taken for a secret": hmac_with_the_public_key(),
    "another key": signed(OTHER),
    "another algorithm than the key's": signed(alg="PS256"),
    "an unknown key": signed(headers={"kid": "k2"}),
    "no key named": jwt.encode(claims(), KEY, algorithm="RS256"),
    "a key that is a path": signed(headers={"kid": "../../etc/passwd"}),
    "a key that is an address": signed(headers={"kid": "https://boese.example/k"}),
    "a key of its own": signed(OTHER, headers={"jwk": {"kty": "RSA"}}),
    "a place for its key": signed(OTHER, headers={"jku": "https://boese.example/certs"}),
    "a place for its certificate": signed(OTHER, headers={"x5u": "https://boese.example/x"}),
    "what must be understood and is not": signed(headers={"crit": ["zauber"], "zauber": 1}),
    "expired": signed(exp=NOW - 31),
    "without an end": signed(exp=None),
    "not yet valid": signed(nbf=NOW + 3600),
    "issued in the future": signed(iat=NOW + 3600),
    "of another realm": signed(iss="https://anmeldung.example/realms/andere"),
    "of nobody": signed(iss=None),
    "for another service": signed(aud="verwaltung"),
    "for no service": signed(aud=None),
    "about nobody": signed(sub=None),
    "an ID token": signed(typ="ID"),
    "a refresh token": signed(typ="Refresh"),
    "three dots": "..",
    "half a token": signed()[: len(signed()) // 2],
    "a changed body": ".".join([signed().split(".")[0], signed(sub="andere").split(".")[1], signed().split(".")[2]]),
    "not base64": "a.b.c",
}


@pytest.mark.parametrize("token", ZOO.values(), ids=ZOO.keys())
def test_d01_to_d03_no_other_token_opens_anything(oidc, token):
    answer = oidc.get(ITEMS, headers=bearer(token))
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Die Anmeldung ist ungültig oder abgelaufen. Bitte neu anmelden."


def test_d02_clocks_may_differ_by_half_a_minute(oidc):
    now = int(time.time())
    assert oidc.get(ITEMS, headers=bearer(signed(exp=now - 20))).status_code == 200
    assert oidc.get(ITEMS, headers=bearer(signed(nbf=now + 20))).status_code == 200


def test_without_an_identity_server_its_tokens_open_nothing(api):
    assert api.get(ITEMS, **bearer(signed())).status_code == 401


# One person, whichever door

AMT = {"realm_access": {"roles": ["fachamt"]}}


def test_a_person_who_comes_by_two_doors_is_one_pair_of_eyes(writing, fachamt):
    body = feature(art="pflege.tagespflege", kapazitaet=20)
    heim = writing.relative(create(writing, fachamt, body, PFLEGE).headers["location"])
    token = writing.issue(Zustaendigkeit(rolle=Rolle.FACHAMT), person="8c1f")
    with with_identity_server(writing.settings) as client:
        anna, other = signed(**AMT), signed(sub="9d2a", **AMT)
        for one_door, other_door in ((token, anna), (anna, token)):
            stated = {"properties": {"kapazitaet": 24 if one_door is token else 25}}
            made = client.post(f"{heim}/vorschlaege", json=stated, headers=bearer(one_door))
            assert made.status_code == 201, made.text
            address = f"/vorschlaege/{made.json()['id']}"
            assert made.json()["urheber"] == "oidc:8c1f"
            refused = client.post(f"{address}/freigabe", json={}, headers=bearer(other_door))
            assert (refused.status_code, "eigenen Vorschlag" in refused.json()["detail"]) == (403, True)
            assert client.get(address, headers=bearer(other_door)).json()["moeglich"] == ["zurueckziehen"]
            assert client.post(f"{address}/freigabe", json={}, headers=bearer(other)).status_code == 200


def test_beside_an_identity_server_a_token_says_whose_it_is(tmp_path, geopackage_template):
    settings = Settings(home=tmp_path, oidc_issuer=ISSUER)
    shutil.copyfile(geopackage_template, settings.catalogue)
    with closing(open_context(settings)) as context:
        with pytest.raises(InvalidParameter, match="„sub“"):
            issue_token(context, "A. Muster", EDITOR, 1)
        assert issue_token(context, "A. Muster", EDITOR, 1, person="8c1f")[0].person().kennung == "oidc:8c1f"
