//! Conversion without PROJ: `proj4rs` on definitions of our own table.

use proj4rs::Proj;
use proj4rs::adaptors::transform_vertex_2d;

use super::transverse_mercator::{LANES, Utm};
use super::{Crs, CrsError, codes};

/// Two projections; from one to the other.
#[derive(Clone)]
pub(super) struct Pair {
    from: Proj,
    to: Proj,
    closed: Option<Closed>,
}

/// The commonest conversions, in closed form.
#[derive(Clone)]
enum Closed {
    ToUtm(Utm),
    FromUtm(Utm),
}

impl Closed {
    /// Between degrees and a zone of UTM, where no datum shift lies between.
    fn of(from: u32, to: u32) -> Option<Self> {
        let utm = |code| {
            codes::unshifted_utm(code)
                .map(|(zone, south, flattening)| Utm::new(zone, south, flattening))
        };
        match (codes::is_lonlat(Some(from)), codes::is_lonlat(Some(to))) {
            (true, false) => utm(to).map(Self::ToUtm),
            (false, true) => utm(from).map(Self::FromUtm),
            _ => None,
        }
    }

    fn convert(&self, positions: [[f64; 2]; LANES]) -> [[f64; 2]; LANES] {
        match self {
            Self::ToUtm(utm) => utm.forward(positions),
            Self::FromUtm(utm) => utm.inverse(positions),
        }
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {}", self.from.projname(), self.to.projname())
    }
}

impl Pair {
    /// Converts positions into `to`, which is NaN; it stays so where that is not possible.
    pub(super) fn convert_all(&self, from: &[[f64; 2]], to: &mut [[f64; 2]]) {
        for (positions, converted) in from.chunks(LANES).zip(to.chunks_mut(LANES)) {
            if let Some(closed) = &self.closed {
                let mut lanes = [[f64::NAN; 2]; LANES];
                lanes[..positions.len()].copy_from_slice(positions);
                converted.copy_from_slice(&closed.convert(lanes)[..positions.len()]);
            }
            for (position, converted) in positions.iter().zip(converted) {
                // What is too far from the zone, and every other pair.
                if converted[0].is_nan() {
                    *converted = self.convert(*position);
                }
            }
        }
    }

    /// Converts one position; NaN where that is not possible.
    fn convert(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        const NOWHERE: [f64; 2] = [f64::NAN, f64::NAN];
        if !(x.is_finite() && y.is_finite()) {
            return NOWHERE;
        }
        // proj4rs counts in radians.
        let position = if self.from.is_latlong() {
            (x.to_radians(), y.to_radians())
        } else {
            (x, y)
        };
        match transform_vertex_2d(&self.from, &self.to, position) {
            Ok((x, y)) if self.to.is_latlong() => finite([x.to_degrees(), y.to_degrees()]),
            Ok((x, y)) => finite([x, y]),
            Err(_) => NOWHERE,
        }
    }
}

fn finite(position: [f64; 2]) -> [f64; 2] {
    if position.iter().all(|number| number.is_finite()) {
        position
    } else {
        [f64::NAN, f64::NAN]
    }
}

/// The projection of a PROJ string.
pub(super) fn projection(definition: &str) -> Result<Proj, String> {
    Proj::from_proj_string(definition).map_err(|error| error.to_string())
}

/// The pair and its accuracy in metres where proj4rs does as well as PROJ: no datum shift, or one from
/// PSAD56 or SAD69.
pub(super) fn pair(from: &Crs, to: &Crs, bounds: Option<[f64; 4]>) -> Option<(Pair, Option<f64>)> {
    let (source, target) = (from.epsg?, to.epsg?);
    let exact = |code| codes::is_unshifted(code) || codes::is_old(code);
    if !exact(source) || !exact(target) {
        return None;
    }
    let at = bounds.and_then(|bounds| middle(source, bounds));
    let make = |code| projection(&codes::definition(code, at)?).ok();
    let pair = Pair {
        from: make(source)?,
        to: make(target)?,
        closed: Closed::of(source, target),
    };
    let accuracy_m = |code| {
        if codes::is_old(code) {
            codes::shift_accuracy_m(code, at)
        } else {
            codes::frame_accuracy_m(Some(code))
        }
    };
    Some((
        pair,
        accuracy_m(source)
            .zip(accuracy_m(target))
            .map(|(a, b)| a.max(b)),
    ))
}

