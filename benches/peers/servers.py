"""Servers for the benches of tiles: started on a free port, measured with all their processes, ended.

CPU is user and system time from /proc, so other work on the machine hardly shows; memory is the proportional share (PSS), so that
what PostgreSQL's processes have in common counts once.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
WORLD_M = 40_075_016.685_578_49
POSTGRES_ROOT = Path("/usr/lib/postgresql")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree(pid):
    """A process and all below it."""
    children = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            stat = status(int(entry.name))
            if stat:
                children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, open_ends = [], [pid]
    while open_ends:
        found.append(open_ends.pop())
        open_ends += children.get(found[-1], [])
    return found


def status(pid):
    """/proc/PID/stat after the name: state, parent, …; None when the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def pss_mb(pid):
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return 0.0


class Server:
    """A running program; ended on leaving."""

    def __init__(self, command, port, **options):
        self.port, self.peak_mb = port, 0.0
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, **options
        )
        self.url = f"http://127.0.0.1:{port}"
        self.beside = []
        self.watching = threading.Thread(target=self.watch, daemon=True)
        self.watching.start()

    def watch(self):
        """Looks at the memory twice a second."""
        while self.process.poll() is None:
            self.peak_mb = max(self.peak_mb, self.memory_mb())
            time.sleep(0.5)

    def wait_for(self, path, seconds=300):
        """Waits until an address answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + path, timeout=60).read()
                return self
            except OSError:
                time.sleep(0.05)
        said = self.said()
        self.__exit__()
        raise RuntimeError(f"{self.process.args} does not answer {path}: {said}")

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-2000:]

    def processes(self):
        """Its processes and those of the servers it works with."""
        return tree(self.process.pid) + [pid for server in self.beside for pid in server.processes()]

    def cpu_s(self):
        """CPU seconds used so far, of ended children too."""
        ticks = 0
        for pid in self.processes():
            stat = status(pid)
            ticks += sum(int(stat[i]) for i in range(11, 15)) if stat else 0
        return ticks / TICK

    def memory_mb(self):
        return sum(pss_mb(pid) for pid in self.processes())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


# Nothing is made ready beforehand: what is measured is what is asked for.
PROJECT = """
name = "bench"
crs = "EPSG:32719"
[server]
warm_tiles = 0
[layers.square]
source = "square.geojson"
key = "id"
[[levels]]
id = "square"
layer = "square"
"""
SQUARE = (
    '{"type":"Feature","properties":{"id":"a"},"geometry":{"type":"Polygon","coordinates":'
    "[[[-72,-35],[-69,-35],[-69,-32],[-72,-32],[-72,-35]]]}}"
)


def project(folder, layers):
    """Writes a project of layers (id → file, column of the key) into a folder."""
    folders = sorted({str(Path(file).absolute().parent) for file, _ in layers.values()})
    text = f"{PROJECT}[access]\noutside = {folders}\n"
    for name, (file, key) in layers.items():
        text += f'[layers.{name}]\nsource = "{Path(file).absolute()}"\nkey = "{key}"\n'
    folder = Path(folder)
    (folder / "square.geojson").write_text(SQUARE)
    (folder / "comarca.toml").write_text(text)
    return folder / "comarca.toml"


def comarca(program, project_file):
    port = free_port()
    server = Server([program, "--project", project_file, "serve", "--listen", f"127.0.0.1:{port}"], port)
    return server.wait_for("/catalog")


def martin(program, *arguments):
    """Martin on a database or archives; of its options, only the address is set."""
    port = free_port()
    server = Server([program, "--listen-addresses", f"127.0.0.1:{port}", *arguments], port)
    return server.wait_for("/health")


NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_processes auto;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    default_type application/vnd.mapbox-vector-tile;
    add_header Content-Encoding gzip;
  }}
}}
"""


def nginx(folder, root):
    """nginx over a folder of files that are gzip already. Another user than root has to be able to read them."""
    port = free_port()
    file = Path(folder) / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, root=root, port=port))
    return Server(["nginx", "-c", file, "-e", "stderr"], port).wait_for("/index.html")


