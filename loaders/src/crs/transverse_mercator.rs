//! UTM in closed form: Krüger's series to the sixth order, which is exact to a nanometre within a zone.
//!
//! Source: C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), eqs. 7–9,
//! 35 and 36; latitude from the conformal latitude by the series of the same order (Krüger 1912). Trigonometry is taken
//! from quotients and sums wherever that is as exact, so a position within a zone costs one sine and cosine of the
//! mathematics library; the answers are those of `proj4rs` to 10 nm.

/// A zone of UTM on an ellipsoid.
#[derive(Clone, Debug)]
pub(super) struct Utm {
    central_meridian_deg: f64,
    false_northing_m: f64,
    /// Rectifying radius times the scale on the central meridian, in metres.
    radius_m: f64,
    eccentricity: f64,
    forward: [f64; 6],
    inverse: [f64; 6],
    latitude: [f64; 6],
}

const SCALE: f64 = 0.9996;
const FALSE_EASTING_M: f64 = 500_000.0;
/// Semi-major axis of WGS 84 and GRS 80.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// How far from its central meridian a position may be, in degrees: there the series still is exact to a nanometre.
const SPAN_DEG: f64 = 12.0;

impl Utm {
    /// Zone 1 to 60, in the north or the south, on the ellipsoid with this inverse flattening.
    pub(super) fn new(zone: u32, south: bool, inverse_flattening: f64) -> Self {
        let flattening = 1.0 / inverse_flattening;
        let n = flattening / (2.0 - flattening);
        let series = 1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0 + n.powi(6) / 256.0;
        Self {
            central_meridian_deg: f64::from(zone) * 6.0 - 183.0,
            false_northing_m: if south { 10_000_000.0 } else { 0.0 },
            radius_m: SCALE * SEMI_MAJOR_M / (1.0 + n) * series,
            eccentricity: (flattening * (2.0 - flattening)).sqrt(),
            forward: coefficients(&FORWARD, n),
            inverse: coefficients(&INVERSE, n),
            latitude: coefficients(&LATITUDE, n),
        }
    }

    /// Degrees → metres, for some positions at once; NaN where one is too far from the zone.
    pub(super) fn forward(&self, positions: [[f64; 2]; LANES]) -> [[f64; 2]; LANES] {
        let (mut eta, mut xi) = ([f64::NAN; LANES], [f64::NAN; LANES]);
        let (mut angle, mut height) = (Pairs::default(), Pairs::default());
        for lane in 0..LANES {
            let [lon, lat] = positions[lane];
            let east_deg = lon - self.central_meridian_deg;
            if !(east_deg.abs() <= SPAN_DEG && lat.abs() <= 89.0) {
                continue;
            }
            let (sin_lat, cos_lat) = lat.to_radians().sin_cos();
            let sin_east = small_sin(east_deg.to_radians());
            let cos_east = (1.0 - sin_east * sin_east).sqrt();
            // The tangent of the conformal latitude, times the cosine of the latitude (eqs. 7–9).
            let sigma = small_sinh(self.eccentricity * small_atanh(self.eccentricity * sin_lat));
            let up = sin_lat * (1.0 + sigma * sigma).sqrt() - sigma;
            let along = cos_lat * cos_east;
            let length = (up * up + along * along).sqrt();
            let sinh_eta = cos_lat * sin_east / length;
            angle.set(lane, up / length, along / length);
            height.set(lane, sinh_eta, (1.0 + sinh_eta * sinh_eta).sqrt());
            // The angle of (along, up), from that of the latitude, which is near.
            let turn = (up * cos_lat - along * sin_lat) / (along * cos_lat + up * sin_lat);
            xi[lane] = lat.to_radians() + small_atan(turn);
            eta[lane] = small_asinh(sinh_eta);
        }
        let [d_xi, d_eta] = series(&self.forward, &angle, &height);
        std::array::from_fn(|lane| {
            [
                FALSE_EASTING_M + self.radius_m * (eta[lane] + d_eta[lane]),
                self.false_northing_m + self.radius_m * (xi[lane] + d_xi[lane]),
            ]
        })
    }

