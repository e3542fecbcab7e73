//! Features beyond the territory of the project.

use comarca_engine::{GeometryType, Layer};

use super::layers::{Loaded, lonlat_bounds};
use super::origin::Origin;
use crate::problem::Problem;
use crate::project::Project;

/// Least margin around the territory, in degrees: about 5 km.
const MARGIN_MIN: f64 = 0.05;

/// Tells, layer by layer, of features outside the box around all levels with a tenth of its size as margin, and of what
/// may be the cause. Those at 0/0 have been told before. Cost O(features).
pub(super) fn notices(project: &Project, layers: &[Loaded]) -> Vec<Problem> {
    let is_level = |layer: &Layer| {
        let mut levels = project.config.levels.iter();
        levels.any(|level| level.layer.as_deref() == Some(layer.id()))
    };
    let (levels, others): (Vec<&Loaded>, Vec<&Loaded>) =
        layers.iter().partition(|loaded| is_level(&loaded.layer));
    let Some(bounds) = lonlat_bounds(levels.into_iter().map(|loaded| &*loaded.layer)) else {
        return vec![];
    };
    let territory = with_margin(bounds);
    let notice = |loaded: &&Loaded| {
        let source = &project.config.layers.get(loaded.layer.id())?.source;
        let found = of_layer(&loaded.layer, &loaded.origin, territory);
        Some(found.into_iter().map(|problem| problem.of_source(source)))
    };
    others.iter().filter_map(notice).flatten().collect()
}

fn with_margin([west, south, east, north]: [f64; 4]) -> [f64; 4] {
    let margin = ((east - west).max(north - south) / 10.0).max(MARGIN_MIN);
    [west - margin, south - margin, east + margin, north + margin]
}

fn of_layer(layer: &Layer, origin: &Origin, territory: [f64; 4]) -> Vec<Problem> {
    let place = |row: usize| {
        let first = layer.shapes().feature_coordinates(row).start;
        let has_place = layer.shapes().geometry_type(row) != GeometryType::None;
        has_place.then(|| [layer.lonlat()[first].lon, layer.lonlat()[first].lat])
    };
    let placed = (0..layer.len()).filter_map(|row| Some((row, place(row)?)));
    let is_out = |(_, at): &(usize, [f64; 2])| *at != [0.0, 0.0] && !holds(territory, *at);
    let outside: Vec<(usize, [f64; 2])> = placed.filter(is_out).collect();
    let Some((_, [lon, lat])) = outside.first() else {
        return vec![];
    };
    let swapped = outside
        .iter()
        .filter(|(_, [lon, lat])| holds(territory, [*lat, *lon]));
    let swapped = swapped.count();
    let mut advice = if outside.len() * 2 > layer.len() {
        "the source covers more than the territory; keep what is meant with where = \"…\""
            .to_owned()
    } else {
        "check the coordinates; they count nowhere".to_owned()
    };
    if swapped > 0 {
        advice = format!("{swapped} of them would lie inside with x and y swapped; {advice}");
    }
    let rows: Vec<usize> = outside.iter().map(|(row, _)| *row).collect();
    let message = format!(
        "lies outside the territory, as {} of {} features do",
        rows.len(),
        layer.len()
    );
    let problem = Problem::notice(message)
        .in_layer(layer.id())
        .found(&format!("{lon:.5}, {lat:.5}"))
        .advice(advice);
    origin.problems(&problem, &rows)
}

fn holds([west, south, east, north]: [f64; 4], [lon, lat]: [f64; 2]) -> bool {
    (west..=east).contains(&lon) && (south..=north).contains(&lat)
}
