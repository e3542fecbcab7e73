"""The same list of tiles over HTTP: python tiles_http.py --comarca PROGRAM [--postgis] [--martin PROGRAM] [--archive F.mbtiles] FOLDER

FOLDER holds blocks.fgb and points.fgb in EPSG:4326 (README.md says how they are made). Servers: ours; Martin on PostGIS; Martin on an
archive that tippecanoe has made; PostGIS alone, by pgbench: what no server over it can undercut; nginx with our tiles as files, packed already: the limit. The client is wrk on one thread.

cold: a fresh server is asked for every tile of the list once; PostgreSQL keeps its pages. warm: the same list again, --warm rounds. Tiles
of blocks and points together, zooms 12 to 16, distinct, by a fixed seed; then every tile of zooms 8 to 11, once, with one client.
Rows: tiles/s, p50 and p99 in ms, CPU ms of the server's processes per tile, kB per tile, peak of memory in MB.
"""

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import servers

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "decoders"))
sys.dont_write_bytecode = True
import tiles

LAYERS = ["blocks", "points"]
CLIENTS = [1, 8, 64]


def views(bounds, count):
    """Distinct tiles of zooms 12 to 16 around places drawn evenly over the bounds."""
    drawn, chosen = random.Random(1), {}
    west, south, east, north = bounds
    while len(chosen) < count:
        lon, lat = drawn.uniform(west, east), drawn.uniform(south, north)
        chosen[tiles.over([lon, lat, lon, lat], drawn.randint(12, 16))[0]] = None
    return list(chosen)


def wrk(server, addresses, clients, rounds, folder):
    """One run of the client: what it says, and the server's CPU."""
    listing = Path(folder) / "list"
    listing.write_text("\n".join(addresses))
    script = Path(__file__).parent / "tiles.lua"
    command = ["wrk", "-t1", f"-c{clients}", "-d3000s", "--timeout", "600s", "-s", script, server.url, "--", listing, str(rounds)]
    before = server.cpu_s()
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("{")))
    said["cpu_ms"] = 1000 * (server.cpu_s() - before) / max(said["requests"], 1)
    return said


def row(what, clients, said, server):
    count = said["requests"]
    failed = f" ({said['failed']} failed)" if said["failed"] else ""
    print(
        f"| {what} | {clients} | {count / said['seconds']:,.0f}{failed} | {said['p50_ms']:.2f} · {said['p99_ms']:.1f} "
        f"| {said['cpu_ms']:.3f} | {said['bytes'] / count / 1000:.1f} | {server.peak_mb:.0f} |",
        flush=True,
    )


def compare(name, start, path, options, listed, folder):
    """Cold and warm rows of one server at each number of clients."""
    addresses = [path.format(*tile) for tile in listed]
    for clients in options.clients:
        with start() as server:
            if not options.only_warm:
                row(f"{name}, cold", clients, wrk(server, addresses, clients, 1, folder), server)
            else:
                wrk(server, addresses, 8, 1, folder)
            row(f"{name}, warm", clients, wrk(server, addresses, clients, options.warm, folder), server)


def far_out(name, start, path, bounds, folder):
    """Every tile of zooms 8 to 11, once: the time together, the slowest, the largest."""
    listed = [tile for zoom in range(8, 12) for tile in tiles.over(bounds, zoom)]
    with start() as server:
        said = wrk(server, [path.format(*tile) for tile in listed], 1, 1, folder)
        largest = max((fetched(server.url + path.format(*tile)) for tile in listed), key=lambda sizes: sizes[0])
        print(
            f"| {name} | {len(listed)} | {said['seconds']:.2f} | {said['cpu_ms'] * said['requests'] / 1000:.2f} | {said['p99_ms']:.0f} "
            f"| {largest[0] / 1000:,.0f} | {largest[1] / 1000:,.0f} |",
            flush=True,
        )


def fetched(url):
    """Bytes of a tile, plain and packed."""
    data, _ = tiles.fetch(url)
    return len(data), len(gzip.compress(data, 6))


def save(server, path, listed, root):
    """Our tiles as files for nginx."""
    for tile in listed:
        file = Path(root) / "{}/{}/{}.mvt".format(*tile)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(tiles.fetch(server.url + path.format(*tile))[0], 6))
    (Path(root) / "index.html").write_text("")


def main(options):
    folder = Path(tempfile.mkdtemp(prefix="tiles-http-"))
    folder.chmod(0o755)
    layers = {layer: (options.folder / f"{layer}.fgb", "id") for layer in LAYERS}
    project = servers.project(folder, layers)
    ours = lambda: servers.comarca(options.comarca, project)
    own_path = f"/tiles/{','.join(LAYERS)}/{{}}/{{}}/{{}}.mvt"
    with ours() as server:
        bounds = json.loads(tiles.fetch(f"{server.url}/tiles/{LAYERS[0]}.json")[0])["bounds"]
        listed = views(bounds, options.count)
        save(server, own_path, listed, folder / "static")
    peers = [("comarca", ours, own_path)]
    database = None
    if options.martin or options.postgis:
        database = servers.Postgis()
        for layer in LAYERS:
            database.load(layer, options.folder / f"{layer}.fgb")
        database.make_tiles("tile", {layer: layer for layer in LAYERS})
    if options.martin:

        def martin_postgis():
            server = servers.martin(options.martin, database.address)
            server.beside.append(database)
            return server

        peers.append(("Martin, PostGIS", martin_postgis, f"/{','.join(LAYERS)}/{{}}/{{}}/{{}}"))
        if options.archive:
            name = Path(options.archive).stem
            peers.append(("Martin, archive", lambda: servers.martin(options.martin, options.archive), f"/{name}/{{}}/{{}}/{{}}"))
    print("| server | clients | tiles/s | p50 · p99, ms | CPU ms per tile | kB per tile | peak MB |\n| --- " + "| --- " * 6 + "|")
    static = ("nginx, files", lambda: servers.nginx(folder, folder / "static"), "/{}/{}/{}.mvt")
    for name, start, path in [*peers, static]:
        compare(name, start, path, options, listed, folder)
    for clients in options.clients if database else []:
        row("PostGIS alone, not packed", clients, database.bench("tile", listed, clients, folder), database)
    print("\n| server | tiles | seconds | CPU s | p99 ms | largest, kB | packed |\n| --- " + "| --- " * 6 + "|")
    for name, start, path in peers:
        far_out(name, start, path, bounds, folder)
    if database:
        listed = [tile for zoom in range(8, 12) for tile in tiles.over(bounds, zoom)]
        said = database.bench("tile", listed, 1, folder)
        largest = max((database.tile("tile", *tile) for tile in listed), key=len)
        print(
            f"| PostGIS alone | {len(listed)} | {said['seconds']:.2f} | {said['cpu_ms'] * said['requests'] / 1000:.2f} | {said['p99_ms']:.0f} "
            f"| {len(largest) / 1000:,.0f} | {len(gzip.compress(largest, 6)) / 1000:,.0f} |"
        )
        database.__exit__()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--comarca", required=True)
    parser.add_argument("--martin")
    parser.add_argument("--postgis", action="store_true", help="PostGIS by pgbench, without a server of tiles")
    parser.add_argument("--archive")
    parser.add_argument("--count", type=int, default=1000, help="tiles of the list")
    parser.add_argument("--warm", type=int, default=10, help="rounds over the list")
    parser.add_argument("--clients", type=lambda text: [int(number) for number in text.split(",")], default=CLIENTS)
    parser.add_argument("--only-warm", action="store_true")
    main(parser.parse_args())
