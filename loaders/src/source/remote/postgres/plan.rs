//! What is asked for: which columns of a table or query, and in which form.

use tokio_postgres::types::{Kind, Type};

use super::copy::Field;
use super::session::{Fault, Session};
use super::values::{Coding, Treatment, treatment};
use crate::problem::Problem;
use crate::source::window::Box4;

/// Where rows come from.
#[derive(Clone, Debug)]
pub(super) enum Relation {
    Table {
        schema: String,
        name: String,
        /// The geometry column that is wanted; the first when absent.
        geometry: Option<String>,
    },
    Query(String),
}

impl Relation {
    /// What the layer is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Table { name, .. } => name.clone(),
            Self::Query(_) => "query".to_owned(),
        }
    }

    /// A statement with all its columns, which must be whole by itself: a text that is one statement alone cannot leave
    /// the brackets it is put into.
    fn sql(&self) -> String {
        match self {
            Self::Table { schema, name, .. } => {
                format!("SELECT * FROM {}.{}", quoted(schema), quoted(name))
            }
            Self::Query(query) => query.trim_end().trim_end_matches(';').to_owned(),
        }
    }
}

/// An identifier in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The geometry column.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    /// What it is called in the statement, as a geometry.
    expression: String,
    /// The column itself, for its index.
    column: String,
    /// Where the functions of PostGIS are.
    pub(super) schema: String,
}

/// The statement that fetches a relation, and what its fields mean.
pub(super) struct Plan {
    source: String,
    selected: Vec<String>,
    pub(super) fields: Vec<Field>,
    pub(super) geometry: Option<Geometry>,
    /// Geometry columns that are not read.
    others: Vec<String>,
}

impl Plan {
    pub(super) async fn new(session: &Session, relation: &Relation) -> Result<Self, Fault> {
        let sql = relation.sql();
        let statement = session.prepare(&sql).await?;
        if !statement.params().is_empty() {
            return Err(Fault::new(
                "the query has parameters such as $1; write the values into it",
            ));
        }
        let columns: Vec<_> = statement
            .columns()
            .iter()
            .map(|column| (column.name(), column.type_()))
            .collect();
        if columns.is_empty() {
            return Err(Fault::new("has no columns").advice("a query must be a SELECT"));
        }
        let wanted = match relation {
            Relation::Table { geometry, .. } => geometry.as_deref(),
            Relation::Query(_) => None,
        };
        // Columns are called by their place: a query may call two of them the same.
        let names: Vec<_> = (1..=columns.len())
            .map(|number| format!("c{number}"))
            .collect();
        let source = format!("(\n{sql}\n) AS q({})", names.join(", "));
        let mut plan = Self {
            source,
            selected: vec![],
            fields: vec![],
            geometry: None,
            others: vec![],
        };
        for ((name, kind), column) in columns.iter().zip(&names) {
            plan.add(name, kind, column, wanted);
        }
        match (wanted, &plan.geometry) {
            (Some(wanted), None) => Err(Fault::new(format!("has no geometry column {wanted:?}"))
                .advice(format!(
                    "its geometry columns are: {}",
                    plan.others.join(", ")
                ))),
            _ => Ok(plan),
        }
    }

    fn add(&mut self, name: &str, kind: &Type, column: &str, wanted: Option<&str>) {
        let column = format!("q.{column}");
        if let Some((schema, is_geography)) = spatial(kind) {
            if self.geometry.is_some() || wanted.is_some_and(|wanted| wanted != name) {
                self.others.push(name.to_owned());
                return;
            }
            let expression = if is_geography {
                format!("{column}::{schema}.geometry")
            } else {
                column.clone()
            };
            self.selected.push(straight(&schema, &expression));
            self.fields.push(Field::Geometry);
            self.geometry = Some(Geometry {
                expression,
                column,
                schema,
            });
            return;
        }
        let (sent, coding) = match treatment(kind) {
            Treatment::Sent(coding) => (column, coding),
            Treatment::Json => (
                format!("pg_catalog.array_to_json({column})::text"),
                Coding::Text,
            ),
            Treatment::Cast => (format!("{column}::text"), Coding::Text),
        };
        self.selected.push(sent);
        self.fields.push(Field::Attribute {
            name: name.to_owned(),
            coding,
        });
    }

    /// The statement that sends the rows; only those whose box meets a window, in the SRID of the geometries.
    pub(super) fn statement(&self, window: Option<(Box4, i32)>) -> String {
        let filter = self.geometry.as_ref().zip(window).map(|(geometry, ([x0, y0, x1, y1], srid))| {
            let (schema, expression) = (&geometry.schema, &geometry.expression);
            format!(
                " WHERE {expression} OPERATOR({schema}.&&) {schema}.ST_MakeEnvelope({x0:?}, {y0:?}, {x1:?}, {y1:?}, {srid})"
            )
        });
        format!(
            "COPY (SELECT {} FROM {}{}) TO STDOUT (FORMAT BINARY)",
            self.selected.join(", "),
            self.source,
            filter.unwrap_or_default()
        )
    }

    /// The SRID of the first geometry there is.
    pub(super) async fn first_srid(&self, session: &Session) -> Result<Option<i32>, Fault> {
        let Some(Geometry {
            expression,
            column,
            schema,
        }) = &self.geometry
        else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {schema}.ST_SRID({expression}) FROM {} WHERE {column} IS NOT NULL LIMIT 1",
            self.source
        );
        let rows = session.rows(&sql, &[]).await?;
        rows.first()
            .map(|row| row.try_get(0))
            .transpose()
            .map_err(Fault::from)
    }

    /// What is worth knowing about the columns.
    pub(super) fn notices(&self) -> impl Iterator<Item = Problem> + '_ {
        self.others.iter().map(|name| {
            Problem::notice("a further geometry column is not read")
                .in_column(name)
                .advice("name it as table = \"schema.table(column)\"")
        })
    }
}

/// The quoted schema of PostGIS where `kind` is one of its two types, and whether that is the geography.
fn spatial(kind: &Type) -> Option<(String, bool)> {
    match (kind.kind(), kind.name()) {
        (Kind::Domain(inner), _) => spatial(inner),
        (_, "geometry") => Some((quoted(kind.schema()), false)),
        (_, "geography") => Some((quoted(kind.schema()), true)),
        _ => None,
    }
}

/// The geometry with straight segments in the place of arcs.
fn straight(schema: &str, expression: &str) -> String {
    format!(
        "CASE WHEN {schema}.ST_HasArc({expression}) OR {schema}.GeometryType({expression}) IN \
         ('COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE') \
         THEN {schema}.ST_CurveToLine({expression}) ELSE {expression} END"
    )
}
