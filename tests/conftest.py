"""Fixtures that several rooms share."""

pytest_plugins = ["stores", "intake.kartendienst"]
