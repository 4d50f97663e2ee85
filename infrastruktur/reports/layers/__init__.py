"""Whole layers as files. Features come in batches, and no writer holds more of them than the last."""
