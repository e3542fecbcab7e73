//! Groups of rows that lie outside a window, by what the file says about their boxes.

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use super::super::columnar::GeometryColumn;

/// Whether features of the group may meet `window` (min x, min y, max x, max y). True where the file does not tell.
///
/// The box of a group is known from the columns with the boxes of its rows, or from its geospatial statistics.
pub(super) fn may_meet(
    group: &RowGroupMetaData,
    geometry: &GeometryColumn,
    window: [f64; 4],
) -> bool {
    let Some([west, south, east, north]) =
        covering(group, geometry).or_else(|| statistics(group, geometry))
    else {
        return true;
    };
    let is_number = [west, south, east, north]
        .iter()
        .all(|side| side.is_finite());
    !is_number
        || (west <= window[2] && east >= window[0] && south <= window[3] && north >= window[1])
}

fn covering(group: &RowGroupMetaData, geometry: &GeometryColumn) -> Option<[f64; 4]> {
    let paths = geometry.covering.as_ref()?;
    let range = |path: &str| {
        let column = group
            .columns()
            .iter()
            .find(|column| column.column_path().string() == path)?;
        match column.statistics()? {
            Statistics::Double(values) => Some((*values.min_opt()?, *values.max_opt()?)),
            Statistics::Float(values) => {
                Some(((*values.min_opt()?).into(), (*values.max_opt()?).into()))
            }
            _ => None,
        }
    };
    Some([
        range(&paths[0])?.0,
        range(&paths[1])?.0,
        range(&paths[2])?.1,
        range(&paths[3])?.1,
    ])
}

/// A box that crosses the antimeridian has its west in the east, and tells nothing here.
fn statistics(group: &RowGroupMetaData, geometry: &GeometryColumn) -> Option<[f64; 4]> {
    let column = group
        .columns()
        .iter()
        .find(|column| column.column_path().string() == geometry.name)?;
    let bounds = column.geo_statistics()?.bounding_box()?;
    let sides = [
        bounds.get_xmin(),
        bounds.get_ymin(),
        bounds.get_xmax(),
        bounds.get_ymax(),
    ];
    (sides[0] <= sides[2]).then_some(sides)
}
