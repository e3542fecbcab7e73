"""The work of social.rs with PySAL, scikit-learn, SciPy and statsmodels: python social.py."""

import numpy
import pandas
from inequality.gini import Gini
from inequality.theil import Theil
from measure import measure
from scipy import stats
from segregation.multigroup import MultiInfoTheory
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from statsmodels.stats.rates import confint_poisson, etest_poisson_2indep


def column(rows, column):
    """As `number` of social.rs."""
    row = numpy.arange(rows, dtype=numpy.int64)
    return ((row * 2_654_435_761 + column * 40_503 * (row % 13 + 1)) % 4_294_967_291 % 1_009).astype(float)


def table(rows, columns):
    return pandas.DataFrame({f"c{k}": column(rows, k) for k in range(columns)})


groups, regions = table(50_000, 8), numpy.arange(50_000) % 280
names = list(groups.columns)


def segregation():
    total, between = (MultiInfoTheory(frame, names).statistic for frame in [groups, groups.groupby(regions).sum()])
    inside = [MultiInfoTheory(frame, names).statistic for _, frame in groups.groupby(regions)]
    return total, between, inside


total, between, _ = measure("segregation, Theil's H of 50,000 parts, 280 regions", segregation, rounds=3)
print(f"answer: Theil's H {total:.12f}, between regions {between:.12f}")
values = column(100_000, 3)
gini, theil = measure("inequality, Gini and Theil of 100,000", lambda: (Gini(values).g, Theil(values).T))
print(f"answer: Gini {gini:.12f}, Theil's T {theil:.12f}")
for territories in [280, 5_000]:
    parts = table(territories, 12).to_numpy()

    def pca():
        standard = StandardScaler().fit_transform(parts)
        model = PCA().fit(standard)
        loadings = model.components_[0] * numpy.sign(model.components_[0].sum())
        weights = numpy.clip(loadings, 0, None)
        return model.explained_variance_ratio_[0], standard @ weights / weights.sum()

    explained, _ = measure(f"scikit-learn, PCA of 12 parts, {territories}", pca)
    print(f"answer: first component explains {explained:.12f}")
    standard = StandardScaler().fit_transform(parts)

    def bands():
        weights = numpy.random.default_rng(1).dirichlet(numpy.ones(12), 1_000)
        ranks = stats.rankdata(-(standard @ weights.T), axis=0)
        return numpy.quantile(ranks, [0.05, 0.5, 0.95], axis=1), ranks.mean(axis=1)

    _, mean = measure(f"scipy, rank bands of 1,000 draws, {territories}", bands)
    print(f"answer: mean rank of the first {mean[0]:.0f} ± 2 %")
counts = column(280, 1)
low, high = measure("statsmodels, 280 exact intervals", lambda: confint_poisson(counts, 1, method="exact-c"))
print(f"answer: widths of the intervals {(high - numpy.where(counts > 0, low, 0)).sum():.9f}")


def tests():
    return sum(etest_poisson_2indep(k, 1, k + 40, 1, method="wald", compare="diff")[1] for k in range(1, 51))


print(f"answer: sum of p of the E-tests {measure('statsmodels, 50 E-tests', tests):.9f}")
