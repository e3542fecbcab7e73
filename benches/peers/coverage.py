"""Gaps and overlaps of a coverage in the tiles of several programs: python coverage.py --comarca PROGRAM FILE KEY [--zooms 0-14]

FILE holds polygons in EPSG:4326. Every program also cuts the outline of them all; tests/decoders/coverage.py says what is measured.
Prints a row per program: shares of the outline's area that are gap · overlap over ranges of zooms, polygons drawn, how many of them
are not simple, and bytes of the largest tile, unpacked and with all properties where a program cannot leave them out.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import servers

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "decoders"))
sys.dont_write_bytecode = True
import coverage
import geopandas

TIPPECANOE = {
    "tippecanoe": [],
    "tippecanoe --no-simplification-of-shared-nodes": ["--no-simplification-of-shared-nodes"],
    "tippecanoe --coalesce-smallest-as-needed": ["--coalesce-smallest-as-needed"],
    "tippecanoe --detect-shared-borders": ["--detect-shared-borders"],
}
POSTGIS = {
    "PostGIS ST_AsMVT": "geom",
    "PostGIS ST_SimplifyPreserveTopology": "ST_SimplifyPreserveTopology(geom, unit)",
    "PostGIS ST_CoverageSimplify": "ST_CoverageSimplify(geom, unit) OVER ()",
}


class Database:
    """Tiles by a function of PostGIS."""

    def __init__(self, database, function, bounds):
        self.database, self.function, self.bounds = database, function, bounds

    def tile(self, tile):
        return self.database.tile(self.function, *tile)


def row(name, source, outline, zooms, features):
    """Measures a program and prints its row."""
    bands = [(0, 4), (5, 8), (9, 11), (12, 14)]
    measured = dict(coverage.measure(source, "coverage", outline, zooms))
    cells = []
    for low, high in [*bands, (0, 99)]:
        found = coverage.Areas()
        for zoom, areas in measured.items():
            if low <= zoom <= high:
                found = found.add(areas)
        share = lambda area: f"{area / found.outline:.1e}" if found.outline and area else "0"
        cells.append(f"{share(found.gap)} · {share(found.overlap)}" + (f" · {share(found.border)}" if high == 99 else ""))
    fewest = min((areas.polygons for zoom, areas in measured.items() if zoom >= 9), default=0)
    largest = max(areas.bytes_max for areas in measured.values()) / 1000
    print(f"| {name} | {' | '.join(cells)} | {100 * min(fewest / features, 1):.0f} % | {found.invalid} of {found.polygons:,} | {largest:,.0f} |", flush=True)


def main(options):
    folder = Path(tempfile.mkdtemp(prefix="coverage-"))
    frame = geopandas.read_file(options.file)
    outline, whole = folder / "outline.geojson", geopandas.GeoDataFrame({"id": ["all"]}, geometry=[frame.union_all()], crs=frame.crs)
    whole.to_file(outline, driver="GeoJSON")
    plain = folder / "coverage.geojson"
    frame.to_file(plain, driver="GeoJSON")
    bounds = [float(number) for number in frame.total_bounds]
    print("| program | z 0–4 | z 5–8 | z 9–11 | z 12–14 | all: gap · overlap · border | fewest polygons from z 9 | not simple | largest tile, kB |\n| --- " + "| --- " * 8 + "|")
    project = servers.project(folder, {"coverage": (plain, options.key)})
    project.write_text(project.read_text() + '[[levels]]\nid = "coverage"\nlayer = "coverage"\n')
    text = project.read_text().split("[layers.square]")[0] + "[access]" + project.read_text().split("[access]")[1]
    project.write_text(text)
    with servers.comarca(options.comarca, project) as server:
        row("comarca", coverage.Server(server.url, "coverage", "all"), "all", options.zooms, len(frame))
    for name, flags in TIPPECANOE.items() if options.tippecanoe else []:
        archive = folder / "tiles.mbtiles"
        layers = ["-L", f"coverage:{plain}", "-L", f"outline:{outline}"]
        command = [options.tippecanoe, "-q", "-f", "-Z0", f"-z{max(options.zooms)}", *flags, *layers, "-o", archive]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
            print(f"| {name} | failed |")
            continue
        row(name, coverage.Archive(archive), "outline", options.zooms, len(frame))
    if options.postgis:
        with servers.Postgis() as database:
            database.load("coverage", plain)
            database.load("outline", outline)
            for number, (name, geometry) in enumerate(POSTGIS.items()):
                function = geometry.partition("(")[0]
                if "(" in geometry and not database.has(function):
                    print(f"| {name} | not in this version |")
                    continue
                database.make_tiles(f"tile{number}", {"coverage": "coverage", "outline": "outline"}, geometry)
                row(name, Database(database, f"tile{number}", bounds), "outline", options.zooms, len(frame))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("key")
    parser.add_argument("--comarca", required=True)
    parser.add_argument("--tippecanoe")
    parser.add_argument("--postgis", action="store_true")
    parser.add_argument("--zooms", type=coverage.zooms, default=list(range(15)))
    main(parser.parse_args())
