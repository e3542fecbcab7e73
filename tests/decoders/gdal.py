"""Files as Comarca converts them, beside the same files as GDAL reads them: rows, columns, values, geometries to 1e-9 degrees.

python gdal.py COMARCA FILE…  A folder stands for the files in it that GDAL reads. What differs on purpose stands in DIFFERENT.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pandas
import pyogrio
import shapely

READABLE = {".geojson", ".topojson", ".shp", ".gpkg", ".fgb", ".kml", ".gpx", ".gml"}
# Part of a path, and why the two readings differ there.
DIFFERENT = {
    "topojson/": "GDAL reads the first object only, and leaves the ids of a nested collection out",
    "kml/folders": "GDAL makes a layer of every folder and does not read tracks",
    "kml/libkml": "GDAL adds columns for how features are drawn",
    "gpx/": "columns of links and extensions have other names",
    "gml/": "GDAL needs a template for nested elements; arcs are drawn by other steps",
    "dimensions/": "heights are left out with a notice; the shapefiles lack their other files",
    "campamentos_minvu_2024": "a ring of three points is left out",
    "Chicago77": "has no CRS",
    "countries.fgb": "GDAL's own transformation moves vertices on the antimeridian",
    "flatgeobuf/": "GDAL calls the column of the identifiers fid in the copy",
}
CLOSE_DEGREES = 1e-9


def files(arguments):
    for path in map(Path, arguments):
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in inside if file.suffix.lower() in READABLE)


def frame(path, **options):
    read = pyogrio.read_dataframe(path, datetime_as_string=True, **options)
    return read if read.crs is None else read.to_crs("EPSG:4326")


def parts(geometries):
    """Every geometry as a multi-geometry with its points in one order, since a shapefile does not tell one from many."""
    return shapely.normalize([None if g is None or g.is_empty else shapely.multipolygons(shapely.get_parts(g))
                              if "Polygon" in g.geom_type else g for g in geometries])


def unlike(own, other):
    """What differs, in words; nothing where both say the same."""
    if len(own) != len(other):
        return f"{len(own)} rows, GDAL has {len(other)}"
    if not hasattr(other, "geometry") or not hasattr(own, "geometry"):
        return None if hasattr(other, "geometry") == hasattr(own, "geometry") else "only one has geometries"
    mine, theirs = parts(own.geometry), parts(other.geometry)
    same = shapely.equals_exact(mine, theirs, CLOSE_DEGREES) | (shapely.is_missing(mine) & shapely.is_missing(theirs))
    if not same.all():
        return f"row {int(numpy.argmin(same)) + 1}: another geometry"
    names = {str(name).lower(): name for name in own.columns}
    for name in other.columns.drop(other.geometry.name):
        if str(name).lower() not in names:
            # GDAL gives some formats columns that nothing of the file goes into.
            if other[name].isna().all():
                continue
            return f"column {name!r} is missing"
        different = [row for row, pair in enumerate(zip(own[names[str(name).lower()]], other[name])) if not alike(*pair)]
        if different:
            row = different[0]
            return f"row {row + 1}, column {name!r}: {own[names[str(name).lower()]].iloc[row]!r}, GDAL has {other[name].iloc[row]!r}"
    return None


def alike(own, other):
    # An empty text and no text are the same in a DBF.
    empty = [value is None or value == "" or (numpy.isscalar(value) and pandas.isna(value)) for value in (own, other)]
    if any(empty):
        return all(empty)
    if isinstance(own, str) or isinstance(other, str):
        return str(own).strip() == str(other).strip() or day(own) == day(other)
    return own == other or numpy.isclose(float(own), float(other), rtol=1e-15, atol=0)


def day(value):
    return str(value).replace("/", "-")[:10] if len(str(value)) >= 10 else object()


def main(comarca, *arguments):
    failed = compared = 0
    for file in files(arguments):
        reason = next((why for part, why in DIFFERENT.items() if part in file.as_posix()), None)
        if reason:
            print(f"not compared: {file}: {reason}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.gpkg"
            done = subprocess.run([comarca, "convert", file, copy, "--crs", "EPSG:4326"], capture_output=True, text=True)
            wrong = done.stderr if done.returncode else unlike(frame(copy), frame(file))
        compared += 1
        if wrong:
            failed += 1
            print(f"DIFFERENT: {file}: {wrong}")
    print(f"{compared} files compared with GDAL {pyogrio.__gdal_version_string__}, {failed} different")
    sys.exit(failed > 0 or compared == 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
