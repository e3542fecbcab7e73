//! `comarca serve`: map, tiles and indicators over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Args;
use comarca_loaders::Project;
use comarca_tileserver::{ServerOptions, State};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::output;
use crate::{Arguments, project, register, watch};

/// How long the end may wait for work that nobody asks for any more.
const LINGER: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(crate) struct Serve {
    /// Address and port to listen on, instead of the project's; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

impl Serve {
    /// Serves until SIGTERM or SIGINT, then lets what has begun end.
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let filter = tracing_subscriber::EnvFilter::try_from_env("COMARCA_LOG")
            .unwrap_or_else(|_| "warn".into());
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let served = runtime.block_on(self.serve(&arguments.project));
        // Whatever is still being computed is for nobody.
        runtime.shutdown_timeout(LINGER);
        served
    }

    async fn serve(&self, file: &Path) -> anyhow::Result<()> {
        let opened = project::open(file)?;
        let config = &opened.config.server;
        let address = self.listen.as_deref().unwrap_or(&config.listen);
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let options = ServerOptions {
            cache_mb: config.cache_mb,
            tile_max_kb: config.tile_max_kb,
            ..ServerOptions::default()
        };
        let state = Arc::new(State::new(options));
        let local = listener.local_addr()?;
        let stopped = stop_signal()?;
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
        let keeper = opened_register(&opened, &state).await?;
        output::say(&format!(
            "{} is served at http://{local}/ (stop with Ctrl-C)",
            opened.config.name
        ));
        let watching = watch::watch(file.to_owned(), state, generation, keeper);
        let watching = tokio::spawn(watching);
        let ended = serving.await.context("the server ended unexpectedly");
        watching.abort();
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

/// Completes at SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
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
