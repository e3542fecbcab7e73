//! Which features of a source go into a tile, at which detail.

use std::collections::HashMap;
use std::ops::Range;

use crate::column::{Column, Value};
use crate::filter::BoundFilter;
use crate::generalise::{Detail, Details, Piece, PointOrder, least_area};
use crate::index::Envelope;
use crate::layer::Layer;
use crate::number::narrow;
use crate::shapes::GeometryType;

/// Where the features of a tile layer come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) layer: &'a Layer,
    /// The layer where features are small or many, and what belongs together there.
    pub(crate) details: &'a Details,
    pub(crate) parents: Option<&'a [Option<u32>]>,
}

/// The features to draw.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    /// Their numbers, in the order of the source.
    pub(super) features: Vec<usize>,
    /// Rows that nothing stands for.
    pub(super) omitted: usize,
    numbering: Numbering<'a>,
}

/// What the numbers of the features mean.
#[derive(Debug)]
enum Numbering<'a> {
    /// Rows of the layer, and for some those that they stand for beside themselves.
    Rows(HashMap<usize, Vec<u32>>),
    /// Features of a detail.
    Detail(&'a Detail),
    /// Rows that stand for the points of a cell.
    Cells(&'a PointOrder, HashMap<usize, Range<u32>>),
}

/// What is wanted of a source.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) window: Envelope<u32>,
    pub(super) filter: Option<&'a BoundFilter<'a>>,
    /// The detail that the zoom shows, and how much coarser it is to be.
    pub(super) natural: usize,
    pub(super) coarser: u8,
    /// Numbers by which points are ranked; the nearest to the middle of a cell counts where absent.
    pub(super) rank: Option<&'a Column>,
}

impl Wanted<'_> {
    fn number(&self) -> usize {
        self.natural.saturating_sub(usize::from(self.coarser))
    }
}

impl<'a> Source<'a> {
    /// The features whose box touches the window and that the filter keeps.
    pub(super) fn select(&self, wanted: &Wanted<'_>) -> Selection<'a> {
        let is_natural = wanted.coarser == 0;
        let detail = match self.layer.geometry_type() {
            _ if wanted.filter.is_some() => None,
            Some(GeometryType::Point) if is_natural => None,
            Some(GeometryType::Point) => return self.cells(wanted),
            Some(GeometryType::Line) => None,
            _ => self
                .details
                .polygons(self.layer, self.parents, wanted.number()),
        };
        let index = detail.map_or(self.layer.world_index(), |detail| &detail.index);
        let mut features = vec![];
        index.search(wanted.window, |feature| {
            if wanted.filter.is_none_or(|filter| filter.matches(feature)) {
                features.push(feature);
            }
        });
        features.sort_unstable();
        if detail.is_none() && !is_natural {
            return self.thinned(&features, wanted);
        }
        Selection {
            features,
            omitted: 0,
            numbering: detail.map_or_else(|| Numbering::Rows(HashMap::new()), Numbering::Detail),
        }
    }

    /// One point for each cell.
    fn cells(&self, wanted: &Wanted<'_>) -> Selection<'a> {
        let order = self.details.points(self.layer);
        let mut features = vec![];
        let mut cells = HashMap::new();
        for (middle, stretch) in order.cells(wanted.window, wanted.number()) {
            let ranked = order.rows(&stretch).iter().map(|&row| row as usize);
            let row = match wanted.rank {
                None => middle as usize,
                Some(_) => best(wanted.rank, middle as usize, ranked),
            };
            features.push(row);
            cells.insert(row, stretch);
        }
        features.sort_unstable();
        Selection {
            features,
            omitted: 0,
            numbering: Numbering::Cells(order, cells),
        }
    }

    /// Leaves out polygons and lines smaller than what is shown, and all points of a cell but one, which counts them.
    fn thinned(&self, rows: &[usize], wanted: &Wanted<'_>) -> Selection<'a> {
        let area_min = least_area(wanted.number());
        let side = area_min.sqrt();
        let mut cells: HashMap<[u32; 2], Vec<u32>> = HashMap::new();
        let (mut features, mut omitted) = (vec![], 0);
        for &row in rows {
            let Some(envelope) = self.layer.world_box(row) else {
                continue;
            };
            let [width, height] = [0, 1].map(|axis| f64::from(envelope[axis + 2] - envelope[axis]));
            let is_large = match self.layer.shapes().geometry_type(row) {
                GeometryType::Point => {
                    let cell =
                        [0, 1].map(|axis| crate::number::cell(f64::from(envelope[axis]) / side));
                    cells.entry(cell).or_default().push(narrow(row));
                    continue;
                }
                GeometryType::Line => width.max(height) >= side,
                _ => width * height >= area_min,
            };
            match is_large {
                true => features.push(row),
                false => omitted += 1,
            }
        }
        let mut others = HashMap::new();
        for mut cell in cells.into_values() {
            let rows = cell.iter().map(|&row| row as usize);
            let row = best(wanted.rank, cell[0] as usize, rows);
            features.push(row);
            cell.retain(|&other| other as usize != row);
            others.insert(row, cell);
        }
        features.sort_unstable();
        Selection {
            features,
            omitted,
            numbering: Numbering::Rows(others),
        }
    }

    /// The next detail that probably has so many times fewer features than one so much coarser than natural.
    pub(super) fn coarser_for(
        &self,
        natural: usize,
        coarser: u8,
        times: f64,
        has_filter: bool,
    ) -> u8 {
        let halvings = || {
            let halvings = times.log2().ceil().clamp(1.0, 64.0);
            coarser.saturating_add(u8::try_from(crate::number::whole(halvings)).unwrap_or(1))
        };
        if has_filter || self.layer.geometry_type() == Some(GeometryType::Line) {
            return halvings();
        }
        let share = |coarser: u8| self.share(natural, coarser);
        let enough = share(coarser) / times;
        let coarsest = u8::try_from(natural).unwrap_or(u8::MAX);
        (coarser.saturating_add(1)..=coarsest)
            .find(|&next| share(next) <= enough)
            .unwrap_or(coarsest)
    }
}

/// Bytes that no feature with key and id falls below.
const FEATURE_BYTES_MIN: usize = 40;

impl Source<'_> {
    /// How much coarser than natural is certainly needed for so many bytes, so that what will be thrown away is not drawn.
    pub(super) fn coarser_at_least(&self, wanted: &Wanted<'_>, bytes_max: usize) -> u8 {
        let most = bytes_max / FEATURE_BYTES_MIN;
        let is_gathered = self.layer.geometry_type() != Some(GeometryType::Line);
        if wanted.filter.is_some() || !is_gathered || self.layer.len() <= most {
            return 0;
        }
        let mut rows = 0usize;
        self.layer
            .world_index()
            .search(wanted.window, |_| rows += 1);
        if rows <= most {
            return 0;
        }
        let coarsest = u8::try_from(wanted.natural).unwrap_or(u8::MAX);
        let fits =
            |coarser: &u8| self.share(wanted.natural, *coarser) * rows as f64 <= (2 * most) as f64;
        (0..=coarsest).find(fits).unwrap_or(coarsest)
    }

    /// About how many features there are for each of the layer.
    fn share(&self, natural: usize, coarser: u8) -> f64 {
        if coarser == 0 && self.layer.geometry_type() == Some(GeometryType::Point) {
            return 1.0;
        }
        self.details.shares(self.layer)[natural.saturating_sub(usize::from(coarser))]
    }
}

/// The best of rows by their number in a column; the first where none is better.
fn best(rank: Option<&Column>, first: usize, rows: impl Iterator<Item = usize>) -> usize {
    rows.fold(first, |best, row| match is_ranked(rank, row, best) {
        true => row,
        false => best,
    })
}

/// Whether a row comes before another by its number in a column; equal ones and unknown ones stay in order.
fn is_ranked(rank: Option<&Column>, row: usize, before: usize) -> bool {
    let number = |row: usize| rank.and_then(|column| as_number(column.value(row)));
    match (number(row), number(before)) {
        (Some(own), Some(other)) => own > other,
        (Some(_), None) => true,
        _ => false,
    }
}

fn as_number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Real(value) => Some(value),
        Value::Integer(value) => Some(value as f64),
        _ => None,
    }
}

