"""Otterford, a city that is nowhere: a street map as operators and owners have them, made small.

PMTiles version 3 around Mapbox vector tiles with the layers of the Protomaps basemap.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from gzip import compress
from itertools import accumulate
from math import asinh, pi, radians, tan
from pathlib import Path

EXTENT = 4096
ZOOMS = range(10, 15)
AROUND = 2  # tiles on each side of the middle one
GZIP, VECTOR = 2, 1
POINT, LINE, POLYGON = 1, 2, 3
CREDIT = '<a href="https://example.org">© OpenStreetMap</a> contributors &amp; nobody'

Ways = tuple[tuple[int, int], ...]
Feature = tuple[int, Ways, dict[str, str]]


def write_city(path: Path, latitude: float, longitude: float) -> Path:
    """The city in the middle of which a laptop may stand."""
    content = compress(b"".join(_layer(name, features) for name, features in _city().items()))
    ids = sorted(_tile_id(z, x, y) for z in ZOOMS for x, y in _tiles(z, latitude, longitude))
    root = compress(_directory(ids, len(content)))
    about = compress(json.dumps({"attribution": CREDIT}).encode())
    parts = (root, about, b"", content)
    begins = accumulate((len(part) for part in parts[:-1]), initial=127)
    places = [word for at, part in zip(begins, parts, strict=True) for word in (at, len(part))]
    header = b"PMTiles\x03" + struct.pack("<8Q", *places)
    header += struct.pack("<3Q", len(ids), len(ids), 1)
    header += bytes((0, GZIP, GZIP, VECTOR, ZOOMS[0], ZOOMS[-1]))
    bounds = (-180, -85, 180, 85)
    header += struct.pack("<4i", *(degrees * 10**7 for degrees in bounds))
    header += struct.pack("<Bii", ZOOMS[0], round(longitude * 10**7), round(latitude * 10**7))
    path.write_bytes(header + b"".join(parts))
    return path


def _city() -> dict[str, list[Feature]]:
    """Every tile is the same block of it."""
    corners = tuple((x, y) for x in (400, 1500, 2600) for y in (500, 1700, 2900))
    streets = {256: "minor_road", 1024: "major_road", 1800: "minor_road", 3072: "major_road"}
    return {
        "earth": [(POLYGON, _box(0, 0, EXTENT, EXTENT), {"kind": "earth"})],
        "landuse": [(POLYGON, _box(2200, 300, 900, 700), {"kind": "park"})],
        "water": [(POLYGON, _box(0, 3400, EXTENT, 300), {"kind": "river"})],
        "buildings": [(POLYGON, _box(x, y, 300, 200), {"kind": "building"}) for x, y in corners],
        "roads": [
            *(_road(kind, (0, at), (EXTENT, at), "Heron Street") for at, kind in streets.items()),
            *(_road(kind, (at, 0), (at, EXTENT), "Quiet Lane") for at, kind in streets.items()),
            _road("highway", (0, 600), (EXTENT, 2700), "Ring"),
        ],
        "places": [(POINT, ((2048, 2048),), {"kind": "locality", "name": "Otterford"})],
    }


def _box(x: int, y: int, width: int, height: int) -> Ways:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def _road(kind: str, begin: tuple[int, int], end: tuple[int, int], name: str) -> Feature:
    return LINE, (begin, end), {"kind": kind, "name": name}


def _layer(name: str, features: list[Feature]) -> bytes:
    words = sorted({word for _, _, tags in features for pair in tags.items() for word in pair})
    body = _field(1, name.encode())
    for kind, ways, tags in features:
        indexes = (words.index(word) for pair in tags.items() for word in pair)
        feature = _field(2, _varints(indexes)) + _number(3, kind)
        body += _field(2, feature + _field(4, _varints(_geometry(kind, ways))))
    body += b"".join(_field(3, word.encode()) for word in words)
    body += b"".join(_field(4, _field(1, word.encode())) for word in words)
    return _field(3, body + _number(5, EXTENT) + _number(15, 2))


def _geometry(kind: int, ways: Ways) -> Iterator[int]:
    """Go there, draw on, close: each point as the way from the last, zigzag."""
    at = (0, 0)
    for i, point in enumerate(ways):
        if i < 2:
            yield 1 | 1 << 3 if i == 0 else 2 | (len(ways) - 1) << 3
        for now, before in zip(point, at, strict=True):
            way = now - before
            yield way << 1 if way >= 0 else (-way << 1) - 1
        at = point
    if kind == POLYGON:
        yield 7 | 1 << 3


def _directory(ids: list[int], length: int) -> bytes:
    """One entry a tile, all with the same content."""
    steps = [b - a for a, b in zip([0, *ids], ids, strict=False)]
    ones = [1] * len(ids)
    return _varints([len(ids), *steps, *ones, *([length] * len(ids)), *ones])


def _tiles(z: int, latitude: float, longitude: float) -> Iterator[tuple[int, int]]:
    size = 1 << z
    x = int((longitude + 180) / 360 * size)
    y = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * size)
    around = range(-AROUND, AROUND + 1)
    yield from ((x + right, y + down) for right in around for down in around)


def _tile_id(z: int, x: int, y: int) -> int:
    """All tiles of the zooms before, then along a Hilbert curve."""
    place, half = (4**z - 1) // 3, (1 << z) >> 1
    while half:
        right, down = bool(x & half), bool(y & half)
        place += half * half * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = half - 1 - x, half - 1 - y
            x, y = y, x
        half >>= 1
    return place


def _field(number: int, content: bytes) -> bytes:
    return _varints([number << 3 | 2, len(content)]) + content


def _number(field: int, value: int) -> bytes:
    return _varints([field << 3, value])


def _varints(values: Iterable[int]) -> bytes:
    out = bytearray()
    for value in values:
        while value >= 128:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)
