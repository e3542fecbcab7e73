//! `postgresql://user:password@host:port/database?schema=…&sslmode=…&sslrootcert=…`

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::CONNECT;
use super::tls::{self, Check, MakeTls};

/// Where the database is and how to get in.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) schema: String,
    check: Check,
    root_certificates: Option<PathBuf>,
}

/// Whether a location is the address of a database.
pub(crate) fn is_address(location: &str) -> bool {
    location.starts_with("postgresql://") || location.starts_with("postgres://")
}

/// The address without password and parameters.
pub(crate) fn shown(address: &str) -> String {
    let Ok(mut url) = url::Url::parse(address) else {
        return "postgresql://…".to_owned();
    };
    url.set_query(None);
    url.set_fragment(None);
    // An address without a host has no password either.
    let _ = url.set_password(None);
    url.to_string()
}

impl Address {
    pub(super) fn of(address: &str) -> Result<Self, String> {
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        let (mut schema, mut mode, mut roots) = (None, None, None);
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        // Elsewhere a plus is a space.
        for (key, value) in url::form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
            match &*key {
                "schema" => schema = Some(value.into_owned()),
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => roots = Some(PathBuf::from(&*value)),
                _ => drop(kept.append_pair(&key, &value)),
            }
        }
        let kept = kept.finish().replace('+', "%20");
        let parsed: Result<Config, _> = format!("{base}?{kept}").parse();
        let mut config = parsed.map_err(|error| {
            format!("is no address of a database: {}", super::innermost(&error))
        })?;
        let schema = schema.unwrap_or_else(|| "public".to_owned());
        if !is_name(&schema) {
            let why = "the schema is not of up to 63 small letters, digits and underscores";
            return Err(why.to_owned());
        }
        let (ssl_mode, check) = ssl(mode.as_deref(), roots.is_some())?;
        config
            .ssl_mode(ssl_mode)
            .connect_timeout(CONNECT)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_mins(1));
        if config.get_application_name().is_none() {
            config.application_name("comarca");
        }
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        Ok(Self {
            config,
            schema,
            check,
            root_certificates: roots,
        })
    }

    pub(super) fn tls(&self) -> Result<MakeTls, String> {
        tls::connector(self.check, self.root_certificates.as_deref())
    }
}

/// A name that needs no quotes.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The modes of libpq: the first three check no certificate, but `require` does where it is given one to check against.
fn ssl(mode: Option<&str>, has_roots: bool) -> Result<(SslMode, Check), String> {
    Ok(match mode.unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Check::Nothing),
        "allow" | "prefer" => (SslMode::Prefer, Check::Nothing),
        "require" if has_roots => (SslMode::Require, Check::Chain),
        "require" => (SslMode::Require, Check::Nothing),
        "verify-ca" => (SslMode::Require, Check::Chain),
        "verify-full" => (SslMode::Require, Check::ChainAndName),
        other => {
            return Err(format!(
                "sslmode {other:?} is not known; there are disable, prefer, require, verify-ca and verify-full"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_schema_and_how_to_trust() {
        let of = |query: &str| {
            let address = Address::of(&format!("postgresql://ana:x%20y@h:5433/db?{query}"))?;
            Ok::<_, String>((address.schema, address.config.get_ssl_mode(), address.check))
        };
        let public = "public".to_owned();
        assert_eq!(
            of(""),
            Ok((public.clone(), SslMode::Prefer, Check::Nothing))
        );
        let wanted = Ok(("sur_2".to_owned(), SslMode::Require, Check::ChainAndName));
        assert_eq!(of("schema=sur_2&sslmode=verify-full"), wanted);
        let chain = Ok((public, SslMode::Require, Check::Chain));
        assert_eq!(of("sslmode=require&sslrootcert=a.crt"), chain);
        for wrong in [
            "schema=",
            "schema=Sur",
            "schema=a%22b",
            "schema=2a",
            "sslmode=strict",
            "colour=red",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let shown_as = shown("postgresql://ana:s3cret@h:5433/db?schema=sur&password=s3cret");
        assert_eq!(shown_as, "postgresql://ana@h:5433/db");
        assert_eq!(shown("postgresql://ana:s3cret@[h/db"), "postgresql://…");
    }
}
