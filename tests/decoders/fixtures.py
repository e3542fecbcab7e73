"""The tiles of @mapbox/mvt-fixtures: `mvt.py` and the program's reader call wrong what the fixtures call wrong under version 2.

Usage: fixtures.py COMARCA FIXTURES, the folder `fixtures` of the package. Prints "N passed, N failed".
"""

import json
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import mvt

# Fixtures that say "valid" of what decoders can live with, and what the specification says of it.
AGAINST_THE_CLAUSE = {
    "016": "4.2: a feature MUST have a type; this one has none",
    "057": "4.3.1: a MoveTo of 536,870,911 positions has no parameters",
}
# A type UNKNOWN is allowed, but a reader cannot draw it and has to say so.
NOT_DRAWN = {"039": "4.3.4.1: the type UNKNOWN is left to the decoder"}


def problems(comarca, tile):
    """What the program finds wrong with the file; beyond notices, which every file may have."""
    run = subprocess.run([comarca, "--json", "info", tile], capture_output=True, text=True)
    try:
        layers = json.loads(run.stdout)
    except json.JSONDecodeError:
        return [run.stderr.strip() or f"exit {run.returncode}"]
    layers = layers if isinstance(layers, list) else [layers]
    found = [problem for layer in layers for problem in layer.get("problems", [])]
    texts = [problem["text"] for problem in found if problem["severity"] != "notice"]
    # An empty layer is worth a word, but nothing is wrong with it.
    return [text for text in texts if not text.endswith("has no rows")]


def main(comarca, folder):
    passed = failed = 0
    for fixture in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        info = json.loads((fixture / "info.json").read_text())
        valid = info["validity"]["v2"] and fixture.name not in AGAINST_THE_CLAUSE
        tile = fixture / "tile.mvt"
        said = {
            "mvt.py": (mvt.read(tile.read_bytes()).faults, valid),
            "comarca": (problems(comarca, tile), valid and fixture.name not in NOT_DRAWN),
        }
        for who, (faults, expected) in said.items():
            if (not faults) == expected:
                passed += 1
                continue
            failed += 1
            what = "; ".join(map(str, faults)) or "nothing wrong"
            print(f"{fixture.name}: {who} says: {what}. The fixture: {info['description']}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
