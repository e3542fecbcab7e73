//! Segregation, inequality, composites and rates over large tables; `peers/social.py` does the same with scikit-learn,
//! `PySAL`, `SciPy` and statsmodels.

use std::hint::black_box;

use comarca_benches::{Bench, answer, bench};
use comarca_engine::composite::robustness::{RandomWeights, rank_bands};
use comarca_engine::composite::{
    Composite, Deviation, Normalisation, Options, Part, Polarity, Weighting, composite,
};
use comarca_engine::rate::{Interval, compare_rates, poisson_interval};
use comarca_engine::social::inequality::Distribution;
use comarca_engine::social::segregation::decompose;

fn main() {
    let mut bench = bench();
    segregation(&mut bench);
    inequality(&mut bench);
    for territories in [280, 5_000] {
        composites(&mut bench, territories);
    }
    rates(&mut bench);
    bench.final_summary();
}

/// A number of 0 to 1,008 for each row and column, the same here and in Python.
fn number(row: u32, column: u32) -> f64 {
    let (row, column) = (u64::from(row), u64::from(column));
    let mixed = (row * 2_654_435_761 + column * 40_503 * (row % 13 + 1)) % 4_294_967_291;
    f64::from(u32::try_from(mixed % 1_009).unwrap_or_default())
}

fn column(rows: u32, column: u32) -> Vec<Option<f64>> {
    (0..rows).map(|row| Some(number(row, column))).collect()
}

fn segregation(bench: &mut Bench) {
    let groups: Vec<_> = (0..8).map(|group| column(50_000, group)).collect();
    let groups: Vec<&[Option<f64>]> = groups.iter().map(Vec::as_slice).collect();
    let regions: Vec<Option<u32>> = (0..50_000).map(|part| Some(part % 280)).collect();
    let cut = || decompose(&groups, &regions).expect("there are eight groups");
    let found = cut();
    answer(format_args!(
        "Theil's H {:.12}, between regions {:.12}",
        found.total, found.between
    ));
    bench.bench_function(
        "Theil's H of 8 groups in 50,000 parts and 280 regions",
        |b| {
            b.iter(cut);
        },
    );
}

fn inequality(bench: &mut Bench) {
    let values = column(100_000, 3);
    let indexes = || {
        let shared = Distribution::new(&values, None).expect("values are positive");
        (shared.gini(), shared.theil_t())
    };
    let (gini, theil) = indexes();
    answer(format_args!("Gini {gini:.12}, Theil's T {theil:.12}"));
    bench.bench_function("Gini and Theil of 100,000 values", |b| b.iter(indexes));
}

fn composites(bench: &mut Bench, territories: u32) {
    let columns: Vec<_> = (0..12).map(|part| column(territories, part)).collect();
    let parts: Vec<Part<'_>> = columns.iter().map(|values| part(values)).collect();
    let make = |weighting: Weighting| -> Composite {
        let options = Options {
            normalisation: Normalisation::ZScore(Deviation::Population),
            weighting,
            ..Options::default()
        };
        composite(&parts, &options).expect("the parts fit")
    };
    let pca = make(Weighting::Pca);
    let explained = pca.weights.pca.as_ref().map(|pca| pca.explained);
    answer(format_args!("first component explains {explained:.12?}"));
    let name = format!("composite of 12 parts by PCA, {territories} territories");
    bench.bench_function(&name, |b| b.iter(|| make(Weighting::Pca)));
    let equal = make(Weighting::Equal);
    let random = RandomWeights {
        draws: 1_000,
        seed: 1,
        spread: 1.0,
    };
    let bands = || rank_bands(&equal, random).expect("the draws are few enough");
    answer(format_args!(
        "mean rank of the first {:.0?} ± 2 %",
        bands()[0].map(|band| band.mean)
    ));
    let name = format!("rank bands of 1,000 draws, {territories} territories");
    bench.bench_function(&name, |b| b.iter(bands));
}

fn part(values: &[Option<f64>]) -> Part<'_> {
    Part {
        values,
        polarity: Polarity::HigherIsBetter,
        goalposts: None,
    }
}

fn rates(bench: &mut Bench) {
    let counts: Vec<f64> = (0..280).map(|row| number(row, 1)).collect();
    let intervals = || {
        let ends = counts
            .iter()
            .map(|&count| poisson_interval(count, 0.95, Interval::Exact));
        ends.flatten().map(|(low, high)| high - low).sum::<f64>()
    };
    answer(format_args!("widths of the intervals {:.9}", intervals()));
    bench.bench_function("280 exact intervals", |b| b.iter(intervals));
    let tests = || {
        let p_value = |row: u64| Some(compare_rates(black_box(row), 1.0, row + 40, 1.0)?.p_value);
        (1..=50).filter_map(p_value).sum::<f64>()
    };
    answer(format_args!("sum of p of the E-tests {:.9}", tests()));
    bench.bench_function("50 E-tests", |b| b.iter(tests));
}
