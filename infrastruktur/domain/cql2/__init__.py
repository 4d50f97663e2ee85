"""CQL2 (OGC 21-065r2) as text and as JSON, read into the values of filter.py by a parser no text can drive too deep."""
