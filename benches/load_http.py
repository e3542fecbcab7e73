"""Load on a running server: python load_http.py URL [--pid PID] [--seconds 60] [SCENARIO …]

Scenarios, all without a choice: hot cold overload slow idle. Only the standard library is needed. With the PID of the server its
memory is told too (Linux). The status is 1 where a server error came that should not have, or nobody was served.

hot       64 clients ask for few tiles again and again
cold      64 clients ask for tiles that nobody has asked for, each with a filter of its own
overload  640 clients do the same: what is too much must be refused at once
slow      8 clients are served while 200 others send a head byte by byte, 200 send half of one, and 200 read nothing
idle      8 clients are served while 10,000 others are connected and silent
"""

import argparse
import asyncio
import json
import random
import resource
import sys
import time
from itertools import count
from math import asinh, floor, pi, radians, tan
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

CLIENTS = 64
CODING = "gzip"


class Client:
    """One connection that is kept."""

    def __init__(self, address):
        self.address = address
        self.reader = self.writer = None

    async def ask(self, target):
        """Status, headers and seconds to the first byte and to the last."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(*self.address)
        begun = time.perf_counter()
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: load\r\nAccept-Encoding: {CODING}\r\n\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first = time.perf_counter() - begun
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        status = int(lines[0].split(" ")[1])
        length = 0 if status in (204, 304) else int(headers.get("content-length", 0))
        await self.reader.readexactly(length)
        if headers.get("connection") == "close":
            self.close()
        return status, headers, first, length

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None


class Tally:
    """What came back."""

    def __init__(self):
        self.seconds = {}
        self.bytes = 0
        self.failed = 0
        self.without_retry = 0

    def add(self, status, headers, seconds, length):
        self.seconds.setdefault(status, []).append(seconds)
        self.bytes += length
        self.without_retry += status == 503 and "retry-after" not in headers

    def tell(self, name, took):
        total = sum(map(len, self.seconds.values()))
        print(f"{name}: {total} answers in {took:.0f} s, {total / took:.0f}/s, mean {self.bytes / max(total, 1) / 1000:.1f} kB,"
              f" {self.failed} connections lost, {self.without_retry} refusals without Retry-After")
        for status, seconds in sorted(self.seconds.items()):
            seconds.sort()
            at = lambda share: 1000 * seconds[min(int(share * len(seconds)), len(seconds) - 1)]
            print(f"  {status}: {len(seconds)}, ms p50 {at(0.5):.2f} · p95 {at(0.95):.2f} · p99 {at(0.99):.2f} · max {at(1):.2f}")

    def errors(self, allowed=()):
        return [status for status in self.seconds if status >= 500 and status not in allowed]


def memory(pid):
    """Resident and highest resident memory in MB."""
    if pid is None:
        return ""
    with open(f"/proc/{pid}/status") as file:
        own = dict(line.split(":", 1) for line in file)
    now, most = (int(own[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    return f"  memory of the server: {now} MB, at most so far {most} MB"


def column_row(lon, lat, zoom):
    side = 1 << zoom
    x = (lon + 180) / 360 * side
    y = (1 - asinh(tan(radians(lat))) / pi) / 2 * side
    return [min(max(floor(cell), 0), side - 1) for cell in (x, y)]


def tiles(catalog, zooms):
    """Addresses of the tiles of all levels over the territory."""
    west, south, east, north = catalog["bounds"]
    levels = [id for id, source in catalog["tiles"].items() if source["kind"] == "level"]
    for zoom in zooms:
        (left, top), (right, bottom) = column_row(west, north, zoom), column_row(east, south, zoom)
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                for level in levels:
                    yield f"/tiles/{quote(level)}/{zoom}/{x}/{y}.mvt"


async def served(address, prefix, targets, clients, seconds):
    """So many clients ask one after the other for so long."""
    tally, until = Tally(), time.monotonic() + seconds

    async def one():
        client = Client(address)
        while time.monotonic() < until:
            try:
                tally.add(*await asyncio.wait_for(client.ask(prefix + next(targets)), 30))
            except (OSError, EOFError, TimeoutError):
                tally.failed += 1
                client.close()
        client.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return tally


def forever(targets):
    while True:
        yield random.choice(targets)


def never_twice(targets):
    for number in count(random.randrange(1 << 40)):
        yield f"{random.choice(targets)}?filter={quote(f'key <> {chr(39)}{number}{chr(39)}')}"


async def trickle(address, until):
    """A head that comes byte by byte, again and again."""
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection(*address)
            for byte in "GET /health HTTP/1.1\r\nX-Slow: " + "a" * 1000:
                writer.write(byte.encode())
                await writer.drain()
                await asyncio.sleep(0.5)
                if time.monotonic() > until:
                    break
            writer.close()
        except OSError:
            await asyncio.sleep(0.1)


async def send_and_wait(address, text, until):
    """Sends something and reads nothing, until the server ends the connection; then once more."""
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection(*address, limit=1)
            writer.write(text.encode())
            writer.transport.pause_reading()
            while time.monotonic() < until and not writer.transport.is_closing():
                await asyncio.sleep(0.5)
            writer.close()
        except OSError:
            await asyncio.sleep(0.1)


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("url")
    arguments.add_argument("scenarios", nargs="*")
    arguments.add_argument("--pid", type=int)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--idle", type=int, default=10_000)
    own = arguments.parse_intermixed_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parts = urlsplit(own.url)
    address, prefix = (parts.hostname, parts.port), parts.path.rstrip("/")
    catalog = json.load(urlopen(own.url.rstrip("/") + "/catalog"))
    hot = list(tiles(catalog, [11, 12, 13]))[:200]
    cold = list(tiles(catalog, [12, 13]))
    chosen = own.scenarios or ["hot", "cold", "overload", "slow", "idle"]
    faults = []
    print(f"{len(hot)} hot tiles, {len(cold)} places of cold ones{memory(own.pid)}")

    async def scenario(name, targets, clients, seconds, allowed=(), beside=()):
        begun = time.monotonic()
        others = [asyncio.create_task(other) for other in beside]
        tally = await served(address, prefix, targets, clients, seconds)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        tally.tell(name, time.monotonic() - begun)
        print(memory(own.pid), flush=True)
        if tally.errors(allowed) or not tally.seconds or tally.without_retry:
            faults.append(name)

    for name in chosen:
        until = time.monotonic() + own.seconds
        match name:
            case "hot":
                await scenario("hot, 64 clients", forever(hot), CLIENTS, own.seconds)
            case "cold":
                await scenario("cold, 64 clients", never_twice(cold), CLIENTS, own.seconds)
            case "overload":
                await scenario("overload, 640 clients", never_twice(cold), 10 * CLIENTS, own.seconds / 3, [503])
            case "slow":
                half = "GET /health HTTP/1.1\r\nHost: "
                many = f"GET {prefix}{hot[0]} HTTP/1.1\r\nHost: load\r\n\r\n" * 50
                slow = [trickle(address, until) for _ in range(200)]
                slow += [send_and_wait(address, half, until) for _ in range(200)]
                slow += [send_and_wait(address, many, until) for _ in range(200)]
                await scenario("8 clients beside 600 slow ones", forever(hot), 8, own.seconds, beside=slow)
            case "idle":
                ask = f"GET {prefix}/health HTTP/1.1\r\nHost: load\r\n\r\n"
                idle = [send_and_wait(address, ask, until) for _ in range(own.idle)]
                await scenario(f"8 clients beside {own.idle} idle ones", forever(hot), 8, own.seconds, beside=idle)
            case _:
                sys.exit(f"there is no scenario {name}")
    if faults:
        sys.exit("not as it should be: " + ", ".join(faults))


asyncio.run(main())
