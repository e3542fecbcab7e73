//! Loading again what has changed on disk.
//!
//! The files' names, sizes and times are looked at every two seconds: that works on network drives too, where change
//! notifications do not. A change is loaded once it has been still for one look, so that a file that is being copied
//! is not read half.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use comarca_loaders::Problem;
use comarca_tileserver::{Loaded, State, Tls};

use crate::output::{self, Failed};
use crate::project;
use crate::register::Keeper;
use crate::serve;

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(2);

/// Goes on until the server ends.
pub(crate) async fn watch(
    file: PathBuf,
    state: Arc<State>,
    mut served: u64,
    mut keeper: Option<Keeper>,
    tls: Option<Arc<Tls>>,
) {
    let mut last = served;
    loop {
        tokio::time::sleep(LOOK).await;
        keeper = look_at_register(keeper).await;
        look_at_certificate(tls.clone()).await;
        let now = look(file.clone()).await.unwrap_or(last);
        if now == last && now != served {
            served = now;
            reload(file.clone(), &state).await;
        }
        last = now;
    }
}

/// Opens the register where that has become possible, or says why it cannot be read.
async fn look_at_register(keeper: Option<Keeper>) -> Option<Keeper> {
    let mut keeper = keeper?;
    let looked = move || {
        if let Err(error) = keeper.look() {
            output::say(&format!("the register of demands: {error}"));
        }
        keeper
    };
    tokio::task::spawn_blocking(looked).await.ok()
}

/// Uses another certificate where there is one, or says why it cannot be used.
async fn look_at_certificate(tls: Option<Arc<Tls>>) {
    let Some(tls) = tls else { return };
    let looked = move || match tls.look() {
        Ok(true) => output::say("the certificate has changed and is used from now on"),
        Ok(false) => {}
        Err(error) => output::say(&format!(
            "the certificate has changed but cannot be used; the one before goes on: {error}"
        )),
    };
    drop(tokio::task::spawn_blocking(looked).await);
}

/// The generation that is on disk; that of the project file alone where it cannot be read.
async fn look(file: PathBuf) -> Option<u64> {
    let generation = move || match project::open(&file) {
        Ok(project) => project.source_generation(),
        Err(_) => std::fs::metadata(&file).map_or(1, |meta| {
            meta.len() ^ meta.modified().map_or(0, serve::nanoseconds)
        }),
    };
    tokio::task::spawn_blocking(generation).await.ok()
}

/// Replaces what is served, or says why it cannot be replaced and goes on with what there is.
async fn reload(file: PathBuf, state: &Arc<State>) {
    let loaded = tokio::task::spawn_blocking(move || load(&file)).await;
    match loaded {
        Ok(Ok(loaded)) => {
            output::say("the files have changed and were loaded again");
            state.replace(loaded);
        }
        Ok(Err(Failed(problems))) => {
            output::say(
                "the files have changed but cannot be loaded; serving goes on with the data before",
            );
            output::say_problems(&problems, false);
            state.report(problems.iter().map(Problem::to_string).collect());
        }
        Err(error) => tracing::error!(%error, "loading again ended unexpectedly"),
    }
}

/// Opens and loads the project for the server.
pub(crate) fn load(file: &std::path::Path) -> Result<Loaded, Failed> {
    let started = Instant::now();
    let project = project::open(file)?;
    let (territory, problems) = project::load(&project)?;
    let tilesets = project.tilesets().map_err(Failed)?;
    let demands = project.config.demands;
    let themes = demands.as_ref().map(|demands| demands.themes.clone());
    Ok(Loaded {
        territory: Arc::new(territory),
        themes: themes.unwrap_or_default(),
        demands: demands.map(Arc::new),
        problems: problems.iter().map(Problem::to_string).collect(),
        tilesets,
        took: started.elapsed(),
    })
}