/// Any pair that the table of definitions allows; without a datum its accuracy is not known.
#[cfg_attr(feature = "proj", expect(dead_code, reason = "PROJ does it"))]
pub(super) fn any_pair(from: &Crs, to: &Crs) -> Result<(Pair, Option<f64>), CrsError> {
    let no_way = |why: String| CrsError::NoTransform {
        from: from.name.clone(),
        to: to.name.clone(),
        why,
    };
    let make = |crs: &Crs| {
        let definition = match crs.epsg {
            Some(code) => codes::definition(code, None),
            None => Some(crs.definition.clone()).filter(|text| text.starts_with('+')),
        };
        let definition = definition.ok_or_else(|| {
            no_way(format!(
                "{} needs PROJ, which this build does not have",
                crs.name
            ))
        })?;
        if !codes::has_datum(&definition) {
            return Err(no_way(format!(
                "the datum of {} is only known to PROJ, which this build does not have",
                crs.name
            )));
        }
        projection(&definition).map_err(no_way)
    };
    Ok((
        Pair {
            from: make(from)?,
            to: make(to)?,
            closed: None,
        },
        None,
    ))
}

/// Longitude and latitude of the middle of `bounds`, near enough to choose an area: the datum does not matter.
fn middle(code: u32, [west, south, east, north]: [f64; 4]) -> Option<[f64; 2]> {
    let center = [f64::midpoint(west, east), f64::midpoint(south, north)];
    let pair = Pair {
        from: projection(&codes::definition(code, None)?).ok()?,
        to: projection("+proj=longlat +datum=WGS84").ok()?,
        closed: None,
    };
    Some(pair.convert(center)).filter(|center| center[0].is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Transform;

    fn convert(from: &str, to: &str, at: [f64; 2]) -> ([f64; 2], Option<f64>) {
        let (from, to) = (
            Crs::parse(from).expect("known"),
            Crs::parse(to).expect("known"),
        );
        let bounds = Some([at[0], at[1], at[0], at[1]]);
        let transform = Transform::new(&from, &to, bounds).expect("a way");
        (transform.convert(&[at])[0], transform.accuracy_m())
    }

    fn assert_near(found: [f64; 2], expected: [f64; 2], tolerance: f64) {
        let near = (0..2).all(|axis| (found[axis] - expected[axis]).abs() <= tolerance);
        assert!(near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn utm_agrees_with_proj() {
        // cs2cs EPSG:4326 EPSG:32719, PROJ 9.6.2.
        let (position, accuracy_m) = convert("EPSG:4326", "EPSG:32719", [-70.65, -33.45]);
        assert_near(position, [346_650.463_7, 6_297_448.862_3], 1e3);
        assert_eq!(accuracy_m, Some(0.0));
        let (back, _) = convert("EPSG:32719", "EPSG:4326", position);
        assert_near(back, [-70.65, -33.45], 1e-10);
    }

    #[test]
    fn the_same_degrees_stay_bit_by_bit() {
        let at = [-70.123_456_789_012_34, -33.5];
        assert_eq!(convert("EPSG:4674", "OGC:CRS84", at), (at, Some(1.0)));
    }

    #[test]
    fn psad56_is_shifted_by_its_area_and_says_how_well() {
        let (position, accuracy_m) = convert("EPSG:24879", "EPSG:32719", [346_000.0, 6_298_000.0]);
        assert_eq!(accuracy_m, Some(17.0));
        let shift = (position[0] - 346_000.0).hypot(position[1] - 6_298_000.0);
        assert!((400.0..500.0).contains(&shift), "{shift}");
    }

    #[test]
    fn old_datums_are_shifted_as_proj_shifts_them() {
        // PROJ 9.5.1 (pyproj 3.7), the operation of highest accuracy for the place: EPSG 6971, 6972, 6973, 6974, 6975, 6976.
        let known = [
            (
                ("EPSG:24879", "EPSG:32719"),
                [395_390.676, 7_788_206.444],
                [395_206.665, 7_787_830.742],
                17.0,
            ),
            (
                ("EPSG:24879", "EPSG:32719"),
                [351_375.791, 6_292_135.228],
                [351_192.479, 6_291_761.937],
                17.0,
            ),
            (
                ("EPSG:24878", "EPSG:32718"),
                [756_099.648, 5_567_930.943],
                [755_862.834, 5_567_567.980],
                17.0,
            ),
            (
                ("EPSG:29189", "EPSG:32719"),
                [395_390.676, 7_788_206.444],
                [395_332.177, 7_788_161.893],
                4.0,
            ),
            (
                ("EPSG:29189", "EPSG:32719"),
                [351_375.791, 6_292_135.228],
                [351_316.563, 6_292_109.300],
                4.0,
            ),
            (
                ("EPSG:29188", "EPSG:32718"),
                [756_099.648, 5_567_930.943],
                [756_031.847, 5_567_904.230],
                7.0,
            ),
        ];
        for ((from, to), at, expected, accuracy_m) in known {
            let (position, found_m) = convert(from, to, at);
            assert_near(position, expected, 2e-3);
            assert_eq!(found_m, Some(accuracy_m), "{from}");
        }
    }

    #[test]
    fn what_cannot_be_projected_is_nan() {
        let (position, _) = convert("EPSG:4326", "EPSG:32719", [f64::NAN, 0.0]);
        assert!(position[0].is_nan());
    }
}
