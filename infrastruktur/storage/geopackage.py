"""The embedded store's file: an OGC GeoPackage written through Python's own sqlite3.

SpatiaLite would need a system library; R*Tree is part of SQLite and the few spatial functions the
standard's triggers call are written here. Everybody may read the file; only our connections may
write, because a write past the API has no rights check and leaves no history: every table's triggers
call a function that no other program has, and whose name is what its user gets to read.
"""

# ruff: noqa: S608 - SQLite binds no names of tables, and all here come from this package's own tables
import sqlite3
import struct
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyproj
import shapely

from infrastruktur.domain.filter import Relation
from infrastruktur.domain.geometry import PLANE_25832
from infrastruktur.domain.pattern import fold_case, like_matcher
from infrastruktur.domain.shapes import holds
from infrastruktur.domain.vergessen import only_forgets

SRID = 25832
BUSY_SECONDS = 10.0
"""How long a writer waits for another; eight writers never waited longer than 0.35 s."""

_POINT_HEADER = b"GP\x00\x01" + struct.pack("<i", SRID)
_BOXED_HEADER = b"GP\x00\x03" + struct.pack("<i", SRID)
_EMPTY_HEADER = b"GP\x00\x11" + struct.pack("<i", SRID)
_POINT_WKB = b"\x01\x01\x00\x00\x00"
_POINT_BYTES = len(_POINT_HEADER) + 21
_XY = struct.Struct("<dd")
_ENVELOPE = struct.Struct("<dddd")
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_EMPTY_FLAG = 0x10
_LITERAL_HEAD = 8 + 32
_LITERAL_BYTES = 2_000_000
"""Kept per thread; all of one filter's have at most 320,000."""

Envelope = tuple[float, float, float, float]


def _read_wkb(wkb: bytes) -> Any:
    """Read a geometry, None where there is none to read; NaN is a refusal later, not a warning now."""
    with np.errstate(invalid="ignore"):
        return shapely.from_wkb(wkb, on_invalid="ignore")


def wkb_to_blob(wkb: bytes) -> bytes:
    """Wrap WKB in a GeoPackage header; all but points get their envelope."""
    if wkb[:5] == _POINT_WKB:
        return _POINT_HEADER + wkb
    geometry = _read_wkb(wkb)
    if geometry is None or geometry.is_empty:
        return _EMPTY_HEADER + wkb
    min_x, min_y, max_x, max_y = geometry.bounds
    return _BOXED_HEADER + _ENVELOPE.pack(min_x, max_x, min_y, max_y) + wkb


def blob_to_wkb(blob: bytes) -> bytes:
    """Take the WKB out of a GeoPackage geometry."""
    return blob[8 + _ENVELOPE_BYTES[(blob[3] >> 1) & 7] :]


def envelope_of(blob: bytes) -> Envelope:
    """Read min x, min y, max x, max y; from the header where it is stated."""
    if blob[3] == 1 and blob[8:13] == _POINT_WKB:
        x, y = _XY.unpack_from(blob, 13)
        return x, y, x, y
    if blob[3] == 3:  # noqa: PLR2004 - little-endian with an xy envelope, what we write for all but points
        min_x, max_x, min_y, max_y = _ENVELOPE.unpack_from(blob, 8)
        return min_x, min_y, max_x, max_y
    bounds: Envelope = shapely.from_wkb(blob_to_wkb(blob)).bounds
    return bounds


def point_is_plausible(blob: Any) -> int:
    """Say 1 for a finite point in EPSG:25832 inside the plane, 0 for anything else, whatever it is."""
    if not isinstance(blob, bytes) or len(blob) != _POINT_BYTES or blob[:13] != _POINT_HEADER + _POINT_WKB:
        return 0
    x, y = _XY.unpack_from(blob, 13)
    min_x, min_y, max_x, max_y = PLANE_25832
    return int(min_x <= x <= max_x and min_y <= y <= max_y)


def area_is_valid(blob: Any) -> int:
    """Say 1 for a valid MultiPolygon in EPSG:25832 inside the plane, 0 for anything else, whatever it is."""
    if not isinstance(blob, bytes) or blob[:8] != _BOXED_HEADER:
        return 0
    geometry = _read_wkb(blob_to_wkb(blob))
    if geometry is None or geometry.geom_type != "MultiPolygon" or geometry.has_z or not geometry.is_valid:
        return 0
    min_x, min_y, max_x, max_y = geometry.bounds
    low_x, low_y, high_x, high_y = PLANE_25832
    inside = low_x <= min_x and low_y <= min_y and max_x <= high_x and max_y <= high_y
    return int(inside and envelope_of(blob) == (min_x, min_y, max_x, max_y))


