//! Bounds of what may be recorded. Themes and territory are for the caller to check.

use crate::timestamp::{is_date, is_moment};
use crate::{Invalid, Kind, NewAssembly, NewDemand};

const KEY: usize = 100;
const LINE: usize = 200;
const TEXT: usize = 10_000;
const VOTES: u64 = 10_000_000;
const COST: i64 = 1_000_000_000_000_000;
const INHABITANTS: i64 = 10_000_000_000;

/// Collects what is wrong with one item.
pub(crate) struct Faults<'a> {
    kind: Kind,
    item: usize,
    found: &'a mut Vec<Invalid>,
}

impl<'a> Faults<'a> {
    pub(crate) const fn of(kind: Kind, item: usize, found: &'a mut Vec<Invalid>) -> Self {
        Self { kind, item, found }
    }

    pub(crate) fn push(&mut self, field: &'static str, why: impl Into<String>) {
        self.found.push(Invalid {
            kind: self.kind,
            item: self.item,
            field,
            why: why.into(),
        });
    }

    /// Of at most `longest` characters, without control characters but tab and line break.
    fn text(&mut self, field: &'static str, text: &str, longest: usize) {
        // A character has at most four bytes.
        if text.len() > longest && text.chars().count() > longest {
            self.push(field, format!("has more than {longest} characters"));
        } else if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            self.push(field, "has control characters");
        }
    }

    fn some_text(&mut self, field: &'static str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.push(field, "is empty");
        } else {
            self.text(field, text, longest);
        }
    }

    fn optional(&mut self, field: &'static str, text: Option<&String>, longest: usize) {
        if let Some(text) = text {
            self.text(field, text, longest);
        }
    }

    fn optional_key(&mut self, field: &'static str, key: Option<&String>) {
        if let Some(key) = key {
            self.some_text(field, key, KEY);
        }
    }

    fn number(&mut self, field: &'static str, number: Option<i64>, most: i64) {
        if number.is_some_and(|number| !(0..=most).contains(&number)) {
            self.push(field, format!("is not between 0 and {most}"));
        }
    }

    fn degrees(&mut self, field: &'static str, degrees: f64, most: f64) {
        // False for what is no number.
        if !(-most..=most).contains(&degrees) {
            self.push(field, format!("is not between -{most} and {most} degrees"));
        }
    }

    fn count(&mut self, field: &'static str, count: Option<u64>) {
        if count.is_some_and(|count| count > VOTES) {
            self.push(field, format!("is more than {VOTES}"));
        }
    }
}

/// What is wrong with a demand by itself.
pub(crate) fn demand(demand: &NewDemand, faults: &mut Faults<'_>) {
    faults.optional_key("id", demand.id.as_ref());
    faults.some_text("theme", &demand.theme, KEY);
    faults.some_text("title", &demand.title, LINE);
    faults.text("description", &demand.description, TEXT);
    faults.degrees("lon", demand.lon, 180.0);
    faults.degrees("lat", demand.lat, 90.0);
    faults.optional_key("district", demand.district.as_ref());
    faults.optional_key("commune", demand.commune.as_ref());
    faults.count("votes", Some(demand.votes));
    faults.optional_key("assembly", demand.assembly.as_ref());
    faults.optional_key("same_as", demand.same_as.as_ref());
    faults.optional("project", demand.project.as_ref(), LINE);
    faults.number("cost", demand.cost, COST);
    faults.number("beneficiaries", demand.beneficiaries, INHABITANTS);
    faults.optional("funding", demand.funding.as_ref(), LINE);
    faults.optional("decision", demand.decision.as_ref(), TEXT);
    if demand.created.as_ref().is_some_and(|text| !is_moment(text)) {
        faults.push(
            "created",
            "is neither a date nor a moment in UTC (RFC 3339)",
        );
    }
    let person = [("author", &demand.author), ("contact", &demand.contact)];
    for (field, text) in person {
        faults.optional(field, text.as_ref().map(crate::Private::reveal), LINE);
    }
}

/// What is wrong with an assembly by itself.
pub(crate) fn assembly(assembly: &NewAssembly, faults: &mut Faults<'_>) {
    faults.optional_key("id", assembly.id.as_ref());
    faults.some_text("level", &assembly.level, KEY);
    faults.some_text("key", &assembly.key, KEY);
    if !is_date(&assembly.date) {
        faults.push("date", "is not a day of the calendar (YYYY-MM-DD)");
    }
    faults.count("attendance", assembly.attendance);
    faults.optional("title", assembly.title.as_ref(), LINE);
    faults.optional_key("commune", assembly.commune.as_ref());
}

