//! Rows → demands and assemblies. What is not as it must be becomes a problem, not an error.

use std::collections::HashSet;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::geometry;
use crate::{Assembly, Demand, Private, Problem, Stage, Status};

/// Reads the columns of a row one after the other and collects what is wrong with it.
pub(super) struct Reader<'a> {
    row: &'a Row<'a>,
    next: usize,
    number: i64,
    table: &'static str,
    id: Option<String>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// The first column is the number of the row.
    pub(super) fn of(
        row: &'a Row<'a>,
        table: &'static str,
        problems: &'a mut Vec<Problem>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            row,
            next: 1,
            number: row.get(0)?,
            table,
            id: None,
            problems,
        })
    }

    /// The demand in the columns of `layout::DEMANDS`, author and contact.
    pub(super) fn demand(&mut self) -> rusqlite::Result<Option<Demand>> {
        let place = match self.value()? {
            ValueRef::Blob(blob) => geometry::point(blob),
            _ => None,
        };
        self.id = self.text()?;
        let demand = Demand {
            id: self.id.clone().unwrap_or_default(),
            theme: self.some_text()?,
            title: self.some_text()?,
            description: self.some_text()?,
            lon: place.map_or(0.0, |place| place[0]),
            lat: place.map_or(0.0, |place| place[1]),
            votes: self.count("votes")?.unwrap_or(0),
            district: self.text()?,
            commune: self.text()?,
            assembly: self.text()?,
            stage: self.named("stage", Stage::named)?,
            status: self.named("status", Status::named)?,
            same_as: self.text()?,
            project: self.text()?,
            cost: self.amount("cost")?,
            beneficiaries: self.amount("beneficiaries")?,
            funding: self.text()?,
            decision: self.text()?,
            created: self.some_text()?,
            updated: self.some_text()?,
            version: self.version()?,
            author: self.text()?.map(Private::new),
            contact: self.text()?.map(Private::new),
        };
        let on_earth = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
        if demand.id.is_empty() {
            self.leave_out("has no id");
        } else if !place.as_ref().is_some_and(on_earth) {
            self.leave_out("has no point on the earth");
        } else {
            let mut demand = demand;
            if demand.updated.is_empty() {
                demand.updated.clone_from(&demand.created);
            }
            return Ok(Some(demand));
        }
        Ok(None)
    }

    /// The assembly in the columns of `layout::ASSEMBLIES`.
    pub(super) fn assembly(&mut self) -> rusqlite::Result<Option<Assembly>> {
        self.id = self.text()?;
        let mut assembly = Assembly {
            id: self.id.clone().unwrap_or_default(),
            level: self.some_text()?,
            key: self.some_text()?,
            date: self.some_text()?,
            attendance: self.count("attendance")?,
            title: self.text()?,
            commune: self.text()?,
            created: self.some_text()?,
            updated: self.some_text()?,
            version: self.version()?,
        };
        if assembly.id.is_empty() {
            self.leave_out("has no id");
            return Ok(None);
        }
        if assembly.updated.is_empty() {
            assembly.updated.clone_from(&assembly.created);
        }
        Ok(Some(assembly))
    }

    /// Leaves out what has the id of an earlier row, be that one left out.
    pub(super) fn first_of<T>(&mut self, seen: &mut HashSet<String>, item: Option<T>) -> Option<T> {
        let is_first = self.id.clone().is_none_or(|id| seen.insert(id));
        if item.is_some() && !is_first {
            self.leave_out("has the id of an earlier row");
            return None;
        }
        item
    }

    /// The row has no part in the register.
    fn leave_out(&mut self, what: &str) {
        self.problem(format!("{what}; it is left out"), true);
    }

    fn value(&mut self) -> rusqlite::Result<ValueRef<'a>> {
        let column = self.next;
        self.next += 1;
        self.row.get_ref(column)
    }

    /// A text that is not empty. Numbers are texts too.
    fn text(&mut self) -> rusqlite::Result<Option<String>> {
        let text = match self.value()? {
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Null | ValueRef::Blob(_) => String::new(),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn some_text(&mut self) -> rusqlite::Result<String> {
        Ok(self.text()?.unwrap_or_default())
    }

    /// A whole number, also as a text or as a fraction of 1.
    fn whole(&mut self, column: &str) -> rusqlite::Result<Option<i64>> {
        let text = match self.value()? {
            ValueRef::Null => return Ok(None),
            ValueRef::Integer(number) => return Ok(Some(number)),
            // `12` for 12.0: a text is exact where a cast is not.
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).trim().to_owned(),
            ValueRef::Blob(_) => "?".to_owned(),
        };
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok();
        if number.is_none() {
            self.problem(
                format!("{column} is no whole number; it is left empty"),
                false,
            );
        }
        Ok(number)
    }

    fn count(&mut self, column: &str) -> rusqlite::Result<Option<u64>> {
        let Some(number) = self.whole(column)? else {
            return Ok(None);
        };
        let count = u64::try_from(number).ok();
        if count.is_none() {
            self.problem(format!("{column} is below zero; it is left empty"), false);
        }
        Ok(count)
    }

    fn amount(&mut self, column: &str) -> rusqlite::Result<Option<i64>> {
        let amount = self.count(column)?;
        Ok(amount.and_then(|amount| i64::try_from(amount).ok()))
    }

    fn version(&mut self) -> rusqlite::Result<u64> {
        let version = self
            .whole("version")?
            .and_then(|version| u64::try_from(version).ok());
        Ok(version.unwrap_or(1).max(1))
    }

    /// One of a list; the first one where it is empty or none of them.
    fn named<T: Default>(
        &mut self,
        column: &str,
        named: impl Fn(&str) -> Option<T>,
    ) -> rusqlite::Result<T> {
        let Some(text) = self.text()? else {
            return Ok(T::default());
        };
        let found = named(&text);
        if found.is_none() {
            let start: String = text.chars().take(40).collect();
            self.problem(
                format!("{column} {start:?} is not known; it is taken for the first"),
                false,
            );
        }
        Ok(found.unwrap_or_default())
    }

    fn problem(&mut self, what: String, left_out: bool) {
        self.problems.push(Problem {
            table: self.table,
            row: self.number,
            id: self.id.clone(),
            what,
            left_out,
        });
    }
}
