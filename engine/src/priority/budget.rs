//! A budget shared out among projects (K5): what goes in and what comes out.

/// Most projects.
pub const MAX_PROJECTS: usize = 10_000;
/// Largest cost and largest budget, in pesos.
pub const MAX_COST: i64 = 1_000_000_000_000_000;

/// What there is to spend, and on what.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// Cost of each project in pesos, from 0 to [`MAX_COST`].
    pub costs: &'a [i64],
    /// Pesos there are.
    pub total: i64,
}

/// What a funded project is worth to those who voted for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Utility {
    /// The same whatever it costs: many small projects.
    #[default]
    Cardinality,
    /// Its cost: what counts is the money that goes where one voted for.
    Cost,
}

/// Why a budget cannot be shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// Too many projects, or not one cost per alternative of the vote.
    #[error(
        "{found} costs are given for {expected} projects, of which there may be {MAX_PROJECTS}"
    )]
    Projects {
        /// Costs given.
        found: usize,
        /// Alternatives of the vote.
        expected: usize,
    },
    /// A cost below zero or beyond [`MAX_COST`].
    #[error("the cost of project {0} is not between 0 and {MAX_COST}")]
    Cost(usize),
    /// A budget below zero or beyond [`MAX_COST`].
    #[error("a budget is between 0 and {MAX_COST}, not {0}")]
    Total(i64),
    /// A step that adds nothing.
    #[error("a step of the completion adds at least 1 peso to each vote, not {0}")]
    Step(i64),
}

/// Which part of the rule funded a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It costs nothing and somebody wants it.
    Free,
    /// Those who voted for it paid for it from their shares.
    Shares,
    /// It had the most utility per peso of what still fitted.
    Greedy,
}

/// A project that gets its money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Funded {
    /// The project, from 0.
    pub project: usize,
    /// Its cost in pesos.
    pub cost: i64,
    /// Weight of the ballots that list it.
    pub support: u64,
    /// Which part of the rule funded it.
    pub phase: Phase,
    /// Pesos that a vote paid at most; who had less left paid that.
    pub price: Option<f64>,
}

/// Projects that get their money.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allocation {
    /// In the order of their funding.
    pub funded: Vec<Funded>,
    /// Pesos spent; never more than there are.
    pub spent: i64,
    /// Pesos that a vote had in the end, for equal shares.
    pub endowment: Option<f64>,
    /// No other project that somebody voted for fits into what is left.
    pub exhaustive: bool,
}

impl Allocation {
    pub(super) fn fund(&mut self, funded: Funded) {
        self.spent += funded.cost;
        self.funded.push(funded);
    }

    /// Projects with support that are not funded and fit into what is left, in their order.
    pub(super) fn fitting(&self, budget: &Budget<'_>, support: &[u64]) -> Vec<usize> {
        let mut open: Vec<bool> = support.iter().map(|support| *support > 0).collect();
        self.funded.iter().for_each(|own| open[own.project] = false);
        let left = budget.total - self.spent;
        (0..open.len())
            .filter(|&project| open[project] && budget.costs[project] <= left)
            .collect()
    }
}

impl Budget<'_> {
    pub(super) fn check(&self, projects: usize) -> Result<(), BudgetError> {
        let found = self.costs.len();
        if found != projects || found > MAX_PROJECTS {
            return Err(BudgetError::Projects {
                found,
                expected: projects,
            });
        }
        let allowed = 0..=MAX_COST;
        if let Some(project) = self.costs.iter().position(|cost| !allowed.contains(cost)) {
            return Err(BudgetError::Cost(project));
        }
        let total = allowed.contains(&self.total);
        total.then_some(()).ok_or(BudgetError::Total(self.total))
    }
}
