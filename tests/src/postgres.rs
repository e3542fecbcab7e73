//! A `PostgreSQL` server with PostGIS of the tests' own, from the programs that Debian installs.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

use tempfile::TempDir;

use crate::program::until;

/// Where Debian keeps the programs of the server, a folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The password of the user `postgres`; it has letters that must be escaped in an address.
const PASSWORD: &str = "s3cret/@:?";
const PASSWORD_IN_ADDRESS: &str = "s3cret%2F%40%3A%3F";

/// A running server; ended when dropped.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Postgres {
    /// The server that all tests of a run share while one of them needs it, each with a database of its own. `None`
    /// where the programs are not installed.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// Starts a server. `None` where the programs are not installed.
    ///
    /// # Panics
    /// When they are but do not work.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = TempDir::new().expect("there is room for temporary files");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("the folder is new");
        fs::write(folder.path().join("password"), PASSWORD).expect("the folder is ours");
        certificate(folder.path());
        give_away(folder.path());
        let mut initdb = as_server(&programs.join("initdb"));
        initdb
            .args([
                "--no-sync",
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
            ])
            .arg("--no-locale")
            .arg(format!(
                "--pwfile={}",
                folder.path().join("password").display()
            ))
            .arg("-D")
            .arg(&data);
        quiet(&mut initdb);
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        let mut server = as_server(&programs.join("postgres"));
        let setting = |name: &str, value: &str| ["-c".to_owned(), format!("{name}={value}")];
        let file = |name: &str| folder.path().join(name).display().to_string();
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        for [flag, setting] in [
            setting("listen_addresses", "127.0.0.1"),
            setting("unix_socket_directories", &file("")),
            setting("fsync", "off"),
            setting("ssl", "on"),
            setting("ssl_cert_file", &file("server.crt")),
            setting("ssl_key_file", &file("server.key")),
        ] {
            server.arg(flag).arg(setting);
        }
        let log = fs::File::create(folder.path().join("log")).expect("the folder is ours");
        let silent = server
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = silent.spawn().expect("the server starts");
        let server = Self {
            programs,
            folder,
            port,
            child,
        };
        until("an answer of the server", || {
            server.try_sql("postgres", "SELECT 1").ok()
        });
        Some(server)
    }

    /// Makes a database with PostGIS and fills it.
    pub fn database(&self, name: &str, sql: &str) {
        self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}"));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.sql(name, "CREATE EXTENSION postgis; CREATE EXTENSION citext");
        self.sql(name, sql);
    }

    /// The address of a database for its owner.
    pub fn address(&self, database: &str) -> String {
        format!(
            "postgresql://postgres:{PASSWORD_IN_ADDRESS}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The address with another user, host and parameters.
    pub fn address_with(
        &self,
        login: &str,
        host: &str,
        database: &str,
        parameters: &str,
    ) -> String {
        format!(
            "postgresql://{login}@{host}:{}/{database}?{parameters}",
            self.port
        )
    }

    /// The certificate that the server has signed itself, for `localhost`.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.crt")
    }

    /// What statements print: lines of columns that are separated by tabs, `∅` for null.
    ///
    /// # Panics
    /// When one fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let out = Command::new(self.programs.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-qAtX",
                "-F",
                "\t",
                "-P",
                "null=∅",
            ])
            .args(["-v", "ON_ERROR_STOP=1", "-p"])
            .arg(self.port.to_string())
            .args(["-d", database, "-c", sql])
            .output()
            .expect("psql is installed with the server");
        match out.status.success() {
            true => Ok(String::from_utf8(out.stdout).expect("the server speaks UTF-8")),
            false => Err(String::from_utf8_lossy(&out.stderr).into_owned()),
        }
    }

    /// Ends the server at once, with all that it is doing.
    pub fn kill(&self) {
        let mut kill = Command::new("kill");
        // Its children would outlive it for a while where it is killed by -9.
        quiet(kill.arg("-QUIT").arg(self.child.id().to_string()));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(
            Command::new("kill")
                .arg("-QUIT")
                .arg(self.child.id().to_string())
                .output(),
        );
        drop(self.child.wait());
    }
}

/// The folder of the newest version that is installed.
#[expect(
    clippy::print_stdout,
    reason = "a test that is skipped says so in plain words"
)]
fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let found = installed
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("psql").is_file())
        .filter(|folder| has_postgis(folder))
        .max_by_key(version);
    if found.is_none() {
        println!("skipped: PostgreSQL with PostGIS is not installed ({DEBIAN}/…/bin/initdb)");
    }
    found
}

/// Whether Debian has put PostGIS beside the version of these programs.
fn has_postgis(programs: &Path) -> bool {
    let version = programs
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    let extensions = Path::new("/usr/share/postgresql")
        .join(version)
        .join("extension");
    extensions.join("postgis.control").is_file()
}

/// A program of the server, which refuses to run as root.
fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program);
    command
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Makes what lies in the folder the server's own.
fn give_away(folder: &Path) {
    if is_root() {
        quiet(Command::new("chown").args(["-R", "postgres"]).arg(folder));
    }
}

fn certificate(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ])
        .arg("-keyout")
        .arg(folder.join("server.key"))
        .arg("-out")
        .arg(folder.join("server.crt"));
    quiet(&mut openssl);
}

/// Runs a command that has nothing to say unless it fails.
fn quiet(command: &mut Command) {
    let out = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {said}");
}
