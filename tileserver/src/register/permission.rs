//! Who may write what: roles, communes, stages.

use comarca_loaders::demands::Desk;
use comarca_register::{Demand, NewDemand, Role, Stage, Status, Token};

use crate::error::{AppError, shown};

/// What is done to a demand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed<'a> {
    /// A new one.
    Create(&'a NewDemand),
    /// Another text, place or state.
    Change(&'a Demand, &'a NewDemand),
    /// It goes.
    Delete(&'a Demand),
}

impl Deed<'_> {
    /// Whether a token may do this.
    ///
    /// A facilitator writes what was said: creates demands as they were raised, and changes or deletes them until somebody
    /// has decided about them. A coordinator decides too: stage, status, project, cost, funding, decision, links. Both only
    /// in the communes of their token, where a demand was and where it is to be. An administrator may do everything there.
    ///
    /// # Errors
    /// 403 with what is missing.
    pub(crate) fn allowed_to(self, token: &Token, desk: &Desk<'_>) -> Result<(), AppError> {
        let communes = match self {
            Self::Create(new) => vec![new.commune.clone()],
            Self::Change(old, new) => vec![desk.commune_of(old), new.commune.clone()],
            Self::Delete(old) => vec![desk.commune_of(old)],
        };
        for commune in communes {
            in_scope(token, commune.as_deref())?;
        }
        match (token.role, self.is_decision()) {
            (Role::Facilitator, Some(what)) => Err(AppError::Forbidden(format!(
                "{what} is for coordinators; this token is a facilitator's"
            ))),
            _ => Ok(()),
        }
    }

    /// What of it goes beyond writing down what was said.
    fn is_decision(self) -> Option<&'static str> {
        let raised = |stage, status| stage == Stage::Raised && status == Status::Open;
        match self {
            Self::Create(new) if !raised(new.stage, new.status) => {
                Some("a stage beyond raised or a status beyond open")
            }
            Self::Create(new) if decides(new) => Some(DECIDING),
            Self::Create(_) => None,
            Self::Change(old, new) if (old.stage, old.status) != (new.stage, new.status) => {
                Some("changing stage or status")
            }
            Self::Change(old, new) if decisions(&old.to_new()) != decisions(new) => Some(DECIDING),
            Self::Change(old, _) | Self::Delete(old) if !raised(old.stage, old.status) => {
                Some("writing a demand about which something was decided")
            }
            Self::Change(..) | Self::Delete(_) => None,
        }
    }
}

const DECIDING: &str =
    "project, cost, beneficiaries, funding, decision or a link to another demand";

type Decisions<'a> = ([Option<&'a str>; 4], [Option<i64>; 2]);

fn decisions(new: &NewDemand) -> Decisions<'_> {
    let texts = [&new.project, &new.funding, &new.decision, &new.same_as];
    (texts.map(Option::as_deref), [new.cost, new.beneficiaries])
}

fn decides(new: &NewDemand) -> bool {
    decisions(new) != Decisions::default()
}

/// Whether a token may write in a commune. What lies in none, such as a meeting of the whole city, is for tokens of all communes.
///
/// # Errors
/// 403 with the communes of the token.
pub(crate) fn in_scope(token: &Token, commune: Option<&str>) -> Result<(), AppError> {
    if token.covers(commune) {
        return Ok(());
    }
    let place = commune.map_or("what is in no commune".to_owned(), |key| {
        format!("what is in {:?}", shown(key))
    });
    let own = token.communes.join(", ");
    Err(AppError::Forbidden(format!(
        "this token writes for {own}; {place} is not its"
    )))
}
