"""The steps from one schema to the next; the same on both stores."""

SCHEMA = "0019"
"""The revision this program works with; a test compares it with the newest step."""
