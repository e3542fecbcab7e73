//! The way of a tile: which features, their geometry at this zoom, their attributes.

use super::clip;
use super::coord::TileCoord;
use super::encode::LayerWriter;
use super::quantize::{Cell, Frame, Unit, clean_ring, dedup_line, doubled_area};
use super::{TileError, TileOptions};
use crate::column::{Column, Value};
use crate::filter::{BoundFilter, Property};
use crate::index::Envelope;
use crate::layer::Layer;
use crate::shapes::GeometryType;
use crate::territory::Territory;

/// A tile with one layer per source, in the order asked for.
pub(crate) fn render(
    territory: &Territory,
    sources: &[&str],
    coord: TileCoord,
    options: &TileOptions,
) -> Result<Vec<u8>, TileError> {
    check_properties(territory, sources, options)?;
    let mut tile = vec![];
    for id in sources {
        let layer = territory
            .tile_layer(id)
            .ok_or_else(|| TileError::UnknownSource((*id).to_owned()))?;
        let columns = joined_columns(territory, id, layer, options)?;
        render_layer(territory, id, layer, coord, options, &columns)?.append_to(&mut tile);
    }
    Ok(tile)
}

/// A property that no source has is a mistake; one that some source has is left out of the others.
fn check_properties(
    territory: &Territory,
    sources: &[&str],
    options: &TileOptions,
) -> Result<(), TileError> {
    let known = |property: &str| {
        let has = |layer: &Layer| layer.column(property).is_some();
        matches!(property, "key" | "name")
            || sources
                .iter()
                .filter_map(|id| territory.tile_layer(id))
                .any(|layer| has(layer))
    };
    match options
        .properties
        .iter()
        .flatten()
        .find(|property| !known(property))
    {
        Some(property) => Err(TileError::UnknownProperty(property.clone())),
        None => Ok(()),
    }
}

/// An attribute of the features of one source.
enum Attribute<'a> {
    Column(&'a Column),
    Indicator(&'a str, &'a [Option<f64>]),
}

impl Attribute<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Column(column) => column.name(),
            Self::Indicator(id, _) => id,
        }
    }

    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Column(column) => column.value(row),
            Self::Indicator(_, values) => values[row].map_or(Value::Null, Value::Real),
        }
    }
}

/// The columns to write, then the indicators. An indicator hides a column of the same name; `key` and `name` are ours.
fn joined_columns<'a>(
    territory: &'a Territory,
    id: &str,
    layer: &'a Layer,
    options: &'a TileOptions,
) -> Result<Vec<Attribute<'a>>, TileError> {
    let hidden = |name: &str| {
        matches!(name, "key" | "name")
            || options.indicators.iter().any(|indicator| indicator == name)
    };
    let wanted = |name: &str| {
        options
            .properties
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|property| property == name))
    };
    let columns = (0..layer.columns().len()).filter(|&position| {
        let name = layer.columns()[position].name();
        wanted(name) && !hidden(name)
    });
    let shown = |position| Attribute::Column(territory.shown_column(layer, position));
    let mut attributes: Vec<_> = columns.map(shown).collect();
    if options.indicators.is_empty() {
        return Ok(attributes);
    }
    if territory.level(id).is_none() {
        return Err(TileError::NotALevel(id.to_owned()));
    }
    for indicator in &options.indicators {
        let view = territory.indicator(indicator).and_then(|view| view.at(id));
        let view = view.map_err(|unknown| TileError::UnknownIndicator(unknown.id))?;
        attributes.push(Attribute::Indicator(indicator, view.values()));
    }
    Ok(attributes)
}

fn render_layer(
    territory: &Territory,
    id: &str,
    layer: &Layer,
    coord: TileCoord,
    options: &TileOptions,
    attributes: &[Attribute<'_>],
) -> Result<LayerWriter, TileError> {
    let filter = bound_filter(territory, id, layer, options)?;
    let frame = Frame::of(coord);
    let mut writer = LayerWriter::new(id);
    let (key, name) = (writer.key("key"), writer.key("name"));
    let numbers: Vec<u32> = attributes
        .iter()
        .map(|attribute| writer.key(attribute.name()))
        .collect();
    let mut drawing = Drawing {
        frame,
        window: frame.window(),
        zoom: coord.z(),
        cells: vec![],
        scratch: vec![],
        units: vec![],
    };
    for row in selected(layer, drawing.window, filter.as_ref()) {
        let mut geometry_type = drawing.feature(layer, row, &mut writer);
        // A tile of values holds the features that the other holds, so what nothing is left of stays out of both.
        if options.without_geometry && writer.geometry().take() {
            geometry_type = drawing.anchor(layer, row, &mut writer);
        }
        writer.tag(key, Value::Text(layer.key(row)));
        writer.tag(name, Value::Text(layer.name(row)));
        numbers
            .iter()
            .zip(attributes)
            .for_each(|(&number, attribute)| writer.tag(number, attribute.value(row)));
        writer.finish_feature(layer.feature_id(row), geometry_type);
    }
    Ok(writer)
}

/// A filter does not see what is hidden, or it would tell it.
fn bound_filter<'a>(
    territory: &'a Territory,
    id: &str,
    layer: &'a Layer,
    options: &TileOptions,
) -> Result<Option<BoundFilter<'a>>, TileError> {
    let Some(filter) = &options.filter else {
        return Ok(None);
    };
    let own = [
        Property::text("key", layer.keys()),
        Property::text("name", layer.names()),
    ];
    let columns = (0..layer.columns().len()).map(|at| territory.shown_column(layer, at));
    let geometries = Property::geometries(layer.shapes(), layer.lonlat());
    let shown = own.into_iter().chain(columns.map(Property::from));
    let bound = filter.bind(shown.chain(geometries));
    bound.map(Some).map_err(|cause| TileError::Filter {
        source_id: id.to_owned(),
        cause,
    })
}

