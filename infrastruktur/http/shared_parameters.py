"""Parameters that several operations take, described once: a client reads the description at each layer it opens.

Written out at each of a hundred layers they were 60 % of 3.2 MB. Those of items stay: Masterportal's filter looks for
the names of columns right there and follows no reference, as QGIS and GDAL would.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

Json = dict[str, Any]
_KEY = msgspec.json.Encoder(order="deterministic").encode
REFERENCE = "#/components/parameters/"


def share_parameters(paths: Mapping[str, Json], named: Mapping[str, Json]) -> tuple[Json, Json]:
    """Put in place of every parameter that stands twice or more, items' aside, a reference to it.

    Returns the paths, and all shared parameters: the `named` ones under their names, each other under its own name,
    with a number where that is taken.

    """
    times = Counter(_KEY(each) for each in _parameters(paths) if "$ref" not in each)
    shared = dict(named)
    name_of = {_KEY(each): name for name, each in named.items()}
    for each in _parameters(paths):
        if times[_KEY(each)] > 1 and _KEY(each) not in name_of:
            name = _free_name(each["name"], shared)
            name_of[_KEY(each)], shared[name] = name, each
    referring = {
        path: methods if _is_read_literally(path) else _refer_in(methods, name_of) for path, methods in paths.items()
    }
    return referring, shared


def _is_read_literally(path: str) -> bool:
    return path.endswith("/items")


def _parameters(paths: Mapping[str, Json]) -> Iterator[Json]:
    for path, methods in paths.items():
        for operation in methods.values() if not _is_read_literally(path) else ():
            yield from operation.get("parameters", ())


def _free_name(name: str, taken: Mapping[str, Json]) -> str:
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def _refer_in(methods: Json, name_of: Mapping[bytes, str]) -> Json:
    return {method: _refer_in_operation(operation, name_of) for method, operation in methods.items()}


def _refer_in_operation(operation: Json, name_of: Mapping[bytes, str]) -> Json:
    taken = [(each, name_of.get(_KEY(each))) for each in operation.get("parameters", ())]
    referred = [each if name is None else {"$ref": f"{REFERENCE}{name}"} for each, name in taken]
    return {**operation, "parameters": referred} if referred else operation
