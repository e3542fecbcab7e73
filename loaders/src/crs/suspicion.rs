//! Coordinates that cannot be right: at 0/0, swapped, in degrees where metres are meant, far from all others.

use super::Crs;
use crate::problem::Problem;
use crate::source::Features;

/// What may have gone wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspicionKind {
    /// Exactly 0/0: a position that nobody knew.
    Zero,
    /// Longitude and latitude, or easting and northing, look swapped.
    Swapped,
    /// Degrees, although the CRS is projected.
    Degrees,
    /// Metres, although the CRS is geographic.
    Metres,
    /// Possible, but far from nearly all others.
    Far,
    /// More than half of the features stand at one and the same place.
    Same,
}

/// Rows with coordinates that look wrong in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// In which way.
    pub kind: SuspicionKind,
    /// The rows, from 0.
    pub rows: Vec<u32>,
}

/// Rows of fewer features than this say nothing about what is far.
const FEATURES_MIN: usize = 20;

/// Looks at the first coordinate of every feature. Cost O(n).
///
/// What is far is measured by the spread of the features themselves: three times the range of the middle nine
/// tenths beyond that range.
pub fn suspicious(features: &Features, crs: &Crs) -> Vec<Suspicion> {
    let firsts: Vec<(u32, [f64; 2])> = firsts(features);
    if let Some(rows) = same(&firsts) {
        return vec![Suspicion {
            kind: SuspicionKind::Same,
            rows,
        }];
    }
    let usual = Usual::of(&firsts, crs);
    let mut found: Vec<Suspicion> = vec![];
    for (row, position) in firsts {
        let Some(kind) = classify(position, crs, usual.as_ref()) else {
            continue;
        };
        match found.iter_mut().find(|suspicion| suspicion.kind == kind) {
            Some(suspicion) => suspicion.rows.push(row),
            None => found.push(Suspicion {
                kind,
                rows: vec![row],
            }),
        }
    }
    found
}

impl Suspicion {
    /// What to tell the user.
    pub fn problem(&self) -> Problem {
        let problem = match self.kind {
            SuspicionKind::Zero => Problem::warning("lies at 0/0")
                .advice("leave the coordinates blank where the place is not known"),
            SuspicionKind::Swapped => Problem::warning("x and y look swapped")
                .advice("swap them, or name the columns the other way round"),
            SuspicionKind::Degrees => Problem::error("has degrees in a projected CRS")
                .advice("name the CRS the coordinates are in, such as EPSG:4326"),
            SuspicionKind::Metres => Problem::error("has metres in a geographic CRS")
                .advice("name the CRS the coordinates are in, such as EPSG:32719"),
            SuspicionKind::Same => Problem::warning("stands at the same place as most others")
                .advice("check how the coordinates came into the file"),
            SuspicionKind::Far => {
                Problem::notice("lies far from nearly all others").advice("check the coordinates")
            }
        };
        let examples = self
            .rows
            .iter()
            .take(5)
            .map(|row| u64::from(*row) + 1)
            .collect();
        let first = self.rows.first().map(|row| u64::from(*row) + 1);
        Problem {
            feature: first,
            examples,
            count: self.rows.len() as u64,
            ..problem
        }
    }
}

fn firsts(features: &Features) -> Vec<(u32, [f64; 2])> {
    let first = |row: usize| {
        features
            .shapes
            .feature_coordinates(row)
            .next()
            .map(|at| features.coordinates[at])
    };
    (0..features.len())
        .filter_map(|row| Some((u32::try_from(row).ok()?, first(row)?)))
        .collect()
}

/// The rows at the commonest place, where that is the place of more than half and not 0/0.
fn same(firsts: &[(u32, [f64; 2])]) -> Option<Vec<u32>> {
    let bits = |position: &[f64; 2]| position.map(f64::to_bits);
    // Whatever is in the majority is left over when unlike pairs are struck out (Boyer and Moore, 1981).
    let (mut candidate, mut lead) = (None, 0_usize);
    for (_, position) in firsts {
        match lead {
            0 => (candidate, lead) = (Some(bits(position)), 1),
            _ if candidate == Some(bits(position)) => lead += 1,
            _ => lead -= 1,
        }
    }
    let known = candidate.filter(|place| *place != bits(&[0.0; 2]))?;
    let rows: Vec<u32> = firsts
        .iter()
        .filter(|(_, position)| bits(position) == known)
        .map(|(row, _)| *row)
        .collect();
    (firsts.len() >= FEATURES_MIN && rows.len() * 2 > firsts.len()).then_some(rows)
}

fn classify(position: [f64; 2], crs: &Crs, usual: Option<&Usual>) -> Option<SuspicionKind> {
    let [x, y] = position;
    let degrees = x.abs() <= 180.0 && y.abs() <= 90.0;
    if x == 0.0 && y == 0.0 {
        return Some(SuspicionKind::Zero);
    }
    if !crs.is_geographic() && degrees {
        return Some(SuspicionKind::Degrees);
    }
    if let Some(usual) = usual.filter(|usual| usual.is_far(position)) {
        return Some(if usual.is_near([y, x]) {
            SuspicionKind::Swapped
        } else {
            far(position, crs)
        });
    }
    (crs.is_geographic() && !degrees).then(|| far(position, crs))
}

