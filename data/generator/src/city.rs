//! The whole city, and its files.

use std::path::Path;

use geo_types::Polygon;

use crate::blocks::{Block, Park};
use crate::census::Residents;
use crate::crs::Crs;
use crate::demand::{Assembly, Demand, Project};
use crate::density::Density;
use crate::facilities::{Neighbourhood, School, Stop};
use crate::features::{Features, Shapes};
use crate::outline::{Commune, communes};
use crate::territory::Territory;
use crate::write::csv::{Dialect, Encoding};
use crate::write::{self, shapefile::TextEncoding};
use crate::{Error, blocks, census, demand, facilities};

/// How large a city to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Same seed, same city.
    pub seed: u64,
    /// Sectors in each of the seven communes, 99 at most.
    pub sectors_per_commune: usize,
    /// Districts in each commune, shared out to its sectors; 99 at most in a sector.
    pub districts_per_commune: usize,
    /// Blocks to cut, parks among them; those that come out too small are left out.
    pub blocks: usize,
    /// Demands of all assemblies together.
    pub demands: usize,
}

impl Default for Parameters {
    /// The sample: 42 sectors, 280 districts, about 6,000 blocks, 5,000 demands.
    fn default() -> Self {
        Self {
            seed: 1,
            sectors_per_commune: 6,
            districts_per_commune: 40,
            blocks: 6_350,
            demands: 5_000,
        }
    }
}

/// A synthetic city: layers in metres (EPSG:32719) and tables.
#[derive(Clone, Debug, PartialEq)]
pub struct City {
    /// The seven communes: `cut`, `nombre`.
    pub communes: Features,
    /// Table of sectors: `sector`, `name`, `cut`.
    pub sectors: Features,
    /// Districts, an exact coverage: `code`, `name`, `sector`, `cut`.
    pub districts: Features,
    /// Blocks with their census.
    pub blocks: Features,
    /// Health centres.
    pub health: Features,
    /// Schools.
    pub schools: Features,
    /// Bus stops.
    pub stops: Features,
    /// Parks and squares.
    pub parks: Features,
    /// Demands.
    pub demands: Features,
    /// Table of the assemblies that raised them.
    pub assemblies: Features,
}

impl City {
    /// Makes the city. Cost: about a second for the default size in a release build.
    ///
    /// # Errors
    /// When a commune is too small for the sectors and districts asked for.
    pub fn generate(parameters: &Parameters) -> Result<Self, Error> {
        let communes = communes()?;
        let density = Density::new(&communes, parameters.seed);
        let territory = Territory::build(&communes, &density, parameters)?;
        let (blocks, parks) = blocks::build(&territory, &density, parameters);
        let residents = census::build(&communes, &territory, &blocks, &density, parameters.seed);
        let near = Neighbourhood {
            communes: &communes,
            territory: &territory,
            blocks: &blocks,
            residents: &residents,
        };
        let assemblies = demand::assemblies(&territory, parameters.seed);
        let demands = demand::demands(&territory, &assemblies, parameters);
        Ok(Self {
            communes: commune_layer(&communes, &territory),
            sectors: sector_table(&territory),
            districts: district_layer(&communes, &territory),
            blocks: block_layer(&territory, &blocks, &residents),
            health: health_layer(&near, parameters.seed),
            schools: school_layer(&facilities::schools(&near, parameters.seed)),
            stops: stop_layer(&facilities::stops(&near, parameters)),
            parks: park_layer(&parks),
            demands: demand_layer(&territory, &assemblies, &demands),
            assemblies: assembly_table(&territory, &assemblies),
        })
    }

    /// Writes every file of the sample under `folder`. The project file `comarca.toml` is not generated.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let schools = self
            .schools
            .to_crs(Crs::Wgs84)?
            .with_coordinates_as_columns("longitud", "latitud", 5);
        let stops = self
            .stops
            .to_crs(Crs::Wgs84)?
            .with_coordinates_as_columns("stop_lon", "stop_lat", 2);
        let chilean = Dialect {
            delimiter: b';',
            decimal: ',',
            encoding: Encoding::Latin1,
        };
        write::geojson(&self.communes, &folder.join("territory/communes.geojson"))?;
        write::flatgeobuf(
            &self.districts.to_crs(Crs::Wgs84)?,
            &folder.join("territory/districts.fgb"),
        )?;
        write::csv(
            &self.sectors,
            Dialect::default(),
            &folder.join("territory/sectors.csv"),
        )?;
        write::shapefile(
            &self.blocks,
            TextEncoding::Latin1,
            &folder.join("census/blocks.shp"),
        )?;
        write::geojson(&self.health, &folder.join("infrastructure/health.geojson"))?;
        write::csv(
            &schools,
            chilean,
            &folder.join("infrastructure/schools.csv"),
        )?;
        write::csv(
            &stops,
            Dialect::default(),
            &folder.join("infrastructure/stops.csv"),
        )?;
        write::geopackage(&[&self.parks], &folder.join("infrastructure/parks.gpkg"))?;
        let demands = self.demands.to_crs(Crs::Wgs84)?;
        write::geopackage(
            &[&demands, &self.assemblies],
            &folder.join("demand/demands.gpkg"),
        )
    }
}

fn commune_layer(communes: &[Commune], territory: &Territory) -> Features {
    let outlines = (0..communes.len())
        .map(|number| territory.outline(number))
        .collect();
    Features::new("communes", Shapes::Polygons(outlines))
        .with_text("cut", communes, |c| c.cut.clone())
        .with_text("nombre", communes, |c| c.name.clone())
}

