//! Which CRS coordinates of unknown kind may be in: by where each would put them, seen from the project's territory.

use super::{Crs, MetricProjection, Transform, codes};

/// Systems that files of the region come in, with the names that people know them by.
const LISTED: [(u32, &str); 13] = [
    (32719, "WGS 84 / UTM 19S"),
    (32718, "WGS 84 / UTM 18S"),
    (32720, "WGS 84 / UTM 20S"),
    (5361, "SIRGAS-Chile 2002 / UTM 19S"),
    (9155, "SIRGAS-Chile 2016 / UTM 19S"),
    (5362, "SIRGAS-Chile 2002 / UTM 18S"),
    (9154, "SIRGAS-Chile 2016 / UTM 18S"),
    (24879, "PSAD56 / UTM 19S"),
    (24878, "PSAD56 / UTM 18S"),
    (29189, "SAD69 / UTM 19S"),
    (29188, "SAD69 / UTM 18S"),
    (3857, "Web Mercator"),
    (4326, "WGS 84, degrees"),
];

/// Nearer than this to the best candidate it does not matter which is chosen, in metres.
const SAME_M: f64 = 2.0;
/// Candidates that put the coordinates farther away than this are only named where there is none better, in km.
const NEAR_KM: f64 = 50.0;
/// What no number tells.
const UNTELLABLE: &str =
    "feet, state planes and local grids cannot be told from numbers: ask who made the file";
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;

/// West, south, east, north in degrees.
type Area = [f64; 4];

struct Candidate {
    name: String,
    label: String,
    area: Area,
    gap_km: f64,
}

/// What to write for coordinates within `bounds` (min x, min y, max x, max y) in a project whose territory is `place`.
///
/// The nearest candidate first; those that put the coordinates at the same place are named together, and one that puts
/// them a little beside says by how much, since the choice then matters. What cannot be told from numbers is said.
pub(crate) fn proposal(bounds: [f64; 4], project: &MetricProjection, place: Area) -> String {
    let mut found = candidates(bounds, project, place);
    found.sort_by(|a, b| a.gap_km.total_cmp(&b.gap_km));
    let Some(best) = found.first() else {
        return format!("its coordinates fit no usual system; {UNTELLABLE}");
    };
    if best.gap_km > NEAR_KM {
        let named: Vec<String> = found.iter().take(3).map(|far| far.placed(place)).collect();
        return format!(
            "no usual system puts its coordinates into the territory ({}); {UNTELLABLE}",
            named.join("; ")
        );
    }
    let mut parts = vec![format!(
        "say crs = {:?} ({}; {})",
        best.name,
        best.label,
        best.position(place)
    )];
    let beside_m = |other: &Candidate| distance_m(center(best.area), center(other.area));
    let (same, beside): (Vec<_>, Vec<_>) = found[1..]
        .iter()
        .filter(|other| other.gap_km <= NEAR_KM)
        .partition(|other| beside_m(other) <= SAME_M);
    if !same.is_empty() {
        let names: Vec<_> = same.iter().map(|other| other.named()).collect();
        parts.push(format!("the same within {SAME_M} m: {}", names.join(", ")));
    }
    if !beside.is_empty() {
        let names: Vec<_> = beside
            .iter()
            .map(|other| format!("{} {} from there", other.named(), length(beside_m(other))))
            .collect();
        parts.push(format!(
            "the choice matters: {}; ask who made the file",
            names.join(", ")
        ));
    }
    if let Some(far) = found.iter().find(|other| other.gap_km > NEAR_KM) {
        parts.push(format!("less likely: {}", far.placed(place)));
    }
    parts.push("feet and state planes cannot be told from numbers".to_owned());
    parts.join("; ")
}