/// Outside of everything: what it is instead.
fn far([x, y]: [f64; 2], crs: &Crs) -> SuspicionKind {
    match crs.is_geographic() {
        true if x.abs() > 400.0 || y.abs() > 400.0 => SuspicionKind::Metres,
        true if y.abs() > 90.0 && x.abs() <= 90.0 && y.abs() <= 180.0 => SuspicionKind::Swapped,
        _ => SuspicionKind::Far,
    }
}

/// Where the middle nine tenths lie.
struct Usual {
    low: [f64; 2],
    high: [f64; 2],
    least: f64,
}

impl Usual {
    fn of(firsts: &[(u32, [f64; 2])], crs: &Crs) -> Option<Self> {
        let known: Vec<[f64; 2]> = firsts
            .iter()
            .map(|(_, position)| *position)
            .filter(|position| *position != [0.0; 2])
            .collect();
        if known.len() < FEATURES_MIN {
            return None;
        }
        let range = |axis: usize| {
            let mut values: Vec<f64> = known.iter().map(|position| position[axis]).collect();
            let tail = values.len() / 20;
            let high = values.len() - 1 - tail;
            let low = *values.select_nth_unstable_by(tail, f64::total_cmp).1;
            (low, *values.select_nth_unstable_by(high, f64::total_cmp).1)
        };
        let ((x_low, x_high), (y_low, y_high)) = (range(0), range(1));
        // Features that all stand close together do not make a neighbour suspicious: about 10 km are always near.
        let least = if crs.is_geographic() { 0.1 } else { 10_000.0 };
        Some(Self {
            low: [x_low, y_low],
            high: [x_high, y_high],
            least,
        })
    }

    fn is_far(&self, position: [f64; 2]) -> bool {
        !self.within(position, 3.0)
    }

    fn is_near(&self, position: [f64; 2]) -> bool {
        self.within(position, 1.0)
    }

    fn within(&self, position: [f64; 2], times: f64) -> bool {
        (0..2).all(|axis| {
            let margin = (self.high[axis] - self.low[axis]).max(self.least) * times;
            (self.low[axis] - margin..=self.high[axis] + margin).contains(&position[axis])
        })
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::ShapesBuilder;

    use super::*;
    use crate::source::Format;

    /// Points around Santiago, then `others`.
    fn points(others: &[[f64; 2]], around: [f64; 2]) -> Features {
        let mut shapes = ShapesBuilder::default();
        let usual = (0..100_u8).map(|step| {
            [
                around[0] + f64::from(step % 10) * 0.01,
                around[1] + f64::from(step / 10) * 0.01,
            ]
        });
        for [x, y] in usual.chain(others.iter().copied()) {
            shapes.start_feature(comarca_engine::GeometryType::Point);
            shapes.start_part();
            shapes.start_ring();
            shapes.coordinate(x, y);
        }
        let (shapes, coordinates) = shapes.build();
        let (multi, columns, problems) = (vec![], vec![], vec![]);
        Features {
            format: Format::Csv,
            name: String::new(),
            crs: None,
            shapes,
            coordinates,
            multi,
            columns,
            problems,
        }
    }

    fn kinds(features: &Features, crs: &str) -> Vec<(SuspicionKind, Vec<u32>)> {
        let crs = Crs::parse(crs).expect("known");
        suspicious(features, &crs)
            .into_iter()
            .map(|suspicion| (suspicion.kind, suspicion.rows))
            .collect()
    }

    const SANTIAGO: [f64; 2] = [-70.7, -33.5];

    #[test]
    fn degrees_that_cannot_be_right_are_told_apart() {
        let others = [
            [0.0, 0.0],
            [-33.5, -70.6],
            [-122.26, 37.51],
            [346_000.0, 6_290_000.0],
            [-70.6, -33.4],
        ];
        let found = kinds(&points(&others, SANTIAGO), "EPSG:4326");
        let expected = [
            (SuspicionKind::Zero, vec![100]),
            (SuspicionKind::Swapped, vec![101]),
            (SuspicionKind::Far, vec![102]),
            (SuspicionKind::Metres, vec![103]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn degrees_in_a_metric_crs_are_seen_in_every_row() {
        let found = kinds(&points(&[], SANTIAGO), "EPSG:32719");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].0, found[0].1.len()),
            (SuspicionKind::Degrees, 100)
        );
    }

    #[test]
    fn a_place_that_all_features_share_is_told() {
        let same = points(&[[-70.735, -33.5]; 200], SANTIAGO);
        let rows: Vec<u32> = (100..300).collect();
        assert_eq!(
            kinds(&same.select(&rows), "EPSG:4326"),
            [(SuspicionKind::Same, (0..200).collect())]
        );
        assert_eq!(kinds(&points(&[], SANTIAGO), "EPSG:4326"), []);
    }

    #[test]
    fn a_suspicion_names_rows_cause_and_cure() {
        let suspicion = Suspicion {
            kind: SuspicionKind::Swapped,
            rows: (10..20).collect(),
        };
        let text = "rows 11, 12, 13, 14, 15 and 5 more: x and y look swapped; swap them, or name the columns the other way round";
        assert_eq!(suspicion.problem().to_string(), text);
    }
}
