"""Schemathesis against a server that really listens: whatever the service description allows is answered as it says.

It lives in an environment of its own, with an HTTP client and a framework that this project has no use for.
Layers are alike, so two stand for all: one of the store, one that is computed.
"""

import re
import subprocess
from pathlib import Path

import pytest
from counts import HEAVY
from served import served

ST = Path(__file__).parents[2] / "var" / "fuzz" / "bin" / "st"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
PATHS = (
    r"^/($|conformance|api|health|planning|reach|vorschlaege|stichtage|aenderungen|processes|jobs|tileMatrixSets"
    r"|collections$|collections/(angebote|luecken|massnahmen|veraenderungen)(/|$))"
)
EXAMPLES, PHASES, CASES = (300, "coverage,fuzzing", 10_000) if HEAVY else (3, "fuzzing", 50)
"""For each address, and how many that comes to at least: in full, with every bound and its neighbours besides."""


@pytest.mark.skipif(not ST.exists(), reason="Schemathesis fehlt: scripts/test richtet es in var/fuzz ein")
def test_every_answer_is_one_of_those_described(geopackage_api, tmp_path):
    with served(geopackage_api.settings) as listening:
        run = subprocess.run(
            [
                *(ST, "run", f"{listening.url}/api", "--header", "Accept: */*", "--include-path-regex", PATHS),
                *("--phases", PHASES, "--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES)),
                *("--continue-on-failure", "--warnings", "off", "--generation-database", "none"),
                *(() if HEAVY else ("--seed", "5334")),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=3600,
        )
    assert run.returncode == 0, run.stdout
    (generated,) = re.findall(r"(\d+) generated", run.stdout)
    assert int(generated) >= CASES, run.stdout