def _envelope_touches(blob: bytes | None, *box: float) -> int | None:
    if blob is None:
        return None
    min_x, min_y, max_x, max_y = envelope_of(blob)
    return int(max_x >= box[0] and max_y >= box[1] and min_x <= box[2] and min_y <= box[3])


def _edge(position: int) -> Any:
    return lambda blob: None if blob is None or blob[3] & _EMPTY_FLAG else envelope_of(blob)[position]


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(bool(blob[3] & _EMPTY_FLAG))


class _Literals(threading.local):
    """The geometries that statements of a thread compare with, prepared, which no two threads may share.

    Told by length and envelope and then byte by byte: to hash one of 10,000 points for every row took
    twice as long as all the rest.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes], tuple[bytes, Any]] = {}

    def get(self, blob: bytes) -> Any:
        key = (len(blob), blob[:_LITERAL_HEAD])
        found = self._known.get(key)
        if found is None or found[0] != blob:
            if sum(size for size, _ in self._known) > _LITERAL_BYTES:
                self._known.clear()
            literal = shapely.from_wkb(blob_to_wkb(blob))
            shapely.prepare(literal)
            found = self._known[key] = (blob, literal)
        return found[1]


_LITERALS = _Literals()


def _relate(relation: Relation) -> Any:
    """Give the SQL function of a relation, under PostGIS's name: 1 where a geometry stands so to a literal."""

    def relate(blob: bytes | None, literal: bytes) -> int | None:
        if blob is None:
            return None
        prepared = _LITERALS.get(literal)
        if relation is Relation.INTERSECTS and blob[:13] == _POINT_HEADER + _POINT_WKB:
            return int(shapely.intersects_xy(prepared, *_XY.unpack_from(blob, 13)))
        return int(holds(relation, shapely.from_wkb(blob_to_wkb(blob)), prepared))

    return (f"ST_{relation.title()}", 2, relate)


def _fold_case(text: str | None) -> str | None:
    return None if text is None else fold_case(text)


def _fits_pattern(text: str | None, pattern: str) -> int | None:
    return None if text is None else int(like_matcher(pattern)(text) is not None)


def _only_forgets(before: str | None, after: str | None) -> int:
    was, now = (None if each is None else msgspec.json.decode(each) for each in (before, after))
    return int(only_forgets(was, now))


_FUNCTIONS: tuple[tuple[str, int, Any], ...] = (
    ("ST_IsEmpty", 1, _is_empty),
    ("ST_MinX", 1, _edge(0)),
    ("ST_MinY", 1, _edge(1)),
    ("ST_MaxX", 1, _edge(2)),
    ("ST_MaxY", 1, _edge(3)),
    ("ST_XMin", 1, _edge(0)),  # PostGIS's names of the same, so that one query serves both stores
    ("ST_YMin", 1, _edge(1)),
    ("ST_XMax", 1, _edge(2)),
    ("ST_YMax", 1, _edge(3)),
    ("envelope_touches", 5, _envelope_touches),
    ("point_is_plausible", 1, point_is_plausible),
    ("area_is_valid", 1, area_is_valid),
    *(_relate(relation) for relation in Relation),
    ("fold_case", 1, _fold_case),  # SQLite's lower knows only ASCII, and its LIKE no case at all
    ("fits_pattern", 2, _fits_pattern),
    ("nur_vergessen", 2, _only_forgets),
    ("bitte_ueber_die_api_aendern", 0, lambda: 1),
)


