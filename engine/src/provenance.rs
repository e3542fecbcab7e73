//! Where data come from.

use crate::title::Title;

/// Where the data of a layer come from, or those of a table that is joined to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Id of the layer or table.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// File or address, without what is secret in it.
    pub location: String,
    /// Day, month, year or period that the data are of.
    pub date: Option<String>,
    /// The day on which its file last changed, as ISO 8601 writes it; none where it is no file here.
    pub changed: Option<String>,
    /// Who is to be named.
    pub attribution: Option<String>,
    /// Licence of the data.
    pub licence: Option<String>,
    /// How many features or rows were read.
    pub rows: usize,
    /// The layer that a table is joined to.
    pub joined_to: Option<String>,
}
