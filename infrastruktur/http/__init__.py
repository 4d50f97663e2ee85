"""The API: OGC API Features for the layers, tables for the figures, polygons for the eye.

The only room that knows status codes. A route reads its parameters through one table that also
writes the service description, asks one use case, and hands back bytes.
"""
