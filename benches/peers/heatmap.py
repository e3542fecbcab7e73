"""The surfaces of heatmap.rs with Numba, NumPy and KDEpy: python heatmap.py FOLDER, with the files of README.md.

Numba sums as ours did before the sweep, by rows and bands. NumPy's product of matrices is the exact Gaussian, since it is one
over the axes. KDEpy bins the points to the grid and convolves: it is approximate.
"""

import sys
from pathlib import Path

import geopandas
import numba
import numpy
from KDEpy import FFTKDE
from measure import measure

CELLS, SIDE_M, BANDWIDTH_M = 1024, 36_000.0, 500.0
CELL_M = SIDE_M / CELLS
WEST, SOUTH = 330_000.0, 6_270_000.0
CENTRES = (numpy.arange(CELLS) + 0.5) * CELL_M
folder = Path(sys.argv[1])


@numba.njit(parallel=True)
def banded(points, starts):
    """The quartic kernel per km², row by row over the points of the rows in reach, which are sorted by row."""
    cells = numpy.zeros((CELLS, CELLS))
    rows = int(numpy.ceil(BANDWIDTH_M / CELL_M))
    top = 3e6 / (numpy.pi * BANDWIDTH_M**2)
    for row in numba.prange(CELLS):
        y = (row + 0.5) * CELL_M
        for point in range(starts[max(0, row - rows)], starts[min(CELLS, row + rows + 1)]):
            dy = points[point, 1] - y
            half = BANDWIDTH_M**2 - dy * dy
            if half <= 0:
                continue
            half, x = numpy.sqrt(half), points[point, 0]
            first = max(0, int(numpy.ceil((x - half) / CELL_M - 0.5)))
            last = min(CELLS - 1, int(numpy.floor((x + half) / CELL_M - 0.5)))
            for column in range(first, last + 1):
                dx = x - (column + 0.5) * CELL_M
                rest = 1 - (dx * dx + dy * dy) / BANDWIDTH_M**2
                cells[row, column] += top * rest * rest
    return cells


def quartic(points):
    rows = numpy.minimum(points[:, 1] / CELL_M, CELLS - 1).astype(int)
    starts = numpy.searchsorted(numpy.sort(rows), numpy.arange(CELLS + 1))
    return banded(points[numpy.argsort(rows, kind="stable")], starts)


def gaussian(points):
    cells = numpy.zeros((CELLS, CELLS))
    for start in range(0, len(points), 16_384):
        x, y = points[start : start + 16_384].T
        across = numpy.exp(-0.5 * ((x[:, None] - CENTRES) / BANDWIDTH_M) ** 2)
        cells += numpy.exp(-0.5 * ((y[:, None] - CENTRES) / BANDWIDTH_M) ** 2).T @ across
    return cells * 1e6 / (2 * numpy.pi * BANDWIDTH_M**2)


def convolved(points, kernel, deviation_m, reach_m):
    """KDEpy's grid must hold all points and some margin."""
    margin = int(numpy.ceil(reach_m / CELL_M))
    centres = (numpy.arange(-margin, CELLS + margin) + 0.5) * CELL_M
    grid = numpy.stack(numpy.meshgrid(centres, centres, indexing="ij"), -1).reshape(-1, 2)
    values = FFTKDE(kernel=kernel, bw=deviation_m, norm=2).fit(points).evaluate(grid)
    values = values.reshape(len(centres), -1)[margin : margin + CELLS, margin : margin + CELLS]
    return values.T * len(points) * 1e6


def answer(what, cells):
    """The sum of every sixteenth cell of every sixteenth row, as heatmap.rs says it."""
    print(f"answer: {what}: {cells[::16, ::16].sum():.6f} per km²", flush=True)


for count in [10_000, 100_000, 1_000_000]:
    points = geopandas.read_file(folder / f"points{count}.fgb").sort_values("id").get_coordinates().to_numpy()
    points = points - [WEST, SOUTH]
    quartic(points[:10])
    answer(f"quartic of {count}", measure(f"numba, bands of rows, quartic of {count}", lambda: quartic(points)))
    biweight = lambda: convolved(points, "biweight", BANDWIDTH_M / 7**0.5, 1.2 * BANDWIDTH_M)
    answer(f"quartic of {count}, approximate", measure(f"KDEpy FFTKDE, quartic of {count}", biweight))
    normal = lambda: convolved(points, "gaussian", BANDWIDTH_M, 6 * BANDWIDTH_M)
    answer(f"Gaussian of {count}, approximate", measure(f"KDEpy FFTKDE, Gaussian of {count}", normal))
    if count <= 100_000:
        answer(f"Gaussian of {count}", measure(f"NumPy, matrix product, Gaussian of {count}", lambda: gaussian(points), rounds=1))
