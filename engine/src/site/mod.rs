//! Where to build: p-median, maximal coverage, set cover and p-centre, with facilities that exist already.
//!
//! A [`Problem`] holds demand points with weights, their nearest existing facilities, candidates and distances. Each way
//! of asking gives a [`Plan`]: the sites, what each gains, who goes where before and after, and a proof. The proof is a
//! bound that no plan can better; where it equals the objective the plan is the best there is. Searches are limited
//! by counted work, not by time: the same input has the same answer on every machine at any number of threads. Among
//! plans of the same objective one is chosen by fixed rules that prefer lower rows.
//!
//! p-median and coverage are solved in one form, by a Lagrangian bound and branch and bound over what it leaves open
//! (`search.rs`); set cover likewise (`cover_search.rs`), and the p-centre asks it radius by radius.

mod center;
mod cover;
mod cover_bound;
mod cover_search;
mod coverage;
mod distances;
mod dual;
mod error;
mod facilities;
#[cfg(test)]
mod golden;
mod interchange;
mod median;
mod plan;
mod problem;
mod savings;
mod search;
mod sets;
#[cfg(test)]
mod tests;

pub use distances::{Distances, MAX_CANDIDATES, MAX_PAIRS};
pub use error::SiteError;
pub use facilities::Facilities;
pub use plan::{Allocation, Facility, Plan, Served, Site, Totals};
pub use problem::{DEFAULT_VISITS, Limits, MAX_MEASURED, Nearest, Problem};
