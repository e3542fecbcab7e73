//! Which columns of a table hold the geometry.

use comarca_engine::Column;

use crate::export::geometry::{Kind, kinds};
use crate::export::{ExportError, GeometryColumns};
use crate::problem::Problem;
use crate::source::Features;

/// Columns that are written before the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Place {
    /// The layer has no geometry, or it is not wanted.
    Nowhere,
    /// Two attributes already hold the coordinates.
    Columns,
    /// x and y under these names.
    Xy {
        names: [&'static str; 2],
        degrees: bool,
    },
    /// Well-known text under this name.
    Wkt { name: [&'static str; 1] },
}

/// Names of x and y in the order in which a reader looks for them, and whether they mean degrees; ours come first.
const XY: [([&str; 2], bool); 11] = [
    (["lon", "lat"], true),
    (["lng", "lat"], true),
    (["long", "lat"], true),
    (["longitude", "latitude"], true),
    (["longitud", "latitud"], true),
    (["stop_lon", "stop_lat"], true),
    (["x", "y"], false),
    (["coord_x", "coord_y"], false),
    (["x_coord", "y_coord"], false),
    (["easting", "northing"], false),
    (["este", "norte"], false),
];
const WKT: [&str; 3] = ["wkt", "geometry", "geom"];

impl Place {
    /// What is wanted, else x and y where every geometry is a single point, else well-known text.
    pub(in crate::export) fn choose(
        features: &Features,
        wanted: Option<GeometryColumns>,
        degrees: bool,
    ) -> Result<Self, ExportError> {
        if wanted == Some(GeometryColumns::None) || features.is_table() {
            return Ok(Self::Nowhere);
        }
        let other = kinds(features)
            .into_iter()
            .find(|kind| *kind != Kind::Point);
        match (wanted, other) {
            (Some(GeometryColumns::Xy), Some(other)) => Err(no_points(features, other)),
            (Some(GeometryColumns::Wkt), _) | (_, Some(_)) => Self::wkt(features),
            _ if has_coordinates(features, degrees) => Ok(Self::Columns),
            (Some(_), None) => {
                Self::xy(features, degrees).ok_or_else(|| taken(features, "x and y"))
            }
            (None, None) => Self::xy(features, degrees).map_or_else(|| Self::wkt(features), Ok),
        }
    }

    /// Not where a reader would take two attributes for the coordinates.
    fn xy(features: &Features, degrees: bool) -> Option<Self> {
        let &(names, degrees) = XY.iter().find(|(_, means)| *means == degrees)?;
        let free =
            usual_columns(features).is_none() && names.iter().all(|name| is_free(features, name));
        free.then_some(Self::Xy { names, degrees })
    }

    fn wkt(features: &Features) -> Result<Self, ExportError> {
        let name = WKT.into_iter().find(|name| is_free(features, name));
        name.map(|name| Self::Wkt { name: [name] })
            .ok_or_else(|| taken(features, "well-known text"))
    }

    /// The names of these columns.
    pub(in crate::export) fn names(&self) -> &[&'static str] {
        match self {
            Self::Nowhere | Self::Columns => &[],
            Self::Xy { names, .. } => names,
            Self::Wkt { name } => name,
        }
    }

    /// Whether the names say that the coordinates are longitudes and latitudes.
    pub(super) fn means_degrees(&self) -> bool {
        matches!(self, Self::Columns | Self::Xy { degrees: true, .. })
    }
}

fn is_free(features: &Features, name: &str) -> bool {
    let mut names = features.columns.iter().map(Column::name);
    names.all(|known| !known.eq_ignore_ascii_case(name))
}

fn taken(features: &Features, what: &str) -> ExportError {
    Problem::error(format!(
        "the columns for {what} would have names that are taken"
    ))
    .in_layer(&features.name)
    .advice("leave these attributes out with --columns")
    .into()
}

fn no_points(features: &Features, other: Kind) -> ExportError {
    let message = format!(
        "x and y hold single points only, and there is a {}",
        other.name()
    );
    Problem::error(message)
        .in_layer(&features.name)
        .advice("write well-known text instead")
        .into()
}

/// Whether the two attributes that a reader would take hold just the coordinates of every row.
fn has_coordinates(features: &Features, degrees: bool) -> bool {
    let Some((x, y, _)) = usual_columns(features).filter(|(.., means)| *means == degrees) else {
        return false;
    };
    (0..features.len()).all(|row| {
        let at = features.coordinates[features.shapes.feature_coordinates(row)].first();
        [x.number(row), y.number(row)] == [at.map(|at| at[0]), at.map(|at| at[1])]
    })
}

/// The two attributes that a reader would take for coordinates, and whether for degrees.
fn usual_columns(features: &Features) -> Option<(&Column, &Column, bool)> {
    let column = |name: &str| {
        let mut columns = features.columns.iter();
        columns.find(|column| column.name().eq_ignore_ascii_case(name))
    };
    XY.iter()
        .find_map(|&([x, y], degrees)| Some((column(x)?, column(y)?, degrees)))
}

#[cfg(test)]
mod tests {
    use comarca_engine::Value;

    use super::*;
    use crate::export::tests::layer;

    fn place(columns: &[(&str, f64)]) -> Place {
        let mut features = layer("POINT (1 2)");
        features.columns = columns
            .iter()
            .map(|(name, value)| Column::new(name, [Value::Real(*value)]))
            .collect();
        Place::choose(&features, None, true).expect("a place")
    }

    #[test]
    fn coordinates_that_attributes_hold_are_not_doubled() {
        assert_eq!(
            place(&[("Longitud", 1.0), ("Latitud", 2.0)]),
            Place::Columns
        );
        assert_eq!(
            place(&[("lon", 1.0), ("lat", 3.0)]),
            Place::Wkt { name: ["wkt"] }
        );
        assert_eq!(place(&[("pop", 1.0)]).names(), ["lon", "lat"]);
    }
}
