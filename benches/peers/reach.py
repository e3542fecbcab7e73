"""The accessibility and the nearest of reach.rs with SciPy: python reach.py FOLDER, with the files of README.md and
facilities100000.fgb (`generate --points 100000 --seed 7`)."""

import sys
from pathlib import Path

import geopandas
import numpy
from measure import measure
from scipy.spatial import cKDTree

WITHIN_M = 2000.0
folder = Path(sys.argv[1])


def coordinates(name):
    """In the order of the keys, as our benches have them: the file is sorted along a curve."""
    return geopandas.read_file(folder / name).sort_values("id").get_coordinates().to_numpy()


def access(places, facilities):
    """2SFCA accessibility of each place, with capacities of one."""
    near = cKDTree(places).sparse_distance_matrix(cKDTree(facilities), WITHIN_M, output_type="coo_matrix")
    demand = numpy.bincount(near.col, minlength=len(facilities))
    return numpy.bincount(near.row, 1 / demand[near.col], len(places))


for name in ["facilities.fgb", "facilities100000.fgb"]:
    facilities = coordinates(name)
    for points in ["points100000.fgb", "points1000000.fgb"]:
        places = coordinates(points)
        mean_m = measure(f"scipy cKDTree, nearest of {len(facilities)} for {len(places)}", lambda: cKDTree(facilities).query(places)[0].mean())
        print(f"answer: mean distance of {len(places)} points to the nearest of {len(facilities)}: {mean_m:.6f} m")
facilities, places = coordinates("facilities.fgb"), coordinates("points100000.fgb")
reached = measure(f"scipy cKDTree, 2SFCA of {len(places)} to {len(facilities)}", lambda: access(places, facilities))
print(f"answer: mean access of {len(places)} points {reached.mean():.9f}")
