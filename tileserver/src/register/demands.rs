//! The register at one moment, as a generation holds it.

use std::collections::HashMap;
use std::sync::Arc;

use comarca_loaders::DemandsConfig;
use comarca_register::{Demand, Snapshot};

/// The demands and assemblies of a generation, with what the project says of them.
#[derive(Debug)]
pub(crate) struct Demands {
    pub(crate) config: Arc<DemandsConfig>,
    pub(crate) snapshot: Arc<Snapshot>,
    /// Whether anybody may write: there are tokens.
    pub(crate) is_writable: bool,
    /// By the id of a demand, those that name it again.
    mentions: HashMap<String, Vec<Arc<Demand>>>,
}

impl Demands {
    pub(crate) fn new(
        config: Arc<DemandsConfig>,
        snapshot: Arc<Snapshot>,
        is_writable: bool,
    ) -> Self {
        let mut mentions: HashMap<String, Vec<Arc<Demand>>> = HashMap::new();
        for demand in snapshot.demands() {
            if let Some(root) = &demand.same_as {
                let of_root = mentions.entry(root.clone()).or_default();
                of_root.push(Arc::clone(demand));
            }
        }
        Self {
            config,
            snapshot,
            is_writable,
            mentions,
        }
    }

    /// The demands that name this one again, in the order of their ids.
    pub(crate) fn mentions(&self, id: &str) -> &[Arc<Demand>] {
        self.mentions.get(id).map_or(&[], Vec::as_slice)
    }

    /// The demands that count: each once, without those that name another one again.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &Arc<Demand>> + Clone {
        self.snapshot
            .demands()
            .filter(|demand| demand.same_as.is_none())
    }
}
