//! The levels of a territory: who belongs to whom, and outlines for those that have no layer of their own.

use std::sync::Arc;

use geo::orient::{Direction, Orient};
use geo::unary_union;
use geo_types::MultiPolygon;
use rayon::prelude::*;

use super::{TerritoryError, TerritoryParts, WHOLE};
use crate::generalise::Details;
use crate::layer::{Layer, LayerParts};
use crate::number::narrow;
use crate::shapes::ShapesBuilder;
use crate::space::{LonLat, Metric, Projection};
use crate::title::Title;

/// What a loader hands over for one level of the hierarchy.
#[derive(Clone, Debug)]
pub struct LevelParts {
    /// Id in the project file, in URLs and in tiles.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// The layer that draws it; without one a territory is the union of its parts in the finest level.
    pub layer: Option<Arc<Layer>>,
    /// Keys, in the layer's order where there is a layer.
    pub keys: Vec<String>,
    /// Names; empty where a territory has none of its own.
    pub names: Vec<String>,
    /// Row of the parent in the next level; unused in the last one. `None`: an orphan, counted nowhere above.
    pub parents: Vec<Option<u32>>,
}

/// One level of the hierarchy: a partition of the territory.
#[derive(Debug)]
pub struct Level {
    id: String,
    title: Title,
    layer: Arc<Layer>,
    parents: Vec<Option<u32>>,
    children: Vec<Vec<u32>>,
    /// For each territory of the finest level the one of this level that holds it.
    of_base: Vec<Option<u32>>,
    /// What is drawn where territories are too small, merged within their parents.
    details: Details,
}

impl Level {
    /// Id in the project file, in URLs and in tiles.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Title for people.
    pub fn title(&self) -> &Title {
        &self.title
    }

    /// Keys, names and outlines of the level's territories.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Number of territories.
    pub fn len(&self) -> usize {
        self.layer.len()
    }

    /// Whether there is no territory.
    pub fn is_empty(&self) -> bool {
        self.layer.is_empty()
    }

    /// Row of the parent in the next level.
    pub fn parent(&self, row: usize) -> Option<usize> {
        self.parents[row].map(|parent| parent as usize)
    }

    /// Rows of the children in the level below.
    pub fn children(&self, row: usize) -> impl Iterator<Item = usize> {
        self.children[row].iter().map(|&child| child as usize)
    }

    /// Area in m² in the metric CRS.
    pub fn area_m2(&self, row: usize) -> f64 {
        self.layer.area_m2(row)
    }

    /// Length of the outline in metres in the metric CRS.
    pub fn perimeter_m(&self, row: usize) -> f64 {
        self.layer.length_m(row)
    }

    /// The territory of this level that a territory of the finest level is part of, both by row.
    pub fn of_finest(&self, finest: usize) -> Option<usize> {
        let own = self.of_base().get(finest).copied().flatten();
        own.map(|row| row as usize)
    }

    /// Row of each territory's parent in the next level.
    pub(crate) fn parents(&self) -> &[Option<u32>] {
        &self.parents
    }

    /// What is drawn where territories are too small or too many.
    pub(crate) fn details(&self) -> &Details {
        &self.details
    }

    /// For each territory of the finest level the row of this level that holds it.
    pub(crate) fn of_base(&self) -> &[Option<u32>] {
        &self.of_base
    }
}

/// The levels, finest first, and above them the whole.
pub(super) fn build_levels(parts: &TerritoryParts) -> Result<Vec<Level>, TerritoryError> {
    let finest = parts.levels.first().ok_or(TerritoryError::NoLevels)?;
    let base = finest
        .layer
        .clone()
        .ok_or_else(|| TerritoryError::NoLayer(finest.id.clone()))?;
    let mut of_base: Vec<Option<u32>> = (0u32..).take(base.len()).map(Some).collect();
    let mut levels: Vec<Level> = vec![];
    for (position, part) in parts.levels.iter().enumerate() {
        let above = parts.levels.get(position + 1);
        let layer = match &part.layer {
            Some(layer) => Arc::clone(layer),
            None => Arc::new(dissolve(part, &base, &of_base, parts.projection.as_ref())?),
        };
        let parents: Vec<Option<u32>> = match above {
            Some(_) => part.parents.clone(),
            None => vec![Some(0); layer.len()],
        };
        let up =
            |row: &Option<u32>| row.and_then(|row| parents.get(row as usize).copied().flatten());
        let next = of_base.iter().map(up).collect();
        let children = children(
            levels.last().map_or(&[], |below| &below.parents),
            layer.len(),
        );
        levels.push(Level {
            id: part.id.clone(),
            title: part.title.clone(),
            layer,
            parents,
            children,
            of_base,
            details: Details::default(),
        });
        of_base = next;
    }
    levels.push(whole(parts, &base, of_base, levels.last())?);
    Ok(levels)
}

