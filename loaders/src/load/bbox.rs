//! The box in degrees that a layer is cut to, in the CRS of its source and exactly.

use crate::crs::{Crs, Transform};
use crate::problem::LoadError;
use crate::source::{self, Features, Location, ReadOptions, window};

/// Points along each edge of the box when it is put into another CRS, where its edges are curves.
const EDGE_POINTS: u8 = 32;
/// How much larger than those points say the box is taken there, as a share of its size: a curve bulges between them.
const MARGIN: f64 = 0.01;

/// West, south, east and north in degrees, WGS 84, and the CRS that the project says of the source.
pub(super) struct Cut {
    bbox: [f64; 4],
    crs: Option<String>,
}

impl Cut {
    pub(super) fn new(bbox: [f64; 4], crs: Option<String>) -> Self {
        Self { bbox, crs }
    }

    /// `options` with the box in the CRS of the source, where that can be known before the source is read.
    pub(super) fn pushed_down(
        &self,
        location: &Location,
        options: &ReadOptions,
    ) -> Result<ReadOptions, LoadError> {
        let told = match &self.crs {
            Some(crs) => Some(crs.clone()),
            None => source::declared_crs(location, options)?,
        };
        // What is wrong with a CRS is told when the layer is projected.
        let crs = told.and_then(|text| Crs::parse(&text).ok());
        Ok(ReadOptions {
            window: crs.and_then(|crs| window_in(self.bbox, &crs)),
            ..options.clone()
        })
    }

    /// The features whose box in degrees meets this one.
    pub(super) fn cut(&self, features: Features) -> Features {
        let told = self.crs.as_deref().or(features.crs.as_deref());
        let to_degrees = told
            .and_then(|text| Crs::parse(text).ok())
            .and_then(|crs| Transform::new(&crs, &Crs::lonlat(), features.bounds()).ok());
        // Without a way to degrees the layer fails for that reason.
        let Some(to_degrees) = to_degrees else {
            return features;
        };
        let rows = features.rows_meeting(self.bbox, &to_degrees.convert(&features.coordinates));
        features.only(&rows)
    }
}

/// A box in `crs` around the box `bbox` in degrees; `None` where a part of it has no coordinates there.
fn window_in(bbox: [f64; 4], crs: &Crs) -> Option<[f64; 4]> {
    let transform = Transform::new(&Crs::lonlat(), crs, Some(bbox)).ok()?;
    if transform.is_identity() {
        return Some(bbox);
    }
    let [west, south, east, north] = bbox;
    let steps = || (0..=EDGE_POINTS).map(|step| f64::from(step) / f64::from(EDGE_POINTS));
    let edges: Vec<_> = steps()
        .flat_map(|share| {
            let (x, y) = (
                west + share * (east - west),
                south + share * (north - south),
            );
            [[x, south], [x, north], [west, y], [east, y]]
        })
        .collect();
    let edges = transform.convert(&edges);
    let [min_x, min_y, max_x, max_y] = window::around(&edges)?;
    let margin = MARGIN * (max_x - min_x).max(max_y - min_y);
    let finite = edges.iter().flatten().all(|number| number.is_finite());
    finite.then_some({
        [
            min_x - margin,
            min_y - margin,
            max_x + margin,
            max_y + margin,
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_in_metres_holds_every_place_of_the_box_in_degrees() {
        let utm = Crs::parse("EPSG:32719").expect("known");
        let bbox = [-75.0, -40.0, -66.0, -20.0];
        let [min_x, min_y, max_x, max_y] = window_in(bbox, &utm).expect("a window");
        let transform = Transform::new(&Crs::lonlat(), &utm, None).expect("a way");
        for x in 0..=300_u32 {
            for y in 0..=100_u32 {
                let place = [-75.0 + 0.03 * f64::from(x), -40.0 + 0.2 * f64::from(y)];
                let [e, n] = transform.convert(&[place])[0];
                assert!(
                    e >= min_x && e <= max_x && n >= min_y && n <= max_y,
                    "{place:?}"
                );
            }
        }
        assert_eq!(window_in(bbox, &Crs::lonlat()), Some(bbox));
    }
}
