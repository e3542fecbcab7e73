//! The way of a tile: which features, their geometry at this zoom, their attributes, within the bounds.

use super::account::{Tile, TileLayer};
use super::coord::TileCoord;
use super::draw::Drawing;
use super::encode::LayerWriter;
use super::select::{Selection, Source, Wanted};
use super::{FEATURE_COUNT, TileError, TileOptions};
use crate::column::{Column, Value};
use crate::filter::{BoundFilter, Property};
use crate::generalise::natural;
use crate::index::Envelope;
use crate::layer::Layer;
use crate::territory::Territory;

/// A tile with one layer per source, in the order asked for.
pub(crate) fn render(
    territory: &Territory,
    sources: &[&str],
    coord: TileCoord,
    options: &TileOptions,
) -> Result<Tile, TileError> {
    check_properties(territory, sources, options)?;
    let painters: Vec<Painter<'_>> = sources
        .iter()
        .map(|id| Painter::new(territory, id, coord, options))
        .collect::<Result<_, _>>()?;
    let mut tile = Tile::default();
    for painted in within_bounds(&painters, options) {
        let omitted = painted.account.omitted;
        painted.writer.append_to(&mut tile.bytes, omitted);
        tile.layers.push(painted.account);
    }
    Ok(tile)
}

/// So many features that pass the bound are tried before the rest is left out: behind a large one smaller ones may fit.
const REFUSALS_MAX: usize = 64;

/// How much a tile or a layer may hold.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    bytes: usize,
    features: usize,
}

impl Bounds {
    /// An even part for each of several layers.
    fn share(self, layers: usize) -> Self {
        Self {
            bytes: self.bytes / layers,
            features: self.features / layers,
        }
    }

    fn less(self, painted: &Painted) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(painted.writer.size()),
            features: self.features.saturating_sub(painted.account.features),
        }
    }

    fn holds(self, painted: &Painted) -> bool {
        painted.is_whole
            && painted.writer.size() <= self.bytes
            && painted.account.features <= self.features
    }
}

/// All layers, together within the bounds. Small ones stay as they are; the large ones share what is left evenly.
fn within_bounds(painters: &[Painter<'_>], options: &TileOptions) -> Vec<Painted> {
    let bounds = Bounds {
        bytes: options.bytes_max.unwrap_or(usize::MAX),
        features: options.features_max.unwrap_or(usize::MAX),
    };
    let mut painted: Vec<Painted> = painters
        .iter()
        .map(|painter| painter.paint(painter.start(bounds), bounds))
        .collect();
    let mut order: Vec<usize> = (0..painters.len()).collect();
    order.sort_by_key(|&at| (!painted[at].is_whole, painted[at].writer.size()));
    let mut left = bounds;
    for (position, &at) in order.iter().enumerate() {
        let share = left.share(order.len() - position);
        if !share.holds(&painted[at]) {
            painted[at] = painters[at].fit(&painted[at], share);
        }
        left = left.less(&painted[at]);
    }
    painted
}

/// A layer of a tile, and whether all that was selected is in it.
#[derive(Debug)]
struct Painted {
    writer: LayerWriter,
    account: TileLayer,
    is_whole: bool,
    /// Features that were selected, and how many of them were looked at before the bounds were passed.
    selected: usize,
    looked_at: usize,
}

impl Painted {
    /// How many times too much it is, as far as was seen.
    fn times(&self, bounds: Bounds) -> f64 {
        let over = |have: usize, most: usize| have as f64 / most.max(1) as f64;
        let size = over(self.writer.size(), bounds.bytes)
            .max(over(self.account.features, bounds.features));
        size.max(1.0) * over(self.selected, self.looked_at).max(1.0)
    }
}

/// Paints one source into a tile.
struct Painter<'a> {
    id: &'a str,
    source: Source<'a>,
    coord: TileCoord,
    options: &'a TileOptions,
    attributes: Vec<Attribute<'a>>,
    filter: Option<BoundFilter<'a>>,
    rank: Option<&'a Column>,
}

