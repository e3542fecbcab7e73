//! Tiles of archives: sent as they are stored where the client takes that coding, else in another one; also in one tile
//! with what is cut from the territory.

use std::sync::Arc;

use axum::response::Response;
use comarca_engine::tile::{MAX_ZOOM, Tile, TileCoord};
use comarca_loaders::LoadError;
use comarca_loaders::Tileset;
use comarca_loaders::source::{OpenArchive, Packing, StoredTile, TILE_BYTES_MAX, TileKind};
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Generation, union};
use crate::negotiate::Coding;
use crate::path::tile_coord;
use crate::query::{Query, SCENARIO, encoded};
use crate::routes::tilejson::{self, WORLD_BOUNDS, center};
use crate::routes::tiles::{MVT, account, render};
use crate::state::State;
use crate::tile_request::{PARAMETERS, SOURCES_MAX, TileRequest};
use crate::title::title;
use crate::wanted::Wanted;

/// Tiles of one archive or several, and of other sources.
#[derive(Debug)]
pub(super) struct TilesetRequest {
    /// Their positions in the generation, each once.
    archives: Vec<usize>,
    /// The other sources.
    rest: Option<TileRequest>,
    /// The ids as they were asked for, each once, for addresses.
    ids: Vec<String>,
}

impl TilesetRequest {
    /// Reads ids with commas and the query; `None` where no archive is among them.
    ///
    /// # Errors
    /// 404 for an unknown source, 400 for parameters where there are only archives, and for sources that cannot be in one tile.
    pub(super) fn read(
        generation: &Generation,
        layers: &str,
        query: Option<&str>,
    ) -> Result<Option<Self>, AppError> {
        if generation.tilesets.is_empty() {
            return Ok(None);
        }
        let mut ids: Vec<String> = vec![];
        for id in layers.split(',') {
            if ids.len() <= SOURCES_MAX && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        let position = |id: &String| {
            let mut tilesets = generation.tilesets.iter();
            tilesets.position(|tileset| tileset.id() == id)
        };
        let archives: Vec<usize> = ids.iter().filter_map(position).collect();
        if archives.is_empty() {
            return Ok(None);
        }
        if ids.len() > SOURCES_MAX {
            let allowed = format!("at most {SOURCES_MAX} ids");
            return Err(AppError::parameter("layers", layers, allowed));
        }
        let others: Vec<&str> = ids
            .iter()
            .filter(|id| position(id).is_none())
            .map(String::as_str)
            .collect();
        let rest = match others.is_empty() {
            true => None,
            false => Some(TileRequest::read(generation, &others.join(","), query)?),
        };
        let request = Self {
            archives,
            rest,
            ids,
        };
        request.check_parameters(query)?;
        request.check_together(generation, layers)?;
        Ok(Some(request))
    }

    /// Nothing can be chosen of tiles that are ready-made.
    fn check_parameters(&self, query: Option<&str>) -> Result<(), AppError> {
        if self.rest.is_some() {
            return Ok(());
        }
        let query = Query::read(query, &PARAMETERS)?;
        let choosing = PARAMETERS.iter().filter(|name| **name != SCENARIO);
        for name in choosing {
            if let Some(value) = query.value(name) {
                let allowed = format!(
                    "left out: the tiles of {} are ready-made",
                    self.ids.join(",")
                );
                return Err(AppError::parameter(name, value, allowed));
            }
        }
        Ok(())
    }

    /// Pictures stand alone, and a tile has one layer of a name (MVT 2.1, 4.1).
    fn check_together(&self, generation: &Generation, layers: &str) -> Result<(), AppError> {
        if self.ids.len() == 1 {
            return Ok(());
        }
        let refuse = |allowed: String| Err(AppError::parameter("layers", layers, allowed));
        let mut names: Vec<&str> = self
            .rest
            .iter()
            .flat_map(|rest| &rest.sources)
            .map(String::as_str)
            .collect();
        for tileset in self.tilesets(generation) {
            if tileset.archive().kind() != TileKind::Mvt {
                return refuse(format!(
                    "without {}: it has pictures, which stand alone",
                    tileset.id()
                ));
            }
            for layer in tileset.archive().layers() {
                if names.contains(&layer.id.as_str()) {
                    let (own, id) = (&layer.id, tileset.id());
                    return refuse(format!(
                        "without {id}: its layer {own:?} has the name of another one"
                    ));
                }
                names.push(&layer.id);
            }
        }
        Ok(())
    }

    fn tilesets<'a>(&self, generation: &'a Generation) -> impl Iterator<Item = &'a Tileset> {
        self.archives
            .iter()
            .filter_map(|position| generation.tilesets.get(*position))
    }

    fn first<'a>(&self, generation: &'a Generation) -> Result<&'a Tileset, AppError> {
        self.tilesets(generation).next().ok_or(AppError::Internal)
    }

    /// The request in one normal form, for the cache.
    fn normal_form(&self) -> String {
        let rest = self.rest.as_ref().map(TileRequest::normal_form);
        format!("{:?} {}", self.archives, rest.unwrap_or_default())
    }
}

