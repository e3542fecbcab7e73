"""locate.rs with GeoPandas: python locate.py FOLDER, with the files of README.md."""

import sys
from pathlib import Path

import geopandas
from measure import measure

folder = Path(sys.argv[1])
points = geopandas.read_file(folder / "located.fgb").sort_values("id")[["geometry"]]

for count in [280, 5000]:
    districts = geopandas.read_file(folder / f"districts{count}.fgb").sort_values("code").reset_index()[["geometry"]]
    pairs = measure(f"GeoPandas sjoin, {len(points)} points in {count}", lambda: points.sjoin(districts, predicate="within"), 3)
    print(f"answer: {len(pairs)} of {len(points)} points in {count} districts, sum of rows {pairs.index_right.sum()}")
