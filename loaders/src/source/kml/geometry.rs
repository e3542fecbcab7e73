//! Geometries of placemarks (KML 2.2, 10; `gx:Track` and `gx:MultiTrack` are in the standard since 2.3).

use comarca_engine::GeometryType;

use super::Reader;
use crate::problem::{LoadError, Problem};
use crate::source::xml::positions::{numbers, tuples};

/// What was found where coordinates should be.
type Flaw = Result<(), String>;

/// Whether an element of a placemark is a geometry.
pub(super) fn is_geometry(name: &str) -> bool {
    matches!(
        name,
        "Point"
            | "LineString"
            | "LinearRing"
            | "Polygon"
            | "MultiGeometry"
            | "Track"
            | "MultiTrack"
            | "Model"
    )
}

impl Reader<'_> {
    /// Drafts the geometry that is open.
    pub(super) fn geometry(&mut self, name: &str) -> Result<Flaw, LoadError> {
        match name {
            "Point" => {
                let flaw = self.coordinates()?;
                self.rows.draft.kind(GeometryType::Point);
                for &[x, y] in &self.positions {
                    self.rows.draft.point(x, y);
                }
                Ok(flaw)
            }
            "LineString" | "LinearRing" => {
                let flaw = self.coordinates()?;
                self.rows.draft.kind(GeometryType::Line);
                self.add_ring();
                self.rows.draft.end_part();
                Ok(flaw)
            }
            "Polygon" => self.polygon(),
            "Track" => self.track(),
            "MultiGeometry" | "MultiTrack" => self.members(),
            other => {
                let message = format!("a {other} is no geometry of a map layer and is left out");
                self.rows
                    .problems
                    .add(Problem::warning(message).at_row(self.rows.row()));
                self.xml.skip()?;
                Ok(Ok(()))
            }
        }
    }

    fn members(&mut self) -> Result<Flaw, LoadError> {
        self.rows.draft.multi();
        let mut flaw = Ok(());
        while let Some(child) = self.xml.child()? {
            if is_geometry(child.name()) {
                flaw = flaw.and(self.geometry(child.name())?);
            } else {
                self.xml.skip()?;
            }
        }
        Ok(flaw)
    }

    /// The exterior comes first, wherever it stands in the file.
    fn polygon(&mut self) -> Result<Flaw, LoadError> {
        let (mut exterior, mut holes) = (None, vec![]);
        let mut flaw = Ok(());
        while let Some(boundary) = self.xml.child()? {
            let is_outer = boundary.name() == "outerBoundaryIs";
            if !is_outer && boundary.name() != "innerBoundaryIs" {
                self.xml.skip()?;
                continue;
            }
            while let Some(ring) = self.xml.child()? {
                if ring.name() != "LinearRing" {
                    self.xml.skip()?;
                    continue;
                }
                flaw = flaw.and(self.coordinates()?);
                let positions = std::mem::take(&mut self.positions);
                if is_outer && exterior.is_none() {
                    exterior = Some(positions);
                } else {
                    holes.push(positions);
                }
            }
        }
        self.rows.draft.kind(GeometryType::Polygon);
        for ring in [exterior.unwrap_or_default()].into_iter().chain(holes) {
            self.positions = ring;
            self.add_ring();
        }
        self.rows.draft.end_part();
        Ok(flaw)
    }

    /// The way of something that moved; of its times the first and the last are kept.
    fn track(&mut self) -> Result<Flaw, LoadError> {
        self.positions.clear();
        let (mut flaw, mut position) = (Ok(()), vec![]);
        let mut times: Option<(String, String)> = None;
        while let Some(child) = self.xml.child()? {
            let text = self.xml.text()?;
            match child.name() {
                "coord" => {
                    position.clear();
                    match numbers(&text, &mut position) {
                        Ok(()) if position.len() >= 2 => self.add_position(&position),
                        Ok(()) => flaw = flaw.and(Err(text.into_owned())),
                        Err(found) => flaw = flaw.and(Err(found)),
                    }
                }
                "when" => {
                    let first = times
                        .take()
                        .map_or_else(|| text.to_string(), |(first, _)| first);
                    times = Some((first, text.into_owned()));
                }
                _ => {}
            }
        }
        if let Some((first, last)) = times {
            self.set_text("begin", &first);
            self.set_text("end", &last);
            self.rows.draft.drop_dimensions();
        }
        self.rows.draft.kind(GeometryType::Line);
        self.add_ring();
        self.rows.draft.end_part();
        Ok(flaw)
    }

    /// Reads the `coordinates` of the geometry that is open.
    fn coordinates(&mut self) -> Result<Flaw, LoadError> {
        self.positions.clear();
        let mut flaw = Ok(());
        while let Some(child) = self.xml.child()? {
            let text = self.xml.text()?;
            if child.name() != "coordinates" {
                continue;
            }
            let mut short = None;
            let read = tuples(&text, |position| match position {
                [_, _, ..] => self.add_position(position),
                _ => {
                    short = short
                        .take()
                        .or_else(|| position.first().map(f64::to_string));
                }
            });
            flaw = flaw.and(read).and(short.map_or(Ok(()), Err));
        }
        Ok(flaw)
    }

    /// A height of 0 is what programs write that have none.
    fn add_position(&mut self, position: &[f64]) {
        if position.get(2).is_some_and(|height| *height != 0.0) {
            self.rows.draft.drop_dimensions();
        }
        self.positions.push([position[0], position[1]]);
    }

    fn add_ring(&mut self) {
        for &[x, y] in &self.positions {
            self.rows.draft.coordinate(x, y);
        }
        self.rows.draft.end_ring();
    }
}