    /// Metres → degrees, for some positions at once; NaN where one is too far from the zone.
    pub(super) fn inverse(&self, positions: [[f64; 2]; LANES]) -> [[f64; 2]; LANES] {
        let (mut xi, mut eta) = ([f64::NAN; LANES], [f64::NAN; LANES]);
        let (mut angle, mut height) = (Pairs::default(), Pairs::default());
        for lane in 0..LANES {
            let north = (positions[lane][1] - self.false_northing_m) / self.radius_m;
            let east = (positions[lane][0] - FALSE_EASTING_M) / self.radius_m;
            if !(north.abs() <= 1.56 && east.abs() <= 0.2) {
                continue;
            }
            let (sin, cos) = north.sin_cos();
            let sinh = small_sinh(east);
            angle.set(lane, sin, cos);
            height.set(lane, sinh, (1.0 + sinh * sinh).sqrt());
            (xi[lane], eta[lane]) = (north, east);
        }
        let [d_xi, d_eta] = series(&self.inverse, &angle, &height);
        let mut conformal = Pairs::default();
        let mut found = [[f64::NAN; 2]; LANES];
        for lane in 0..LANES {
            // Sine and cosine of a sum, the second part of which is below 0.001.
            let sin_d = small_sin(d_xi[lane]);
            let cos_d = (1.0 - sin_d * sin_d).sqrt();
            let (sin, cos) = (angle.sin[lane], angle.cos[lane]);
            let (sin_xi, cos_xi) = (sin * cos_d - cos * sin_d, cos * cos_d + sin * sin_d);
            let sinh_eta = small_sinh(eta[lane] - d_eta[lane]);
            let along = (cos_xi * cos_xi + sinh_eta * sinh_eta).sqrt();
            let cosh_eta = (1.0 + sinh_eta * sinh_eta).sqrt();
            conformal.set(lane, sin_xi / cosh_eta, along / cosh_eta);
            // The angle of (along, sin ξ'), from ξ', which is near.
            let turn = sin_xi * (cos_xi - along) / (along * cos_xi + sin_xi * sin_xi);
            found[lane] = [
                small_atan(sinh_eta / cos_xi),
                xi[lane] - d_xi[lane] + small_atan(turn),
            ];
        }
        let correction = real_series(&self.latitude, &conformal);
        std::array::from_fn(|lane| {
            [
                self.central_meridian_deg + found[lane][0].to_degrees(),
                (found[lane][1] + correction[lane]).to_degrees(),
            ]
        })
    }
}

/// Positions that are converted at once, so that the processor works on one series while another waits.
pub(super) const LANES: usize = 8;

/// Sine and cosine of an angle, or the hyperbolic ones, of each position.
struct Pairs {
    sin: [f64; LANES],
    cos: [f64; LANES],
}

impl Default for Pairs {
    fn default() -> Self {
        Self {
            sin: [0.0; LANES],
            cos: [1.0; LANES],
        }
    }
}

impl Pairs {
    fn set(&mut self, lane: usize, sin: f64, cos: f64) {
        (self.sin[lane], self.cos[lane]) = (sin, cos);
    }
}

/// Σ `c_j` sin(2j(ξ + iη)) by Clenshaw's recurrence, real and imaginary part.
fn series(coefficients: &[f64; 6], xi: &Pairs, eta: &Pairs) -> [[f64; LANES]; 2] {
    let [mut re, mut im, mut re_before, mut im_before] = [[0.0; LANES]; 4];
    let [mut factor_re, mut factor_im, mut sine_re, mut sine_im] = [[0.0; LANES]; 4];
    for lane in 0..LANES {
        let (sin, cos) = (xi.sin[lane], xi.cos[lane]);
        let (sinh, cosh) = (eta.sin[lane], eta.cos[lane]);
        let (sin_2, cos_2) = (2.0 * sin * cos, (cos - sin) * (cos + sin));
        let (sinh_2, cosh_2) = (2.0 * sinh * cosh, 1.0 + 2.0 * sinh * sinh);
        (factor_re[lane], factor_im[lane]) = (2.0 * cos_2 * cosh_2, -2.0 * sin_2 * sinh_2);
        (sine_re[lane], sine_im[lane]) = (sin_2 * cosh_2, cos_2 * sinh_2);
    }
    for coefficient in coefficients.iter().rev() {
        for lane in 0..LANES {
            let next_re = coefficient + factor_re[lane] * re[lane]
                - factor_im[lane] * im[lane]
                - re_before[lane];
            let next_im = factor_re[lane] * im[lane] + factor_im[lane] * re[lane] - im_before[lane];
            (re_before[lane], im_before[lane]) = (re[lane], im[lane]);
            (re[lane], im[lane]) = (next_re, next_im);
        }
    }
    [
        std::array::from_fn(|lane| sine_re[lane] * re[lane] - sine_im[lane] * im[lane]),
        std::array::from_fn(|lane| sine_re[lane] * im[lane] + sine_im[lane] * re[lane]),
    ]
}