fn candidates(bounds: [f64; 4], project: &MetricProjection, place: Area) -> Vec<Candidate> {
    let own = project.crs().name().to_owned();
    let own = (own, "the project's own".to_owned());
    let neighbours = project
        .crs()
        .epsg()
        .into_iter()
        .flat_map(|code| [code.saturating_sub(1), code + 1]);
    let neighbours = neighbours
        .filter(|code| codes::is_unshifted(*code) && codes::area(*code).is_some())
        .map(|code| (code, "the zone beside the project's"));
    let listed = LISTED
        .into_iter()
        .chain(neighbours)
        .map(|(code, label)| (format!("EPSG:{code}"), label.to_owned()));
    let mut found: Vec<Candidate> = vec![];
    for (name, label) in [own].into_iter().chain(listed) {
        if found.iter().any(|known| known.name == name) {
            continue;
        }
        let area = Crs::parse(&name).ok().and_then(|crs| fall(bounds, &crs));
        found.extend(area.map(|area| Candidate {
            gap_km: gap_km(area, place),
            name,
            label,
            area,
        }));
    }
    found.extend(swapped(bounds, place));
    found
}

/// Where the coordinates fall in degrees; `None` where they cannot be of this system.
fn fall(bounds: [f64; 4], crs: &Crs) -> Option<Area> {
    let [min_x, min_y, max_x, max_y] = bounds;
    let degrees = are_degrees(bounds);
    if crs.is_geographic() {
        return degrees.then_some(bounds);
    }
    if degrees {
        return None;
    }
    // Whatever is not within reach of a zone's own meridian cannot be meant.
    let zone = crs
        .epsg()
        .is_some_and(|code| code != 3857 && codes::area(code).is_some());
    if zone
        && !(min_x >= -500_000.0 && max_x <= 1_500_000.0 && min_y >= -100_000.0 && max_y <= 1.01e7)
    {
        return None;
    }
    let transform = Transform::new(crs, &Crs::lonlat(), Some(bounds)).ok()?;
    let corners = [
        [min_x, min_y],
        [max_x, min_y],
        [max_x, max_y],
        [min_x, max_y],
    ];
    let corners = transform.convert(&corners);
    let fits = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
    corners.iter().all(fits).then(|| {
        corners.iter().fold(
            [
                f64::INFINITY,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
            ],
            |[w, s, e, n], [lon, lat]| [w.min(*lon), s.min(*lat), e.max(*lon), n.max(*lat)],
        )
    })
}

/// Degrees in the order latitude, longitude, where only that puts them into the territory.
fn swapped([min_x, min_y, max_x, max_y]: [f64; 4], place: Area) -> Option<Candidate> {
    let bounds = [min_y, min_x, max_y, max_x];
    let straight_km = gap_km([min_x, min_y, max_x, max_y], place);
    let gap_km = gap_km(bounds, place);
    (are_degrees(bounds) && gap_km <= NEAR_KM && straight_km > NEAR_KM).then(|| Candidate {
        name: "EPSG:4326".to_owned(),
        label: "WGS 84, degrees, with x and y swapped: name the columns the other way round"
            .to_owned(),
        area: bounds,
        gap_km,
    })
}

fn are_degrees([min_x, min_y, max_x, max_y]: [f64; 4]) -> bool {
    min_x >= -180.0 && max_x <= 180.0 && min_y >= -90.0 && max_y <= 90.0
}

impl Candidate {
    fn named(&self) -> String {
        format!("{} ({})", self.name, self.label)
    }

    /// `EPSG:32718 (WGS 84 / UTM 18S), 560 km west of the territory`.
    fn placed(&self, place: Area) -> String {
        format!("{}, {}", self.named(), self.position(place))
    }

    fn position(&self, place: Area) -> String {
        if self.gap_km == 0.0 {
            return "inside the territory".to_owned();
        }
        let wind = wind(center(place), center(self.area));
        format!("{} {wind} of the territory", length(self.gap_km * 1000.0))
    }
}

fn center([west, south, east, north]: Area) -> [f64; 2] {
    [f64::midpoint(west, east), f64::midpoint(south, north)]
}

