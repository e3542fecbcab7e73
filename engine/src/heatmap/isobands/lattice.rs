//! Values on a lattice, sorted into classes between levels.

use super::{IsobandError, MAX_CROSSINGS, MAX_LEVELS};

/// The class of what is no finite number.
pub(super) const OUTSIDE: u8 = u8::MAX;

/// Crossings are rounded to a 2³⁶th of an edge: with up to 2¹⁶ columns their positions are then numbers without rounding,
/// and so is what tells left from right.
const FINE_STEPS: f64 = (1u64 << 36) as f64;

/// Values at the corners of squares, row by row, and how many levels are not above each of them.
#[derive(Debug)]
pub(in crate::heatmap) struct Lattice<'a> {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) values: &'a [f64],
    pub(super) levels: &'a [f64],
    /// Number of levels that are not above the value, or [`OUTSIDE`].
    pub(super) classes: Vec<u8>,
    /// Whether some value is [`OUTSIDE`].
    pub(super) masked: bool,
    /// Crossings lie at multiples of this part of an edge, a power of two.
    pub(super) steps: f64,
}

impl<'a> Lattice<'a> {
    pub(in crate::heatmap) fn new(
        columns: usize,
        rows: usize,
        values: &'a [f64],
        levels: &'a [f64],
    ) -> Result<Self, IsobandError> {
        if levels.is_empty() || levels.len() > MAX_LEVELS {
            return Err(IsobandError::LevelCount(levels.len()));
        }
        let ascend = levels.windows(2).all(|pair| pair[0] < pair[1]);
        if !(ascend && levels.iter().all(|level| level.is_finite())) {
            return Err(IsobandError::Levels);
        }
        if columns.checked_mul(rows) != Some(values.len()) {
            return Err(IsobandError::Shape {
                values: values.len(),
                columns,
                rows,
            });
        }
        let classes = classes(values, levels);
        let crossings = crossings(&classes, columns);
        if crossings > MAX_CROSSINGS as u64 {
            return Err(IsobandError::TooDetailed(crossings));
        }
        Ok(Self {
            masked: classes.contains(&OUTSIDE),
            columns,
            rows,
            values,
            levels,
            classes,
            steps: FINE_STEPS,
        })
    }

    /// The same with crossings rounded to so many equal parts of an edge, a power of two.
    pub(in crate::heatmap) fn in_steps(self, steps: u32) -> Self {
        Self {
            steps: f64::from(steps),
            ..self
        }
    }

    /// Whether the square north-east of a lattice point is inside: its four corners are numbers.
    pub(super) fn has_square(&self, column: usize, row: usize) -> bool {
        if column + 1 >= self.columns || row + 1 >= self.rows {
            return false;
        }
        let south = row * self.columns + column;
        let north = south + self.columns;
        !self.masked
            || [south, south + 1, north, north + 1]
                .iter()
                .all(|&at| self.classes[at] != OUTSIDE)
    }
}

/// Neighbours on a smooth surface mostly share their class, so the last one is tried first.
fn classes(values: &[f64], levels: &[f64]) -> Vec<u8> {
    let (mut class, mut low, mut high) = (0, f64::MIN, levels[0]);
    let class_of = |&value: &f64| {
        if low <= value && value < high {
            return class;
        }
        if !value.is_finite() {
            return OUTSIDE;
        }
        let number = levels.partition_point(|level| *level <= value);
        class = u8::try_from(number).unwrap_or(OUTSIDE);
        low = number
            .checked_sub(1)
            .map_or(f64::MIN, |below| levels[below]);
        high = levels.get(number).copied().unwrap_or(f64::INFINITY);
        class
    };
    values.iter().map(class_of).collect()
}

/// How often levels cross edges between neighbours in a row and in a column.
fn crossings(classes: &[u8], columns: usize) -> u64 {
    let between = |a: &[u8], b: &[u8]| -> u64 {
        let pairs = a.iter().zip(b);
        let inside = |&(&a, &b): &(&u8, &u8)| a != OUTSIDE && b != OUTSIDE;
        pairs
            .filter(inside)
            .map(|(&a, &b)| u64::from(a.abs_diff(b)))
            .sum()
    };
    let mut rows = classes.chunks_exact(columns.max(1)).peekable();
    let mut sum = 0;
    while let Some(row) = rows.next() {
        sum += between(row, row.get(1..).unwrap_or_default());
        sum += rows.peek().map_or(0, |next| between(row, next));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_level_is_above_it_and_no_number_is_outside() {
        let values = [
            0.9,
            1.0,
            1.5,
            2.0,
            f64::NAN,
            1.9,
            f64::INFINITY,
            f64::NEG_INFINITY,
            -1e308,
            1e308,
        ];
        assert_eq!(
            classes(&values, &[1.0, 2.0]),
            [0, 1, 1, 2, OUTSIDE, 1, OUTSIDE, OUTSIDE, 0, 2]
        );
    }

    #[test]
    fn crossings_are_counted_along_rows_and_columns() {
        let values = [0.0, 2.5, 0.0, 1.0, f64::NAN, 1.0];
        let lattice = Lattice::new(3, 2, &values, &[1.0, 2.0]).unwrap();
        assert_eq!(crossings(&lattice.classes, 3), 2 + 2 + 1 + 1);
        assert!(!lattice.has_square(0, 0) && lattice.masked);
    }

    #[test]
    fn senseless_levels_and_shapes_are_refused() {
        let lattice =
            |columns, levels: &[f64]| Lattice::new(columns, 2, &[0.0; 4], levels).map(|_| ());
        assert_eq!(lattice(2, &[]), Err(IsobandError::LevelCount(0)));
        assert_eq!(lattice(2, &[0.0; 65]), Err(IsobandError::LevelCount(65)));
        assert_eq!(lattice(2, &[1.0, 1.0]), Err(IsobandError::Levels));
        assert_eq!(lattice(2, &[f64::NAN]), Err(IsobandError::Levels));
        assert_eq!(lattice(2, &[1.0, f64::INFINITY]), Err(IsobandError::Levels));
        assert!(matches!(
            lattice(3, &[1.0]),
            Err(IsobandError::Shape { values: 4, .. })
        ));
        assert!(matches!(
            lattice(usize::MAX, &[1.0]),
            Err(IsobandError::Shape { .. })
        ));
    }
}
