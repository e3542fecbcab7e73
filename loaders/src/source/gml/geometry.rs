//! Geometries of GML 2 and 3, down to their positions.

use std::borrow::Cow;

use comarca_engine::GeometryType;

use super::arc;
use super::srs::SrsNames;
use crate::problem::{LoadError, Problem};
use crate::source::draft::Draft;
use crate::source::xml::positions::{numbers, tuples};
use crate::source::xml::{Scanner, Tag};

/// Elements that are geometries, those that cannot be read among them, so that they are reported.
const GEOMETRIES: [&str; 30] = [
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "LinearRing",
    "Curve",
    "CompositeCurve",
    "OrientableCurve",
    "MultiCurve",
    "Polygon",
    "MultiPolygon",
    "Surface",
    "CompositeSurface",
    "OrientableSurface",
    "PolyhedralSurface",
    "TriangulatedSurface",
    "Tin",
    "MultiSurface",
    "MultiGeometry",
    "GeometryCollection",
    "Solid",
    "CompositeSolid",
    "MultiSolid",
    "GeometricComplex",
    "Envelope",
    "Box",
    "TopoPoint",
    "TopoCurve",
    "TopoSurface",
    "Grid",
];

/// Whether an element within a property is a geometry.
pub(super) fn is_geometry(name: &str) -> bool {
    GEOMETRIES.contains(&name)
}

/// What reading a geometry brought beside the draft.
pub(super) struct Found {
    /// The reference system it names, its own or that of the collection; empty without any.
    pub(super) srs: String,
    pub(super) problems: Vec<Problem>,
    /// Whether nothing of it is to be kept.
    pub(super) is_broken: bool,
}

/// Reads one geometry into a draft.
pub(super) struct GeometryReader<'r, 'a> {
    xml: &'r mut Scanner<'a>,
    draft: &'r mut Draft,
    srs_names: &'r mut SrsNames,
    collection_srs: Option<&'r str>,
    frame: Frame,
    srs: Option<String>,
    problems: Vec<Problem>,
    is_broken: bool,
    numbers: Vec<f64>,
}

/// How numbers make positions; inner elements take it from the outer ones (GML 3.2.1, 10.1.3.2).
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    is_northing_first: bool,
    /// Numbers per position.
    dimension: Option<usize>,
}

type Positions = Vec<[f64; 2]>;

impl<'r, 'a> GeometryReader<'r, 'a> {
    pub(super) fn new(
        xml: &'r mut Scanner<'a>,
        draft: &'r mut Draft,
        srs_names: &'r mut SrsNames,
        collection_srs: Option<&'r str>,
    ) -> Self {
        let mut reader = Self {
            xml,
            draft,
            srs_names,
            collection_srs,
            frame: Frame::default(),
            srs: None,
            problems: vec![],
            is_broken: false,
            numbers: vec![],
        };
        if let Some(name) = collection_srs {
            reader.frame.is_northing_first = reader.srs_names.find(name).is_northing_first;
        }
        reader
    }

    /// Reads the geometry that is open.
    pub(super) fn read(mut self, tag: &Tag) -> Result<Found, LoadError> {
        self.geometry(tag)?;
        Ok(Found {
            srs: self
                .srs
                .or(self.collection_srs.map(str::to_owned))
                .unwrap_or_default(),
            problems: self.problems,
            is_broken: self.is_broken,
        })
    }

    fn geometry(&mut self, tag: &Tag) -> Result<(), LoadError> {
        let outer = self.enter(tag);
        match tag.name() {
            "Point" => {
                let mut points = vec![];
                self.positions(&mut points)?;
                self.draft.kind(GeometryType::Point);
                points.iter().for_each(|&[x, y]| self.draft.point(x, y));
            }
            "LineString" | "LinearRing" | "Curve" | "CompositeCurve" | "OrientableCurve" => {
                let mut line = vec![];
                self.curve(tag, &mut line)?;
                self.draft.kind(GeometryType::Line);
                self.add_ring(&line);
                self.draft.end_part();
            }
            "Polygon" => self.polygon()?,
            "Surface" | "PolyhedralSurface" | "TriangulatedSurface" | "Tin" => self.patches()?,
            "OrientableSurface" => self.members(&["baseSurface"])?,
            "MultiPoint" | "MultiLineString" | "MultiCurve" | "MultiPolygon" | "MultiSurface"
            | "MultiGeometry" | "GeometryCollection" | "CompositeSurface" => {
                self.draft.multi();
                self.members(&[])?;
            }
            other => self.unsupported(other)?,
        }
        self.frame = outer;
        Ok(())
    }

    /// The geometries in the members of the one that is open; in those called `names` only, where there are any.
    fn members(&mut self, names: &[&str]) -> Result<(), LoadError> {
        while let Some(member) = self.xml.child()? {
            if !names.is_empty() && !names.contains(&member.name()) {
                self.xml.skip()?;
                continue;
            }
            self.report_reference(&member);
            while let Some(child) = self.xml.child()? {
                if is_geometry(child.name()) {
                    self.geometry(&child)?;
                } else {
                    self.xml.skip()?;
                }
            }
        }
        Ok(())
    }

