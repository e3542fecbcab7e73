//! Spatial weights: for each territory its neighbours.

use std::fmt;

use super::anchors;
use super::contiguity::{self, Contact};
use super::spec::{WeightsError, WeightsSpec};
use crate::layer::Layer;

/// Most links that are kept: 200 MB.
pub const MAX_LINKS: usize = 50_000_000;

/// What a link counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transform {
    /// Each link 1.
    Binary,
    /// Each link 1 / number of neighbours, so that a lag is a mean.
    #[default]
    RowStandardised,
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary",
            Self::RowStandardised => "row-standardised",
        })
    }
}

/// The neighbours of every row of a layer, ascending and without the row itself, in compressed rows.
///
/// All links of a row weigh the same ([`Transform`]). A row without neighbours is an island: it stays in the list and
/// statistics leave it out.
#[derive(Clone, Debug)]
pub struct Weights {
    lists: Lists,
    transform: Transform,
    spec: Option<WeightsSpec>,
}

impl Weights {
    /// The neighbours of the features of a layer.
    ///
    /// Contiguity is that of the polygons' borders in metres, exact where neighbours share vertices, within
    /// [`TOLERANCE_M`](super::TOLERANCE_M) where they do not; all parts of a multi-polygon count, and features that are
    /// no polygons are islands. Nearest and distance are Euclidean between anchors in metres; where fewer than `count`
    /// others have an anchor all of them are neighbours, and a feature without geometry is an island.
    ///
    /// # Errors
    /// When there would be more than [`MAX_LINKS`] links.
    ///
    /// Cost O(v) in vertices for contiguity of a coverage, O(n log n + links) for anchors, on all threads. Anchors that
    /// all stand at one place are compared each with each.
    pub fn build(
        layer: &Layer,
        spec: WeightsSpec,
        transform: Transform,
    ) -> Result<Self, WeightsError> {
        let lists = match spec {
            WeightsSpec::Queen => contiguity::lists(layer, Contact::Point),
            WeightsSpec::Rook => contiguity::lists(layer, Contact::Stretch),
            WeightsSpec::Nearest { count } => anchors::nearest(layer.anchors(), count as usize),
            WeightsSpec::Within { distance_m } => anchors::within(layer.anchors(), distance_m),
        };
        Ok(Self {
            lists: lists.ok_or(WeightsError::TooManyLinks)?,
            transform,
            spec: Some(spec),
        })
    }

    /// Weights of given neighbours, by row. A row itself, rows that are not there and doubles are left out.
    pub fn from_lists(lists: &[Vec<u32>], transform: Transform) -> Self {
        let mut kept = Lists::default();
        for (row, list) in (0u32..).zip(lists) {
            let there = |&other: &u32| other != row && (other as usize) < lists.len();
            let mut list: Vec<u32> = list.iter().copied().filter(there).collect();
            list.sort_unstable();
            list.dedup();
            kept.push(&list);
        }
        Self {
            lists: kept,
            transform,
            spec: None,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbours of a row, ascending.
    pub fn neighbours(&self, row: usize) -> &[u32] {
        self.lists.list(row)
    }

    /// What each link of a row counts; zero for an island.
    pub fn weight(&self, row: usize) -> f64 {
        weight(self.transform, self.neighbours(row).len())
    }

    /// Number of links, each direction counted.
    pub fn links(&self) -> usize {
        self.lists.members.len()
    }

    /// Rows without neighbours.
    pub fn islands(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|&row| self.neighbours(row).is_empty())
    }

    /// How links are weighed.
    pub fn transform(&self) -> Transform {
        self.transform
    }

    /// How the neighbours were found; `None` where they were given.
    pub fn spec(&self) -> Option<WeightsSpec> {
        self.spec
    }
}

/// What a link of a row with `degree` neighbours counts.
pub(super) fn weight(transform: Transform, degree: usize) -> f64 {
    match (degree, transform) {
        (0, _) => 0.0,
        (_, Transform::Binary) => 1.0,
        (degree, Transform::RowStandardised) => 1.0 / degree as f64,
    }
}

/// Lists of rows, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    ends: Vec<usize>,
    members: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            ends: vec![0],
            members: vec![],
        }
    }
}

impl Lists {
    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(super) fn list(&self, row: usize) -> &[u32] {
        &self.members[self.ends[row]..self.ends[row + 1]]
    }

    pub(super) fn members(&self) -> &[u32] {
        &self.members
    }

    pub(super) fn push(&mut self, list: &[u32]) {
        self.members.extend_from_slice(list);
        self.ends.push(self.members.len());
    }

    /// Pieces put behind each other.
    pub(super) fn concat(pieces: &[Self]) -> Self {
        let mut whole = Self::default();
        for piece in pieces {
            let base = whole.members.len();
            whole.members.extend_from_slice(&piece.members);
            whole
                .ends
                .extend(piece.ends[1..].iter().map(|end| base + end));
        }
        whole
    }

    /// Both directions of pairs of different rows below `len`; each pair must stand once.
    pub(super) fn of_pairs(len: usize, pairs: &[(u32, u32)]) -> Self {
        let mut ends = vec![0; len + 1];
        for &(a, b) in pairs {
            ends[a as usize + 1] += 1;
            ends[b as usize + 1] += 1;
        }
        (0..len).for_each(|row| ends[row + 1] += ends[row]);
        let mut next = ends.clone();
        let mut members = vec![0; 2 * pairs.len()];
        for &(a, b) in pairs {
            for (row, other) in [(a as usize, b), (b as usize, a)] {
                members[next[row]] = other;
                next[row] += 1;
            }
        }
        ends.windows(2)
            .for_each(|range| members[range[0]..range[1]].sort_unstable());
        Self { ends, members }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_neighbours_are_put_in_order_and_nonsense_is_left_out() {
        let weights = Weights::from_lists(
            &[vec![2, 1, 1, 0, 9], vec![], vec![0]],
            Transform::RowStandardised,
        );
        assert_eq!(weights.neighbours(0), [1, 2]);
        assert_eq!(weights.weight(0), 0.5);
        assert_eq!(weights.weight(1), 0.0);
        assert_eq!(weights.islands().collect::<Vec<_>>(), [1]);
        assert_eq!(
            (weights.len(), weights.links(), weights.spec()),
            (3, 3, None)
        );
    }

    #[test]
    fn pieces_and_pairs_make_the_same_lists() {
        let pairs = Lists::of_pairs(4, &[(2, 0), (0, 1), (2, 3)]);
        let (mut first, mut second) = (Lists::default(), Lists::default());
        first.push(&[1, 2]);
        first.push(&[0]);
        second.push(&[0, 3]);
        second.push(&[2]);
        let whole = Lists::concat(&[first, second]);
        for row in 0..4 {
            assert_eq!(pairs.list(row), whole.list(row));
        }
    }
}
