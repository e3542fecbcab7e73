//! Objectives against spopt with CBC and `HiGHS`: `tests/golden/site.py` made the files and names the versions.

use super::*;
use crate::Metric;

const PLACES: &str = include_str!("../../tests/golden/site_places.csv");
const EXPECTED: &str = include_str!("../../tests/golden/site_expected.csv");

/// Places of a data set in a role, with their weights.
fn places(data: &str, role: &str) -> (Vec<Metric>, Vec<f64>) {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let fields = PLACES
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let of_role = fields.filter(|fields| fields[0] == data && fields[1] == role);
    let place = |fields: Vec<&str>| {
        let [x_m, y_m, weight] = [2, 3, 4].map(|at| number(fields[at]));
        (Metric { x_m, y_m }, weight)
    };
    of_role.map(place).unzip()
}

#[test]
fn objectives_equal_those_of_spopt_with_cbc_and_of_highs() {
    let mut compared = 0;
    for line in EXPECTED
        .lines()
        .filter(|line| line.starts_with("sa") || line.starts_with("sc"))
    {
        let fields: Vec<&str> = line.split(',').collect();
        let [data, problem, existing, p, within_m, objective] = fields[..] else {
            panic!("{line}");
        };
        let (demand, weights) = places(data, "demand");
        let (candidates, _) = places(data, "candidate");
        let (mut fixed, _) = places(data, "existing");
        fixed.truncate(existing.parse().unwrap());
        let [candidates, fixed] = [&candidates[..], &fixed[..]].map(Facilities::Points);
        let siting = Problem::between(&demand, &weights, candidates, Some(fixed), None).unwrap();
        let p = p.parse().unwrap_or(0);
        let within_m = within_m.parse().unwrap_or(f64::NAN);
        let limits = Limits::default();
        let plan = match problem {
            "p_median" => siting.p_median(p, limits),
            "maximal_coverage" => siting.maximal_coverage(p, within_m, limits),
            "set_cover" => siting.set_cover(within_m, limits),
            "p_center" => siting.p_center(p, limits),
            _ => panic!("{line}"),
        };
        let (plan, objective) = (plan.unwrap(), objective.parse::<f64>().unwrap());
        assert!(plan.proven && plan.gap == 0.0, "{line}");
        assert!(
            (plan.objective - objective).abs() <= 1e-9 * objective,
            "{line}: {}",
            plan.objective
        );
        compared += 1;
    }
    assert!(compared >= 30, "{compared} cases");
}
