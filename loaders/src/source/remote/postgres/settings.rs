//! How to connect: from the address, the environment and the password file, as libpq does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::session::Fault;
use super::tls::{self, Check, MakeTls};
use crate::source::remote::innermost;

/// Where Debian and others keep the socket of the server on this machine.
const SOCKETS: &str = "/var/run/postgresql";
/// Longest way to a socket.
const CONNECT: Duration = Duration::from_secs(10);

/// All that is needed to connect.
pub(super) struct Settings {
    pub(super) config: Config,
    check: Check,
    root_certificates: Option<PathBuf>,
    /// What may explain a login that fails.
    pub(super) note: Option<String>,
}

/// A variable of the environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// From the address with all its secrets.
    pub(super) fn of(address: &str, env: Env) -> Result<Self, String> {
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        let mut own = Own::default();
        let mut kept = url::form_urlencoded::Serializer::new(String::new());
        // Elsewhere a plus is a space.
        for (key, value) in url::form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
            if !own.take(&key, &value)? {
                kept.append_pair(&key, &value);
            }
        }
        let kept = kept.finish().replace('+', "%20");
        let parsed: Result<Config, _> = format!("{base}?{kept}").parse();
        let mut config = parsed
            .map_err(|error| format!("is no address of a database: {}", innermost(&error)))?;
        fill(&mut config, env)?;
        let mode = own.mode.or_else(|| env("PGSSLMODE"));
        let root_certificates = own.root_certificates.or_else(|| env("PGSSLROOTCERT"));
        let (ssl_mode, check) = ssl(mode.as_deref(), root_certificates.is_some())?;
        config.ssl_mode(ssl_mode);
        let passfile = own
            .passfile
            .or_else(|| env("PGPASSFILE"))
            .map(PathBuf::from);
        let passfile = passfile.or_else(|| Some(Path::new(&env("HOME")?).join(".pgpass")));
        let note = passfile.and_then(|file| password(&mut config, &file));
        Ok(Self {
            config,
            check,
            root_certificates: root_certificates.map(PathBuf::from),
            note,
        })
    }

    pub(super) fn tls(&self) -> Result<MakeTls, Fault> {
        tls::connector(self.check, self.root_certificates.as_deref()).map_err(Fault::new)
    }
}

/// Parameters that tokio-postgres does not know.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    root_certificates: Option<String>,
    passfile: Option<String>,
}

impl Own {
    /// False where the parameter is not among them.
    fn take(&mut self, key: &str, value: &str) -> Result<bool, String> {
        let place = match key {
            "sslmode" => &mut self.mode,
            "sslrootcert" => &mut self.root_certificates,
            "passfile" => &mut self.passfile,
            "sslcert" | "sslkey" => {
                return Err("certificates of clients are not supported".to_owned());
            }
            _ => return Ok(false),
        };
        *place = Some(value.to_owned()).filter(|value| !value.is_empty());
        Ok(true)
    }
}

/// What the address leaves open, from the environment, then what libpq takes.
fn fill(config: &mut Config, env: Env) -> Result<(), String> {
    let wrong = |name: &str| format!("{name} in the environment makes no sense");
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        if let Some(address) = env("PGHOSTADDR") {
            config.hostaddr(address.parse().map_err(|_unread| wrong("PGHOSTADDR"))?);
        }
        match env("PGHOST") {
            Some(host) => config.host(host),
            None if !config.get_hostaddrs().is_empty() => config,
            None if cfg!(unix) && Path::new(SOCKETS).is_dir() => config.host(SOCKETS),
            None => config.host("localhost"),
        };
    }
    if let Some(port) = env("PGPORT").filter(|_| config.get_ports().is_empty()) {
        config.port(port.parse().map_err(|_unread| wrong("PGPORT"))?);
    }
    if let Some(user) = env("PGUSER").filter(|_| config.get_user().is_none()) {
        config.user(user);
    }
    if let Some(name) = env("PGDATABASE").filter(|_| config.get_dbname().is_none()) {
        config.dbname(name);
    }
    if let Some(password) = env("PGPASSWORD").filter(|_| config.get_password().is_none()) {
        config.password(password);
    }
    if let Some(options) = env("PGOPTIONS").filter(|_| config.get_options().is_none()) {
        config.options(options);
    }
    if config.get_application_name().is_none() {
        config.application_name("comarca");
    }
    config
        .connect_timeout(
            config
                .get_connect_timeout()
                .map_or(CONNECT, |own| CONNECT.min(*own)),
        )
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_mins(1));
    Ok(())
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

