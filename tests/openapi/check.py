"""Requests that Schemathesis makes of the OpenAPI document, to a server with a copy of the sample, with and without a token.

python check.py COMARCA PROJECT  Ends with 1 where an answer is not what the document says: a 5xx, a status, a type, a schema, a method.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
SEED = "20260301"
SERVED = re.compile(r"is served at (http://[0-9.:]+)/")


def token(comarca, project):
    made = subprocess.run([comarca, "--project", project, "token", "add", "Schemathesis", "--role", "admin"],
                          capture_output=True, text=True, check=True)
    return made.stdout.split()[-1]


def served(comarca, project, log):
    """The server and where it is. What it says goes to a file: nobody reads a pipe that long."""
    server = subprocess.Popen([comarca, "--project", project, "serve", "--listen", "127.0.0.1:0"], stderr=log.open("w"))
    while server.poll() is None:
        found = SERVED.search(log.read_text())
        if found:
            return server, found.group(1)
        time.sleep(0.1)
    sys.exit(f"the server ended with {server.returncode}: {log.read_text()}")


def main(comarca, project, *arguments):
    project = Path(project)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(project.parent, copy)
        file = copy / project.name
        secret = token(comarca, file)
        server, url = served(comarca, file, Path(folder) / "server.log")
        try:
            program = Path(sys.executable).with_name("schemathesis")
            done = subprocess.run([program, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/ogc/api",
                                   "--header", f"Authorization: Bearer {secret}", "--seed", SEED, *arguments], cwd=folder)
            if server.poll() is not None:
                sys.exit(f"the server ended with {server.returncode}")
        finally:
            server.terminate()
            server.wait(30)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(*sys.argv[1:])