fn sector_table(territory: &Territory) -> Features {
    let rows = &territory.sectors;
    Features::new("sectors", Shapes::None)
        .with_text("sector", rows, |s| s.key.clone())
        .with_text("name", rows, |s| s.name.clone())
        .with_text("cut", rows, |s| s.cut.clone())
}

fn district_layer(communes: &[Commune], territory: &Territory) -> Features {
    let rows = &territory.districts;
    let shapes: Vec<Polygon> = rows
        .iter()
        .map(|d| territory.mesh.polygon(d.face))
        .collect();
    Features::new("districts", Shapes::Polygons(shapes))
        .with_text("code", rows, |d| d.key.clone())
        .with_text("name", rows, |d| d.name.clone())
        .with_text("sector", rows, |d| d.sector.clone())
        .with_text("cut", rows, |d| communes[d.commune].cut.clone())
}

fn block_layer(territory: &Territory, blocks: &[Block], residents: &[Residents]) -> Features {
    let shapes = blocks.iter().map(|b| b.shape.clone()).collect();
    Features::new("blocks", Shapes::Polygons(shapes))
        .with_text("id", blocks, |b| b.id.clone())
        .with_text("district", blocks, |b| {
            territory.districts[b.district].key.clone()
        })
        .with_whole("pop", residents, |r| r.persons as i64)
        .with_whole("hh", residents, |r| r.households as i64)
        .with_whole("age_0_5", residents, |r| r.ages[0] as i64)
        .with_whole("age_6_14", residents, |r| r.ages[1] as i64)
        .with_whole("age_15_64", residents, |r| r.ages[2] as i64)
        .with_whole("age_65", residents, |r| r.ages[3] as i64)
        .with_text("uso", residents, |r| r.land_use.to_owned())
}

fn health_layer(near: &Neighbourhood<'_>, seed: u64) -> Features {
    let rows = facilities::health(near, seed);
    Features::new(
        "health",
        Shapes::Points(rows.iter().map(|h| h.place).collect()),
    )
    .with_text("id", &rows, |h| h.id.clone())
    .with_text("name", &rows, |h| h.name.clone())
    .with_text("type", &rows, |h| h.kind.to_owned())
    .with_whole("capacity", &rows, |h| h.capacity)
}

fn school_layer(rows: &[School]) -> Features {
    Features::new(
        "schools",
        Shapes::Points(rows.iter().map(|s| s.place).collect()),
    )
    .with_whole("RBD", rows, |s| s.rbd)
    .with_text("nombre", rows, |s| s.name.clone())
    .with_text("dependencia", rows, |s| s.dependence.to_owned())
    .with_text("nivel", rows, |s| s.level.to_owned())
    .with_whole("matricula", rows, |s| s.pupils)
}

fn stop_layer(rows: &[Stop]) -> Features {
    Features::new(
        "stops",
        Shapes::Points(rows.iter().map(|s| s.place).collect()),
    )
    .with_text("stop_id", rows, |s| s.id.clone())
    .with_text("stop_name", rows, |s| s.name.clone())
    .with_text("routes", rows, |s| s.routes.clone())
}

fn park_layer(rows: &[Park]) -> Features {
    Features::new(
        "parks",
        Shapes::Polygons(rows.iter().map(|p| p.shape.clone()).collect()),
    )
    .with_text("id", rows, |p| p.id.clone())
    .with_text("name", rows, |p| p.name.clone())
    .with_text("kind", rows, |p| p.kind.to_owned())
    .with_whole("area_m2", rows, |p| p.area_m2.round() as i64)
}

fn demand_layer(territory: &Territory, assemblies: &[Assembly], rows: &[Demand]) -> Features {
    let district = |d: &Demand| {
        territory.districts[assemblies[d.assembly].district]
            .key
            .clone()
    };
    Features::new(
        "demands",
        Shapes::Points(rows.iter().map(|d| d.place).collect()),
    )
    .with_text("id", rows, |d| d.id.clone())
    .with_text("theme", rows, |d| d.theme.to_owned())
    .with_text("title", rows, |d| d.title.to_owned())
    .with_whole("votes", rows, |d| d.votes)
    .with_text("assembly", rows, |d| assemblies[d.assembly].id.clone())
    .with_text("stage", rows, |d| d.stage.to_owned())
    .with_text("status", rows, |d| d.status.to_owned())
    .with_text("created", rows, |d| d.created.to_string())
    .with_text("district", rows, district)
    .with_text("project", rows, |d| of(d, |project| project.code.clone()))
    .with("cost", amounts(rows, |project| project.cost))
    .with(
        "beneficiaries",
        amounts(rows, |project| project.beneficiaries),
    )
    .with_text("funding", rows, |d| {
        of(d, |project| project.funding.to_owned())
    })
}

/// A text of the project of a demand; empty without one.
fn of(demand: &Demand, text: impl Fn(&Project) -> String) -> String {
    demand.project.as_ref().map(text).unwrap_or_default()
}

fn amounts(rows: &[Demand], amount: impl Fn(&Project) -> i64) -> crate::Values {
    let amounts = rows.iter().map(|d| d.project.as_ref().map(&amount));
    crate::Values::Sparse(amounts.collect())
}

fn assembly_table(territory: &Territory, rows: &[Assembly]) -> Features {
    Features::new("assemblies", Shapes::None)
        .with_text("id", rows, |a| a.id.clone())
        .with_text("level", rows, |_| "districts".to_owned())
        .with_text("district", rows, |a| {
            territory.districts[a.district].key.clone()
        })
        .with_text("date", rows, |a| a.date.to_string())
        .with(
            "attendance",
            crate::Values::Sparse(rows.iter().map(|a| a.attendance).collect()),
        )
}
