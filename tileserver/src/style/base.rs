//! The ground of every style: paper, land, borders and names.

use comarca_engine::{BORDERS, LABELS, Level, WHOLE, WORLD_CELLS};
use serde_json::{Map, Value, json};

use super::{BOLD, Draft, INK, REGULAR};
use crate::generation::Generation;
use crate::query::encoded;

const PAPER: &str = "#dfe6e8";
const LAND: &str = "#f6f7f4";
const SOURCE: &str = "territory";

/// From this many pixels a territory has a border, on average, and from this many a name.
const BORDER_PX: f64 = 14.0;
const NAME_PX: f64 = 90.0;

/// Sources and layers of the ground, from the lowest layer up.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) sources: Map<String, Value>,
    pub(super) land: Vec<Value>,
    pub(super) borders: Vec<Value>,
    pub(super) names: Vec<Value>,
}

impl Draft<'_> {
    /// Land, with borders and names of the level at `finest` and all above it.
    pub(super) fn ground(&self, finest: usize) -> Ground {
        let territory = &self.generation.territory;
        let levels = &territory.levels()[finest..];
        // The whole has its name in the title of the map; alone it is named.
        let named = levels
            .iter()
            .filter(|level| level.id() != WHOLE || levels.len() == 1);
        let named: Vec<&Level> = named.collect();
        let borders_id = format!("{}{BORDERS}", levels[0].id());
        let ids = [WHOLE.to_owned(), borders_id.clone()].into_iter();
        let ids = ids.chain(named.iter().map(|level| format!("{}{LABELS}", level.id())));
        let ids: Vec<String> = ids.map(|id| encoded(&id)).collect();
        let query = [("properties", "level,left,rank,right")];
        let mut sources = Map::new();
        sources.insert(SOURCE.to_owned(), self.tiles(&ids.join(","), &query));
        let paper = json!({
            "id": "paper", "type": "background", "paint": { "background-color": PAPER },
        });
        let land = json!({
            "id": "land", "type": "fill", "source": SOURCE, "source-layer": WHOLE,
            "paint": { "fill-color": LAND },
        });
        let borders = levels.iter().enumerate();
        let borders =
            borders.map(|(step, level)| self.border(level, step, levels.len(), &borders_id));
        // What is drawn last is placed first: where there is no room for all, the coarser names stay.
        let names = named.iter().enumerate();
        let last = named.len().saturating_sub(1);
        let names = names.map(|(step, level)| self.names(level, step, step == last));
        Ground {
            sources,
            land: vec![paper, land],
            borders: borders.collect(),
            names: names.collect(),
        }
    }

    /// The borders between territories of a level that no coarser level divides there: the coarser, the heavier.
    fn border(&self, level: &Level, step: usize, steps: usize, source_layer: &str) -> Value {
        let from_top = steps - 1 - step;
        let width = 0.5 + 0.6 * step.min(4) as f64;
        let opacity = (0.75 - 0.13 * from_top.min(3) as f64).max(0.3);
        json!({
            "id": format!("border-{}", level.id()),
            "type": "line",
            "source": SOURCE,
            "source-layer": source_layer,
            "filter": ["==", ["get", "level"], level.id()],
            "minzoom": least_zoom(self.generation, level, BORDER_PX),
            // Round caps of lines that let the ground through would be dots where borders meet.
            "layout": { "line-join": "round" },
            "paint": {
                "line-color": INK,
                "line-opacity": rounded(opacity),
                "line-width": ["interpolate", ["linear"], ["zoom"], 9, rounded(width * 0.6), 16, rounded(width * 2.0)],
            },
        })
    }

    fn names(&self, level: &Level, step: usize, is_coarsest: bool) -> Value {
        let size = 11.0 + 2.0 * step.min(3) as f64;
        json!({
            "id": format!("name-{}", level.id()),
            "type": "symbol",
            "source": SOURCE,
            "source-layer": format!("{}{LABELS}", level.id()),
            "minzoom": least_zoom(self.generation, level, NAME_PX),
            // A name that is only the key says nothing to a reader.
            "filter": ["!=", ["get", "name"], ["get", "key"]],
            "layout": {
                "text-field": ["get", "name"],
                "text-font": if is_coarsest { BOLD } else { REGULAR },
                "text-size": ["interpolate", ["linear"], ["zoom"], 9, size, 16, size * 1.3],
                "text-max-width": 7,
                "text-padding": 4,
                "symbol-sort-key": ["get", "rank"],
            },
            "paint": {
                "text-color": INK,
                "text-halo-color": "rgba(255, 255, 255, 0.85)",
                "text-halo-width": 1.5,
            },
        })
    }
}

/// The zoom at which the territories of a level are so many pixels wide on average, to a tenth.
fn least_zoom(generation: &Generation, level: &Level, pixels: f64) -> f64 {
    const TILE_PX: f64 = 512.0;
    let Some([west, south, east, north]) = generation.bounds(level.id()) else {
        return 0.0;
    };
    let corner = |lon, lat| comarca_engine::LonLat { lon, lat }.to_world();
    let (low, high) = (corner(west, north), corner(east, south));
    let cells = |from: u32, to: u32| f64::from(to.saturating_sub(from)).max(1.0);
    let area = cells(low.x, high.x) * cells(low.y, high.y) / level.len().max(1) as f64;
    let zoom = (pixels / TILE_PX * WORLD_CELLS / area.sqrt()).log2();
    // Coarse levels are always drawn; the deepest tiles have everything.
    let zoom = if level.len() <= 1 { 0.0 } else { zoom };
    ((zoom * 10.0).round() / 10.0).clamp(0.0, 15.0)
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
