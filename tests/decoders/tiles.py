"""Tiles of a server for the checks: which there are over some bounds, and what it answers."""

import gzip
import math
import urllib.request

# A tile is a square of the Web Mercator plane, which is so wide, in metres.
WORLD_M = 2 * math.pi * 6_378_137.0


def over(bounds, zoom):
    """(z, x, y) of the tiles over west, south, east, north in degrees, row by row."""
    west, south, east, north = bounds
    side = 2**zoom

    def column(lon):
        return min(max(int((lon + 180) / 360 * side), 0), side - 1)

    def row(lat):
        return min(max(int((0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)) * side), 0), side - 1)

    columns, rows = range(column(west), column(east) + 1), range(row(north), row(south) + 1)
    return [(zoom, x, y) for y in rows for x in columns]


def some(tiles, count):
    """At most so many of the tiles, evenly spread, always the same."""
    if len(tiles) <= count:
        return tiles
    return [tiles[i * len(tiles) // count] for i in range(count)]


def box(tile, inset=0, extent=4096):
    """west, south, east, north of a tile in metres of EPSG:3857, so many units within its edge."""
    z, x, y = tile
    side = WORLD_M / 2**z
    unit = side / extent * inset
    west, north = x * side - WORLD_M / 2, WORLD_M / 2 - y * side
    return west + unit, north - side + unit, west + side - unit, north - unit


def fetch(url):
    """The bytes of the answer, unpacked, and its headers; no bytes where there is no tile."""
    with urllib.request.urlopen(url, timeout=300) as answer:
        data = answer.read()
        if answer.headers.get("content-encoding") == "gzip" or data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data, answer.headers
