//! `srsName`: which reference system, and which of its axes comes first.

use std::collections::HashMap;

use crate::crs::Crs;

/// What is known of the names that occur.
#[derive(Debug, Default)]
pub(super) struct SrsNames {
    known: HashMap<String, Srs>,
}

/// A reference system as a geometry names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Srs {
    /// Whether positions are latitude, longitude or northing, easting.
    pub(super) is_northing_first: bool,
    /// Whether the order is not known, because the system is not.
    pub(super) is_unknown: bool,
}

impl SrsNames {
    /// What `name` says. URNs and URIs of definitions have the axes of the authority (OGC 07-092r1, 09-048r3); the
    /// short form `EPSG:4326` and the address with a # are x, y, as servers have always written them (OGC 02-058).
    pub(super) fn find(&mut self, name: &str) -> Srs {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let lower = name.to_ascii_lowercase();
        let has_axes_of_authority = (lower.starts_with("urn:") || lower.contains("/def/crs/"))
            && !lower.contains("crs84")
            && !lower.contains("crs83");
        let crs = Crs::parse(name);
        let srs = Srs {
            is_northing_first: has_axes_of_authority
                && crs.as_ref().is_ok_and(Crs::is_northing_first),
            is_unknown: has_axes_of_authority && crs.is_err(),
        };
        self.known.insert(name.to_owned(), srs);
        srs
    }

    /// Whether two names are of one system.
    pub(super) fn are_same(a: &str, b: &str) -> bool {
        a == b || Self::crs(a) == Self::crs(b)
    }

    /// The name as the rest of the program is to read it: that of a system whose coordinates are x, y.
    pub(super) fn crs(name: &str) -> String {
        Crs::parse(name).map_or_else(|_| name.to_owned(), |crs| crs.name().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_axes_depends_on_the_spelling() {
        let first = |name: &str| SrsNames::default().find(name).is_northing_first;
        for name in [
            "urn:ogc:def:crs:EPSG::4326",
            "urn:x-ogc:def:crs:EPSG:4326",
            "urn:ogc:def:crs:EPSG:6.9:4674",
            "http://www.opengis.net/def/crs/EPSG/0/4326",
            "https://www.opengis.net/def/crs/EPSG/0/31466",
            "urn:ogc:def:crs:EPSG::3035",
        ] {
            assert!(first(name), "{name}");
        }
        for name in [
            "EPSG:4326",
            "http://www.opengis.net/gml/srs/epsg.xml#4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            "urn:ogc:def:crs:EPSG::32719",
            "EPSG:31466",
            "",
        ] {
            assert!(!first(name), "{name}");
        }
        assert!(
            SrsNames::default()
                .find("urn:ogc:def:crs:EPSG::999999")
                .is_unknown
        );
        assert!(!SrsNames::default().find("EPSG:999999").is_unknown);
    }

    #[test]
    fn names_are_handed_on_in_the_short_form() {
        assert_eq!(
            SrsNames::crs("http://www.opengis.net/gml/srs/epsg.xml#4326"),
            "EPSG:4326"
        );
        assert_eq!(SrsNames::crs("urn:ogc:def:crs:EPSG::32719"), "EPSG:32719");
        assert_eq!(SrsNames::crs("local"), "local");
    }
}
