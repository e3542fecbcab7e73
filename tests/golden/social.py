#!/usr/bin/env python3
"""Expected indexes of diversity, segregation, inequality, composites and rates, computed without Comarca.

Two data sets: the 280 districts of the bundled sample (age bands and households of `data/census/blocks.dbf`, and the
figures of `districts.csv` beside this file), and sixty seeded rows with zeros, ties and missing cells. Writes both, and
the answers of SciPy, scikit-learn, PySAL's `segregation` and `inequality`, statsmodels, factor_analyzer and pingouin, as
`social_*.csv` into `engine/tests/golden/`, where the unit tests of the engine read them.

    python3 -m venv venv && venv/bin/pip install geopandas numpy pandas scipy scikit-learn segregation inequality \
        statsmodels factor_analyzer pingouin && venv/bin/python tests/golden/social.py

Written with Python 3.11, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1, scikit-learn 1.9.1, segregation 2.5.4, inequality 1.1.2,
statsmodels 0.15.0, factor_analyzer 0.5.1, pingouin 0.7.0, geopandas 1.2.0.

What no library has is computed here from its definition: evenness, the unbiased Simpson index, Palma's ratio, Theil's L
between groups, Byar's interval, missing parts of a composite. Weighted indexes of inequality are those of the library over
values repeated as often as they weigh.
"""

from pathlib import Path

import geopandas
import numpy
import pandas
import pingouin
from factor_analyzer.factor_analyzer import calculate_kmo
from inequality.atkinson import atkinson
from inequality.gini import Gini
from inequality.theil import Theil, TheilD
from scipy import stats
from segregation.local import MultiLocationQuotient
from segregation.multigroup import MultiInfoTheory
from segregation.singlegroup import Dissim, Entropy, Interaction, Isolation
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from statsmodels.stats.rates import confint_poisson, etest_poisson_2indep

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OUT = ROOT / "engine/tests/golden"
AGES = ["age_0_5", "age_6_14", "age_15_64", "age_65"]
GROUPS = [f"group_{k}" for k in range(4)]
PARTS = {"sample": 6, "seeded": 6}
POLARITY = {"sample": [-1, -1, -1, -1, 1, 1], "seeded": [1, -1, 1, 1, -1, 1]}
GIVEN = [3, 1, 2, 1, 4, 1]
GOALPOSTS = {"sample": (100.0, 1500.0), "seeded": (-1.0, 1.5)}


def sample():
    blocks = geopandas.read_file(ROOT / "data/census/blocks.shp", ignore_geometry=True)
    ages = blocks.groupby("district")[AGES].sum().rename(columns=dict(zip(AGES, GROUPS)))
    figures = pandas.read_csv(HERE / "districts.csv", index_col="key", dtype={"key": str}).reindex(ages.index)
    table = pandas.DataFrame({"district": ages.index.astype(int)}, index=ages.index)
    table["sector"], table["commune"] = ages.index.str[:7].astype(int), ages.index.str[:5].astype(int)
    table[GROUPS] = ages
    table["amount"] = figures["enrolment"].where(figures["schools"] > 0)
    table["weight"] = figures["households"].where(figures["households"] > 0)
    table["region"] = table["commune"]
    table[["count", "population"]] = figures[["demands", "population"]]
    columns = ["health_distance", "school_distance", "stop_distance", "park_distance", "green_per_person", "health_access"]
    for k, column in enumerate(columns):
        table[f"part_{k}"] = figures[column]
    return table


def seeded():
    random, n = numpy.random.default_rng(20260930), 60
    table = pandas.DataFrame({"region": random.integers(0, 5, n)})
    table[GROUPS] = random.poisson(random.gamma(1.5, [40, 12, 5, 2], (n, 4)))
    table.loc[0, GROUPS] = 0
    table.loc[5, GROUPS] = [7, 0, 0, 3]
    table["amount"] = numpy.round(random.lognormal(3, 1.2, n), 2)
    table.loc[[3, 40], "amount"] = 0
    table.loc[[9, 21], "amount"] = numpy.nan
    table["weight"] = random.integers(1, 9, n).astype(float)
    table["count"], table["population"] = random.poisson(6, n), random.integers(50, 900, n)
    common = random.normal(0, 1, n)
    for k, sign in enumerate(POLARITY["seeded"][:5]):
        table[f"part_{k}"] = numpy.round(sign * common + random.normal(0, 0.8 + 0.3 * k, n), 1)
        table.loc[random.choice(n, 4, replace=False), f"part_{k}"] = numpy.nan
    table.loc[13, ["part_0", "part_1", "part_2"]] = numpy.nan
    table["part_5"] = 7.0
    return table


