//! The rows of a file as drafts: which column is what, in Spanish and in English.

use comarca_engine::{Column, GeometryType, Value, folded};

use super::{AssemblyDraft, Draft, Refusal};
use crate::crs::{Crs, CrsError, Transform};
use crate::source::Features;

/// A row of a file.
#[expect(
    missing_debug_implementations,
    reason = "a draft holds the names of people"
)]
pub struct Row<T> {
    /// Its number from 1, the line with the names of the columns not counted.
    pub number: usize,
    /// What it says, or why that cannot be read.
    pub draft: Result<T, Refusal>,
}

/// Members of a draft with the names that columns have for them, without accents and in small letters.
const NAMES: [(&str, &[&str]); 19] = [
    ("id", &["id", "codigo", "key", "clave"]),
    ("theme", &["theme", "tema", "categoria", "category"]),
    ("title", &["title", "titulo", "nombre", "name", "demanda"]),
    ("description", &["description", "descripcion", "detalle"]),
    ("district", &["district", "distrito"]),
    ("votes", &["votes", "votos", "apoyos"]),
    ("assembly", &["assembly", "asamblea"]),
    ("stage", &["stage", "etapa"]),
    ("status", &["status", "estado"]),
    ("same_as", &["same_as", "misma_que"]),
    ("project", &["project", "proyecto"]),
    ("cost", &["cost", "costo"]),
    ("beneficiaries", &["beneficiaries", "beneficiarios"]),
    ("funding", &["funding", "financiamiento"]),
    ("decision", &["decision", "acuerdo"]),
    ("created", &["created", "fecha", "date"]),
    ("author", &["author", "autor", "autora"]),
    ("contact", &["contact", "contacto"]),
    ("location", &["geometry", "geom", "location"]),
];

/// The same for assemblies.
const ASSEMBLY_NAMES: [(&str, &[&str]); 6] = [
    ("id", &["id", "codigo"]),
    ("level", &["level", "nivel"]),
    (
        "key",
        &["key", "district", "distrito", "clave", "territorio"],
    ),
    ("date", &["date", "fecha"]),
    ("attendance", &["attendance", "asistencia", "asistentes"]),
    ("title", &["title", "titulo", "nombre"]),
];

/// The columns of a file by what they mean.
struct Columns<'f>(Vec<(&'static str, &'f Column)>);

impl<'f> Columns<'f> {
    fn find(features: &'f Features, names: &[(&'static str, &[&str])]) -> Self {
        let plain: Vec<String> = features
            .columns
            .iter()
            .map(|column| folded(column.name()).replace(' ', "_"))
            .collect();
        let of_member = |(member, names): &(&'static str, &[&str])| {
            let mut names = names.iter();
            let at = names.find_map(|name| plain.iter().position(|own| own == name))?;
            Some((*member, &features.columns[at]))
        };
        Self(names.iter().filter_map(of_member).collect())
    }

    fn value(&self, member: &str, row: usize) -> Value<'f> {
        let found = self.0.iter().find(|(own, _)| *own == member);
        found.map_or(Value::Null, |(_, column)| column.value(row))
    }

    fn text(&self, member: &str, row: usize) -> Option<String> {
        let text = match self.value(member, row) {
            Value::Null => return None,
            value => value.display(),
        };
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn whole(&self, member: &str, row: usize) -> Result<Option<i64>, Refusal> {
        let refused = |text: &str| Refusal::new(member, text, "a whole number");
        match self.value(member, row) {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(number)),
            other => {
                let text = other.display();
                let text = text.trim();
                let whole = text.strip_suffix(".0").unwrap_or(text);
                match text {
                    "" => Ok(None),
                    _ => whole.parse().map(Some).map_err(|_odd| refused(text)),
                }
            }
        }
    }
}

/// The rows of a file as drafts of demands; positions in the CRS that the file names, in degrees where it names none.
///
/// # Errors
/// When the file's CRS is not known.
pub fn rows(features: &Features) -> Result<Vec<Row<Draft>>, CrsError> {
    let columns = Columns::find(features, &NAMES);
    let lonlat = degrees(features)?;
    let row = |row: usize| Row {
        number: row + 1,
        draft: draft(&columns, position(features, &lonlat, row), row),
    };
    Ok((0..features.len()).map(row).collect())
}

/// The rows of a file as drafts of assemblies.
pub fn assembly_rows(features: &Features) -> Vec<Row<AssemblyDraft>> {
    let columns = Columns::find(features, &ASSEMBLY_NAMES);
    let row = |row: usize| Row {
        number: row + 1,
        draft: assembly(&columns, row),
    };
    (0..features.len()).map(row).collect()
}

fn draft(columns: &Columns<'_>, location: Option<[f64; 2]>, row: usize) -> Result<Draft, Refusal> {
    let text = |member| columns.text(member, row);
    Ok(Draft {
        id: text("id"),
        theme: text("theme"),
        title: text("title"),
        description: text("description"),
        location,
        district: text("district"),
        votes: columns.whole("votes", row)?,
        assembly: text("assembly"),
        stage: text("stage"),
        status: text("status"),
        same_as: text("same_as"),
        project: text("project"),
        cost: columns.whole("cost", row)?,
        beneficiaries: columns.whole("beneficiaries", row)?,
        funding: text("funding"),
        decision: text("decision"),
        created: text("created"),
        author: text("author"),
        contact: text("contact"),
    })
}

fn assembly(columns: &Columns<'_>, row: usize) -> Result<AssemblyDraft, Refusal> {
    let text = |member| columns.text(member, row);
    Ok(AssemblyDraft {
        id: text("id"),
        level: text("level"),
        key: text("key"),
        date: text("date"),
        attendance: columns.whole("attendance", row)?,
        title: text("title"),
    })
}

/// All coordinates of a file in degrees.
fn degrees(features: &Features) -> Result<Vec<[f64; 2]>, CrsError> {
    let Some(crs) = features.crs.as_deref() else {
        return Ok(features.coordinates.clone());
    };
    let way = Transform::new(&Crs::parse(crs)?, &Crs::lonlat(), features.bounds())?;
    Ok(way.convert(&features.coordinates))
}

/// The point of a row.
fn position(features: &Features, lonlat: &[[f64; 2]], row: usize) -> Option<[f64; 2]> {
    let is_point = features.shapes.geometry_type(row) == GeometryType::Point;
    let at = features.shapes.feature_coordinates(row).start;
    lonlat.get(at).copied().filter(|_| is_point)
}