/// Sets the password from the file, where there is none yet. Says so where the file is not used.
fn password(config: &mut Config, file: &Path) -> Option<String> {
    if config.get_password().is_some() {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    if is_open(file) {
        return Some(format!(
            "{} is not used because others may read it: chmod 600",
            file.display()
        ));
    }
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) if folder != Path::new(SOCKETS) => folder.display().to_string(),
        _ => "localhost".to_owned(),
    };
    let port = config
        .get_ports()
        .first()
        .copied()
        .unwrap_or(5432)
        .to_string();
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let wanted = [&host, &port, database, user].map(str::to_owned);
    let found = text.lines().find_map(|line| password_in(line, &wanted))?;
    config.password(found);
    None
}

/// The password in a line `host:port:database:user:password` that fits.
fn password_in(line: &str, wanted: &[String; 4]) -> Option<String> {
    let line = line.trim_end_matches('\r');
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => fields.last_mut()?.extend(letters.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            letter => fields.last_mut()?.push(letter),
        }
    }
    let fits = |(field, wanted): (&String, &String)| field == "*" || field == wanted;
    (fields.len() == 5 && fields.iter().zip(wanted).all(fits)).then(|| fields.swap_remove(4))
}

/// Whether others than the owner may read the file.
#[cfg(unix)]
fn is_open(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(address: &str, env: &[(&str, &str)]) -> Result<Settings, String> {
        let look = |name: &str| {
            let found = env.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::of(address, &look)
    }

    #[test]
    fn the_environment_says_what_the_address_leaves_open() {
        let env = [
            ("PGHOST", "db.example"),
            ("PGPORT", "5433"),
            ("PGUSER", "ana"),
            ("PGDATABASE", "sig"),
            ("PGPASSWORD", "a b"),
        ];
        let config = settings("postgresql://", &env).expect("complete").config;
        assert_eq!(config.get_hosts(), [Host::Tcp("db.example".to_owned())]);
        assert_eq!(
            (config.get_ports(), config.get_user()),
            (&[5433][..], Some("ana"))
        );
        assert_eq!(
            (config.get_dbname(), config.get_password()),
            (Some("sig"), Some(&b"a b"[..]))
        );
        let config = settings("postgresql://eva:x%20y@h:1/db", &env)
            .expect("complete")
            .config;
        assert_eq!(config.get_hosts(), [Host::Tcp("h".to_owned())]);
        assert_eq!(
            (config.get_user(), config.get_password()),
            (Some("eva"), Some(&b"x y"[..]))
        );
    }

    #[test]
    fn ssl_modes_are_those_of_libpq() {
        let check = |query: &str| {
            let settings = settings(&format!("postgresql://h/db?{query}"), &[]);
            settings.map(|settings| (settings.config.get_ssl_mode(), settings.check))
        };
        assert_eq!(check(""), Ok((SslMode::Prefer, Check::Nothing)));
        assert_eq!(
            check("sslmode=require"),
            Ok((SslMode::Require, Check::Nothing))
        );
        assert_eq!(
            check("sslmode=require&sslrootcert=a.crt"),
            Ok((SslMode::Require, Check::Chain))
        );
        assert_eq!(
            check("sslmode=verify-ca"),
            Ok((SslMode::Require, Check::Chain))
        );
        assert_eq!(
            check("sslmode=verify-full"),
            Ok((SslMode::Require, Check::ChainAndName))
        );
        assert!(check("sslmode=strict").is_err());
        assert!(check("sslcert=a.crt").is_err());
        assert!(check("colour=red").is_err());
    }

    #[test]
    fn passwords_are_found_in_the_file_by_host_port_database_and_user() {
        let wanted = ["h", "5432", "d:b", "ana"].map(str::to_owned);
        let found = |line: &str| password_in(line, &wanted);
        assert_eq!(
            found("h:5432:d\\:b:ana:s:e\\\\c"),
            Some("s:e\\c".to_owned())
        );
        assert_eq!(found("*:*:*:ana:x\r"), Some("x".to_owned()));
        assert_eq!(found("*:*:*:eva:x"), None);
        assert_eq!(found("#*:*:*:*:x"), None);
        assert_eq!(found("*:*:*:*"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_password_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), "# who\n*:*:*:*:secret\n").expect("a file");
        let passfile = file.path().display().to_string();
        let env = [("PGPASSFILE", passfile.as_str())];
        let read = |mode| {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(file.path(), permissions).expect("ours");
            settings("postgresql://ana@h/db", &env).expect("complete")
        };
        let open = read(0o644);
        assert!(open.config.get_password().is_none() && open.note.is_some());
        assert_eq!(read(0o600).config.get_password(), Some(&b"secret"[..]));
    }
}