/// A tile of an archive, or of several sources in one; 204 where nothing is in it, 404 where one archive has no such zoom.
pub(super) async fn tile(
    state: &Arc<State>,
    generation: &Arc<Generation>,
    request: TilesetRequest,
    [z, x, y]: [&str; 3],
    wanted: &Wanted,
) -> Result<Response, AppError> {
    let first = request.first(generation)?;
    let coord = tile_coord(z, x, without_suffix(y, first.archive().kind()))?;
    let is_alone = request.ids.len() == 1;
    let normal = format!(
        "tileset {}/{}/{} {}",
        coord.z(),
        coord.x(),
        coord.y(),
        request.normal_form()
    );
    let terms = terms(first.archive());
    if is_alone {
        check_zoom(first, coord)?;
    }
    let rest = request.rest.as_ref();
    let edition = match rest {
        Some(rest) => generation.edition_of_tile(&rest.sources, &rest.options.indicators),
        None => generation.edition_of_tile(&[], &[]),
    };
    let (shared, edition) = (Arc::clone(generation), edition.clone());
    if is_alone {
        let render = move |coding| alone(&shared, &request, coord, coding);
        return state
            .answer_coded(&edition, normal, terms, wanted, render)
            .await;
    }
    let server = Arc::clone(state);
    let render = move || together(&server, &shared, &request, coord);
    state
        .answer(&edition, normal, Terms::TILE, wanted, render)
        .await
}

/// The TileJSON of these sources.
pub(super) async fn tilejson(
    state: &Arc<State>,
    generation: &Arc<Generation>,
    request: TilesetRequest,
    origin: String,
    wanted: &Wanted,
) -> Result<Response, AppError> {
    let edition = generation.edition.clone();
    let normal = format!("tileset json {origin} {}", request.normal_form());
    let shared = Arc::clone(generation);
    let render = move || Ok(Answer::json(&document(&shared, &request, &origin)));
    state
        .answer(&edition, normal, Terms::DATA, wanted, render)
        .await
}

/// The archives in the catalogue.
pub(super) fn entries(
    generation: &Generation,
    origin: &str,
) -> impl Iterator<Item = (String, Value)> {
    let entry = move |tileset: &Tileset| {
        let archive = tileset.archive();
        let geometry = match archive.kind() {
            TileKind::Mvt => "mixed",
            _ => "raster",
        };
        let entry = json!({
            "title": title(&generation.territory, tileset.title(), tileset.id()),
            "kind": "archive",
            "geometry": geometry,
            "features": null,
            "content_type": archive.kind().media_type(),
            "tilejson": format!("{origin}/tiles/{}.json", encoded(tileset.id())),
        });
        (tileset.id().to_owned(), entry)
    };
    generation.tilesets.iter().map(entry)
}

/// The row without the extension of these tiles.
fn without_suffix(y: &str, kind: TileKind) -> &str {
    let mut extensions = kind.extensions().iter();
    let plain = extensions.find_map(|extension| y.strip_suffix(extension)?.strip_suffix('.'));
    plain.unwrap_or(y)
}

fn check_zoom(tileset: &Tileset, coord: TileCoord) -> Result<(), AppError> {
    let (low, high) = tileset.archive().zooms();
    match (low..=high).contains(&coord.z()) {
        true => Ok(()),
        false => Err(AppError::NotFound(format!(
            "{} has the zooms {low} to {high}, and none at {}",
            tileset.id(),
            coord.z()
        ))),
    }
}

/// Vector tiles are negotiated, with the coding of the archive first where a client likes several alike.
fn terms(archive: &OpenArchive) -> Terms {
    const GZIP: [Coding; 4] = [Coding::Gzip, Coding::Zstd, Coding::Brotli, Coding::Identity];
    const BROTLI: [Coding; 4] = [Coding::Brotli, Coding::Zstd, Coding::Gzip, Coding::Identity];
    match (archive.kind(), archive.usual_packing()) {
        (TileKind::Mvt, Packing::Gzip) => Terms {
            codings: &GZIP,
            ..Terms::TILE
        },
        (TileKind::Mvt, Packing::Brotli) => Terms {
            codings: &BROTLI,
            ..Terms::TILE
        },
        (TileKind::Mvt, _) => Terms::TILE,
        _ => Terms::PICTURE,
    }
}

/// The coding on the way that a tile is stored in, where there is one.
fn coding_of(packing: Packing) -> Option<Coding> {
    match packing {
        Packing::None => Some(Coding::Identity),
        Packing::Gzip => Some(Coding::Gzip),
        Packing::Brotli => Some(Coding::Brotli),
        Packing::Zstd => Some(Coding::Zstd),
        Packing::Zlib => None,
    }
}

fn alone(
    generation: &Generation,
    request: &TilesetRequest,
    coord: TileCoord,
    coding: Coding,
) -> Result<Answer, AppError> {
    let tileset = request.first(generation)?;
    let media_type = tileset.archive().kind().media_type();
    let stored = tileset
        .archive()
        .tile(coord)
        .map_err(|error| damaged(&error))?;
    let Some(StoredTile { bytes, packing }) = stored else {
        return Ok(Answer::stored(media_type, vec![], coding));
    };
    if coding_of(packing) == Some(coding) {
        return Ok(Answer::stored(media_type, bytes, coding));
    }
    let plain = packing.unpack(&bytes, TILE_BYTES_MAX);
    let plain = plain.map_err(|error| {
        damaged(&LoadError::caused(
            tileset.archive().path(),
            "a tile cannot be unpacked",
            error,
        ))
    })?;
    Answer::new(media_type, plain).coded(coding)
}

