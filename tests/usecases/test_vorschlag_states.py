"""Five people propose, ask, answer, approve and edit in any order: model, catalogue, history and proposals agree.

West answers for Stolberg, Ost for Monschau, the Verein for its own; Amt and Zwei are of the Fachamt. All entries are
Tagespflegen of the Verein in Stolberg, so that a name is approved by West too, and a number of places by the Fachamt.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from counts import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from usecases.stolberg import MONSCHAU, STOLBERG
from usecases.stolberg import RAEUME as AREAS
from usecases.strassendorf import STREET_Y, WEST

from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import (
    Disputed,
    Forbidden,
    InfrastrukturError,
    InvalidInput,
    NotFound,
    NotNow,
    OnlyProposable,
)
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.domain.vorschlag import DES_URHEBERS, ZUEGE, Zug, Zustand
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.history import Change, list_schritte
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.decide_vorschlag import decide_vorschlag
from infrastruktur.usecases.demand_change import Umstaende
from infrastruktur.usecases.edit_angebot import change_angebot, create_angebot
from infrastruktur.usecases.propose_angebot import propose_change
from infrastruktur.usecases.pursue_vorschlag import Aeusserung, pursue_vorschlag
from infrastruktur.usecases.read_vorschlaege import get_vorschlag, list_vorschlaege

HEUTE = date.today()  # noqa: DTZ011 - a local day
PEOPLE = {
    "West": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=STOLBERG),
    "Ost": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=MONSCHAU),
    "Verein": Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Verein")),
    "Amt": Zustaendigkeit(rolle=Rolle.FACHAMT),
    "Zwei": Zustaendigkeit(rolle=Rolle.FACHAMT),
}
FACHAMT, CHANGING = {"Amt", "Zwei"}, {"West", "Amt", "Zwei"}
VALUES: dict[str, list[Any]] = {"name": ["Anker", "Brücke", "Café"], "kapazitaet": [10, 20, 30]}
WHO = st.sampled_from(sorted(PEOPLE))
STATED = st.sampled_from([(name, value) for name, values in VALUES.items() for value in values])
HOW = Umstaende(kollektion="pflege", tag=HEUTE, erwartet=frozenset("*"), kein_duplikat=frozenset("*"))


@dataclass
class Heim:
    id: str
    values: dict[str, Any]
    version: int = 1

    def put(self, name: str, value: Any) -> None:
        self.version += self.values[name] != value
        self.values[name] = value


@dataclass
class Vorgang:
    """What the model holds of a proposal; `basis` is the value it was made on top of."""

    id: str
    heim: Heim
    urheber: str
    name: str
    value: Any
    basis: Any
    zustand: Zustand
    steps: int = 1

    @property
    def current(self) -> Any:
        return self.heim.values[self.name]

    def is_seen_by(self, who: str) -> bool:
        return who == self.urheber or (self.zustand is not Zustand.ENTWURF and who in CHANGING)

    def may_decide(self, who: str) -> bool:
        release = self.name == "kapazitaet" and self.value != self.current
        return who != self.urheber and who in (FACHAMT if release else CHANGING)

    def conflicts(self) -> bool:
        return self.current not in {self.basis, self.value} and self.value != self.basis


class Workflow(RuleBasedStateMachine):
    heime: Bundle[Heim] = Bundle("heime")
    vorgaenge: Bundle[Vorgang] = Bundle("vorgaenge")

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.held: list[Heim] = []
        self.proposed: list[Vorgang] = []

    def act(self, who: str, do: Callable[[Context], Any]) -> Any:
        """Do something as somebody; give what came of it, or the kind of error."""
        person = Person(kennung=f"token:{who}", zustaendigkeiten=(PEOPLE[who],))
        try:
            return do(self.context.for_reader(person))
        except InfrastrukturError as error:
            return type(error)

    # The catalogue

    @rule(target=heime)
    def begin(self) -> Heim:
        values = {"name": "Anker", "kapazitaet": 10}
        felder = {**values, "art": "pflege.tagespflege", "traeger": "Verein"}
        eingabe = Eingabe(felder=felder, punkt_25832=(WEST + 500, STREET_Y))
        made = self.act("Amt", lambda context: create_angebot(context, eingabe, HOW))
        self.held.append(Heim(made.id, values))
        return self.held[-1]

    @rule(heim=heime, who=WHO, stated=STATED)
    def edit(self, heim: Heim, who: str, stated: tuple[str, Any]) -> None:
        name, value = stated
        done = self.act(
            who, lambda context: change_angebot(context, heim.id, Eingabe(felder={name: value}), HOW, ganz=False)
        )
        release = name == "kapazitaet" and value != heim.values[name]
        if who not in (FACHAMT if release else CHANGING):
            assert done is (Forbidden if who == "Ost" else OnlyProposable)
            return
        heim.put(name, value)

    # Proposals

    @rule(target=vorgaenge, heim=heime, who=WHO, stated=STATED, entwurf=st.booleans())
    def propose(self, heim: Heim, who: str, stated: tuple[str, Any], *, entwurf: bool) -> Any:
        name, value = stated
        eingabe, before = Eingabe(felder={name: value}), heim.values[name]
        made = self.act(who, lambda context: propose_change(context, heim.id, eingabe, HOW, entwurf=entwurf))
        if who == "Ost":
            assert made is Forbidden
            return multiple()
        if value == before:
            assert made is InvalidInput
            return multiple()
        zustand = Zustand.ENTWURF if entwurf else Zustand.VORGESCHLAGEN
        assert made.zustand is zustand
        self.proposed.append(Vorgang(made.id, heim, who, name, value, before, zustand))
        return self.proposed[-1]

    @rule(vorgang=vorgaenge, who=WHO, zug=st.sampled_from(sorted(DES_URHEBERS)), value=st.integers(-1, 2))
    def pursue(self, vorgang: Vorgang, who: str, zug: Zug, value: int) -> None:
        """Go on with a proposal as its author, or pretending to be; a negative `value` states nothing anew."""
        anew = None if value < 0 or zug is Zug.ZURUECKZIEHEN else VALUES[vorgang.name][value]
        eingabe = None if anew is None else Eingabe(felder={vorgang.name: anew})
        done = self.act(who, lambda context: pursue_vorschlag(context, vorgang.id, zug, Aeusserung(eingabe=eingabe)))
        end = ZUEGE.get((vorgang.zustand, zug))
        if not vorgang.is_seen_by(who):
            assert done is NotFound
        elif who != vorgang.urheber:
            assert done is Forbidden
        elif end is None:
            assert done is NotNow
        elif anew is not None and anew == vorgang.current:
            assert done is InvalidInput
        else:
            assert done.zustand is end
            vorgang.zustand, vorgang.steps = end, vorgang.steps + 1
            vorgang.value = vorgang.value if anew is None else anew

    @rule(
        vorgang=vorgaenge,
        who=WHO,
        zug=st.sampled_from(sorted(set(Zug) - DES_URHEBERS)),
        seen=st.booleans(),
    )
    def decide(self, vorgang: Vorgang, who: str, zug: Zug, *, seen: bool) -> None:
        """Decide on a proposal; who has `seen` the entry names the version that stands there."""
        fassung = self.version_of(vorgang.heim) if seen and zug is Zug.FREIGEBEN else ""
        said = Aeusserung(text="Weil", fassung=fassung)
        done = self.act(who, lambda context: decide_vorschlag(context, vorgang.id, zug, said))
        end = ZUEGE.get((vorgang.zustand, zug))
        if not vorgang.is_seen_by(who):
            assert done is NotFound
        elif not vorgang.may_decide(who):
            assert done is Forbidden
        elif end is None:
            assert done is NotNow
        elif zug is Zug.FREIGEBEN and not fassung and vorgang.conflicts():
            assert done is Disputed
        else:
            assert done.zustand is end
            vorgang.zustand, vorgang.steps = end, vorgang.steps + 1
            if zug is Zug.FREIGEBEN:
                vorgang.heim.put(vorgang.name, vorgang.value)

    def version_of(self, heim: Heim) -> str:
        with self.context.store.read() as connection:
            found = find_bestand(connection, heim.id)
        assert found is not None
        return found.version

    @rule(heim=heime, who=WHO)
    def look(self, heim: Heim, who: str) -> None:
        """Ask for the worklist: it shows what one may see, and what one may decide."""
        shown = self.act(who, lambda context: list_vorschlaege(context, angebot=heim.id))
        found = {each.id: Zug.FREIGEBEN in each.moeglich for each in shown}
        waiting = [each for each in self.proposed if each.heim is heim and (each.zustand, Zug.ZURUECKZIEHEN) in ZUEGE]
        assert found == {
            each.id: each.zustand is not Zustand.ENTWURF and each.may_decide(who)
            for each in waiting
            if each.is_seen_by(who)
        }

    # What always holds

    @invariant()
    def model_catalogue_and_history_agree(self) -> None:
        for heim in self.held:
            with self.context.store.read() as connection:
                found, schritte = find_bestand(connection, heim.id), list_schritte(connection, heim.id)
            assert found is not None
            (places,) = [each.wert for each in found.angebot.kapazitaeten if each.gueltig_bis is None]
            assert {"name": found.angebot.name, "kapazitaet": places} == heim.values
            assert len(schritte) == heim.version
            assert [each.vorher for each in schritte[1:]] == [each.nachher for each in schritte[:-1]]
            assert schritte[-1].nachher == found.angebot

    @invariant()
    def every_proposal_stands_where_its_legal_steps_led(self) -> None:
        for vorgang in self.proposed:
            bild = self.act(vorgang.urheber, lambda context, id_=vorgang.id: get_vorschlag(context, id_))
            assert (bild.zustand, len(bild.schritte)) == (vorgang.zustand, vorgang.steps)
            states = [each.zustand for each in bild.schritte]
            for before, step in zip(states, bild.schritte[1:], strict=False):
                assert ZUEGE[before, step.zug] is step.zustand
            own = {each.akteur == bild.urheber for each in bild.schritte if each.zug not in DES_URHEBERS}
            assert own <= {False}


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    with closing(open_context(store_settings)) as opened:
        with opened.store.of_installation().write() as connection:
            apply_raeume(connection, Change(quelle="gezeichnet", neu=AREAS), akteur="test", grund="gezeichnet")
        yield opened


def test_proposals_move_legally_and_the_catalogue_follows_them(context) -> None:
    steps = settings(
        max_examples=examples(5), stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(lambda: Workflow(context), settings=steps)


def test_of_many_who_approve_at_once_one_does(context) -> None:
    def seen_by(who: str, right: Zustaendigkeit) -> Context:
        return context.for_reader(Person(kennung=f"token:{who}", zustaendigkeiten=(right,)))

    amt = seen_by("Amt", PEOPLE["Amt"])
    felder = {"name": "Anker", "kapazitaet": 10, "art": "pflege.tagespflege", "traeger": "Verein"}
    heim = create_angebot(amt, Eingabe(felder=felder, punkt_25832=(WEST + 500, STREET_Y)), HOW)
    made = propose_change(seen_by("Verein", PEOPLE["Verein"]), heim.id, Eingabe(felder={"kapazitaet": 20}), HOW,
                          entwurf=False)  # fmt: skip

    def approve(number: int) -> type[Exception] | Zustand:
        try:
            return decide_vorschlag(seen_by(str(number), PEOPLE["Amt"]), made.id, Zug.FREIGEBEN, Aeusserung()).zustand
        except NotNow as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        came = Counter(pool.map(approve, range(8)))
    assert came == {Zustand.FREIGEGEBEN: 1, NotNow: 7}
    with context.store.read() as connection:
        assert len(list_schritte(connection, heim.id)) == 2
