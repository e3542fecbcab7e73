//! Colours of a heat map: ramps whose lightness runs one way, so that they are read alike with any colour vision.

/// Nine colours at equal steps, from the lowest value to the highest; between them sRGB is interpolated.
#[derive(Debug)]
pub struct Ramp {
    name: &'static str,
    stops: [u32; 9],
    /// Whether its middle is nothing, and its ends are less and more.
    is_diverging: bool,
}

/// The ramps, the default first; then those for differences, the default of them first.
///
/// `ylorrd`, `blues`, `purples`, `rdbu` and `puor` (both turned round, so that more is warm): the nine-class schemes of ColorBrewer 2.0 (Cynthia Brewer, Mark Harrower and The
/// Pennsylvania State University, Apache 2.0). `viridis`, `magma`: Stéfan van der Walt and Nathaniel Smith for
/// Matplotlib (CC0), sampled at eighths.
static RAMPS: [Ramp; 7] = [
    Ramp {
        name: "ylorrd",
        stops: [
            0xff_ffcc, 0xff_eda0, 0xfe_d976, 0xfe_b24c, 0xfd_8d3c, 0xfc_4e2a, 0xe3_1a1c, 0xbd_0026,
            0x80_0026,
        ],
        is_diverging: false,
    },
    Ramp {
        name: "viridis",
        stops: [
            0x44_0154, 0x47_2d7b, 0x3b_528b, 0x2c_728e, 0x21_918c, 0x28_ae80, 0x5e_c962, 0xad_dc30,
            0xfd_e725,
        ],
        is_diverging: false,
    },
    Ramp {
        name: "magma",
        stops: [
            0x00_0004, 0x1d_1147, 0x51_127c, 0x83_2681, 0xb7_3779, 0xe7_5263, 0xfc_8961, 0xfe_c488,
            0xfc_fdbf,
        ],
        is_diverging: false,
    },
    Ramp {
        name: "blues",
        stops: [
            0xf7_fbff, 0xde_ebf7, 0xc6_dbef, 0x9e_cae1, 0x6b_aed6, 0x42_92c6, 0x21_71b5, 0x08_519c,
            0x08_306b,
        ],
        is_diverging: false,
    },
    Ramp {
        name: "purples",
        stops: [
            0xfc_fbfd, 0xef_edf5, 0xda_daeb, 0xbc_bddc, 0x9e_9ac8, 0x80_7dba, 0x6a_51a3, 0x54_278f,
            0x3f_007d,
        ],
        is_diverging: false,
    },
    Ramp {
        name: "rdbu",
        stops: [
            0x21_66ac, 0x43_93c3, 0x92_c5de, 0xd1_e5f0, 0xf7_f7f7, 0xfd_dbc7, 0xf4_a582, 0xd6_604d,
            0xb2_182b,
        ],
        is_diverging: true,
    },
    Ramp {
        name: "puor",
        stops: [
            0x54_2788, 0x80_73ac, 0xb2_abd2, 0xd8_daeb, 0xf7_f7f7, 0xfe_e0b6, 0xfd_b863, 0xe0_8214,
            0xb3_5806,
        ],
        is_diverging: true,
    },
];

impl Ramp {
    /// The default ramp.
    pub fn first() -> &'static Self {
        &RAMPS[0]
    }

    /// A ramp by name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        RAMPS
            .iter()
            .find(|ramp| ramp.name.eq_ignore_ascii_case(name))
    }

    /// The default ramp of differences.
    pub fn first_diverging() -> &'static Self {
        &RAMPS[5]
    }

    /// The names of the ramps from nothing to much.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let upwards = RAMPS.iter().filter(|ramp| !ramp.is_diverging);
        upwards.map(|ramp| ramp.name)
    }

    /// The names of the ramps of differences.
    pub fn diverging_names() -> impl Iterator<Item = &'static str> {
        let diverging = RAMPS.iter().filter(|ramp| ramp.is_diverging);
        diverging.map(|ramp| ramp.name)
    }

    /// Whether it is one of differences.
    pub fn is_diverging(&self) -> bool {
        self.is_diverging
    }

    /// Name in the query.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Red, green and blue at a share of the scale, 0 to 1.
    pub(crate) fn color(&self, share: f64) -> [u8; 3] {
        let at = share.clamp(0.0, 1.0) * 8.0;
        let low = whole(at.floor()).min(7);
        let part = at - f64::from(low);
        let [from, to] = [low, low + 1].map(|stop| self.stops[usize::from(stop)].to_be_bytes());
        [1, 2, 3].map(|channel| {
            whole((f64::from(from[channel]) * (1.0 - part) + f64::from(to[channel]) * part).round())
        })
    }

    /// The colour as CSS writes it.
    pub fn css(&self, share: f64) -> String {
        let [red, green, blue] = self.color(share);
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// How much a share of the scale hides of the map below: nothing at 0, all at 1, most of it from a third upwards.
pub(crate) fn opacity(share: f64) -> u8 {
    let hidden = 1.0 - (1.0 - share.clamp(0.0, 1.0)).powi(4);
    whole((hidden * 255.0).round())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates, as meant"
)]
fn whole(value: f64) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_runs_through_its_stops() {
        let ramp = Ramp::named("YlOrRd").unwrap();
        assert_eq!(ramp.css(0.0), "#ffffcc");
        assert_eq!(ramp.css(0.5), "#fd8d3c");
        assert_eq!(ramp.css(1.0), "#800026");
        assert_eq!(ramp.css(f64::INFINITY), "#800026");
        assert_eq!(ramp.color(1.0 / 16.0), [255, 246, 182]);
    }

    #[test]
    fn the_lightness_of_every_ramp_runs_one_way() {
        let lightness = |[r, g, b]: [u8; 3]| {
            0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
        };
        for ramp in RAMPS.iter().filter(|ramp| !ramp.is_diverging) {
            let steps: Vec<f64> = (0..=100)
                .map(|step| lightness(ramp.color(f64::from(step) / 100.0)))
                .collect();
            let rises = steps
                .windows(2)
                .filter(|pair| pair[1] > pair[0] + 1.0)
                .count();
            let falls = steps
                .windows(2)
                .filter(|pair| pair[1] < pair[0] - 1.0)
                .count();
            assert!(
                rises == 0 || falls == 0,
                "{}: {rises} up, {falls} down",
                ramp.name
            );
        }
    }

    #[test]
    fn a_diverging_ramp_is_lightest_in_the_middle_and_tells_its_ends_apart() {
        for ramp in [Ramp::first_diverging(), Ramp::named("puor").unwrap()] {
            assert!(ramp.is_diverging() && ramp.css(0.5) == "#f7f7f7");
            let [low, high] = [ramp.color(0.0), ramp.color(1.0)];
            assert!(high[0] > high[2] && low[2] > low[0], "{}", ramp.name());
        }
    }

    #[test]
    fn opacity_grows_from_nothing_to_all() {
        let steps: Vec<u8> = (0..=100)
            .map(|step| opacity(f64::from(step) / 100.0))
            .collect();
        assert!(steps.is_sorted() && steps[0] == 0 && steps[1] > 0 && steps[100] == 255);
    }
}