/// Layers are fields of a tile that may be repeated (MVT 2.1, 4.1), so tiles are put together by their bytes.
fn together(
    state: &State,
    generation: &Generation,
    request: &TilesetRequest,
    coord: TileCoord,
) -> Result<Answer, AppError> {
    let own = match &request.rest {
        Some(rest) => render(state, &generation.territory, rest, coord)?,
        None => Tile::default(),
    };
    let (headers, omits) = (account(&own), own.omitted() > 0);
    let mut tile = own.bytes;
    for tileset in request.tilesets(generation) {
        let unpacked = tileset
            .archive()
            .unpacked(coord)
            .map_err(|error| damaged(&error))?;
        tile.extend(unpacked.unwrap_or_default());
    }
    let answer = Answer::new(MVT, tile).with_headers(headers);
    Ok(answer.omitting(omits))
}

/// A damaged archive is the operator's matter, who reads the log; `comarca check` finds it before.
fn damaged(error: &LoadError) -> AppError {
    tracing::error!(%error, "a tile of an archive cannot be read");
    AppError::Internal
}

/// What all parts say together: zooms that some part has, to the highest that all have, so that clients magnify all alike.
fn document(generation: &Generation, request: &TilesetRequest, origin: &str) -> Value {
    let rest = request
        .rest
        .as_ref()
        .map(|rest| tilejson::document(generation, rest, origin));
    let archives: Vec<Value> = request
        .tilesets(generation)
        .map(|tileset| described(generation, tileset))
        .collect();
    let parts: Vec<&Value> = rest.iter().chain(&archives).collect();
    let texts = |name: &str| -> Vec<&str> {
        let mut texts: Vec<&str> = vec![];
        for text in parts.iter().filter_map(|part| part[name].as_str()) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    };
    let zooms = |name: &str| {
        parts
            .iter()
            .filter_map(|part| part[name].as_u64())
            .collect::<Vec<_>>()
    };
    let bounds = parts.iter().filter_map(|part| {
        let mut numbers = part["bounds"].as_array()?.iter().filter_map(Value::as_f64);
        Some([
            numbers.next()?,
            numbers.next()?,
            numbers.next()?,
            numbers.next()?,
        ])
    });
    let bounds = union(bounds).unwrap_or(WORLD_BOUNDS);
    let layers: Vec<&Value> = parts
        .iter()
        .filter_map(|part| part["vector_layers"].as_array())
        .flatten()
        .collect();
    let kind = request
        .tilesets(generation)
        .next()
        .map_or(TileKind::Mvt, |first| first.archive().kind());
    let ids = request
        .ids
        .iter()
        .map(|id| encoded(id))
        .collect::<Vec<_>>()
        .join(",");
    let query = request.rest.as_ref().map_or("", |rest| &rest.query);
    let extension = kind.extensions()[0];
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": texts("name").join(", "),
        "tiles": [format!("{origin}/tiles/{ids}/{{z}}/{{x}}/{{y}}.{extension}{query}")],
        "bounds": bounds,
        "center": center(bounds),
        "minzoom": zooms("minzoom").into_iter().min(),
        "maxzoom": zooms("maxzoom").into_iter().min(),
    });
    if kind == TileKind::Mvt {
        document["vector_layers"] = json!(layers);
    }
    let attribution = texts("attribution").join(", ");
    if !attribution.is_empty() {
        document["attribution"] = json!(attribution);
    }
    document
}

/// What an archive says of itself, in the words of TileJSON; zooms as far as tiles have addresses.
fn described(generation: &Generation, tileset: &Tileset) -> Value {
    let archive = tileset.archive();
    let reached = |zoom: u8| zoom.min(MAX_ZOOM);
    let (low, high) = archive.zooms();
    let layer = |layer: &comarca_loaders::source::VectorLayer| {
        let fields: serde_json::Map<String, Value> = layer
            .fields
            .iter()
            .map(|(name, kind)| (name.clone(), json!(kind)))
            .collect();
        let mut object = json!({
            "id": layer.id,
            "fields": fields,
            "minzoom": reached(layer.minzoom.unwrap_or(low)),
            "maxzoom": reached(layer.maxzoom.unwrap_or(high)),
        });
        if let Some(text) = &layer.description {
            object["description"] = json!(text);
        }
        object
    };
    let main = generation
        .territory
        .languages()
        .first()
        .map_or("", String::as_str);
    json!({
        "name": tileset.title().in_language(main).unwrap_or(tileset.id()),
        "attribution": tileset.attribution(),
        "bounds": archive.bounds(),
        "minzoom": reached(low),
        "maxzoom": reached(high),
        "vector_layers": archive.layers().iter().map(layer).collect::<Vec<_>>(),
    })
}
