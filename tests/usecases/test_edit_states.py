"""Three people and a list change the same entries in any order: model, catalogue, layer and history say the same.

West answers for Stolberg, Ost for Monschau, Amt for both. The list names two Treffs in Stolberg and is imported again
in between. All happens within one day, so without a version every field another person changed is in dispute.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from counts import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from usecases.stolberg import MONSCHAU, STOLBERG
from usecases.stolberg import RAEUME as AREAS
from usecases.strassendorf import STREET_Y, WEST
from usecases.test_import import KEYED, RECIPE, bring_in, write_rows

from infrastruktur.domain.eingabe import Eingabe
from infrastruktur.domain.errors import Disputed, Forbidden, Gone, InfrastrukturError, Outdated
from infrastruktur.domain.oeffnungszeiten import find_oeffnungszeiten
from infrastruktur.domain.permission import Person, Rolle, Zustaendigkeit
from infrastruktur.domain.query import LayerQuery
from infrastruktur.storage.angebote import list_angebote_of_quelle
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.history import Change, list_schritte
from infrastruktur.storage.raeume import apply_raeume
from infrastruktur.usecases.context import Context, open_context
from infrastruktur.usecases.edit_angebot import (
    Umstaende,
    change_angebot,
    close_angebot,
    confirm_angebot,
    create_angebot,
    void_angebot,
)
from infrastruktur.usecases.read_layer import get_feature

HEUTE = date.today()  # noqa: DTZ011 - a local day
PLACES = {STOLBERG: (WEST + 500, STREET_Y), MONSCHAU: (WEST + 3000, STREET_Y)}
PEOPLE = {
    "West": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=STOLBERG),
    "Ost": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=MONSCHAU),
    "Amt": Zustaendigkeit(rolle=Rolle.FACHAMT),
}
WHO, WHERE = st.sampled_from(sorted(PEOPLE)), st.sampled_from(sorted(PLACES))
WORDS = st.sampled_from(["Anker", "Brücke", "Café"])
VERSION = st.sampled_from(["none", "current", "stale"])
IMPORT = "import"
runs = count()


@dataclass
class Treff:
    """What the model holds of an entry; `last` names who changed a field last, None since it is there."""

    id: str
    name: str
    ort: str | None
    kommune: str
    oeffnungszeiten: str | None = None
    status: str = "in_betrieb"
    checked: bool = False
    version: int = 1
    last: dict[str, str] = field(default_factory=dict)

    def may(self, who: str) -> bool:
        return answers_for(who, self.kommune)

    def disputed(self, who: str, *fields: str) -> bool:
        return any(self.last.get(each, IMPORT) not in {who, IMPORT} for each in fields)

    def put(self, who: str, **changed: Any) -> None:
        for name, value in changed.items():
            setattr(self, name, value)
            self.last[name] = who
        self.version += 1


def answers_for(who: str, kommune: str) -> bool:
    right = PEOPLE[who]
    return not right.ags or right.ags == kommune


class Editors(RuleBasedStateMachine):
    """Each run has entries and a list of its own in a catalogue that the runs share."""

    treffs: Bundle[Treff] = Bundle("treffs")

    def __init__(self, context: Context, folder: Path) -> None:
        super().__init__()
        self.context, self.folder, self.run = context, folder, next(runs)
        self.held: list[Treff] = []

    # The list

    @initialize(target=treffs)
    def begin(self) -> Any:
        self.state_list("Anker", "Brücke")
        with self.context.store.read() as connection:
            known = list_angebote_of_quelle(connection, f"liste{self.run}")
        self.held += [Treff(known[key].id, known[key].name, None, STOLBERG) for key in ("T-1", "T-2")]
        return multiple(*self.held)

    def state_list(self, *names: str) -> None:
        east, north = PLACES[STOLBERG]
        rows = [
            {
                "Schlüssel": f"T-{number}",
                "Name": name,
                "Art": "quartier.seniorentreff",
                "Ostwert": str(east),
                "Nordwert": str(north),
            }
            for number, name in enumerate(names, 1)
        ]
        recipe = (RECIPE + KEYED).replace('quelle = "heime"', f'quelle = "liste{self.run}"')
        bring_in(self.context, write_rows(self.folder / f"liste{self.run}", *rows, recipe=recipe))

    @rule(first=WORDS, second=WORDS)
    def import_again(self, first: str, second: str) -> None:
        self.state_list(first, second)
        for treff, name in zip(self.held, (first, second), strict=False):
            if treff.name != name and treff.last.get("name", IMPORT) == IMPORT:
                treff.put(IMPORT, name=name)

    # People

    def act(self, who: str, do: Callable[[Context, Umstaende], Any], version: str, treff: Treff | None = None) -> Any:
        """Do something as somebody; give what came of it, or the error."""
        person = Person(kennung=f"token:{who}", zustaendigkeiten=(PEOPLE[who],))
        known = {"none": None, "current": self.version_of(treff), "stale": "0.0"}[version] if treff else None
        erwartet = None if known is None else frozenset({known})
        umstaende = Umstaende(
            kollektion="quartiersangebote", tag=HEUTE, erwartet=erwartet, kein_duplikat=frozenset("*")
        )
        try:
            return do(self.context.for_reader(person), umstaende)
        except InfrastrukturError as error:
            return type(error)

    def version_of(self, treff: Treff) -> str:
        with self.context.store.read() as connection:
            found = find_bestand(connection, treff.id)
        assert found is not None
        return found.version

    @rule(target=treffs, who=WHO, kommune=WHERE, name=WORDS)
    def create(self, who: str, kommune: str, name: str) -> Any:
        felder = {"name": name, "art": "quartier.seniorentreff"}
        eingabe = Eingabe(felder=felder, punkt_25832=PLACES[kommune])
        made = self.act(who, lambda context, how: create_angebot(context, eingabe, how), "none")
        if not answers_for(who, kommune):
            assert made is Forbidden
            return multiple()
        self.held.append(Treff(made.id, name, None, kommune))
        return self.held[-1]

    @rule(who=WHO, treff=treffs, what=st.sampled_from(["name", "ort", "oeffnungszeiten"]), value=WORDS, version=VERSION)
    def edit(self, who: str, treff: Treff, what: str, value: str, version: str) -> None:
        value = f'"{value}"' if what == "oeffnungszeiten" else value
        done = self.change(who, treff, Eingabe(felder={what: value}), version)
        same = getattr(treff, what) == value
        wanted = self.refusal(who, treff, version, () if same else (what,))
        assert done is wanted if wanted else done.properties[what] == value
        if not wanted and not same:
            treff.put(who, **{what: value})

    @rule(who=WHO, treff=treffs, kommune=WHERE, version=VERSION)
    def move(self, who: str, treff: Treff, kommune: str, version: str) -> None:
        done = self.change(who, treff, Eingabe(felder={}, punkt_25832=PLACES[kommune]), version)
        same = treff.kommune == kommune
        wanted = self.refusal(who, treff, version, () if same else ("kommune",))
        wanted = wanted or (None if answers_for(who, kommune) else Forbidden)
        assert done is wanted if wanted else done.properties["kommune"] == kommune
        if not wanted and not same:
            treff.put(who, kommune=kommune)

    @rule(who=WHO, treff=treffs, version=VERSION)
    def open_again(self, who: str, treff: Treff, version: str) -> None:
        done = self.change(who, treff, Eingabe(felder={"status": "in_betrieb"}), version)
        same = treff.status == "in_betrieb"
        wanted = self.refusal(who, treff, version, () if same else ("status",), gone=False)
        assert done is wanted if wanted else done.properties["status"] == "in_betrieb"
        if not wanted and not same:
            treff.put(who, status="in_betrieb")

    def change(self, who: str, treff: Treff, eingabe: Eingabe, version: str) -> Any:
        return self.act(
            who, lambda context, how: change_angebot(context, treff.id, eingabe, how, ganz=False), version, treff
        )

    @rule(who=WHO, treff=treffs, version=VERSION)
    def close(self, who: str, treff: Treff, version: str) -> None:
        done = self.act(who, lambda context, how: close_angebot(context, treff.id, how), version, treff)
        wanted = self.refusal(who, treff, version, ("status",))
        assert done is wanted
        if not wanted:
            treff.put(who, status="geschlossen")

    @rule(who=WHO, treff=treffs, version=VERSION)
    def void(self, who: str, treff: Treff, version: str) -> None:
        done = self.act(who, lambda context, how: void_angebot(context, treff.id, how), version, treff)
        gone = treff.status == "void"
        wanted = self.refusal(who, treff, version, ("name", "ort", "oeffnungszeiten", "kommune", "status"), gone=gone)
        assert done is wanted
        if not wanted:
            treff.put(who, status="void")

    @rule(who=WHO, treff=treffs, version=VERSION)
    def confirm(self, who: str, treff: Treff, version: str) -> None:
        done = self.act(who, lambda context, how: confirm_angebot(context, treff.id, how), version, treff)
        wanted = self.refusal(who, treff, version, ())
        assert done is wanted if wanted else done.properties["zuletzt_geprueft"] == HEUTE.isoformat()
        if not wanted and not treff.checked:
            treff.put(who, checked=True)

    def refusal(
        self,
        who: str,
        treff: Treff,
        version: str,
        fields: tuple[str, ...],
        *,
        gone: bool | None = None,
    ) -> type[InfrastrukturError] | None:
        """Say how a change is refused: rights before anything else, then what is gone, then what is past."""
        is_gone = treff.status != "in_betrieb" if gone is None else gone
        if not treff.may(who):
            return Forbidden
        if is_gone:
            return Gone
        if version == "stale":
            return Outdated
        return Disputed if version == "none" and treff.disputed(who, *fields) else None

    # What always holds

    @invariant()
    def all_say_the_same(self) -> None:
        for treff in self.held:
            with self.context.store.read() as connection:
                found, schritte = find_bestand(connection, treff.id), list_schritte(connection, treff.id)
            assert found is not None
            assert (found.angebot.name, found.angebot.standort.ort or None) == (treff.name, treff.ort)
            assert find_oeffnungszeiten(found.angebot) == treff.oeffnungszeiten
            assert found.ort.kommune == treff.kommune
            assert found.version.partition(".")[0] == str(treff.version)
            self.replay(treff, found.angebot, schritte)
            self.look(treff)

    def replay(self, treff: Treff, angebot: Any, schritte: list[Any]) -> None:
        assert len(schritte) == treff.version
        assert schritte[0].vorher is None
        assert [each.vorher for each in schritte[1:]] == [each.nachher for each in schritte[:-1]]
        assert schritte[-1].nachher == angebot
        assert all(each.geaendert() for each in schritte)

    def look(self, treff: Treff) -> None:
        query = LayerQuery(collection="quartiersangebote")
        try:
            (shown,) = get_feature(self.context, query, treff.id).rows()
        except InfrastrukturError:
            assert treff.status != "in_betrieb"
        else:
            assert treff.status == "in_betrieb"
            for each in ("name", "kommune", "ort", "oeffnungszeiten"):
                assert shown[each] == getattr(treff, each)


@pytest.fixture
def context(store_settings) -> Iterator[Context]:
    with closing(open_context(store_settings)) as opened:
        with opened.store.of_installation().write() as connection:
            apply_raeume(connection, Change(quelle="gezeichnet", neu=AREAS), akteur="test", grund="gezeichnet")
        yield opened


def test_model_catalogue_layer_and_history_agree_whatever_three_people_do(context, tmp_path) -> None:
    steps = settings(
        max_examples=examples(5), stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(lambda: Editors(context, tmp_path), settings=steps)