impl<'a> Painter<'a> {
    fn new(
        territory: &'a Territory,
        id: &'a str,
        coord: TileCoord,
        options: &'a TileOptions,
    ) -> Result<Self, TileError> {
        let unknown = || TileError::UnknownSource(id.to_owned());
        let source = territory.tile_source(id).ok_or_else(unknown)?;
        let shown = |name: &String| {
            let columns = source.layer.columns();
            let position = columns.iter().position(|column| column.name() == name)?;
            Some(territory.shown_column(source.layer, position))
        };
        Ok(Self {
            id,
            source,
            coord,
            options,
            attributes: joined_columns(territory, id, source.layer, options)?,
            filter: bound_filter(territory, id, source.layer, options)?,
            rank: options.rank.as_ref().and_then(shown),
        })
    }

    /// Paints with less and less until it fits; what still does not fit is left out and counted.
    fn fit(&self, first: &Painted, bounds: Bounds) -> Painted {
        let natural = natural(self.coord.z());
        let coarsest = u8::try_from(natural).unwrap_or(u8::MAX);
        let next = |coarser: u8, painted: &Painted| {
            let times = painted.times(bounds);
            let has_filter = self.filter.is_some();
            let next = self.source.coarser_for(natural, coarser, times, has_filter);
            next.min(coarsest)
        };
        let mut coarser = next(first.account.coarsened, first);
        loop {
            let painted = self.paint(coarser, bounds);
            if painted.is_whole || coarser == coarsest {
                return painted;
            }
            coarser = next(coarser, &painted);
        }
    }

    /// The detail to begin with.
    fn start(&self, bounds: Bounds) -> u8 {
        let window = Drawing::new(self.coord, 0, self.source.layer.drawn()).window();
        self.source
            .coarser_at_least(&self.wanted(window, 0), bounds.bytes)
    }

    fn wanted(&self, window: Envelope<u32>, coarser: u8) -> Wanted<'_> {
        Wanted {
            window,
            filter: self.filter.as_ref(),
            natural: natural(self.coord.z()),
            coarser,
            rank: self.rank,
        }
    }

    /// Paints what is shown at a detail until the bounds are passed; at the coarsest, what does not fit is left out.
    fn paint(&self, coarser: u8, bounds: Bounds) -> Painted {
        let drawn = self.source.layer.drawn();
        let mut drawing = Drawing::new(self.coord, coarser / 2, drawn);
        let selection = self.source.select(&self.wanted(drawing.window(), coarser));
        let mut writer = LayerWriter::new(self.id);
        let mut keys = Keys::new(&mut writer, &self.attributes, self.source.layer.has_names());
        let mut account = TileLayer {
            source: self.id.to_owned(),
            omitted: selection.omitted,
            coarsened: coarser,
            ..TileLayer::default()
        };
        let is_coarsest = usize::from(coarser) >= natural(self.coord.z());
        let refusals_max = if is_coarsest { REFUSALS_MAX } else { 1 };
        let (mut looked_at, mut refusals) = (0, 0);
        for &feature in &selection.features {
            if writer.feature_count() >= bounds.features || refusals == refusals_max {
                break;
            }
            let (mark, count) = (writer.mark(), selection.count(feature));
            looked_at += 1;
            match self.feature(feature, &selection, &mut drawing, &mut writer, &mut keys) {
                Outcome::Outside => {}
                Outcome::Collapsed => account.collapsed += count,
                Outcome::Drawn if writer.size() <= bounds.bytes => account.merged += count - 1,
                Outcome::Drawn => {
                    writer.go_back(mark);
                    keys.go_back(&writer);
                    account.omitted += count;
                    refusals += 1;
                }
            }
        }
        let unseen = &selection.features[looked_at..];
        account.omitted += unseen
            .iter()
            .map(|&feature| selection.count(feature))
            .sum::<usize>();
        account.features = writer.feature_count();
        Painted {
            is_whole: refusals == 0 && unseen.is_empty(),
            selected: selection.features.len(),
            looked_at,
            writer,
            account,
        }
    }

    fn feature(
        &self,
        feature: usize,
        selection: &Selection<'_>,
        drawing: &mut Drawing<'_>,
        writer: &mut LayerWriter,
        keys: &mut Keys,
    ) -> Outcome {
        let layer = self.source.layer;
        let row = selection.row(feature, self.rank);
        let mut geometry = drawing.feature(self.source, selection, feature, writer.geometry());
        // A tile of values holds the features that the other holds, so what nothing is left of stays out of both.
        if self.options.without_geometry && !writer.geometry().is_empty() {
            writer.geometry().take();
            geometry = drawing.anchor(layer, row, writer.geometry());
        }
        let count = selection.count(feature);
        if writer.geometry().is_empty() {
            return match geometry.is_inside {
                true => Outcome::Collapsed,
                false => Outcome::Outside,
            };
        }
        keys.name(writer, layer, row);
        for (&key, attribute) in keys.attributes.iter().zip(&self.attributes) {
            let value = match attribute {
                Attribute::Sum(column) if count > 1 => sum(column, &selection.members(feature)),
                _ => attribute.value(row),
            };
            writer.tag(key, value);
        }
        if count > 1 {
            let key = *keys.count.get_or_insert_with(|| writer.key(FEATURE_COUNT));
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            writer.tag(key, Value::Integer(count));
        }
        match writer.finish_feature(layer.feature_id(row), geometry.geometry_type) {
            true => Outcome::Drawn,
            false => Outcome::Outside,
        }
    }
}

