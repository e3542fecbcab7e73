//! The project's metric CRS, as the engine knows it.

use comarca_engine::{LonLat, Metric, Projection};

use super::{Crs, CrsError, Transform, codes};

/// Longitude and latitude ↔ a projected CRS in metres.
#[derive(Clone, Debug)]
pub struct MetricProjection {
    crs: Crs,
    forward: Transform,
    inverse: Transform,
}

impl MetricProjection {
    /// The projection for `crs`, such as `EPSG:32719`.
    ///
    /// # Errors
    /// When the CRS is not known, is not in metres, or is Web Mercator, whose metres are not metres on the ground.
    pub fn new(crs: &str) -> Result<Self, CrsError> {
        let crs = Crs::parse(crs)?;
        let not_metric = |why| CrsError::NotMetric {
            name: crs.name().to_owned(),
            why,
        };
        if crs.is_geographic() {
            return Err(not_metric("in degrees"));
        }
        if crs.epsg() == Some(3857) {
            return Err(not_metric("Web Mercator, which stretches lengths"));
        }
        if !in_metres(&crs) {
            return Err(not_metric("not in metres"));
        }
        let (lonlat, area) = (Crs::lonlat(), crs.area());
        let forward = Transform::new(&lonlat, &crs, area)?;
        let bounds = area.map(|[west, south, east, north]| {
            let center =
                forward.convert(&[[f64::midpoint(west, east), f64::midpoint(south, north)]])[0];
            [center[0], center[1], center[0], center[1]]
        });
        let inverse = Transform::new(&crs, &lonlat, bounds)?;
        Ok(Self {
            crs,
            forward,
            inverse,
        })
    }

    /// The metric CRS.
    pub fn crs(&self) -> &Crs {
        &self.crs
    }
}

fn in_metres(crs: &Crs) -> bool {
    let listed = match crs.epsg() {
        Some(code) => codes::definition(code, None),
        None => Some(crs.definition.clone()).filter(|text| text.starts_with('+')),
    };
    if let Some(definition) = listed {
        let other = |key: &str, metre: &str| {
            definition
                .split_whitespace()
                .filter_map(|word| word.strip_prefix(key))
                .any(|unit| unit != metre)
        };
        return !other("+units=", "m") && !other("+to_meter=", "1");
    }
    #[cfg(feature = "proj")]
    return super::libproj::describe(&crs.definition).is_some_and(|crs| crs.metres);
    #[cfg(not(feature = "proj"))]
    return false;
}

impl Projection for MetricProjection {
    fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric> {
        let coordinates: Vec<_> = positions
            .iter()
            .map(|position| [position.lon, position.lat])
            .collect();
        self.forward
            .convert(&coordinates)
            .into_iter()
            .map(|[x_m, y_m]| Metric { x_m, y_m })
            .collect()
    }

    fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat> {
        let coordinates: Vec<_> = positions
            .iter()
            .map(|position| [position.x_m, position.y_m])
            .collect();
        self.inverse
            .convert(&coordinates)
            .into_iter()
            .map(|[lon, lat]| LonLat { lon, lat })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_metric_crs_will_do() {
        assert!(MetricProjection::new("EPSG:32719").is_ok());
        for (crs, word) in [
            ("EPSG:4326", "degrees"),
            ("EPSG:3857", "Web Mercator"),
            ("EPSG:2263", "metres"),
            ("EPSG:1", "such as"),
        ] {
            let error = MetricProjection::new(crs).expect_err(crs);
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn there_and_back_is_the_same_place() {
        let projection = MetricProjection::new("EPSG:32719").expect("known");
        let place = LonLat {
            lon: -70.65,
            lat: -33.5,
        };
        let back = projection.to_lonlat(&projection.to_metric(&[place]))[0];
        assert!(
            (back.lon - place.lon).abs() < 1e-10 && (back.lat - place.lat).abs() < 1e-10,
            "{back:?}"
        );
    }
}