def diversity(counts):
    shares, total = counts / counts.sum(), counts.sum()
    shannon = stats.entropy(counts)
    return {
        "shannon": shannon,
        "evenness": shannon / numpy.log((counts > 0).sum()),
        "simpson": 1 - (shares**2).sum(),
        "simpson_unbiased": 1 - (counts * (counts - 1)).sum() / (total * (total - 1)),
        "herfindahl": (shares**2).sum(),
    }


def segregation(table):
    frame = table[GROUPS].astype(float)
    frame["total"] = frame[GROUPS].sum(axis=1)
    frame["rest"] = frame["total"] - frame["group_0"]
    one = {"group_pop_var": "group_0", "total_pop_var": "total"}
    x, y, t = frame["group_0"], frame["group_3"], frame["total"]
    yield "dissimilarity", Dissim(frame, **one).statistic
    yield "dissimilarity_of_two", 0.5 * (x / x.sum() - y / y.sum()).abs().sum()
    yield "isolation", Isolation(frame, **one).statistic
    yield "interaction", Interaction(frame, **one).statistic
    yield "interaction_of_two", numpy.nansum(x / x.sum() * (y / t))
    yield "entropy", Entropy(frame, **one).statistic
    yield "theil_h", MultiInfoTheory(frame, GROUPS).statistic
    regions = frame[GROUPS].groupby(table["region"]).sum()
    yield "theil_h_between", MultiInfoTheory(regions, GROUPS).statistic
    for region in regions.index[:2]:
        yield f"theil_h_inside_{region}", MultiInfoTheory(frame[table["region"] == region], GROUPS).statistic


def lorenz_at(values, share):
    ordered = numpy.sort(values)
    heights = numpy.concatenate([[0], numpy.cumsum(ordered) / ordered.sum()])
    return numpy.interp(share, numpy.linspace(0, 1, len(heights)), heights)


def inequality(table):
    known = table.dropna(subset=["amount"])
    plain = known["amount"].to_numpy(), known["region"].to_numpy()
    weighted = known.dropna(subset=["weight"])
    weighted = weighted.loc[weighted.index.repeat(weighted["weight"].astype(int))]
    for name, (values, regions) in {"plain": plain, "weighted": (weighted["amount"].to_numpy(), weighted["region"].to_numpy())}.items():
        positive = values > 0
        yield f"gini_{name}", Gini(values).g
        yield f"palma_{name}", (1 - lorenz_at(values, 0.9)) / lorenz_at(values, 0.4)
        yield f"lorenz_half_{name}", lorenz_at(values, 0.5)
        yield f"theil_t_{name}", Theil(values).T
        yield f"theil_t_between_{name}", TheilD(values, regions).bg[0]
        yield f"theil_l_{name}", numpy.log(values[positive].mean()) - numpy.log(stats.gmean(values[positive]))
        frame = pandas.Series(values[positive]).groupby(regions[positive])
        share, mean = frame.size() / positive.sum(), frame.mean() / values[positive].mean()
        yield f"theil_l_between_{name}", -(share * numpy.log(mean)).sum()
        for aversion in [0.5, 0.999999, 1, 2]:
            yield f"atkinson_{aversion}_{name}", atkinson(values[positive], aversion)


def normalised(x, method, polarity):
    """Each column on one scale, higher is better; all NaN where it is constant."""
    constant = numpy.nanmin(x, axis=0) == numpy.nanmax(x, axis=0)
    if method == "minmax":
        z = MinMaxScaler((0, 100)).fit_transform(x)
        z = numpy.where(numpy.array(polarity) > 0, z, 100 - z)
    elif method == "percentile":
        z = numpy.column_stack([stats.percentileofscore(c[~numpy.isnan(c)], c, kind="mean", nan_policy="propagate") for c in x.T])
        z = numpy.where(numpy.array(polarity) > 0, z, 100 - z)
    else:
        z = StandardScaler().fit_transform(x)
        if method == "zscore_sample":
            n = (~numpy.isnan(x)).sum(axis=0)
            z = z * numpy.sqrt((n - 1) / n)
        z = z * polarity
    z[:, constant] = numpy.nan
    return z