/// An idempotency key is of 1 to 255 visible ASCII characters.
pub(crate) fn is_idempotency_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(change: impl FnOnce(&mut NewDemand)) -> Vec<&'static str> {
        let mut new = NewDemand {
            theme: "health".to_owned(),
            title: "Posta de salud".to_owned(),
            lon: -70.6,
            lat: -33.4,
            ..NewDemand::default()
        };
        change(&mut new);
        let mut found = vec![];
        demand(&new, &mut Faults::of(Kind::Demand, 0, &mut found));
        found.iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_demand_within_bounds_is_valid() {
        assert!(fields(|_| ()).is_empty());
        let at_the_bounds = fields(|new| {
            new.title = "ñ".repeat(200);
            new.description = "a\n\tb".repeat(2500);
            (new.lon, new.lat) = (-180.0, 90.0);
            (new.votes, new.cost) = (10_000_000, Some(1_000_000_000_000_000));
            new.beneficiaries = Some(0);
            new.created = Some("2026-11-22".to_owned());
            new.author = Some("".into());
        });
        assert!(at_the_bounds.is_empty(), "{at_the_bounds:?}");
    }

    #[test]
    fn each_field_has_its_bound() {
        let long = |length: usize| Some("x".repeat(length));
        assert_eq!(fields(|new| new.theme = " ".to_owned()), ["theme"]);
        assert_eq!(fields(|new| new.theme = "x".repeat(101)), ["theme"]);
        assert_eq!(fields(|new| new.title = String::new()), ["title"]);
        assert_eq!(fields(|new| new.title = "ñ".repeat(201)), ["title"]);
        assert_eq!(fields(|new| new.title = "a\u{0}b".to_owned()), ["title"]);
        assert_eq!(fields(|new| new.title = "a\u{85}b".to_owned()), ["title"]);
        assert_eq!(
            fields(|new| new.description = "x".repeat(10_001)),
            ["description"]
        );
        assert_eq!(fields(|new| new.lon = 180.000_001), ["lon"]);
        assert_eq!(fields(|new| new.lat = f64::NAN), ["lat"]);
        assert_eq!(fields(|new| new.lat = f64::NEG_INFINITY), ["lat"]);
        assert_eq!(fields(|new| new.votes = 10_000_001), ["votes"]);
        assert_eq!(fields(|new| new.id = Some(String::new())), ["id"]);
        assert_eq!(fields(|new| new.district = long(101)), ["district"]);
        assert_eq!(fields(|new| new.commune = long(101)), ["commune"]);
        assert_eq!(fields(|new| new.assembly = long(101)), ["assembly"]);
        assert_eq!(fields(|new| new.same_as = long(101)), ["same_as"]);
        assert_eq!(fields(|new| new.project = long(201)), ["project"]);
        assert_eq!(fields(|new| new.cost = Some(-1)), ["cost"]);
        assert_eq!(fields(|new| new.cost = Some(COST + 1)), ["cost"]);
        assert_eq!(
            fields(|new| new.beneficiaries = Some(-1)),
            ["beneficiaries"]
        );
        assert_eq!(fields(|new| new.funding = long(201)), ["funding"]);
        assert_eq!(fields(|new| new.decision = long(10_001)), ["decision"]);
        assert_eq!(
            fields(|new| new.created = Some("today".to_owned())),
            ["created"]
        );
        assert_eq!(
            fields(|new| new.author = long(201).map(crate::Private::new)),
            ["author"]
        );
        assert_eq!(
            fields(|new| new.contact = Some("a\u{1b}b".into())),
            ["contact"]
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        let mut found = vec![];
        let new = NewDemand {
            contact: Some("\u{7}ana@example.org".into()),
            ..NewDemand::default()
        };
        demand(&new, &mut Faults::of(Kind::Demand, 3, &mut found));
        assert_eq!(found.len(), 3, "theme, title, contact: {found:?}");
        assert!(found.iter().all(|fault| fault.item == 3));
        assert!(!format!("{found:?}").contains("ana"));
    }

    #[test]
    fn an_assembly_has_a_day_and_a_place() {
        let new = NewAssembly {
            date: "2026-02-30".to_owned(),
            attendance: Some(u64::MAX),
            ..NewAssembly::default()
        };
        let mut found = vec![];
        assembly(&new, &mut Faults::of(Kind::Assembly, 0, &mut found));
        let fields: Vec<_> = found.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["level", "key", "date", "attendance"]);
    }
}
