"""Publish the Pflegebedürftige beside the other figures: what provision hides of an area, they do not give back."""

from datetime import date

from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.planning.estimates import find_hidden, silence_care
from infrastruktur.usecases.assess_provision import assess_provision
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.estimate_pflegebedarf import estimate_pflegebedarf
from infrastruktur.usecases.publish_table import narrow_table


def publish_pflegebedarf(
    context: Context, *, stichtag: date | None = None, ebene: str | None = None, leistung: str | None = None
) -> Tabelle:
    """State what `estimate_pflegebedarf` does; to the public silent where provision of the same Stichtag is."""
    if not context.public:
        return estimate_pflegebedarf(context, stichtag=stichtag, ebene=ebene, leistung=leistung)
    hidden = find_hidden(assess_provision(context, stichtag=stichtag))
    whole = silence_care(estimate_pflegebedarf(context, stichtag=stichtag), hidden)
    return narrow_table(whole, ebene=ebene, leistung=leistung)