/// Near enough for a message: on a sphere, by the latitude between.
fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    let east = (b[0] - a[0]) * f64::midpoint(a[1], b[1]).to_radians().cos();
    east.hypot(b[1] - a[1]) * DEGREE_M
}

/// How far the nearest edges of two areas are apart; zero where they meet.
fn gap_km(area: Area, place: Area) -> f64 {
    let apart = |low: usize, high: usize| {
        (place[low] - area[high])
            .max(area[low] - place[high])
            .max(0.0)
    };
    let at = center(place);
    distance_m(at, [at[0] + apart(0, 2), at[1] + apart(1, 3)]) / 1000.0
}

fn length(metres: f64) -> String {
    match metres {
        ..1000.0 => format!("{metres:.0} m"),
        _ => format!("{:.0} km", metres / 1000.0),
    }
}

fn wind(from: [f64; 2], to: [f64; 2]) -> &'static str {
    const WINDS: [&str; 8] = [
        "east",
        "northeast",
        "north",
        "northwest",
        "west",
        "southwest",
        "south",
        "southeast",
    ];
    let angle = (to[1] - from[1])
        .atan2(to[0] - from[0])
        .rem_euclid(std::f64::consts::TAU);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 8"
    )]
    let eighth = (angle / std::f64::consts::FRAC_PI_4).round() as usize;
    WINDS[eighth % WINDS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SANTIAGO: Area = [-70.75, -33.6, -70.55, -33.4];

    fn proposed(bounds: [f64; 4]) -> String {
        let project = MetricProjection::new("EPSG:32719").expect("known");
        proposal(bounds, &project, SANTIAGO)
    }

    #[test]
    fn metres_of_the_zone_are_the_project_s_and_old_datums_are_told_beside() {
        let text = proposed([340_000.0, 6_285_000.0, 350_000.0, 6_295_000.0]);
        assert!(
            text.starts_with("say crs = \"EPSG:32719\" (the project's own; inside the territory)"),
            "{text}"
        );
        assert!(text.contains("the same within 2 m: EPSG:5361"), "{text}");
        let beside = text.split("the choice matters: ").nth(1).expect(&text);
        assert!(beside.contains("EPSG:24879 (PSAD56 / UTM 19S) 4"), "{text}");
        assert!(beside.contains("EPSG:29189 (SAD69 / UTM 19S) 6"), "{text}");
        assert!(text.contains("less likely: EPSG:"), "{text}");
    }

    #[test]
    fn degrees_and_swapped_degrees_are_told_apart() {
        let text = proposed([-70.7, -33.5, -70.6, -33.45]);
        assert!(
            text.starts_with("say crs = \"EPSG:4326\" (WGS 84, degrees; inside the territory)"),
            "{text}"
        );
        let text = proposed([-33.5, -70.7, -33.45, -70.6]);
        assert!(text.contains("x and y swapped"), "{text}");
    }

    #[test]
    fn web_mercator_is_recognised_by_its_place() {
        let text = proposed([-7_870_000.0, -3_960_000.0, -7_860_000.0, -3_950_000.0]);
        assert!(text.starts_with("say crs = \"EPSG:3857\""), "{text}");
    }

    #[test]
    fn what_fits_nowhere_near_is_said_to() {
        // New York in feet, and nonsense.
        for bounds in [
            [913_000.0, 120_000.0, 1_067_000.0, 272_000.0],
            [1e9, 1e9, 2e9, 2e9],
        ] {
            let text = proposed(bounds);
            assert!(text.contains("feet"), "{text}");
            assert!(!text.starts_with("say"), "{text}");
        }
    }

    #[test]
    fn directions_are_those_of_the_compass() {
        assert_eq!(wind([0.0, 0.0], [-5.0, 0.1]), "west");
        assert_eq!(wind([0.0, 0.0], [1.0, -1.0]), "southeast");
        assert_eq!(gap_km(SANTIAGO, SANTIAGO), 0.0);
    }
}