fn whole(
    parts: &TerritoryParts,
    base: &Layer,
    of_base: Vec<Option<u32>>,
    below: Option<&Level>,
) -> Result<Level, TerritoryError> {
    let titles = [("es", "Todo el territorio"), ("en", "Whole territory")]
        .map(|(language, text)| (language.to_owned(), text.to_owned()));
    let part = LevelParts {
        id: WHOLE.to_owned(),
        title: Title::new(titles.to_vec()),
        layer: None,
        keys: vec![WHOLE.to_owned()],
        names: vec![parts.name.clone()],
        parents: vec![None],
    };
    let layer = Arc::new(dissolve(&part, base, &of_base, parts.projection.as_ref())?);
    let children = children(below.map_or(&[], |below| &below.parents), 1);
    Ok(Level {
        id: part.id,
        title: part.title,
        layer,
        parents: part.parents,
        children,
        of_base,
        details: Details::default(),
    })
}

fn children(parents: &[Option<u32>], count: usize) -> Vec<Vec<u32>> {
    let mut children = vec![vec![]; count];
    for (child, parent) in (0u32..).zip(parents) {
        if let Some(list) = parent.and_then(|parent| children.get_mut(parent as usize)) {
            list.push(child);
        }
    }
    children
}

/// The union of polygons whose rings may run either way round, as they do in files. `unary_union` alone leaves out those
/// that run against the first.
fn united(polygons: Vec<MultiPolygon<f64>>) -> MultiPolygon<f64> {
    let turned: Vec<_> = polygons
        .into_iter()
        .map(|polygon| polygon.orient(Direction::Default))
        .collect();
    unary_union(&turned)
}

/// The territories of a level without a layer: each is the union of the finest territories it holds.
fn dissolve(
    part: &LevelParts,
    base: &Layer,
    of_base: &[Option<u32>],
    projection: &dyn Projection,
) -> Result<Layer, TerritoryError> {
    let polygon = |row: usize| {
        let at = |position: usize| geo_types::Coord {
            x: base.metric()[position].x_m,
            y: base.metric()[position].y_m,
        };
        base.shapes().multi_polygon(row, at)
    };
    let union = |group: usize| {
        let members: Vec<_> = (0..base.len())
            .filter(|&row| of_base[row] == Some(narrow(group)))
            .map(polygon)
            .collect();
        geo_types::Geometry::MultiPolygon(united(members))
    };
    let unions: Vec<_> = (0..part.keys.len()).into_par_iter().map(union).collect();
    let mut builder = ShapesBuilder::default();
    for geometry in &unions {
        // A union of polygons is one type and has no more coordinates than its parts, so it always fits.
        let _fits = builder.push(Some(geometry));
    }
    let (shapes, coordinates) = builder.build();
    let metric: Vec<Metric> = coordinates
        .iter()
        .map(|&[x_m, y_m]| Metric { x_m, y_m })
        .collect();
    let lonlat: Vec<LonLat> = projection.to_lonlat(&metric);
    let parts = LayerParts {
        id: part.id.clone(),
        title: part.title.clone(),
        keys: part.keys.iter().collect(),
        names: Some(part.names.iter().collect()),
        columns: vec![],
        shapes,
        lonlat,
        metric,
    };
    Layer::new(parts).map_err(|cause| TerritoryError::Level {
        level: part.id.clone(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use geo::Area;
    use geo_types::wkt;

    use super::united;

    #[test]
    fn polygons_of_either_direction_are_united() {
        let one = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0)));
        let other = wkt!(POLYGON((4.0 0.0,4.0 4.0,8.0 4.0,8.0 0.0,4.0 0.0)));
        let holed = wkt!(POLYGON((8.0 0.0,8.0 4.0,12.0 4.0,12.0 0.0,8.0 0.0),(9.0 1.0,9.0 2.0,10.0 2.0,10.0 1.0,9.0 1.0)));
        let all = united(vec![one.into(), other.into(), holed.into()]);
        assert_eq!((all.0.len(), all.unsigned_area()), (1, 47.0));
    }
}
