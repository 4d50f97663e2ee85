"""The words of the field as values and rules: no I/O, no framework."""
