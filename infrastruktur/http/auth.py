"""Who asks, from the header `Authorization` (RFC 6750, 2.1); a token in an address would end up in logs."""

from typing import Any

import anyio.to_thread
from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from infrastruktur.domain.errors import Unauthenticated
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.identify_person import identify_person
from infrastruktur.usecases.jobs import Jobs

_MOST_CHARACTERS = 8_000
_EXPECTED = "Erwartet wird der Kopf „Authorization: Bearer …“ mit genau einem Zugang."


async def give_context(request: Request[Any, Any, Any]) -> Context:
    """Give the installation as whoever asks may see it.

    Raises
    ------
    Unauthenticated
        What is shown proves nothing. Nobody falls back to the public: who shows a proof wants more than that.
    SourceUnavailable
        The identity server is out of reach.

    """
    context: Context = request.app.state.context
    stated = request.headers.getall("authorization", [])
    if not stated:
        return context
    scheme, _, token = stated[0].partition(" ")
    if len(stated) > 1 or scheme.lower() != "bearer" or not token.strip() or len(token) > _MOST_CHARACTERS:
        raise Unauthenticated(_EXPECTED)
    person = await anyio.to_thread.run_sync(identify_person, context, token.strip())
    return context.for_reader(person)


def give_jobs(state: State, context: NamedDependency[SkipValidation[Context]]) -> Jobs[Any]:
    """Give the jobs of readers of this kind: no address of an internal one leads the public to its result."""
    jobs: Jobs[Any] = state.jobs[context.public]
    return jobs
