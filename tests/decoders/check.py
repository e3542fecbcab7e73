"""Decodes tiles of every level with the PyPI package mapbox-vector-tile and compares them with the API.

Usage: check.py URL. Every territory must be found in some tile of zoom 12 with the name and the indicator values that
`/indicators/{id}?level=` gives, and every polygon must be readable. Prints "N passed, N failed".
"""

import json
import math
import sys
import urllib.request

import mapbox_vector_tile

ZOOM = 12


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.status, answer.read()


def document(url):
    return json.loads(fetch(url)[1])


def column(lon):
    return int((lon + 180) / 360 * 2**ZOOM)


def row(lat):
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM)


def tiles(bounds):
    west, south, east, north = bounds
    for x in range(column(west), column(east) + 1):
        for y in range(row(north), row(south) + 1):
            yield x, y


def decoded(url, level, indicators, bounds):
    """Properties of each territory by key, over all tiles of the zoom."""
    found = {}
    for x, y in tiles(bounds):
        status, body = fetch(f"{url}/tiles/{level}/{ZOOM}/{x}/{y}.mvt?indicators={','.join(indicators)}")
        if status == 204:
            continue
        for feature in mapbox_vector_tile.decode(body)[level]["features"]:
            assert feature["geometry"]["coordinates"], feature["properties"]
            found[feature["properties"]["key"]] = feature["properties"]
    return found


def problems(url, level, indicators, bounds):
    """What differs between the tiles of a level and the API."""
    found = decoded(url, level, indicators, bounds)
    for indicator in indicators:
        values = document(f"{url}/indicators/{indicator}?level={level}")["values"]
        if {value["key"] for value in values} != set(found):
            yield f"{level}: the tiles hold {len(found)} territories, the API {len(values)}"
        for value in values:
            drawn = found.get(value["key"], {})
            if drawn.get(indicator) != value["value"] or drawn.get("name") != value["name"]:
                yield f"{level} {value['key']} {indicator}: {drawn.get(indicator)} in the tile, {value['value']} in the API"


def main(url):
    catalog = document(f"{url}/catalog")
    indicators = [indicator["id"] for indicator in document(f"{url}/indicators")["indicators"]]
    failed = 0
    for level in catalog["levels"]:
        for problem in problems(url, level["id"], indicators, catalog["bounds"]):
            failed += 1
            print(problem)
    print(f"{len(catalog['levels']) - min(failed, len(catalog['levels']))} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
