"""Issue, list and revoke personal API tokens; who may is asked of whoever asks, on the command line of nobody."""

from datetime import UTC, datetime, timedelta

from infrastruktur.domain.errors import InvalidParameter, NotFound
from infrastruktur.domain.permission import Handlung, Zustaendigkeit
from infrastruktur.domain.zugang import Zugangstoken, draw_secret, hash_secret, name_inhaber, write_token
from infrastruktur.storage import zugaenge
from infrastruktur.storage.history import Aenderung, append
from infrastruktur.usecases.context import Context

MAX_DAYS = 730
_OHNE_PERSON = "Bitte sagen, wer das am Anmeldedienst ist (sein Anspruch „sub“): Vier Augen sind zwei Personen."


def issue_token(
    context: Context,
    name: str,
    zustaendigkeit: Zustaendigkeit,
    days: int,
    handlungen: frozenset[Handlung] | None = None,
    person: str = "",
) -> tuple[Zugangstoken, str]:
    """Issue a token; the text beside it is shown this once and can never be shown again.

    It is a person's: `person` is who that is to the identity server, so that by either door they are one, and approve
    by none what they proposed by another. Without such a server, tokens of one name are one person's.

    Raises
    ------
    InvalidParameter
        It has no name, does not say whose it is, or is to hold for longer than two years.

    """
    if not name.strip():
        raise InvalidParameter("name", "Bitte sagen, wem oder wofür der Zugang ist.")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidParameter("tage", f"Ein Zugang gilt zwischen 1 und {MAX_DAYS} Tagen.")
    if context.settings.oidc_issuer and not person.strip():
        raise InvalidParameter("person", _OHNE_PERSON)
    nummer, secret = draw_secret()
    now = datetime.now(UTC)
    token = Zugangstoken(
        nummer=nummer,
        pruefsumme=hash_secret(secret),
        name=name.strip(),
        zustaendigkeiten=(zustaendigkeit,),
        handlungen=handlungen,
        ausgestellt=now,
        gueltig_bis=now + timedelta(days=days),
        inhaber=name_inhaber(name, person.strip()),
    )
    with context.store.of_installation().write() as connection:
        zugaenge.put_token(connection, token)
        append(connection, [_entry(context, nummer, "Zugang ausgestellt")])
    return token, write_token(nummer, secret)


def revoke_token(context: Context, nummer: str) -> None:
    """Revoke a token; it opens nothing from the next request on.

    Raises
    ------
    NotFound
        There is none of this number that still holds.

    """
    with context.store.of_installation().write() as connection:
        if not zugaenge.revoke_token(connection, nummer, datetime.now(UTC)):
            raise NotFound(f"Einen gültigen Zugang „{nummer}“ gibt es nicht. Alle nennt: infrastruktur token liste.")
        append(connection, [_entry(context, nummer, "Zugang widerrufen")])


def list_tokens(context: Context) -> list[Zugangstoken]:
    """List all tokens, revoked and expired ones among them."""
    return context.store.of_installation().glance(zugaenge.list_tokens)


def _entry(context: Context, nummer: str, grund: str) -> Aenderung:
    akteur = context.leser.kennung or "cli"
    return Aenderung(tabelle="zugangstoken", id=nummer, akteur=akteur, grund=grund, vorher=None, nachher=None)
