//! Change between two dates (A10), and a place beside the whole (A8).

/// How a figure changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Later less earlier, in the unit of the figure.
    pub absolute: f64,
    /// 100 (later − earlier) / |earlier|, so that its sign is that of the change. `None` where the earlier is zero.
    pub percent: Option<f64>,
    /// Compound annual growth, 100 ((later / earlier)^(1 / years) − 1). `None` where the earlier is zero, where the
    /// sign changes, and where no time has passed; −100 where the later is zero.
    pub annual_percent: Option<f64>,
}

/// The change from one value to another `years` later; `None` where one of them is not a number.
///
/// A change of a level is that of its own two values, never the mean of the changes below.
pub fn change(from: f64, to: f64, years: f64) -> Option<Change> {
    let absolute = to - from;
    let growth = to / from;
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    absolute.is_finite().then(|| Change {
        absolute,
        percent: finite(100.0 * (absolute / from.abs())),
        annual_percent: (years > 0.0 && years.is_finite() && growth >= 0.0)
            // Through the logarithm, growth of a millionth a year keeps its digits.
            .then(|| 100.0 * (growth.ln() / years).exp_m1())
            .and_then(finite),
    })
}

/// Location quotient: the share of a category in a zone over its share in the whole, (`n_z` / `N_z`) / (n / N).
///
/// 1 where the zone is as the whole. `None` where a total is not above zero or the whole has none of the category.
pub fn location_quotient(zone: f64, zone_all: f64, whole: f64, whole_all: f64) -> Option<f64> {
    let positive = zone >= 0.0 && zone_all > 0.0 && whole > 0.0 && whole_all > 0.0;
    positive
        .then(|| (zone / zone_all) / (whole / whole_all))
        .filter(|quotient| quotient.is_finite())
}