impl<'a> Selection<'a> {
    /// The detail that the features are of; the layer's own features where absent.
    pub(super) fn detail(&self) -> Option<&'a Detail> {
        match self.numbering {
            Numbering::Detail(detail) => Some(detail),
            _ => None,
        }
    }

    /// The row whose key, name and attributes a feature carries: the best of its members by `rank`, else the largest.
    pub(super) fn row(&self, feature: usize, rank: Option<&Column>) -> usize {
        let Numbering::Detail(detail) = self.numbering else {
            return feature;
        };
        let own = detail.rows[feature] as usize;
        let members = detail.members(feature).iter().map(|&row| row as usize);
        match rank {
            None => own,
            Some(_) => best(rank, own, members),
        }
    }

    /// How many rows of the layer a feature stands for, itself among them.
    pub(super) fn count(&self, feature: usize) -> usize {
        match &self.numbering {
            Numbering::Detail(detail) => detail.members(feature).len(),
            Numbering::Cells(_, cells) => cells.get(&feature).map_or(1, ExactSizeIterator::len),
            Numbering::Rows(others) => 1 + others.get(&feature).map_or(0, Vec::len),
        }
    }

    /// The rows that a feature stands for, itself among them.
    pub(super) fn members(&self, feature: usize) -> Vec<usize> {
        let wide = |rows: &[u32]| rows.iter().map(|&row| row as usize).collect::<Vec<_>>();
        match &self.numbering {
            Numbering::Detail(detail) => wide(detail.members(feature)),
            Numbering::Cells(order, cells) => cells
                .get(&feature)
                .map_or_else(|| vec![feature], |stretch| wide(order.rows(stretch))),
            Numbering::Rows(others) => {
                let mut members = vec![feature];
                members.extend(wide(others.get(&feature).map_or(&[], |others| others)));
                members
            }
        }
    }

    /// What a feature is drawn from.
    pub(super) fn pieces(&self, feature: usize, rows: usize, drawn: &mut Vec<Piece>) {
        drawn.clear();
        match self.numbering {
            Numbering::Detail(detail) => drawn.extend(detail.pieces(feature, rows)),
            _ => drawn.push(Piece::Row(feature)),
        }
    }
}
