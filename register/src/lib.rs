//! The register of citizens' demands: what assemblies ask for, and what became of it.
//!
//! [`Register::open`] takes a `GeoPackage` or, with the feature `postgres`, the address of a `PostgreSQL` database that
//! several servers share. Reading is done on a [`Snapshot`], which is immutable and at hand at any time.
//! [`Register::write`] returns when the change is on disk and in the snapshot, or says why it is not.
//!
//! ```
//! use comarca_register::{Actor, NewDemand, Options, Register, Write};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("register.gpkg");
//! let register = Register::open(&path.to_string_lossy(), Options::default())?;
//! let demand = NewDemand {
//!     theme: "health".to_owned(),
//!     title: "A surgery in the neighbourhood".to_owned(),
//!     lon: -70.66,
//!     lat: -33.52,
//!     votes: 31,
//!     ..NewDemand::default()
//! };
//! let written = register.write(
//!     Write::CreateDemand { demand, idempotency_key: None },
//!     Actor::new("assembly 12"),
//! )?;
//! assert_eq!(written.items[0].id(), "D00001");
//! assert_eq!(register.snapshot().demand_count(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Who writes is known by a [`Token`]; what it allows is for the caller to enforce, as are the list of themes and the
//! territory. Personal data is [`Private`], and kept in a table of its own.

#![forbid(unsafe_code)]

mod assembly;
mod counter;
mod demand;
mod digest;
mod edits;
mod error;
mod history;
mod index;
mod json;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod private;
mod register;
mod snapshot;
mod sorted;
mod sqlite;
mod store;
mod timestamp;
mod token;
mod validate;
mod write;
mod writer;

pub use assembly::{Assembly, NewAssembly};
pub use demand::{Demand, NewDemand, Stage, Status};
pub use error::{Invalid, RegisterError, WriteError};
pub use history::{Change, OUTSIDE};
pub use private::Private;
pub use register::{Options, Register};
pub use snapshot::{Problem, Snapshot};
pub use token::{IssuedToken, NewToken, Role, Token};
pub use write::{Action, Actor, Item, Kind, Write, Written};
