//! What the geometry of a row is called, and how its rings run.

use comarca_engine::GeometryType;

use crate::source::Features;

/// The type of a row's geometry in the words of the standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    Point,
    MultiPoint,
    LineString,
    MultiLineString,
    Polygon,
    MultiPolygon,
}

impl Kind {
    /// That of a row; a geometry without any part is none.
    pub(super) fn of(features: &Features, row: usize) -> Self {
        let parts = features.shapes.parts(row).len();
        let multi = parts > 1 || features.is_multi(row);
        match (features.shapes.geometry_type(row), multi) {
            (GeometryType::None, _) => Self::None,
            _ if parts == 0 => Self::None,
            (GeometryType::Point, false) => Self::Point,
            (GeometryType::Point, true) => Self::MultiPoint,
            (GeometryType::Line, false) => Self::LineString,
            (GeometryType::Line, true) => Self::MultiLineString,
            (GeometryType::Polygon, false) => Self::Polygon,
            (GeometryType::Polygon, true) => Self::MultiPolygon,
        }
    }

    /// The name in `GeoJSON` and, in capital letters, in well-known text.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Point => "Point",
            Self::MultiPoint => "MultiPoint",
            Self::LineString => "LineString",
            Self::MultiLineString => "MultiLineString",
            Self::Polygon => "Polygon",
            Self::MultiPolygon => "MultiPolygon",
        }
    }

    /// The same with one part.
    pub(super) fn single(self) -> Self {
        match self {
            Self::MultiPoint => Self::Point,
            Self::MultiLineString => Self::LineString,
            Self::MultiPolygon => Self::Polygon,
            other => other,
        }
    }
}

/// The types that occur in a layer, in the order of their appearance, without [`Kind::None`].
pub(super) fn kinds(features: &Features) -> Vec<Kind> {
    let mut kinds = vec![];
    for row in 0..features.len() {
        let kind = Kind::of(features, row);
        if kind != Kind::None && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

/// The coordinates of a ring so that exteriors run counter-clockwise (or clockwise) and holes the other way.
pub(super) fn directed(
    ring: &[[f64; 2]],
    counter_clockwise: bool,
) -> impl Iterator<Item = [f64; 2]> {
    let area = signed_area(ring);
    let turned = area != 0.0 && (area > 0.0) != counter_clockwise;
    let last = ring.len().wrapping_sub(1);
    (0..ring.len()).map(move |at| ring[if turned { last - at } else { at }])
}

/// Shoelace formula around the first vertex, which keeps the products small; positive counter-clockwise.
fn signed_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    let cross = |pair: &[[f64; 2]]| {
        (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0)
    };
    ring.windows(2).map(cross).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_turned_only_where_it_must_be() {
        let ring = [[0., 0.], [1., 0.], [1., 1.], [0., 0.]];
        let turned: Vec<_> = directed(&ring, false).collect();
        assert_eq!(turned, [[0., 0.], [1., 1.], [1., 0.], [0., 0.]]);
        assert_eq!(directed(&ring, true).collect::<Vec<_>>(), ring);
        let flat = [[0., 0.], [1., 0.], [0., 0.]];
        assert_eq!(directed(&flat, false).collect::<Vec<_>>(), flat);
        assert_eq!(directed(&[], true).count(), 0);
    }
}
