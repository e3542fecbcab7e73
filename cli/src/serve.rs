//! `comarca serve`: map, tiles and indicators over HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::{Args, ValueEnum};
use comarca_loaders::{LogFormat, Project};
use comarca_tileserver::{ServerOptions, State, Tls, Traces};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::output;
use crate::{Arguments, log, project, register, watch};

/// How long the end may wait for work that nobody asks for any more.
const LINGER: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(crate) struct Serve {
    /// Address and port to listen on, instead of the project's; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Path below which everything is served, such as /mapas, instead of the project's
    #[arg(long, value_name = "PATH")]
    base_path: Option<String>,
    /// Where people reach the server, for the links in answers, instead of the project's
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// PEM file with the certificate for HTTPS and those up to its root, instead of the project's
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Form of the log on standard error, instead of the project's
    #[arg(long, value_name = "FORMAT", env = "COMARCA_LOG_FORMAT")]
    log_format: Option<Format>,
    /// Collector of OpenTelemetry that is sent a span for each request, instead of the project's
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp: Option<String>,
}

/// Form of the log.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// A JSON object per line
    Json,
}

impl Serve {
    /// Serves until SIGTERM or SIGINT, then lets what has begun end.
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let mut opened = project::open(&arguments.project)?;
        self.override_project(&mut opened)?;
        log::start(opened.config.server.log)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let served = runtime.block_on(self.serve(&arguments.project, &opened));
        // Whatever is still being computed is for nobody.
        runtime.shutdown_timeout(LINGER);
        served
    }

    /// What is said on the command line comes before what the project file says.
    fn override_project(&self, project: &mut Project) -> anyhow::Result<()> {
        let server = &mut project.config.server;
        if let Some(path) = &self.base_path {
            server.base_path.clone_from(path);
        }
        if self.public_url.is_some() {
            server.public_url.clone_from(&self.public_url);
        }
        if self.otlp.is_some() {
            server.otlp.clone_from(&self.otlp);
        }
        match self.log_format {
            Some(Format::Text) => server.log = LogFormat::Text,
            Some(Format::Json) => server.log = LogFormat::Json,
            None => {}
        }
        match server.faults().into_iter().next() {
            Some((_, fault)) => Err(anyhow::anyhow!(fault)),
            None => Ok(()),
        }
    }

    /// Certificate and key of the command line, else of the project; none for plain HTTP.
    fn tls(&self, project: &Project) -> anyhow::Result<Option<Arc<Tls>>> {
        let own = self.tls_certificate.clone().zip(self.tls_key.clone());
        let of_project = project.config.server.tls.as_ref().map(|tls| {
            let file = |name: &str| project.folder().join(name);
            (file(&tls.certificate), file(&tls.key))
        });
        let opened = own
            .or(of_project)
            .map(|(certificate, key)| Tls::open(&certificate, &key));
        Ok(opened.transpose()?.map(Arc::new))
    }

    async fn serve(&self, file: &Path, opened: &Project) -> anyhow::Result<()> {
        let config = &opened.config.server;
        let tls = self.tls(opened)?;
        let traces = config.otlp.as_deref().map(Traces::to).transpose()?;
        let traces = traces.map(Arc::new);
        let address = self.listen.as_deref().unwrap_or(&config.listen);
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let options = ServerOptions {
            cache_mb: config.cache_mb,
            tile_max_kb: config.tile_max_kb,
            tile_max_features: config.tile_max_features,
            public_url: config.public_url.clone(),
            base_path: config.base_path.clone(),
            trusted_proxies: config.proxies(),
            tls: tls.clone(),
            traces: traces.clone(),
            connections_max: config.connections_max,
            warm_tiles: config.warm_tiles,
            ..ServerOptions::default()
        };
        let state = Arc::new(State::new(options));
        let local = listener.local_addr()?;
        let delay = Duration::from_secs(config.drain_delay_s);
        let stopped = stop_signal(Arc::clone(&state), delay)?;
        let mut serving = tokio::spawn(comarca_tileserver::serve(
            listener,
            Arc::clone(&state),
            stopped,
        ));
        let generation = opened.source_generation();
        tokio::select! {
            loaded = load_first(file, &state) => loaded?,
            ended = &mut serving => return ended.context("the server ended unexpectedly"),
        }
        let keeper = opened_register(opened, &state).await?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        output::say(&format!(
            "{} is served at {scheme}://{local}{}/ (stop with Ctrl-C)",
            opened.config.name, config.base_path
        ));
        let watching = watch::watch(file.to_owned(), state, generation, keeper, tls);
        let watching = tokio::spawn(watching);
        let ended = serving.await.context("the server ended unexpectedly");
        watching.abort();
        if let Some(traces) = traces {
            tokio::task::spawn_blocking(move || traces.close()).await?;
        }
        ended
    }
}

/// The register of the project, opened before the first write can come; a project may have none.
async fn opened_register(
    project: &Project,
    state: &Arc<State>,
) -> anyhow::Result<Option<register::Keeper>> {
    if project.config.demands.is_none() {
        return Ok(None);
    }
    let mut keeper = register::Keeper::new(register::store(project)?, state);
    let opened = move || keeper.look().map(|()| keeper);
    let keeper = tokio::task::spawn_blocking(opened).await??;
    Ok(Some(keeper))
}

/// Loads what is served first; without it there is nothing to serve.
async fn load_first(file: &Path, state: &Arc<State>) -> anyhow::Result<()> {
    let path = file.to_owned();
    let loaded = tokio::task::spawn_blocking(move || watch::load(&path)).await?;
    let loaded = loaded?;
    if !loaded.problems.is_empty() {
        output::say(&format!(
            "{} problems in the data; \"comarca check\" names them",
            loaded.problems.len()
        ));
    }
    state.replace(loaded);
    Ok(())
}

/// Completes at SIGINT, or some time after SIGTERM: from that on the server says that it is not ready, so that a
/// balancer in front can send its clients elsewhere.
fn stop_signal(
    state: Arc<State>,
    delay: Duration,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {
                state.drain();
                tokio::select! {
                    () = tokio::time::sleep(delay) => {}
                    _ = interrupt.recv() => {}
                }
            }
            _ = interrupt.recv() => {}
        }
    })
}

/// Nanoseconds since 1970, cut to 64 bits.
pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