def aggregated(z, weights, geometric=False):
    weights = numpy.where(numpy.isnan(z).all(axis=0), 0, weights)
    weights = weights / weights.sum()
    present = (~numpy.isnan(z) * weights).sum(axis=1)
    terms = numpy.log(numpy.maximum(z, 1)) if geometric else z
    total = numpy.nansum(terms * weights, axis=1) / numpy.where(present > 0, present, 1)
    values = numpy.exp(total) if geometric else total
    return numpy.where(present >= 2 / 3 - 1e-12, values, numpy.nan)


def loadings(z):
    """First component over the complete rows of the columns that vary, its sign that of the sum."""
    varies = ~numpy.isnan(z).all(axis=0)
    complete = z[:, varies][~numpy.isnan(z[:, varies]).any(axis=1)]
    standard = StandardScaler().fit_transform(complete)
    model = PCA().fit(standard)
    vector = numpy.zeros(z.shape[1])
    vector[varies] = model.components_[0] * numpy.sign(model.components_[0].sum())
    return vector, model.explained_variance_ratio_[0], calculate_kmo(standard)[1], complete


def entropy_weights(z):
    weights = numpy.zeros(z.shape[1])
    for k, column in enumerate(z.T):
        column = column[~numpy.isnan(column)]
        if len(column):
            heights = (column - column.min()) / (column.max() - column.min())
            weights[k] = 1 - stats.entropy(heights) / numpy.log(len(heights))
    return weights / weights.sum()


def ranks(values):
    return stats.rankdata(-values, nan_policy="omit")


def composites(name, table, expected):
    x = table[[f"part_{k}" for k in range(PARTS[name])]].to_numpy(dtype=float)
    polarity, equal = POLARITY[name], numpy.ones(PARTS[name])
    minmax, zscore = (normalised(x, method, polarity) for method in ["minmax", "zscore"])
    vector, explained, kmo, complete = loadings(zscore)
    ends = numpy.nanquantile(x, [0.05, 0.95], axis=0)
    low, high = GOALPOSTS[name]
    goals = minmax.copy()
    goals[:, 0] = 100 * (numpy.clip(x[:, 0], low, high) - low) / (high - low)
    if polarity[0] < 0:
        goals[:, 0] = 100 - goals[:, 0]
    result = pandas.DataFrame(
        {
            "minmax_equal": aggregated(minmax, equal),
            "zscore_equal": aggregated(zscore, equal),
            "zscore_sample_given": aggregated(normalised(x, "zscore_sample", polarity), numpy.array(GIVEN)),
            "percentile_equal": aggregated(normalised(x, "percentile", polarity), equal),
            "minmax_geometric": aggregated(minmax, equal, geometric=True),
            "zscore_geometric": aggregated(100 + 10 * zscore, equal, geometric=True),
            "zscore_pca": aggregated(zscore, numpy.clip(vector, 0, None)),
            "minmax_entropy": aggregated(minmax, entropy_weights(minmax)),
            "winsorised_minmax": aggregated(normalised(numpy.clip(x, *ends), "minmax", polarity), equal),
            "goalposts_minmax": aggregated(goals, equal),
        }
    )
    result = result.join(rates_of(table))
    result.to_csv(OUT / f"social_columns_{name}.csv", index=False, lineterminator="\n")
    for k in range(PARTS[name]):
        expected[f"loading_{k}:{name}"] = vector[k]
        expected[f"entropy_weight_{k}:{name}"] = entropy_weights(minmax)[k]
    expected[f"explained:{name}"], expected[f"kmo:{name}"] = explained, kmo
    expected[f"cronbach:{name}"] = pingouin.cronbach_alpha(pandas.DataFrame(complete))[0]
    values = result["zscore_equal"].to_numpy()
    expected[f"spearman_pca_equal:{name}"] = stats.spearmanr(result["zscore_pca"], values, nan_policy="omit")[0]
    for k in range(PARTS[name]):
        if numpy.isnan(zscore[:, k]).all():
            continue
        # Whoever has a value with all parts keeps one.
        rest = numpy.delete(zscore, k, axis=1)
        without = numpy.where(numpy.isnan(values), numpy.nan, numpy.nanmean(rest, axis=1))
        shift = numpy.abs(ranks(values) - ranks(without))
        expected[f"without_{k}_spearman:{name}"] = stats.spearmanr(values, without, nan_policy="omit")[0]
        expected[f"without_{k}_mean_shift:{name}"] = numpy.nanmean(shift)
        expected[f"without_{k}_max_shift:{name}"] = numpy.nanmax(shift)
    bands(name, zscore, values, expected)