    /// A surface of patches, each a part; more than one make it a multi-geometry.
    fn patches(&mut self) -> Result<(), LoadError> {
        let mut count = 0;
        while let Some(list) = self.xml.child()? {
            if !matches!(
                list.name(),
                "patches" | "polygonPatches" | "trianglePatches"
            ) {
                self.xml.skip()?;
                continue;
            }
            while let Some(patch) = self.xml.child()? {
                match patch.name() {
                    "PolygonPatch" | "Triangle" | "Rectangle" => {
                        let outer = self.enter(&patch);
                        self.polygon()?;
                        self.frame = outer;
                        count += 1;
                    }
                    other => self.unsupported(other)?,
                }
            }
        }
        if count > 1 {
            self.draft.multi();
        }
        Ok(())
    }

    /// The exterior comes first, wherever it stands.
    fn polygon(&mut self) -> Result<(), LoadError> {
        let (mut exterior, mut holes): (Option<Positions>, Vec<Positions>) = (None, vec![]);
        while let Some(boundary) = self.xml.child()? {
            let is_exterior = matches!(boundary.name(), "exterior" | "outerBoundaryIs");
            if !is_exterior && !matches!(boundary.name(), "interior" | "innerBoundaryIs") {
                self.xml.skip()?;
                continue;
            }
            self.report_reference(&boundary);
            while let Some(child) = self.xml.child()? {
                let mut ring = vec![];
                let outer = self.enter(&child);
                self.curve(&child, &mut ring)?;
                self.frame = outer;
                match &exterior {
                    None if is_exterior => exterior = Some(ring),
                    _ => holes.push(ring),
                }
            }
        }
        self.draft.kind(GeometryType::Polygon);
        self.add_ring(&exterior.unwrap_or_default());
        holes.iter().for_each(|hole| self.add_ring(hole));
        self.draft.end_part();
        Ok(())
    }

    /// The positions of a curve, a ring or a segment that is open.
    fn curve(&mut self, tag: &Tag, line: &mut Positions) -> Result<(), LoadError> {
        match tag.name() {
            "LineString" | "LinearRing" | "LineStringSegment" => self.positions(line),
            "Curve" => self.pieces(&["segments"], line),
            "CompositeCurve" | "Ring" => self.pieces(&["curveMember", "curveMembers"], line),
            "OrientableCurve" => {
                let is_reversed = tag.attribute("orientation").is_some_and(|sign| sign == "-");
                self.pieces(&["baseCurve"], line)?;
                if is_reversed {
                    line.reverse();
                }
                Ok(())
            }
            "Arc" | "ArcString" | "Circle" => {
                let mut points = vec![];
                self.positions(&mut points)?;
                self.arcs(&points, tag.name() == "Circle", line);
                Ok(())
            }
            other => self.unsupported(other),
        }
    }

    /// The curves in the children called `lists`, each beginning where the one before ends.
    fn pieces(&mut self, lists: &[&str], line: &mut Positions) -> Result<(), LoadError> {
        while let Some(list) = self.xml.child()? {
            if !lists.contains(&list.name()) {
                self.xml.skip()?;
                continue;
            }
            self.report_reference(&list);
            while let Some(child) = self.xml.child()? {
                let mut piece = vec![];
                let outer = self.enter(&child);
                self.curve(&child, &mut piece)?;
                self.frame = outer;
                let is_joined = line.last().is_some() && line.last() == piece.first();
                line.extend(&piece[usize::from(is_joined)..]);
            }
        }
        Ok(())
    }

    fn arcs(&mut self, points: &[[f64; 2]], is_circle: bool, line: &mut Positions) {
        if points.len() < 3 || points.len().is_multiple_of(2) || (is_circle && points.len() > 3) {
            self.flaw(
                "an arc needs three points, and each further one two more",
                &points.len().to_string(),
            );
            return;
        }
        let message = "arcs are drawn as lines in steps of 4 degrees";
        self.problems.push(Problem::notice(message));
        line.push(points[0]);
        for points in points.windows(3).step_by(2) {
            let points = [points[0], points[1], points[2]];
            if is_circle {
                arc::circle(points, line);
            } else {
                arc::through(points, line);
            }
        }
    }