class WritingConnection(sqlite3.Connection):
    """A connection that may write: `sqlite3.connect(…, factory=WritingConnection)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, arguments, function in _FUNCTIONS:
            self.create_function(name, arguments, function, deterministic=True)
        try:
            for pragma in ("foreign_keys=ON", "trusted_schema=ON", "journal_mode=WAL", "synchronous=NORMAL"):
                self.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError:  # no database at all: nobody else will hold this connection to close it
            self.close()
            raise


# OGC 12-128r18, C.1 to C.4 and the extension gpkg_rtree_index (F.3); 10300 is version 1.3, 0x47504B47 says "GPKG".
_BASE = (
    "PRAGMA application_id = 1196444487",
    "PRAGMA user_version = 10300",
    """CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
       organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
       description TEXT)""",
    """CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
       identifier TEXT UNIQUE, description TEXT DEFAULT '',
       last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
       min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
       CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
       geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
       CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
       CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
       CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
       definition TEXT NOT NULL, scope TEXT NOT NULL,
       CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
    """INSERT INTO gpkg_spatial_ref_sys VALUES
       ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
       ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system')""",
)

_ENTRY = "(NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom))"
_HAS_NEW = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"
_NO_NEW = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"
_HAD_OLD = "(OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))"
_NO_OLD = "(OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))"
_BOX = "minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), miny = ST_MinY(NEW.geom), maxy = ST_MaxY(NEW.geom)"
_RTREE_TRIGGERS = {
    "insert": f"AFTER INSERT ON {{t}} WHEN {_HAS_NEW} BEGIN INSERT OR REPLACE INTO {{r}} VALUES {_ENTRY}; END",
    "update6": f"AFTER UPDATE OF geom ON {{t}} WHEN OLD.fid = NEW.fid AND {_HAS_NEW} AND {_HAD_OLD}"
    f" BEGIN UPDATE {{r}} SET {_BOX} WHERE id = NEW.fid; END",
    "update7": f"AFTER UPDATE OF geom ON {{t}} WHEN OLD.fid = NEW.fid AND {_HAS_NEW} AND {_NO_OLD}"
    f" BEGIN INSERT INTO {{r}} VALUES {_ENTRY}; END",
    "update2": f"AFTER UPDATE OF geom ON {{t}} WHEN OLD.fid = NEW.fid AND {_NO_NEW}"
    " BEGIN DELETE FROM {r} WHERE id = OLD.fid; END",
    "update5": f"AFTER UPDATE ON {{t}} WHEN OLD.fid != NEW.fid AND {_HAS_NEW}"
    f" BEGIN DELETE FROM {{r}} WHERE id = OLD.fid; INSERT OR REPLACE INTO {{r}} VALUES {_ENTRY}; END",
    "update4": f"AFTER UPDATE ON {{t}} WHEN OLD.fid != NEW.fid AND {_NO_NEW}"
    " BEGIN DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END",
    "delete": "AFTER DELETE ON {t} WHEN OLD.geom NOT NULL BEGIN DELETE FROM {r} WHERE id = OLD.fid; END",
}


@lru_cache(maxsize=1)
def _crs_row() -> str:
    crs = pyproj.CRS.from_epsg(SRID)
    definition = crs.to_wkt("WKT1_GDAL").replace("'", "''")
    return f"('{crs.name}', {SRID}, 'EPSG', {SRID}, '{definition}', NULL)"


def describe_file() -> Iterator[str]:
    """Give the statements that make an empty SQLite file a GeoPackage."""
    yield from _BASE
    yield f"INSERT INTO gpkg_spatial_ref_sys VALUES {_crs_row()}"


def describe_features(table: str, kind: str, *, indexed: bool) -> Iterator[str]:
    """Give the statements that make a table or view with `fid` and `geom` a layer, with its R*Tree where asked."""
    columns = "table_name, data_type, identifier, srs_id"
    yield f"INSERT INTO gpkg_contents ({columns}) VALUES ('{table}', 'features', '{table}', {SRID})"
    yield f"INSERT INTO gpkg_geometry_columns VALUES ('{table}', 'geom', '{kind}', {SRID}, 0, 0)"
    if not indexed:
        return
    rtree = f'"rtree_{table}_geom"'
    yield f"CREATE VIRTUAL TABLE {rtree} USING rtree(id, minx, maxx, miny, maxy)"
    for name, body in _RTREE_TRIGGERS.items():
        yield f'CREATE TRIGGER "rtree_{table}_geom_{name}" ' + body.format(t=table, r=rtree)
    definition = "http://www.geopackage.org/spec120/#extension_rtree"
    yield f"INSERT INTO gpkg_extensions VALUES ('{table}', 'geom', 'gpkg_rtree_index', '{definition}', 'write-only')"


def describe_attributes(table: str) -> str:
    """Give the statement that lists a table without geometry."""
    return f"INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('{table}', 'attributes', '{table}')"
