"""A whole pyramid: python pyramid.py --comarca PROGRAM --tippecanoe PROGRAM FOLDER [--minzoom 0] [--maxzoom 14] [--keep FOLDER]

FOLDER holds blocks.fgb and points.fgb in EPSG:4326 (README.md says how they are made). Both programs put them into one archive of the same
zooms, with their own settings for what fits into a tile. A row per program: wall and CPU seconds, peak of memory, tiles, bytes, the
largest tile, and the share of all polygons and points that are in some tile of zooms 12 to 14, by their id.
"""

import argparse
import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyogrio
import servers

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "decoders"))
sys.dont_write_bytecode = True
import mvt

LAYERS = ["blocks", "points"]


def run(command, log):
    """Wall seconds, CPU seconds with all threads, peak MB."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        log.seek(0)
        sys.exit(f"{command}: {log.read().decode(errors='replace')[-1000:]}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def keys_of(data):
    """(layer, id) of the features of a tile; geometry is not looked at."""
    for number, wire, span in mvt.fields(data, 0, len(data)):
        if (number, wire) != (3, mvt.BYTES):
            continue
        name, keys, values, tagged = "", [], [], []
        for number, _, value in mvt.fields(data, *span):
            if number == 1:
                name = data[value[0]:value[1]].decode()
            elif number == 3:
                keys.append(data[value[0]:value[1]])
            elif number == 4:
                values.append(data[value[0]:value[1]])
            elif number == 2:
                tagged += [mvt.packed(data, tags) for field, _, tags in mvt.fields(data, *value) if field == 2]
        key = keys.index(b"id") if b"id" in keys else -1
        for tags in tagged:
            yield from ((name, values[tags[i + 1]]) for i in range(0, len(tags), 2) if tags[i] == key)


def contents(archive):
    """Tiles, bytes, the largest and the features of zooms 12 to 14 of an MBTiles file."""
    database = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    count, size, largest = database.execute("SELECT count(*), sum(length(tile_data)), max(length(tile_data)) FROM tiles").fetchone()
    found = {zoom: {layer: set() for layer in LAYERS} for zoom in (12, 13, 14)}
    rows = database.execute("SELECT zoom_level, tile_data FROM tiles WHERE zoom_level BETWEEN 12 AND 14")
    for zoom, data in rows:
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        for layer, key in keys_of(data):
            found[zoom][layer].add(key)
    return count, size, largest, {layer: [len(found[zoom][layer]) for zoom in found] for layer in LAYERS}


def main(options):
    files = {layer: options.folder / f"{layer}.fgb" for layer in LAYERS}
    whole = {layer: pyogrio.read_info(file)["features"] for layer, file in files.items()}
    zooms = options.minzoom, options.maxzoom
    print("| program | wall s | CPU s | peak MB | tiles | MB | largest, kB | blocks at z 12 · 13 · 14 | points |\n| --- " + "| --- " * 8 + "|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        project = servers.project(folder, {layer: (file, "id") for layer, file in files.items()})
        ours, theirs = folder / "ours.mbtiles", folder / "theirs.mbtiles"
        commands = {
            "comarca tiles": [options.comarca, "--project", project, "tiles", "--layers", ",".join(LAYERS), "--minzoom", zooms[0], "--maxzoom", zooms[1],
                              "-o", ours],
            "tippecanoe": [options.tippecanoe, "-q", "-f", f"-Z{zooms[0]}", f"-z{zooms[1]}", "-o", theirs,
                           *(f"-L{layer}:{file}" for layer, file in files.items())],
        }
        for name, archive in (("comarca tiles", ours), ("tippecanoe", theirs)):
            if commands[name][0] is None:
                continue
            with tempfile.TemporaryFile() as log:
                wall, cpu, peak = run(commands[name], log)
            count, size, largest, found = contents(archive)
            kept = [" · ".join(f"{100 * number / whole[layer]:.0f} %" for number in found[layer]) for layer in LAYERS]
            print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {count:,} | {size / 1e6:.1f} | {largest / 1000:.0f} | {kept[0]} | {kept[1]} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--comarca")
    parser.add_argument("--tippecanoe")
    parser.add_argument("--keep", type=Path, help="a folder for the archives, which are forgotten otherwise")
    parser.add_argument("--minzoom", type=int, default=0)
    parser.add_argument("--maxzoom", type=int, default=14)
    main(parser.parse_args())