/// Σ `c_j` sin(2jχ) by Clenshaw's recurrence.
fn real_series(coefficients: &[f64; 6], chi: &Pairs) -> [f64; LANES] {
    let [mut sum, mut before] = [[0.0; LANES]; 2];
    let factor: [f64; LANES] = std::array::from_fn(|lane| {
        2.0 * (chi.cos[lane] - chi.sin[lane]) * (chi.cos[lane] + chi.sin[lane])
    });
    for coefficient in coefficients.iter().rev() {
        for lane in 0..LANES {
            let next = coefficient + factor[lane] * sum[lane] - before[lane];
            (before[lane], sum[lane]) = (sum[lane], next);
        }
    }
    std::array::from_fn(|lane| 2.0 * chi.sin[lane] * chi.cos[lane] * sum[lane])
}

/// Artanh by its series, exact for the sines of an ellipsoid times its eccentricity (below 0.09).
fn small_atanh(x: f64) -> f64 {
    let z = x * x;
    x * (1.0
        + z * (1.0 / 3.0
            + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0 + z * (1.0 / 11.0 + z / 13.0))))))
}

/// Sine by its series below 0.07 (four degrees), else by the library.
fn small_sin(x: f64) -> f64 {
    if x.abs() > 0.07 {
        return x.sin();
    }
    let z = x * x;
    x * (1.0 - z / 6.0 * (1.0 - z / 20.0 * (1.0 - z / 42.0 * (1.0 - z / 72.0))))
}

/// Arctangent by its series below 0.07, else by the library.
fn small_atan(x: f64) -> f64 {
    if x.abs() > 0.07 {
        return x.atan();
    }
    let z = x * x;
    x * (1.0
        - z * (1.0 / 3.0
            - z * (1.0 / 5.0 - z * (1.0 / 7.0 - z * (1.0 / 9.0 - z * (1.0 / 11.0 - z / 13.0))))))
}

/// Sinh by its series below 0.2, where the closed form would lose digits.
fn small_sinh(x: f64) -> f64 {
    let z = x * x;
    x * (1.0 + z / 6.0 * (1.0 + z / 20.0 * (1.0 + z / 42.0 * (1.0 + z / 72.0 * (1.0 + z / 110.0)))))
}

/// Arsinh by its series below 0.07 (four degrees from the meridian), else by the library.
fn small_asinh(x: f64) -> f64 {
    if x.abs() > 0.07 {
        return x.asinh();
    }
    let z = x * x;
    x * (1.0
        + z * (-1.0 / 6.0
            + z * (3.0 / 40.0
                + z * (-15.0 / 336.0
                    + z * (105.0 / 3456.0 + z * (-945.0 / 42240.0 + z * 10395.0 / 599_040.0))))))
}

/// The coefficients of a series for the third flattening `n`: row j holds those of n^j, n^(j+1) …
fn coefficients(rows: &[&[(f64, f64)]; 6], n: f64) -> [f64; 6] {
    let mut power = 1.0;
    rows.map(|row| {
        power *= n;
        let polynomial = row
            .iter()
            .rev()
            .fold(0.0, |sum, (over, under)| sum * n + over / under);
        power * polynomial
    })
}

/// α of eq. 35: conformal → rectified, as fractions.
const FORWARD: [&[(f64, f64)]; 6] = [
    &[
        (1.0, 2.0),
        (-2.0, 3.0),
        (5.0, 16.0),
        (41.0, 180.0),
        (-127.0, 288.0),
        (7891.0, 37_800.0),
    ],
    &[
        (13.0, 48.0),
        (-3.0, 5.0),
        (557.0, 1440.0),
        (281.0, 630.0),
        (-1_983_433.0, 1_935_360.0),
    ],
    &[
        (61.0, 240.0),
        (-103.0, 140.0),
        (15_061.0, 26_880.0),
        (167_603.0, 181_440.0),
    ],
    &[
        (49_561.0, 161_280.0),
        (-179.0, 168.0),
        (6_601_661.0, 7_257_600.0),
    ],
    &[(34_729.0, 80_640.0), (-3_418_889.0, 1_995_840.0)],
    &[(212_378_941.0, 319_334_400.0)],
];

