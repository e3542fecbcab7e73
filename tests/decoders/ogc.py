"""OGC API Features, OGC API Tiles and TileJSON as GDAL reads them, beside what the server says of itself.

python ogc.py URL  Needs Debian's gdal-bin (ogrinfo and ogr2ogr, 3.6 or later) and the GDAL of pyogrio.
"""

import json
import math
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

import pyogrio


def said(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def ogrinfo(*arguments):
    done = subprocess.run(["ogrinfo", "-ro", *arguments], capture_output=True, text=True)
    wrong = [line for line in done.stderr.splitlines() if "ERROR" in line or "Warning" in line]
    if done.returncode or wrong:
        sys.exit(f"ogrinfo {' '.join(arguments)}: {done.stdout[-500:]}{done.stderr}")
    return done.stdout


def count(*arguments):
    return int(re.search(r"Feature Count: (\d+)", ogrinfo("-so", *arguments)).group(1))


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: GDAL finds {found!r}, the server says {wanted!r}")
    print(f"{what}: {found if isinstance(found, int) else 'the same'}")


def layers(text):
    return sorted(line.split(": ", 1)[1].split(" (")[0] for line in text.splitlines() if re.match(r"\d+: ", line))


def features(url):
    """Every collection with its count and type, a filter and a box that the server is asked with, one collection in full."""
    source = f"OAPIF:{url}/ogc"
    catalog = said(f"{url}/catalog")["tiles"]
    check("collections", layers(ogrinfo(source)), sorted(catalog))
    for name, entry in catalog.items():
        matched = said(f"{url}/ogc/collections/{urllib.parse.quote(name)}/items?limit=1")["numberMatched"]
        check(f"features of {name}", count(source, name), matched)
    name = next(name for name, entry in catalog.items() if entry["geometry"] == "polygon" and entry["features"] > 100)
    box = said(f"{url}/ogc/collections/{name}")["extent"]["spatial"]["bbox"][0]
    west, south = box[0], box[1]
    east, north = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    inside = said(f"{url}/ogc/collections/{name}/items?limit=1&bbox={west},{south},{east},{north}")["numberMatched"]
    check(f"features of {name} in a box", count("-spat", *map(str, (west, south, east, north)), source, name), inside)
    first = said(f"{url}/ogc/collections/{name}/items?limit=1")["features"][0]
    key = first["properties"]["key"]
    check(f"features of {name} with one key", count("-where", f"key = '{key}'", source, name), 1)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.geojson"
        subprocess.run(["ogr2ogr", "-lco", "COORDINATE_PRECISION=15", copy, source, name], check=True, capture_output=True)
        read = {one["properties"]["key"]: one for one in json.loads(copy.read_text())["features"]}
    check(f"{name} in full, page by page", len(read), catalog[name]["features"])
    check(f"a geometry of {name}", read[key]["geometry"], first["geometry"])


def mercator(lon, lat):
    """Metres of EPSG:3857."""
    radius_m = 6_378_137
    return radius_m * math.radians(lon), radius_m * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def tiles(url):
    """Vector tiles by TileJSON and by OGC API: both hold every district of the zoom."""
    districts = said(f"{url}/catalog")["tiles"]["districts"]["features"]
    tilejson = f"{url}/tiles/districts.json"
    source = f"MVT:{url}/tiles/districts/12"
    text = ogrinfo("-q", "-dialect", "SQLite", "-sql", "SELECT COUNT(DISTINCT key) AS keys FROM districts",
                   "-oo", f"METADATA_FILE={tilejson}", "-oo", "TILE_EXTENSION=mvt", source)
    check("districts in tiles of zoom 12 by TileJSON", int(re.search(r"keys \(Integer\) = (\d+)", text).group(1)), districts)
    west, south, east, north = said(f"{url}/ogc/collections/districts")["extent"]["spatial"]["bbox"][0]
    # GDAL takes the degrees of the extent for metres of the tiles unless it is told better; its version in Debian 12 is older than the
    # JSON of tile matrix sets.
    (left, low), (right, high) = mercator(west, south), mercator(east, north)
    columns = pyogrio.raw.read(f"OGCAPI:{url}/ogc/collections/districts", layer="Zoom level 12", columns=["key"], API="TILES",
                               MINX=str(left), MINY=str(low), MAXX=str(right), MAXY=str(high))[3]
    check(f"districts in tiles of zoom 12 by OGC API and GDAL {pyogrio.__gdal_version_string__}", len(set(columns[0])), districts)
    items = ogrinfo("-al", "-so", "-oo", "API=ITEMS", f"OGCAPI:{url}/ogc/collections/districts")
    check("districts by the driver of OGC API", int(re.search(r"Feature Count: (\d+)", items).group(1)), districts)


def main(url):
    features(url)
    tiles(url)
    print("GDAL reads OGC API and TileJSON as they are")


if __name__ == "__main__":
    main(sys.argv[1])
