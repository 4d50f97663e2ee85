"""A port no machine has is refused before anything starts."""

import pytest
from click.testing import CliRunner

from infrastruktur.cli import main


@pytest.mark.parametrize("command", [["serve"], ["demo"]])
@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999", "abc"])
def test_a_port_no_machine_has_is_refused(command: list[str], port: str) -> None:
    result = CliRunner().invoke(main, [*command, "--port", port])
    assert result.exit_code == 2
    assert "--port" in result.output
