"""Gaps and overlaps of a polygon coverage in its tiles: what simplification, clipping and rounding have torn apart.

Usage: coverage.py [--zooms 0-14] [--share-max S] [--width-max W] LAYER OUTLINE SOURCE. SOURCE is the URL of our server or an MBTiles file whose tiles have
the layer and another, the outline of all its polygons together, made with the same settings.

In each tile, within its edge and without its buffer, in square units of 1/4096 of its side:

- overlap: the polygons' areas together less the area of their union;
- gap: the parts of the outline that no polygon covers and that do not touch the outline's line;
- border: what the union and the outline differ by elsewhere, at the line of the outline: of interest for a drawing, not a tear.

Prints a line per zoom and the sums with their shares of the outline's area, and their mean width along the polygons' borders: rounding to
units moves a border by up to half a unit, so a border that turns back within a unit may leave a sliver. Fails where the share of gap and
overlap is above --share-max, or their width above --width-max units.
"""

import argparse
import gzip
import json
import sqlite3
import sys
from dataclasses import astuple, dataclass

sys.dont_write_bytecode = True
import shapely

import mvt
import tiles

EXTENT = 4096
BOX = shapely.box(0, 0, EXTENT, EXTENT)
# Overlays of coordinates up to 4,096 are off by less than this, in units or square units.
NOISE = 1e-6


class Server:
    """Our server."""

    def __init__(self, url, layer, outline):
        self.template = f"{url}/tiles/{layer},{outline}/{{}}/{{}}/{{}}.mvt?properties="
        self.bounds = json.loads(tiles.fetch(f"{url}/tiles/{layer}.json")[0])["bounds"]

    def tile(self, tile):
        return tiles.fetch(self.template.format(*tile))[0]


class Archive:
    """An MBTiles file."""

    def __init__(self, path):
        self.database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        metadata = dict(self.database.execute("SELECT name, value FROM metadata"))
        self.bounds = [float(number) for number in metadata["bounds"].split(",")]

    def tile(self, tile):
        z, x, y = tile
        query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
        row = self.database.execute(query, (z, x, 2**z - 1 - y)).fetchone()
        data = row[0] if row else b""
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


@dataclass
class Areas:
    """Square units, summed over tiles; how many polygons the tiles have, and how many of them are not simple."""

    outline: float = 0.0
    gap: float = 0.0
    overlap: float = 0.0
    border: float = 0.0
    length: float = 0.0
    polygons: int = 0
    invalid: int = 0
    bytes_max: int = 0

    def add(self, other):
        """Adds another's; of the largest tile the larger."""
        largest = max(self.bytes_max, other.bytes_max)
        sums = [own + theirs for own, theirs in zip(astuple(self), astuple(other))]
        return Areas(*sums[:-1], largest)

    def share(self):
        """Gap and overlap of the outline's area."""
        return (self.gap + self.overlap) / self.outline if self.outline else 0.0

    def width(self):
        """Gap and overlap along a unit of border, which two polygons share."""
        return 2 * (self.gap + self.overlap) / self.length if self.length else 0.0


def polygons(read, name):
    """The polygons of a layer, with what lies in the buffer."""
    layers = [layer for layer in read.layers if layer.name == name]
    return [
        shapely.Polygon(rings[0], rings[1:])
        for layer in layers
        for feature in layer.features
        if feature.kind == mvt.POLYGON
        for rings in feature.parts
    ]


def areas(data, layer, outline):
    """The areas in one tile."""
    read = mvt.read(data)
    drawn = polygons(read, layer)
    coverage = shapely.make_valid(drawn) if drawn else []
    whole = shapely.union_all(shapely.make_valid(polygons(read, outline)))
    inside = shapely.intersection(coverage, BOX) if len(coverage) else []
    union, target = shapely.union_all(inside), shapely.intersection(whole, BOX)
    overlap = float(sum(shapely.area(inside))) - union.area
    missing = shapely.get_parts(shapely.difference(target, union))
    # Where lines cross, the corner that the overlay computes lies beside both.
    at_line = shapely.dwithin(missing, whole.boundary, NOISE)
    gap = float(sum(shapely.area(missing[~at_line])))
    border = float(sum(shapely.area(missing[at_line]))) + shapely.difference(union, target).area
    quiet = [0.0 if area < NOISE else area for area in (gap, overlap, border)]
    length = float(sum(shapely.length(inside)))
    return Areas(target.area, *quiet, length, len(drawn), len(drawn) - int(sum(shapely.is_valid(drawn))), len(data))


def measure(source, layer, outline, zooms):
    """(zoom, its areas) over all tiles of each zoom."""
    for zoom in zooms:
        found = Areas()
        for tile in tiles.over(source.bounds, zoom):
            data = source.tile(tile)
            if data:
                found = found.add(areas(data, layer, outline))
        yield zoom, found


def zooms(text):
    """0-14 or 4,8,12."""
    if "-" in text:
        first, last = map(int, text.split("-"))
        return list(range(first, last + 1))
    return [int(zoom) for zoom in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("layer", "outline", "source"):
        parser.add_argument(name)
    parser.add_argument("--zooms", type=zooms, default=list(range(15)))
    parser.add_argument("--share-max", type=float, default=1.0)
    parser.add_argument("--width-max", type=float, default=1.0)
    options = parser.parse_args()
    if options.source.startswith("http"):
        source = Server(options.source, options.layer, options.outline)
    else:
        source = Archive(options.source)
    print("| zoom | polygons | not simple | outline, units² | gap | overlap | border | gap and overlap, share | width, units | largest tile, kB |")
    print("| --- " * 10 + "|")
    whole, failed = Areas(), 0
    for zoom, found in measure(source, options.layer, options.outline, options.zooms):
        line(zoom, found)
        whole = whole.add(found)
        failed += found.share() > options.share_max or found.width() > options.width_max
    line("all", whole)
    if failed:
        print(f"{failed} zooms with more gap and overlap than {options.share_max:.1e} of the area or {options.width_max:.1e} units wide")
    return 1 if failed or not whole.polygons else 0


def line(zoom, found):
    print(
        f"| {zoom} | {found.polygons:,} | {found.invalid} | {found.outline:,.0f} | {found.gap:,.1f} | {found.overlap:,.1f} | {found.border:,.1f} "
        f"| {found.share():.2e} | {found.width():.4f} | {found.bytes_max / 1000:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