/// What became of a feature.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Drawn,
    /// It lies in the tile, and nothing of it is left there.
    Collapsed,
    Outside,
}

/// The sum of a column over rows, exact for whole numbers; null where none is known.
fn sum(column: &Column, rows: &[usize]) -> Value<'static> {
    let values = rows.iter().map(|&row| column.value(row));
    let add = |sum, value| match (sum, value) {
        (None, Value::Integer(value)) => Some(Value::Integer(value)),
        (None, Value::Real(value)) => Some(Value::Real(value)),
        (Some(Value::Integer(sum)), Value::Integer(value)) => {
            Some(Value::Integer(sum.saturating_add(value)))
        }
        (Some(Value::Real(sum)), Value::Real(value)) => Some(Value::Real(sum + value)),
        (sum, _) => sum,
    };
    values.fold(None, add).unwrap_or(Value::Null)
}

/// Numbers of the attribute keys of a layer.
struct Keys {
    key: u32,
    name: u32,
    attributes: Vec<u32>,
    /// There from the first feature on that stands for several.
    count: Option<u32>,
    has_names: bool,
}

impl Keys {
    fn new(writer: &mut LayerWriter, attributes: &[Attribute<'_>], has_names: bool) -> Self {
        Self {
            key: writer.key("key"),
            name: writer.key("name"),
            attributes: attributes
                .iter()
                .map(|attribute| writer.key(attribute.name()))
                .collect(),
            count: None,
            has_names,
        }
    }

    /// Forgets the key that the writer took back.
    fn go_back(&mut self, writer: &LayerWriter) {
        self.count = self.count.filter(|&key| key < writer.key_count());
    }

    /// Writes key and name; where a feature has no name they are one value.
    fn name(&self, writer: &mut LayerWriter, layer: &Layer, row: usize) {
        if !self.has_names {
            return writer.tag_both([self.key, self.name], layer.key(row));
        }
        writer.tag(self.key, Value::Text(layer.key(row)));
        writer.tag(self.name, Value::Text(layer.name(row)));
    }
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
        .chain(&options.sums)
        .chain(&options.rank)
        .find(|property| !known(property))
    {
        Some(property) => Err(TileError::UnknownProperty(property.clone())),
        None => Ok(()),
    }
}

/// An attribute of the features of one source.
enum Attribute<'a> {
    Column(&'a Column),
    /// A column that is added up where a feature stands for several.
    Sum(&'a Column),
    Indicator(&'a str, &'a [Option<f64>]),
}

impl Attribute<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Column(column) | Self::Sum(column) => column.name(),
            Self::Indicator(id, _) => id,
        }
    }

    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Column(column) | Self::Sum(column) => column.value(row),
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
        matches!(name, "key" | "name" | FEATURE_COUNT)
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
    let shown = |position| {
        let column = territory.shown_column(layer, position);
        match options.sums.iter().any(|name| name == column.name()) {
            true => Attribute::Sum(column),
            false => Attribute::Column(column),
        }
    };
    let mut attributes: Vec<_> = columns.map(shown).collect();
    if options.indicators.is_empty() {
        return Ok(attributes);
    }
    let Some(level) = territory.indicator_level(id) else {
        return Err(TileError::NotALevel(id.to_owned()));
    };
    for indicator in &options.indicators {
        let view = territory
            .indicator(indicator)
            .and_then(|view| view.at(level.id()));
        let view = view.map_err(|unknown| TileError::UnknownIndicator(unknown.id))?;
        attributes.push(Attribute::Indicator(indicator, view.values()));
    }
    Ok(attributes)
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
