//! What a file says about the coordinate reference system of its layer.

use crate::crs::Crs;
use crate::problem::Problem;
use crate::source::Features;

/// A layer's CRS in the forms that formats need.
#[derive(Debug, Default)]
pub(super) struct Reference {
    /// Code of EPSG; CRS84 is 4326.
    pub(super) epsg: Option<u32>,
    /// Name for people.
    pub(super) name: String,
    /// Well-known text as OGC 01-009 has it, or as the source had it.
    pub(super) wkt: Option<String>,
    /// Well-known text as ESRI writes it.
    pub(super) esri_wkt: Option<String>,
    geographic: bool,
}

impl Reference {
    /// That of a layer. Nothing where the layer does not tell; what is told but not known is kept as it is where it is
    /// well-known text.
    pub(super) fn of(features: &Features) -> Self {
        let Some(text) = features.crs.as_deref() else {
            return Self::default();
        };
        if let Ok(crs) = Crs::parse(text) {
            Self {
                epsg: crs.epsg(),
                name: crs.name().to_owned(),
                wkt: crs.wkt(),
                esri_wkt: crs.esri_wkt(),
                geographic: crs.is_geographic(),
            }
        } else {
            let wkt = text.contains('[').then(|| text.trim().to_owned());
            Self {
                name: text.chars().take(60).collect(),
                esri_wkt: wkt.clone(),
                wkt,
                ..Self::default()
            }
        }
    }

    /// Whether coordinates are known to be degrees.
    pub(super) fn is_geographic(&self) -> bool {
        self.geographic
    }

    /// Whether these are the longitudes and latitudes of WGS 84.
    pub(super) fn is_wgs84(&self) -> bool {
        self.epsg == Some(4326)
    }

    /// The warning that a file does not say in which CRS its coordinates are; none where it does or has no coordinates.
    pub(super) fn missing(&self, features: &Features) -> Option<Problem> {
        let missing = self.epsg.is_none() && self.wkt.is_none() && !features.is_table();
        missing.then(|| {
            Problem::warning("the CRS is not known; the file does not tell it either")
                .in_layer(&features.name)
                .advice("say the CRS of the source")
        })
    }
}