    /// The positions in the children of the element that is open, in every form that GML has had.
    fn positions(&mut self, line: &mut Positions) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child()? {
            let outer = self.enter(&child);
            match child.name() {
                "posList" => {
                    let text = self.xml.text()?;
                    self.list(&text, None, line);
                }
                "pos" => {
                    let text = self.xml.text()?;
                    self.list(&text, Some(1), line);
                }
                "coordinates" => {
                    let text = self.xml.text()?;
                    self.tuples(&with_usual_marks(&child, text), line);
                }
                "coord" => self.coord(line)?,
                "pointProperty" | "pointRep" => {
                    self.report_reference(&child);
                    while self.xml.child()?.is_some() {
                        self.positions(line)?;
                    }
                }
                _ => self.xml.skip()?,
            }
            self.frame = outer;
        }
        Ok(())
    }

    /// Numbers with blanks between: `count` positions, or as many as there are.
    fn list(&mut self, text: &str, count: Option<usize>, line: &mut Positions) {
        let mut list = std::mem::take(&mut self.numbers);
        list.clear();
        let read = numbers(text, &mut list);
        // Some servers write heights and do not say so; that shows where the numbers are no pairs.
        let guess = if list.len() % 2 == 1 && list.len().is_multiple_of(3) {
            3
        } else {
            2
        };
        let dimension = match count {
            Some(count) => list.len() / count,
            None => self.frame.dimension.unwrap_or(guess),
        };
        match read {
            Err(found) => self.flaw(NOT_A_NUMBER, &found),
            Ok(()) if !(2..=4).contains(&dimension) && !list.is_empty() => {
                self.flaw(
                    "a position has fewer than two or more than four numbers",
                    &dimension.to_string(),
                );
            }
            Ok(()) if !list.is_empty() && !list.len().is_multiple_of(dimension) => {
                let message = format!("{} numbers in positions of {dimension}", list.len());
                self.flaw("the numbers do not make whole positions", &message);
            }
            Ok(()) => {
                let positions = list.chunks_exact(dimension.max(1));
                positions.for_each(|position| self.add(position, line));
            }
        }
        self.numbers = list;
    }

    fn tuples(&mut self, text: &str, line: &mut Positions) {
        let mut short = None;
        let read = tuples(text, |position| match position {
            [_, _, ..] => self.add(position, line),
            _ => {
                short = short
                    .take()
                    .or_else(|| position.first().map(f64::to_string));
            }
        });
        if let Some(found) = read.err().or(short) {
            self.flaw(NOT_A_NUMBER, &found);
        }
    }

    /// `coord` of GML 2 with its X, Y and Z.
    fn coord(&mut self, line: &mut Positions) -> Result<(), LoadError> {
        let mut text = String::new();
        while self.xml.child()?.is_some() {
            text += &self.xml.text()?;
            text.push(' ');
        }
        self.list(&text, Some(1), line);
        Ok(())
    }

    fn add(&mut self, position: &[f64], line: &mut Positions) {
        if position.get(2).is_some_and(|height| *height != 0.0) {
            self.draft.drop_dimensions();
        }
        line.push(if self.frame.is_northing_first {
            [position[1], position[0]]
        } else {
            [position[0], position[1]]
        });
    }

    fn add_ring(&mut self, ring: &[[f64; 2]]) {
        ring.iter().for_each(|&[x, y]| self.draft.coordinate(x, y));
        self.draft.end_ring();
    }

    /// Takes over what `tag` says about its positions; gives what was so before.
    fn enter(&mut self, tag: &Tag) -> Frame {
        let outer = self.frame;
        if let Some(name) = tag.attribute("srsName").filter(|name| !name.is_empty()) {
            let srs = self.srs_names.find(&name);
            self.frame.is_northing_first = srs.is_northing_first;
            if srs.is_unknown {
                let message = "names a coordinate reference system that is not known; its first axis is taken for x";
                let problem = Problem::warning(message).found(&name);
                self.problems.push(
                    problem.advice("name the right one in the project file and compare the map"),
                );
            }
            match &self.srs {
                None => self.srs = Some(name.into_owned()),
                Some(known) if !SrsNames::are_same(known, &name) => self.flaw(
                    "its parts are in different coordinate reference systems",
                    &name,
                ),
                Some(_) => {}
            }
        }
        let dimension = tag
            .attribute("srsDimension")
            .or_else(|| tag.attribute("dimension"));
        if let Some(dimension) = dimension.and_then(|text| text.trim().parse().ok()) {
            self.frame.dimension = Some(dimension);
        }
        outer
    }

    fn unsupported(&mut self, name: &str) -> Result<(), LoadError> {
        self.flaw("a geometry of this kind cannot be read", name);
        self.xml.skip()
    }

    fn report_reference(&mut self, tag: &Tag) {
        if let Some(href) = tag.attribute("href") {
            self.flaw("a part of the geometry lies elsewhere (xlink:href)", &href);
        }
    }

    /// The geometry cannot be trusted and is left out.
    fn flaw(&mut self, message: &str, found: &str) {
        if !self.is_broken {
            self.is_broken = true;
            let message = format!("{message}; the geometry is left out");
            self.problems.push(Problem::error(message).found(found));
        }
    }
}

const NOT_A_NUMBER: &str = "a coordinate is not a number";

/// `coordinates` with the marks that GML 2 lets a document choose turned into the usual ones.
fn with_usual_marks<'t>(tag: &Tag, text: Cow<'t, str>) -> Cow<'t, str> {
    let mark = |name, usual| {
        let own = tag.attribute(name).and_then(|mark| mark.chars().next());
        (own.unwrap_or(usual), usual)
    };
    let marks = [mark("decimal", '.'), mark("cs", ','), mark("ts", ' ')];
    if marks.iter().all(|(own, usual)| own == usual) {
        return text;
    }
    let usual = |c| {
        marks
            .iter()
            .find(|(own, _)| *own == c)
            .map_or(c, |(_, usual)| *usual)
    };
    Cow::Owned(text.chars().map(usual).collect())
}
