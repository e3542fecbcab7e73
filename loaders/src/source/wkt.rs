//! Well-known text of geometries (OGC 06-103r4, 7) → a drafted geometry.

use comarca_engine::GeometryType;

use super::draft::Draft;

/// Deepest nesting of collections.
const DEPTH_MAX: usize = 32;

/// Drafts the geometry in `text`, such as `POLYGON ((0 0, 1 0, 1 1, 0 0))`; an SRID before it is passed over.
pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), &'static str> {
    let text = text.trim();
    let text = match text.split_once(';') {
        Some((srid, geometry)) if srid.trim_start().to_ascii_uppercase().starts_with("SRID=") => {
            geometry
        }
        _ => text,
    };
    let mut reader = Reader { rest: text };
    reader.geometry(draft, 0)?;
    if reader.rest.trim_start().is_empty() {
        Ok(())
    } else {
        Err("something stands behind the geometry")
    }
}

struct Reader<'a> {
    rest: &'a str,
}

const NOT_WKT: &str = "it is not well-known text";

impl<'a> Reader<'a> {
    fn geometry(&mut self, draft: &mut Draft, depth: usize) -> Result<(), &'static str> {
        let kind = self.word().to_ascii_uppercase();
        let dimensions = self.word().to_ascii_uppercase();
        if dimensions == "EMPTY"
            || (!dimensions.is_empty() && self.word().eq_ignore_ascii_case("EMPTY"))
        {
            return Ok(());
        }
        if kind.starts_with("MULTI") {
            draft.multi();
        }
        match kind.trim_end_matches(['Z', 'M']) {
            "POINT" | "MULTIPOINT" => self.points(draft),
            "LINESTRING" => self.line(draft),
            "MULTILINESTRING" => self.list(|reader| reader.line(draft)),
            "POLYGON" => self.polygon(draft),
            "MULTIPOLYGON" => self.list(|reader| reader.polygon(draft)),
            "GEOMETRYCOLLECTION" if depth < DEPTH_MAX => {
                self.list(|reader| reader.geometry(draft, depth + 1))
            }
            "GEOMETRYCOLLECTION" => Err("collections are nested too deep"),
            _ => Err(NOT_WKT),
        }
    }

    /// `(x y)`, `(x y, x y)` or, as the standard has it, `((x y), (x y))`.
    fn points(&mut self, draft: &mut Draft) -> Result<(), &'static str> {
        draft.kind(GeometryType::Point);
        self.list(|reader| {
            let wrapped = reader.skip('(');
            let [x, y] = reader.position(draft)?;
            draft.point(x, y);
            if !wrapped || reader.skip(')') {
                Ok(())
            } else {
                Err(NOT_WKT)
            }
        })
    }

    fn line(&mut self, draft: &mut Draft) -> Result<(), &'static str> {
        draft.kind(GeometryType::Line);
        self.ring(draft)?;
        draft.end_part();
        Ok(())
    }

    fn polygon(&mut self, draft: &mut Draft) -> Result<(), &'static str> {
        draft.kind(GeometryType::Polygon);
        self.list(|reader| reader.ring(draft))?;
        draft.end_part();
        Ok(())
    }

    fn ring(&mut self, draft: &mut Draft) -> Result<(), &'static str> {
        self.list(|reader| {
            let [x, y] = reader.position(draft)?;
            draft.coordinate(x, y);
            Ok(())
        })?;
        draft.end_ring();
        Ok(())
    }

    /// Things in brackets with commas between, or `EMPTY`.
    fn list(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        if !self.skip('(') {
            return if self.word().eq_ignore_ascii_case("EMPTY") {
                Ok(())
            } else {
                Err(NOT_WKT)
            };
        }
        loop {
            each(self)?;
            if self.skip(')') {
                return Ok(());
            }
            if !self.skip(',') {
                return Err(NOT_WKT);
            }
        }
    }

    /// Two numbers; what stands behind them is left out.
    fn position(&mut self, draft: &mut Draft) -> Result<[f64; 2], &'static str> {
        let position = [self.number().ok_or(NOT_WKT)?, self.number().ok_or(NOT_WKT)?];
        while self.number().is_some() {
            draft.drop_dimensions();
        }
        Ok(position)
    }

    fn number(&mut self) -> Option<f64> {
        let rest = self.rest.trim_start();
        let end = rest
            .find([' ', ',', ')', '(', '\t', '\n', '\r'])
            .unwrap_or(rest.len());
        let number = rest[..end].parse().ok()?;
        self.rest = &rest[end..];
        Some(number)
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        self.rest = &rest[end..];
        &rest[..end]
    }

    fn skip(&mut self, mark: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::ShapesBuilder;

    use super::*;
    use crate::problem::Problems;

    fn read_one(text: &str) -> Result<(GeometryType, usize, Vec<[f64; 2]>), &'static str> {
        let (mut draft, mut shapes) = (Draft::default(), ShapesBuilder::default());
        read(text, &mut draft)?;
        draft.finish(0, &mut shapes, &mut Problems::default());
        let (shapes, coordinates) = shapes.build();
        Ok((shapes.geometry_type(0), shapes.parts(0).len(), coordinates))
    }

    #[test]
    fn every_type_of_geometry_is_read() {
        let read = |text: &str| {
            read_one(text).map(|(kind, parts, coordinates)| (kind, parts, coordinates.len()))
        };
        assert_eq!(read("POINT(1 2)"), Ok((GeometryType::Point, 1, 1)));
        assert_eq!(read("point z (1 2 3)"), Ok((GeometryType::Point, 1, 1)));
        assert_eq!(read("POINT EMPTY"), Ok((GeometryType::None, 0, 0)));
        assert_eq!(
            read("SRID=4326;MULTIPOINT (1 2, 3 4)"),
            Ok((GeometryType::Point, 2, 2))
        );
        assert_eq!(
            read("MULTIPOINT ((1 2), (3 4))"),
            Ok((GeometryType::Point, 2, 2))
        );
        assert_eq!(
            read("LINESTRING (0 0, 1e1 -1.5)"),
            Ok((GeometryType::Line, 1, 2))
        );
        assert_eq!(
            read("MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))"),
            Ok((GeometryType::Line, 2, 4))
        );
        assert_eq!(
            read("POLYGON ((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))"),
            Ok((GeometryType::Polygon, 1, 8))
        );
        assert_eq!(
            read("MULTIPOLYGON (((0 0,9 0,9 9,0 0)),((1 1,2 1,2 2,1 1)))"),
            Ok((GeometryType::Polygon, 2, 8))
        );
        assert_eq!(
            read("GEOMETRYCOLLECTION (POINT (1 2), POINT (3 4))"),
            Ok((GeometryType::Point, 2, 2))
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "POINT",
            "POINT (1)",
            "POINT (1 2",
            "POLYGON (0 0)",
            "CIRCLE (1 2)",
            "POINT (1 2) x",
            "POINT (a b)",
        ] {
            assert!(read_one(text).is_err(), "{text}");
        }
        assert!(read_one(&"GEOMETRYCOLLECTION (".repeat(10_000)).is_err());
    }
}
