"""Catalogue and planning API for social infrastructure in German Kommunen."""

__version__ = "0.1.0"
