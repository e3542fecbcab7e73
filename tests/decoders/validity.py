"""Tiles of a project under the specification, GEOS and another decoder, and against the files that the project names.

Usage: validity.py [--table] PROJECT [SOURCE …] URL, the URL of a server of the same project. For a fixed list of tiles of the sources (all
when none is named), zooms 0 to 16:

- `mvt.py` finds nothing against the specification 2.1, nor against its recommendations;
- GEOS finds every polygon simple in the integer units of the tile, and the parts of a feature apart;
- `mapbox-vector-tile` decodes the same features with the same properties;
- every feature of the file that reaches into the tile by more than a unit is there by its key, or a header `x-tile-…` counts it.

Prints the headers it saw and "N passed, N failed", a tile being one; with --table what failed by source, zoom and kind.
"""

import json
import sys
from collections import Counter

sys.dont_write_bytecode = True
import mapbox_vector_tile
import shapely

import mvt
import tiles
from sources import Project

ZOOMS = [0, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
# Tiles of a source and zoom; more take minutes and find the same.
TILES_MAX = 12
# Up to this zoom, tiles are asked for without properties.
PLAIN_MAX = 10
# Faults of a source and kind that are named; the others are counted.
NAMED_MAX = 3
# Reprojection and rounding move a border by less than this, in units.
INSET = 1.5
# A tile that the other decoder, which is slow, is not asked for, in bytes.
SECOND_OPINION_MAX = 300_000
# Headers that count something else than what is not shown.
NOT_LEFT_OUT = ("bytes", "shown", "kept", "features", "coarsened")


class Tally:
    """Tiles that passed, and what is wrong with the others by (source, zoom, kind)."""

    def __init__(self):
        self.passed, self.failed, self.polygons, self.wasteful = 0, 0, 0, 0
        self.kinds, self.named, self.headers = Counter(), Counter(), Counter()

    def tile(self, source, tile, faults):
        """Counts a tile and what was found in it: (kind, text) each."""
        self.passed += not faults
        self.failed += bool(faults)
        for kind, text in faults:
            self.kinds[source, tile[0], kind] += 1
            self.named[source, kind] += 1
            if self.named[source, kind] <= NAMED_MAX:
                print(f"{source}/{'/'.join(map(str, tile))}: {kind}: {text}")

    def table(self):
        """What failed, a line per source and kind, a column per zoom."""
        zooms = sorted({zoom for _, zoom, _ in self.kinds})
        print(f"| source | fault | {' | '.join(f'z {zoom}' for zoom in zooms)} | all |")
        print("| --- " * (len(zooms) + 3) + "|")
        for source, kind in sorted({(source, kind) for source, _, kind in self.kinds}):
            counts = [self.kinds[source, zoom, kind] for zoom in zooms]
            print(f"| {source} | {kind} | {' | '.join(map(str, counts))} | {sum(counts)} |")


def simple(layer, tally):
    """What GEOS holds against the polygons of a layer, in tile units."""
    for row, feature in enumerate(layer.features):
        if feature.kind != mvt.POLYGON:
            continue
        parts = [shapely.Polygon(rings[0], rings[1:]) for rings in feature.parts]
        tally.polygons += len(parts)
        bad = [part for part in parts if not shapely.is_valid(part)]
        for part in bad:
            yield "polygon", f"feature {row}: {shapely.is_valid_reason(part)}"
        if len(parts) > 1 and not bad:
            whole = shapely.MultiPolygon(parts)
            if not shapely.is_valid(whole):
                yield "parts", f"feature {row}: {shapely.is_valid_reason(whole)}"


def second_opinion(data, read):
    """How the other decoder differs from ours: in layers, number of features, ids, properties."""
    try:
        decoded = mapbox_vector_tile.decode(data)
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        yield "decoder", f"mapbox-vector-tile: {type(error).__name__} {error}"
        return
    for layer in read.layers:
        theirs = decoded.get(layer.name, {}).get("features", [])
        ours = [(feature.id or 0, feature.properties) for feature in layer.features]
        if [(feature.get("id", 0), feature["properties"]) for feature in theirs] != ours:
            yield "decoder", f"mapbox-vector-tile decodes {len(theirs)} features of {len(ours)}, or others"


def missing(tile, layer, frame, index, headers):
    """Features of the file that reach into the tile and are neither there nor counted."""
    window = shapely.box(*tiles.box(tile, INSET))
    expected = set(frame["key"].iloc[index.query(window, predicate="intersects")])
    shown = {str(feature.properties.get("key")) for feature in layer.features} if layer else set()
    gone = expected - shown
    counted = sum(
        int(value)
        for name, value in headers.items()
        if name.lower().startswith("x-tile-") and value.isdigit() and not name.lower().endswith(NOT_LEFT_OUT)
    )
    for key in sorted(gone)[counted:]:
        yield "missing", f"{key} of the file is not in the tile, nor counted"


def faults(source, tile, data, headers, known, tally):
    """Everything that is wrong with an answer."""
    read = mvt.read(data)
    yield from (("specification", str(fault)) for fault in read.faults)
    tally.wasteful += bool(read.waste)
    yield from (("recommendation", str(advice)) for advice in read.advice)
    for layer in read.layers:
        if layer.version != 2:
            yield "specification", f"version {layer.version}"
        yield from simple(layer, tally)
    if len(data) <= SECOND_OPINION_MAX:
        yield from second_opinion(data, read)
    if known is not None:
        layer = next((layer for layer in read.layers if layer.name == source), None)
        yield from missing(tile, layer, *known, headers)


def main(project, *sources, table):
    *sources, url = sources
    project, tally = Project(project), Tally()
    catalog = json.loads(tiles.fetch(f"{url}/catalog")[0])
    for source in sources or catalog["tiles"]:
        frame = project.read(source)
        known = None if frame is None else (frame, shapely.STRtree(frame.geometry.values))
        print(f"{source}: {'files not compared' if known is None else f'{len(frame)} features in its files'}")
        document = json.loads(tiles.fetch(f"{url}/tiles/{source}.json")[0])
        for zoom in ZOOMS:
            if not document["minzoom"] <= zoom <= document["maxzoom"] or "bounds" not in document:
                continue
            for tile in tiles.some(tiles.over(document["bounds"], zoom), TILES_MAX):
                # Far out, what stands in a tile is large, and its properties are those of the tiles further in.
                query = "?properties=" if zoom <= PLAIN_MAX else ""
                data, headers = tiles.fetch(f"{url}/tiles/{source}/{'/'.join(map(str, tile))}.mvt{query}")
                tally.headers.update(name.lower() for name in headers if name.lower().startswith("x-tile-"))
                tally.tile(source, tile, list(faults(source, tile, data, headers, known, tally)))
    if table:
        tally.table()
    print(f"{tally.polygons} polygons; {tally.wasteful} tiles hold a key or value twice, which is allowed")
    print("headers:", ", ".join(f"{name} ({count})" for name, count in sorted(tally.headers.items())) or "no x-tile-…")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--table"]
    sys.exit(main(*arguments, table="--table" in sys.argv))
