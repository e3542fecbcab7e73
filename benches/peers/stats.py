"""stats.rs with libpysal, esda and pygeoda: python stats.py FOLDER, with the files of README.md."""

import sys
import warnings
from pathlib import Path

import esda
import geopandas
import numpy
import pygeoda
from libpysal.graph import Graph
from measure import measure

warnings.filterwarnings("ignore")
folder = Path(sys.argv[1])

for count in [5000, 50000]:
    file = folder / f"districts{count}.fgb"
    if not file.exists():
        continue
    districts = geopandas.read_file(file).sort_values("code").reset_index(drop=True).to_crs("EPSG:32719")
    row = numpy.arange(count)
    values = numpy.sin(row * 0.01) + 0.5 * numpy.sin(row * 12.9898)
    rounds = 3 if count == 5000 else 1

    queen = measure(f"libpysal queen, {count}", lambda: Graph.build_contiguity(districts, rook=False), rounds)
    print(f"answer: {len(queen.adjacency)} links of {count} by queen")
    weights = queen.transform("r")
    moran = measure(f"esda Moran, {count}, 999 permutations", lambda: esda.Moran(values, weights, permutations=999), rounds)
    print(f"answer: Moran's I of {count} {moran.I:.9f}")
    local = lambda: esda.Moran_Local(values, weights, permutations=999, n_jobs=1, seed=12345, keep_simulations=False)
    local()  # compiles
    lisa = measure(f"esda LISA, {count}, 999 permutations", local, rounds)
    print(f"answer: {(lisa.p_sim < 0.05).sum()} of LISA below 0.05")

    geoda = pygeoda.open(districts[["code", "geometry"]])
    queen = measure(f"pygeoda queen, {count}", lambda: pygeoda.queen_weights(geoda), rounds)
    for method in ["lookup", "complete"]:
        lisa = measure(
            f"pygeoda LISA, {count}, {method}",
            lambda: pygeoda.local_moran(queen, list(values), permutations=999, cpu_threads=2, seed=12345, permutation_method=method),
            rounds,
        )
        print(f"answer: {(numpy.array(lisa.lisa_pvalues()) < 0.05).sum()} of LISA below 0.05")
