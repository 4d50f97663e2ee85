"""Where the data folders of the project lie: packaged in the wheel, or beside the checkout.

`importers/`, `schemas/` and `openapi/` are data at the top of the repository. The wheel carries
them inside the package, because as installed top-level names they would claim generic words.
"""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["importers", "schemas", "openapi"]) -> Path:
    """Find a data folder, the packaged copy first."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name
