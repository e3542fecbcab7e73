//! A server of the tests' own, from the programs that Debian installs.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Where Debian keeps the programs of the server, a folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// It has letters that must be escaped in an address.
const PASSWORD: &str = "s3cret/@:?";
const PASSWORD_IN_ADDRESS: &str = "s3cret%2F%40%3A%3F";

/// A running server; ended when dropped.
pub(super) struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Server {
    /// The server that all tests share while one of them needs it. `None` where the programs are not installed.
    pub(super) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    /// A server of one test. `None` where the programs are not installed.
    pub(super) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = TempDir::new().expect("there is room for temporary files");
        let path = folder.path();
        fs::create_dir(path.join("data")).expect("the folder is new");
        fs::write(path.join("password"), PASSWORD).expect("the folder is ours");
        certificate(path);
        if is_root() {
            quiet(Command::new("chown").args(["-R", "postgres"]).arg(path));
        }
        let mut initdb = as_server(&programs.join("initdb"));
        initdb.args([
            "--no-sync",
            "--no-locale",
            "--username=postgres",
            "--encoding=UTF8",
        ]);
        initdb.arg("--auth=scram-sha-256");
        initdb.arg(format!("--pwfile={}", path.join("password").display()));
        quiet(initdb.arg("-D").arg(path.join("data")));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a free port").port();
        let child = launch(&programs, path, port);
        let server = Self {
            programs,
            folder,
            port,
            child,
        };
        server.wait();
        Some(server)
    }

    /// Ends it at once, with all that it is doing.
    pub(super) fn stop(&mut self) {
        drop(
            Command::new("kill")
                .arg("-QUIT")
                .arg(self.child.id().to_string())
                .output(),
        );
        drop(self.child.wait());
    }

    /// Starts it again after `stop`.
    pub(super) fn restart(&mut self) {
        drop(fs::remove_file(
            self.folder.path().join("data/postmaster.pid"),
        ));
        self.child = launch(&self.programs, self.folder.path(), self.port);
        self.wait();
    }

    fn wait(&self) {
        let start = Instant::now();
        while let Err(error) = self.try_sql("postgres", "SELECT 1") {
            assert!(start.elapsed() < Duration::from_mins(1), "{error}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes an empty database. Its address.
    pub(super) fn database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(name)
    }

    pub(super) fn address(&self, database: &str) -> String {
        format!(
            "postgresql://postgres:{PASSWORD_IN_ADDRESS}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The certificate that the server has signed as its own authority, for another name than its address.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.crt")
    }

    pub(super) fn has_postgis(&self) -> bool {
        let found = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'";
        self.sql("postgres", found).trim() == "1"
    }

    /// What statements print.
    pub(super) fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub(super) fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let out = Command::new(self.programs.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-qAtX",
                "-v",
                "ON_ERROR_STOP=1",
                "-p",
            ])
            .arg(self.port.to_string())
            .args(["-d", database, "-c", sql])
            .output()
            .expect("psql is installed with the server");
        match out.status.success() {
            true => Ok(String::from_utf8(out.stdout).expect("the server speaks UTF-8")),
            false => Err(String::from_utf8_lossy(&out.stderr).into_owned()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn launch(programs: &Path, folder: &Path, port: u16) -> Child {
    let mut server = as_server(&programs.join("postgres"));
    let file = |name: &str| folder.join(name).display().to_string();
    server
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-p")
        .arg(port.to_string());
    for (name, value) in [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("unix_socket_directories", folder.display().to_string()),
        ("fsync", "off".to_owned()),
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", file("server.crt")),
        ("ssl_key_file", file("server.key")),
    ] {
        server.arg("-c").arg(format!("{name}={value}"));
    }
    let log = fs::File::create(folder.join("log")).expect("the folder is ours");
    let silent = server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    silent.spawn().expect("the server starts")
}

/// The folder of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let found = installed
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("psql").is_file())
        .max_by_key(version);
    if found.is_none() {
        println!("skipped: PostgreSQL is not installed ({DEBIAN}/…/bin/initdb)");
    }
    found
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
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// An authority, and a certificate of its making for another name.
fn certificate(folder: &Path) {
    let openssl =
        |arguments: &[&str]| quiet(Command::new("openssl").args(arguments).current_dir(folder));
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=authority",
        "-keyout",
        "authority.key",
        "-out",
        "authority.crt",
    ]);
    openssl(&[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=db.example",
        "-addext",
        "subjectAltName=DNS:db.example",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
    ]);
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "authority.crt",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-copy_extensions",
        "copy",
        "-out",
        "server.crt",
    ]);
}

/// Runs a command that has nothing to say unless it fails.
fn quiet(command: &mut Command) {
    let out = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {said}");
}