/// β of eq. 36: rectified → conformal.
const INVERSE: [&[(f64, f64)]; 6] = [
    &[
        (1.0, 2.0),
        (-2.0, 3.0),
        (37.0, 96.0),
        (-1.0, 360.0),
        (-81.0, 512.0),
        (96_199.0, 604_800.0),
    ],
    &[
        (1.0, 48.0),
        (1.0, 15.0),
        (-437.0, 1440.0),
        (46.0, 105.0),
        (-1_118_711.0, 3_870_720.0),
    ],
    &[
        (17.0, 480.0),
        (-37.0, 840.0),
        (-209.0, 4480.0),
        (5569.0, 90_720.0),
    ],
    &[
        (4397.0, 161_280.0),
        (-11.0, 504.0),
        (-830_251.0, 7_257_600.0),
    ],
    &[(4583.0, 161_280.0), (-108_847.0, 3_991_680.0)],
    &[(20_648_693.0, 638_668_800.0)],
];

/// δ: conformal latitude → latitude.
const LATITUDE: [&[(f64, f64)]; 6] = [
    &[
        (2.0, 1.0),
        (-2.0, 3.0),
        (-2.0, 1.0),
        (116.0, 45.0),
        (26.0, 45.0),
        (-2854.0, 675.0),
    ],
    &[
        (7.0, 3.0),
        (-8.0, 5.0),
        (-227.0, 45.0),
        (2704.0, 315.0),
        (2323.0, 945.0),
    ],
    &[
        (56.0, 15.0),
        (-136.0, 35.0),
        (-1262.0, 105.0),
        (73_814.0, 2835.0),
    ],
    &[(4279.0, 630.0), (-332.0, 35.0), (-399_572.0, 14_175.0)],
    &[(4174.0, 315.0), (-144_838.0, 6237.0)],
    &[(601_676.0, 22_275.0)],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::pure::projection;
    use proj4rs::adaptors::transform_vertex_2d;

    /// Every half degree of a zone and of its neighbours, at all latitudes.
    fn positions() -> impl Iterator<Item = [f64; 2]> {
        let steps = |from: i32, to: i32| (from..=to).map(f64::from);
        steps(-18, 18).flat_map(move |east| {
            steps(-170, 170).map(move |north| [-69.0 + east / 3.0 + 0.01, north / 2.0 + 0.003])
        })
    }

    #[test]
    fn it_agrees_with_proj4rs_to_nanometres() {
        let utm = Utm::new(19, true, 298.257_223_563);
        let from = projection("+proj=longlat +datum=WGS84").expect("known");
        let to = projection("+proj=utm +zone=19 +south +datum=WGS84 +units=m").expect("known");
        for [lon, lat] in positions() {
            let [x, y] = utm.forward([[lon, lat]; LANES])[0];
            let (x_own, y_own) =
                transform_vertex_2d(&from, &to, (lon.to_radians(), lat.to_radians()))
                    .expect("within the zone");
            let off_m = (x - x_own).hypot(y - y_own);
            assert!(off_m < 1e-8, "{off_m} m at {lon} {lat}");
        }
    }

    #[test]
    fn there_and_back_is_the_same_place_to_a_ten_billionth_of_a_degree() {
        let utm = Utm::new(19, true, 298.257_222_101);
        for position in positions() {
            let back = utm.inverse(utm.forward([position; LANES]))[LANES - 1];
            // At high latitudes a degree of longitude is short.
            let off = (back[0] - position[0]) * position[1].to_radians().cos();
            assert!(
                off.abs() < 2e-13 && (back[1] - position[1]).abs() < 1e-13,
                "{back:?} is not {position:?}"
            );
        }
    }

    #[test]
    fn what_is_far_from_the_zone_is_left_to_others() {
        let utm = Utm::new(19, true, 298.257_223_563);
        let mut positions = [[-70.0, -33.0]; LANES];
        (positions[1], positions[2], positions[3]) = ([-50.0, 0.0], [f64::NAN, 0.0], [-69.0, 90.0]);
        let found = utm.forward(positions);
        assert_eq!(
            found.map(|[x, _]| x.is_nan())[..5],
            [false, true, true, true, false]
        );
        let mut metres = [[3e5, 6.3e6]; LANES];
        (metres[0], metres[7]) = ([5e6, 0.0], [5e5, f64::NAN]);
        let found = utm.inverse(metres);
        assert_eq!(
            [found[0], found[1], found[7]].map(|[x, _]| x.is_nan()),
            [true, false, true]
        );
    }
}