class Postgis(Server):
    """A PostgreSQL server with PostGIS of its own, from Debian's programs, tuned as a small tile server would be."""

    SETTINGS = {
        "listen_addresses": "127.0.0.1",
        "shared_buffers": "512MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "fsync": "off",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
    }

    def __init__(self):
        self.programs = max(POSTGRES_ROOT.glob("*/bin"), key=lambda folder: int(folder.parent.name))
        self.folder = Path(tempfile.mkdtemp(prefix="postgis-"))
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        initdb = [self.programs / "initdb", "--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-D", data]
        subprocess.run([*self.user, *initdb], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        settings = {**self.SETTINGS, "unix_socket_directories": self.folder, "port": port}
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        super().__init__([*self.user, self.programs / "postgres", "-D", data, *flags], port)
        self.address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        for _ in range(600):
            if self.query("SELECT 1", check=False).returncode == 0:
                break
            time.sleep(0.1)
        self.query("CREATE EXTENSION postgis")

    def query(self, sql, check=True):
        """Runs statements; what they print is bytes."""
        command = [self.programs / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.address, "-c", sql]
        return subprocess.run(command, check=check, capture_output=True)

    def load(self, table, file, key="id"):
        """A file as a table in EPSG:3857 with its index, clustered by place."""
        subprocess.run(
            ["ogr2ogr", "-q", "-f", "PostgreSQL", f"PG:{self.address}", file, "-nln", table, "-t_srs", "EPSG:3857", "-lco", "GEOMETRY_NAME=geom",
             "-lco", "FID=fid", "--config", "PG_USE_COPY", "YES", "-nlt", "PROMOTE_TO_MULTI"],
            check=True,
        )
        self.query(f"CLUSTER {table} USING {table}_geom_geom_idx; ANALYZE {table}")

    def has(self, function):
        """Whether this version of PostGIS has a function."""
        return bool(self.query(f"SELECT 1 FROM pg_proc WHERE proname = lower('{function}')").stdout)

    def make_tiles(self, name, layers, geometry="geom"):
        """A function of z, x, y that answers a tile of tables (layer → table), as Martin asks for them; `geometry` may use `unit`, in metres.
        """
        parts = []
        for layer, table in layers.items():
            columns = "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
            columns = self.query(f"{columns} AND attrelid = '{table}'::regclass AND attname <> 'geom'").stdout.decode().strip()
            parts.append(
                f"coalesce((SELECT ST_AsMVT(t, '{layer}', 4096, 'geom', 'fid') FROM (SELECT {columns}, "
                f"ST_AsMVTGeom({geometry}, ST_TileEnvelope(z, x, y), 4096, 64, true) AS geom FROM {table}, "
                f"LATERAL (SELECT {WORLD_M} / 4096 / (1 << z) AS unit) AS scale "
                f"WHERE geom && ST_TileEnvelope(z, x, y, margin => 64.0 / 4096)) AS t), ''::bytea)"
            )
        body = " || ".join(parts)
        self.query(f"CREATE FUNCTION {name}(z int, x int, y int) RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT {body} $$")

    def tile(self, function, z, x, y):
        """The bytes of a tile."""
        text = self.query(f"SELECT encode({function}({z}, {x}, {y}), 'hex')").stdout
        return bytes.fromhex(text.decode().strip())

    def bench(self, function, listed, clients, folder):
        """Every tile of a list once by pgbench, which hands the bytes over the socket: what a server over PostGIS cannot undercut."""
        values = ", ".join(f"({i}, {z}, {x}, {y})" for i, (z, x, y) in enumerate(listed, 1))
        self.query("DROP TABLE IF EXISTS listed; CREATE TABLE listed (n int PRIMARY KEY, z int, x int, y int); DROP SEQUENCE IF EXISTS asked; "
                   f"CREATE SEQUENCE asked; INSERT INTO listed VALUES {values}; ANALYZE listed")
        script = Path(folder) / "pgbench.sql"
        script.write_text(f"SELECT {function}(z, x, y) FROM listed WHERE n = (SELECT nextval('asked'));\n")
        log = Path(folder) / "pgbench"
        command = [self.programs / "pgbench", "-n", "-f", script, "-c", clients, "-j", 1, "-t", -(-len(listed) // clients), "-l",
                   "--log-prefix", log, self.address]
        before, start = self.cpu_s(), time.monotonic()
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        seconds, cpu_s = time.monotonic() - start, self.cpu_s() - before
        times = sorted(int(line.split()[2]) / 1000 for file in Path(folder).glob("pgbench.*[0-9]") for line in file.read_text().splitlines())
        for file in Path(folder).glob("pgbench.*[0-9]"):
            file.unlink()
        size = int(self.query(f"SELECT sum(length({function}(z, x, y))) FROM (SELECT * FROM listed LIMIT 100) AS l").stdout)
        return {"requests": len(times), "bytes": size * len(times) / min(len(listed), 100), "seconds": seconds, "failed": 0,
                "p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "cpu_ms": 1000 * cpu_s / len(times)}

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)
