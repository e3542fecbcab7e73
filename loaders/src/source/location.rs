//! Where a source is: a file, a database, or an object behind an address.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file on this machine.
    File(PathBuf),
    /// A `PostgreSQL` database: `postgresql://…`.
    Database(Address),
    /// One object in a store or on a web server: `s3://…`, `gs://…`, `az://…`, `https://…`.
    Object(Address),
}

const DATABASE_SCHEMES: [&str; 2] = ["postgresql", "postgres"];
const OBJECT_SCHEMES: [&str; 8] = ["https", "http", "s3", "gs", "az", "azure", "abfs", "abfss"];

impl Location {
    /// What `text` names. All that does not begin with a known scheme and `://` is a file.
    pub fn parse(text: &str) -> Self {
        Self::remote(text).unwrap_or_else(|| Self::File(text.into()))
    }

    fn remote(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_one_of =
            |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        if is_one_of(&DATABASE_SCHEMES) {
            return Some(Self::Database(Address(text.to_owned())));
        }
        (is_one_of(&OBJECT_SCHEMES) && !rest.is_empty())
            .then(|| Self::Object(Address(text.to_owned())))
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Database(_) | Self::Object(_) => None,
        }
    }

    /// What problems call it: the path, or the address without what is secret in it.
    pub fn shown(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Database(address) | Self::Object(address) => address.shown(),
        }
    }
}

/// An address on the network. It is printed without its password, and without its query, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// The whole address with all that is secret in it.
    #[cfg(feature = "remote")]
    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// The address as problems show it.
    pub(super) fn shown(&self) -> PathBuf {
        self.to_string().into()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        // A password may hold every character, so that of a database ends at the last @ there is.
        let login_end = match DATABASE_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
            true => rest.rfind('@'),
            false => rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())].rfind('@'),
        };
        let (login, place) = match login_end {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => ("", rest),
        };
        let user = login.split([':', '/', '?', '#']).next().unwrap_or_default();
        let at = if user.is_empty() { "" } else { "@" };
        let place = place.split(['?', '#']).next().unwrap_or_default();
        write!(out, "{scheme}://{user}{at}{place}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_schemes_are_addresses() {
        for text in ["postgresql://", "postgres:///db", "POSTGRESQL://u@h/db"] {
            assert!(
                matches!(Location::parse(text), Location::Database(_)),
                "{text}"
            );
        }
        for text in [
            "https://h/a.fgb",
            "S3://bucket/key",
            "abfss://c@a.dfs.core.windows.net/x",
            "az://c/x",
        ] {
            assert!(
                matches!(Location::parse(text), Location::Object(_)),
                "{text}"
            );
        }
        for text in [
            "a.csv",
            "C:\\data\\a.csv",
            "C:/data/a.csv",
            "s3:a.csv",
            "https:/h/a",
            "ftp://h/a",
            "://",
            "https://",
            "",
            "a folder/postgres://x",
            "file:///etc/passwd",
            "Año/ñ.geojson",
        ] {
            assert_eq!(Location::parse(text), Location::File(text.into()), "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (address, shown) in [
            (
                "postgresql://ana:s3cret@h:5432/db",
                "postgresql://ana@h:5432/db",
            ),
            ("postgresql://ana:s/3?c@r@et@h/db", "postgresql://ana@h/db"),
            (
                "postgresql://h/db?password=s3cret&user=ana",
                "postgresql://h/db",
            ),
            ("postgresql://:s3cret@h/db", "postgresql://h/db"),
            (
                "https://ana:s3cret@h/a@b.fgb?sig=s3cret#s3cret",
                "https://ana@h/a@b.fgb",
            ),
            ("https://h?key=s3cret@x", "https://h"),
            ("s3://bucket/key.fgb", "s3://bucket/key.fgb"),
            (
                "abfss://c@a.dfs.core.windows.net/x",
                "abfss://c@a.dfs.core.windows.net/x",
            ),
        ] {
            let location = Location::parse(address);
            assert_eq!(location.shown(), PathBuf::from(shown));
            assert!(!format!("{location:?}").contains("s3cret"));
        }
    }
}
