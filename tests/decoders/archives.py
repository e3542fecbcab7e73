"""Archives that `comarca tiles` writes, read by others: PyPI's pmtiles, SQLite, GDAL; every tile decoded by mapbox-vector-tile.

Usage: archives.py COMARCA PROJECT. The same tiles go to PMTiles, MBTiles and a folder. All three must hold the same, the header
must say how many there are, contents must lie in the order of the curve, the root directory in the first 16,384 bytes, and GDAL
must find the layers. Prints "N passed, N failed".
"""

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import mapbox_vector_tile
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, deserialize_directory, find_tile, zxy_to_tileid

MAXZOOM = 13
ROOM_OF_ROOT = 16_384


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def from_pmtiles(file):
    """Tiles by place, after the archive was found in order."""
    with file.open("rb") as opened:
        source = MmapSource(opened)
        reader = Reader(source)
        header, metadata = reader.header(), reader.metadata()
        tiles = {place: gzip.decompress(data) for place, data in all_tiles(source)}
        assert header["tile_type"] == TileType.MVT and header["tile_compression"] == Compression.GZIP
        assert header["addressed_tiles_count"] == len(tiles)
        assert header["root_offset"] + header["root_length"] <= ROOM_OF_ROOT
        assert header["clustered"] and (header["min_zoom"], header["max_zoom"]) == (0, MAXZOOM)
        # What `pmtiles verify` of go-pmtiles asks of the size: every byte belongs to a section, or to the room of the root.
        parts = header["metadata_length"] + header["leaf_directory_length"] + header["tile_data_length"]
        assert file.stat().st_size == ROOM_OF_ROOT + parts
        numbers = [zxy_to_tileid(*place) for place in tiles]
        assert numbers == sorted(numbers)
        check_entries(source, header)
        # Asked one by one, as a map does.
        for place, tile in tiles.items():
            assert gzip.decompress(reader.get(*place)) == tile, place
        assert reader.get(MAXZOOM, 0, 0) is None
        return tiles, metadata


def check_entries(source, header):
    """Contents are either new and directly behind the last, or were there before; each once."""
    entries = []

    def walk(offset, length):
        for entry in deserialize_directory(source(offset, length)):
            if entry.run_length:
                entries.append(entry)
            else:
                walk(header["leaf_directory_offset"] + entry.offset, entry.length)

    walk(header["root_offset"], header["root_length"])
    assert len(entries) == header["tile_entries_count"]
    end, contents = 0, Counter()
    for entry in entries:
        assert entry.offset <= end, entry
        end = max(end, entry.offset + entry.length)
        contents[source(header["tile_data_offset"] + entry.offset, entry.length)] = entry.offset
    assert end == header["tile_data_length"]
    assert len(contents) == header["tile_contents_count"] == len({entry.offset for entry in entries})
    assert find_tile(entries, zxy_to_tileid(0, 0, 0)) == entries[0]


def from_mbtiles(file):
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
        metadata = dict(database.execute("SELECT name, value FROM metadata"))
    tiles = {(z, x, 2**z - 1 - row): gzip.decompress(data) for z, x, row, data in rows}
    assert len(tiles) == len(rows)
    assert metadata["format"] == "pbf" and (metadata["minzoom"], metadata["maxzoom"]) == ("0", str(MAXZOOM))
    return tiles, json.loads(metadata["json"])


def from_folder(folder):
    files = [file for file in folder.rglob("*.mvt")]
    tiles = {tuple(map(int, file.relative_to(folder).with_suffix("").parts)): file.read_bytes() for file in files}
    return tiles, json.loads(json.loads((folder / "metadata.json").read_text())["json"])


def decoded_layers(tiles):
    """Names of the layers and features of each; every geometry is decoded."""
    features = Counter()
    for tile in tiles.values():
        for name, layer in mapbox_vector_tile.decode(tile).items():
            features[name] += len(layer["features"])
            assert all(feature["geometry"]["coordinates"] for feature in layer["features"]), name
    return features


def check_gdal(file, layers):
    """GDAL reads the highest zoom of vector MBTiles."""
    if not shutil.which("ogrinfo"):
        return print("not checked with GDAL: there is no ogrinfo")
    told = run("ogrinfo", "-ro", "-q", str(file))
    missing = [layer for layer in layers if f": {layer} (" not in told]
    assert not missing, (missing, told)


def main(comarca, project):
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / name for name in ("all.pmtiles", "all.mbtiles", "all")]
        for output in outputs:
            run(comarca, "--project", project, "tiles", "--maxzoom", str(MAXZOOM), "-o", str(output))
        (tiles, metadata), *others = from_pmtiles(outputs[0]), from_mbtiles(outputs[1]), from_folder(outputs[2])
        features = decoded_layers(tiles)
        names = {layer["id"] for layer in metadata["vector_layers"]}
        assert set(features) <= names and features, (features, names)
        for other, described in others:
            assert other == tiles
            assert described["vector_layers"] == metadata["vector_layers"]
        check_gdal(outputs[1], names)
    print(f"{len(tiles)} tiles of {len(names)} layers are the same in PMTiles, MBTiles and a folder; {sum(features.values())} features decoded")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
