"""Personal tokens: what opens, what does not."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.domain.zugang import (
    Zugangstoken,
    draw_secret,
    hash_secret,
    name_inhaber,
    opens,
    split_token,
    write_token,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NUMMER, SECRET = draw_secret()
TOKEN = Zugangstoken(
    nummer=NUMMER,
    pruefsumme=hash_secret(SECRET),
    name="Skript",
    zustaendigkeiten=(Zustaendigkeit(rolle=Rolle.STATISTIK),),
    ausgestellt=NOW,
    gueltig_bis=NOW + timedelta(days=1),
)


def test_a_token_comes_apart_as_it_was_written():
    assert split_token(write_token(NUMMER, SECRET)) == (NUMMER, SECRET)


@pytest.mark.parametrize(
    "text",
    ["", "infra_", f"infra_{NUMMER}", f"infra_{NUMMER}_", f"{NUMMER}_{SECRET}", "eyJhbGc"],
    ids=["nothing", "a beginning", "no secret", "an empty secret", "no beginning", "another kind of token"],
)
def test_what_is_no_token_is_none(text):
    assert split_token(text) is None


def test_it_is_of_whom_it_was_issued_for_and_of_itself_before_persons_were_kept():
    names = [name_inhaber("A. Muster"), name_inhaber(" a. MUSTER"), name_inhaber("B. Muster")]
    assert names[0] == names[1] != names[2]
    assert "uster" not in names[0]
    assert name_inhaber("A. Muster", "8c1f") == name_inhaber("Skript", "8c1f") == "oidc:8c1f"
    assert TOKEN.person().kennung == f"token:{NUMMER}"
    assert msgspec.structs.replace(TOKEN, inhaber="oidc:8c1f").person().kennung == "oidc:8c1f"


def test_it_opens_until_it_ends():
    assert opens(TOKEN, SECRET, NOW)
    assert opens(TOKEN, SECRET, TOKEN.gueltig_bis - timedelta(microseconds=1))
    assert not opens(TOKEN, SECRET, TOKEN.gueltig_bis)
    assert not opens(msgspec.structs.replace(TOKEN, widerrufen=NOW), SECRET, NOW)


def test_no_other_secret_opens_it():
    assert not opens(TOKEN, draw_secret()[1], NOW)
    assert not opens(TOKEN, TOKEN.pruefsumme, NOW)  # what is kept is not what opens


def test_no_two_are_alike():
    drawn = [draw_secret() for _ in range(1000)]
    assert len({nummer for nummer, _ in drawn}) == len({secret for _, secret in drawn}) == 1000
    assert min(len(secret) for _, secret in drawn) >= 43  # 256 bits