def bands(name, z, values, expected):
    """Ranks of some of the rows with a value under ten thousand sets of weights from NumPy's Dirichlet."""
    random = numpy.random.default_rng(1)
    z = z[:, ~numpy.isnan(z).all(axis=0)][~numpy.isnan(values)]
    drawn = []
    for weights in random.dirichlet(numpy.ones(z.shape[1]), 10_000):
        weights = ~numpy.isnan(z) * weights
        drawn.append(ranks((numpy.nan_to_num(z) * weights).sum(axis=1) / weights.sum(axis=1)))
    for position in [0, 11, 50]:
        of_row = numpy.array(drawn)[:, position]
        for measure, value in zip(["p5", "median", "p95"], numpy.quantile(of_row, [0.05, 0.5, 0.95])):
            expected[f"band_{measure}_{position}:{name}"] = value
        expected[f"band_mean_{position}:{name}"] = of_row.mean()


def byar(count, confidence):
    z = stats.norm.ppf((1 + confidence) / 2)
    low = count * (1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3 if count else 0
    return max(low, 0), (count + 1) * (1 - 1 / (9 * (count + 1)) + z / (3 * (count + 1) ** 0.5)) ** 3


def rates_of(table):
    """Of each row its rate per 1,000 with interval, its quotient, its change, and how it differs from the next."""
    count, persons = (table[column].to_numpy(dtype=float) for column in ["count", "population"])
    low, high = confint_poisson(count, persons, method="exact-c")
    quotients = MultiLocationQuotient(table.astype(float), GROUPS).statistics
    tests = [etest_poisson_2indep(*pair, method="wald", compare="diff")[1] for pair in zip(count, persons, numpy.roll(count, -1), numpy.roll(persons, -1))]
    earlier, later = table["group_1"].to_numpy(dtype=float), table["group_2"].to_numpy(dtype=float)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        percent, annual = 100 * (later / earlier - 1), 100 * ((later / earlier) ** (1 / 7) - 1)
    columns = {
        "rate": 1000 * count / persons,
        "rate_low": 1000 * numpy.where(count > 0, low, 0),
        "rate_high": 1000 * high,
        "quotient": quotients[:, 1],
        "e_test": tests,
        "percent": numpy.where(earlier > 0, percent, numpy.nan),
        "annual_percent": numpy.where(earlier > 0, annual, numpy.nan),
    }
    return pandas.DataFrame(columns)


def rates(expected):
    for count in [0, 1, 2, 5, 7.5, 38, 150, 4321, 1_000_000]:
        for confidence in [0.95, 0.998]:
            low, high = confint_poisson(count, 1, method="exact-c", alpha=1 - confidence)
            expected[f"exact_low_{count}_{confidence}"], expected[f"exact_high_{count}_{confidence}"] = max(low, 0) if count else 0, high
            expected[f"byar_low_{count}_{confidence}"], expected[f"byar_high_{count}_{confidence}"] = byar(count, confidence)
    for first in [(0, 10), (3, 10), (12, 10), (150, 25.5), (1000, 1)]:
        for second in [(0, 10), (1, 2.5), (9, 30), (120, 25.5), (1100, 1)]:
            statistic, p = etest_poisson_2indep(*first, *second, method="wald", compare="diff")
            key = "_".join(f"{v}" for v in (*first, *second))
            expected[f"etest_statistic_{key}"], expected[f"etest_p_{key}"] = statistic, p


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, table in {"sample": sample(), "seeded": seeded()}.items():
        table.to_csv(OUT / f"social_{name}.csv", index=False, lineterminator="\n")
        for row in [0, 17, 279] if name == "sample" else [1, 5, 59]:
            counts = table[GROUPS].iloc[row].to_numpy(dtype=float)
            expected |= {f"{index}:{name}:{row}": value for index, value in diversity(counts).items()}
        expected |= {f"{index}:{name}": value for index, value in segregation(table)}
        expected |= {f"{index}:{name}": value for index, value in inequality(table)}
        composites(name, table, expected)
    rates(expected)
    lines = [f"{key},{float(value)!r}" for key, value in expected.items()]
    (OUT / "social_expected.csv").write_text("key,value\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