/// Features whose box touches the buffered tile and that the filter keeps, in source order.
fn selected(layer: &Layer, window: Envelope<u32>, filter: Option<&BoundFilter<'_>>) -> Vec<usize> {
    let mut rows = vec![];
    layer.world_index().search(window, |row| {
        if filter.is_none_or(|filter| filter.matches(row)) {
            rows.push(row);
        }
    });
    rows.sort_unstable();
    rows
}

/// Draws features into one tile, with buffers that are used again for the next one.
struct Drawing {
    frame: Frame,
    window: Envelope<u32>,
    zoom: u8,
    cells: Vec<Cell>,
    scratch: Vec<Cell>,
    units: Vec<Unit>,
}

impl Drawing {
    /// Writes the geometry of a feature; the type is `None` where nothing of it is in the tile.
    fn feature(&mut self, layer: &Layer, row: usize, writer: &mut LayerWriter) -> GeometryType {
        let kind = layer.shapes().geometry_type(row);
        match kind {
            GeometryType::None => {}
            GeometryType::Point => self.points(layer, row, writer),
            GeometryType::Line => layer
                .shapes()
                .feature_rings(row)
                .for_each(|line| self.line(layer, row, line, writer)),
            GeometryType::Polygon => layer
                .shapes()
                .parts(row)
                .for_each(|part| self.polygon(layer, row, part, writer)),
        }
        kind
    }

    /// Writes one point, the middle of the feature's box, moved into the tile: the specification wants a geometry.
    fn anchor(&mut self, layer: &Layer, row: usize, writer: &mut LayerWriter) -> GeometryType {
        let Some(envelope) = layer.world_box(row) else {
            return GeometryType::None;
        };
        let middle =
            |axis: usize| i64::midpoint(i64::from(envelope[axis]), i64::from(envelope[axis + 2]));
        let corner = self.frame.relative(crate::World { x: 0, y: 0 });
        let [low, high] = self.frame.kept();
        let cell = [0, 1].map(|axis| (middle(axis) + corner[axis]).clamp(low, high));
        writer.geometry().points(&[self.frame.unit(cell)]);
        GeometryType::Point
    }

    fn points(&mut self, layer: &Layer, row: usize, writer: &mut LayerWriter) {
        let [low, high] = self.frame.kept();
        self.units.clear();
        for &at in &layer.world()[layer.shapes().feature_coordinates(row)] {
            let cell = self.frame.relative(at);
            if cell.iter().all(|value| (low..=high).contains(value)) {
                self.units.push(self.frame.unit(cell));
            }
        }
        if !self.units.is_empty() {
            writer.geometry().points(&self.units);
        }
    }

    fn line(&mut self, layer: &Layer, row: usize, line: usize, writer: &mut LayerWriter) {
        self.visible(layer, line);
        let (frame, units) = (self.frame, &mut self.units);
        let mut emit = |piece: &[Cell]| {
            units.clear();
            units.extend(piece.iter().map(|&cell| frame.unit(cell)));
            dedup_line(units);
            if units.len() > 1 {
                writer.geometry().line(units);
            }
        };
        match within(layer.world_box(row), self.window) {
            true => emit(&self.cells),
            false => clip::line(&self.cells, frame.kept(), emit),
        }
    }

    /// Writes an exterior and its interiors; interiors of an exterior that vanished are left out with it.
    fn polygon(&mut self, layer: &Layer, row: usize, part: usize, writer: &mut LayerWriter) {
        let inside = within(layer.world_box(row), self.window);
        for (position, ring) in layer.shapes().rings(part).enumerate() {
            self.visible(layer, ring);
            if !inside {
                clip::ring(&mut self.cells, self.frame.kept(), &mut self.scratch);
            }
            self.units.clear();
            self.units
                .extend(self.cells.iter().map(|&cell| self.frame.unit(cell)));
            clean_ring(&mut self.units);
            let area = if self.units.len() > 2 {
                doubled_area(&self.units)
            } else {
                0
            };
            if area == 0 && position == 0 {
                return;
            }
            if area == 0 {
                continue;
            }
            // Spec 4.3.4.4: exterior rings wind with a positive area, interior rings with a negative one.
            if (area > 0) != (position == 0) {
                self.units.reverse();
            }
            writer.geometry().ring(&self.units);
        }
    }

    /// The vertices of a ring or line that this zoom shows, relative to the tile's corner.
    fn visible(&mut self, layer: &Layer, ring: usize) {
        let range = layer.shapes().coordinates(ring);
        let importance = &layer.importance()[range.clone()];
        let shown = layer.world()[range]
            .iter()
            .zip(importance)
            .filter(|(_, lowest)| **lowest <= self.zoom);
        self.cells.clear();
        self.cells
            .extend(shown.map(|(&at, _)| self.frame.relative(at)));
    }
}

/// Whether a feature's box lies inside the buffered tile, so that nothing has to be cut.
fn within(envelope: Option<Envelope<u32>>, window: Envelope<u32>) -> bool {
    envelope.is_some_and(|own| {
        own[0] >= window[0] && own[1] >= window[1] && own[2] <= window[2] && own[3] <= window[3]
    })
}
