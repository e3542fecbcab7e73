//! What a write changes, and whether it may: without a database.

use std::sync::Arc;

use crate::snapshot::State;
use crate::validate::{self, Faults};
use crate::{Action, Demand, Invalid, Item, Kind, NewAssembly, NewDemand, Write, WriteError};

/// A change of one item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Effect {
    pub(crate) before: Option<Item>,
    pub(crate) after: Option<Item>,
}

impl Effect {
    pub(crate) const fn action(&self) -> Action {
        match (&self.before, &self.after) {
            (None, _) => Action::Create,
            (Some(_), Some(_)) => Action::Replace,
            (Some(_), None) => Action::Delete,
        }
    }

    /// What is there afterwards, or was there before.
    pub(crate) fn item(&self) -> Option<&Item> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// When a write happens.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// RFC 3339.
    pub(crate) now: String,
    /// Whether the table has days, not moments, in its column `created`.
    pub(crate) only_days: bool,
}

impl Moment {
    fn created(&self, given: Option<&str>) -> String {
        let text = given.unwrap_or(&self.now);
        let day = text.get(..10).filter(|_| self.only_days);
        day.unwrap_or(text).to_owned()
    }
}

/// Makes the changes in `state` and says what they are.
///
/// After an error `state` is of no use any more.
pub(crate) fn plan(
    write: &Write,
    state: &mut State,
    moment: &Moment,
) -> Result<Vec<Effect>, WriteError> {
    let mut planner = Planner {
        state,
        moment,
        faults: vec![],
    };
    let effects = planner.effects(write)?;
    if planner.faults.is_empty() {
        Ok(effects)
    } else {
        Err(WriteError::Invalid(planner.faults))
    }
}

struct Planner<'a> {
    state: &'a mut State,
    moment: &'a Moment,
    faults: Vec<Invalid>,
}

impl Planner<'_> {
    fn effects(&mut self, write: &Write) -> Result<Vec<Effect>, WriteError> {
        if write
            .idempotency_key()
            .is_some_and(|key| !validate::is_idempotency_key(key))
        {
            let why = "is not of 1 to 255 visible ASCII characters";
            self.fault(Kind::Demand, 0, "idempotency_key", why);
        }
        match write {
            Write::CreateDemand { demand, .. } => {
                self.is_free(Kind::Demand, demand.id.as_deref())?;
                Ok(self.import(&[], std::slice::from_ref(demand)))
            }
            Write::CreateAssembly { assembly, .. } => {
                self.is_free(Kind::Assembly, assembly.id.as_deref())?;
                Ok(self.import(std::slice::from_ref(assembly), &[]))
            }
            Write::Import {
                assemblies,
                demands,
                ..
            } => Ok(self.import(assemblies, demands)),
            Write::ReplaceDemand {
                id,
                expected_version,
                demand,
            } => self.replace_demand(id, *expected_version, demand),
            Write::ReplaceAssembly {
                id,
                expected_version,
                assembly,
            } => self.replace_assembly(id, *expected_version, assembly),
            Write::DeleteDemand {
                id,
                expected_version,
            } => self.delete(Kind::Demand, id, *expected_version),
            Write::DeleteAssembly {
                id,
                expected_version,
            } => self.delete(Kind::Assembly, id, *expected_version),
        }
    }

    fn is_free(&self, kind: Kind, id: Option<&str>) -> Result<(), WriteError> {
        match id.filter(|id| self.state.is_taken(kind, id)) {
            Some(id) => Err(WriteError::DuplicateId { id: id.to_owned() }),
            None => Ok(()),
        }
    }

    fn import(&mut self, assemblies: &[NewAssembly], demands: &[NewDemand]) -> Vec<Effect> {
        // All ids that are given, before one is given away.
        for (item, new) in assemblies.iter().enumerate() {
            validate::assembly(new, &mut Faults::of(Kind::Assembly, item, &mut self.faults));
            self.reserve(Kind::Assembly, item, new.id.as_deref());
        }
        for (item, new) in demands.iter().enumerate() {
            validate::demand(new, &mut Faults::of(Kind::Demand, item, &mut self.faults));
            self.reserve(Kind::Demand, item, new.id.as_deref());
        }
        let mut effects = Vec::with_capacity(assemblies.len() + demands.len());
        for (item, new) in assemblies.iter().enumerate() {
            let id = self.id(Kind::Assembly, item, new.id.as_deref());
            let assembly = new.clone().into_assembly(id, &self.moment.now);
            effects.push(self.put(None, Item::Assembly(Arc::new(assembly))));
        }
        for (item, new) in demands.iter().enumerate() {
            let id = self.id(Kind::Demand, item, new.id.as_deref());
            let created = self.moment.created(new.created.as_deref());
            let demand = new.clone().into_demand(id, created, &self.moment.now);
            effects.push(self.put(None, Item::Demand(Arc::new(demand))));
        }
        let recorded = effects.iter().filter_map(|effect| match &effect.after {
            Some(Item::Demand(demand)) => Some(demand),
            _ => None,
        });
        for (item, demand) in recorded.enumerate() {
            self.check_links(item, None, demand);
        }
        effects
    }

    fn reserve(&mut self, kind: Kind, item: usize, id: Option<&str>) {
        if id.is_some_and(|id| !self.state.head.counters.reserve(kind, id)) {
            self.fault(kind, item, "id", "has too many digits");
        }
    }

    /// The given id, or the next that nobody has.
    fn id(&mut self, kind: Kind, item: usize, given: Option<&str>) -> String {
        if let Some(id) = given {
            if self.state.is_taken(kind, id) {
                self.fault(kind, item, "id", "is taken");
            }
            return id.to_owned();
        }
        loop {
            let id = self.state.head.counters.next(kind);
            if !self.state.is_taken(kind, &id) {
                return id;
            }
        }
    }

    fn replace_demand(
        &mut self,
        id: &str,
        expected: Option<u64>,
        new: &NewDemand,
    ) -> Result<Vec<Effect>, WriteError> {
        let before = self.current(Kind::Demand, id, expected)?;
        let Item::Demand(old) = &before else {
            return Err(not_found(Kind::Demand, id));
        };
        validate::demand(new, &mut Faults::of(Kind::Demand, 0, &mut self.faults));
        self.same_id(Kind::Demand, id, new.id.as_deref());
        let mut new = new.clone();
        new.author = new.author.or_else(|| old.author.clone());
        new.contact = new.contact.or_else(|| old.contact.clone());
        let mut demand = new.into_demand(id.to_owned(), old.created.clone(), &self.moment.now);
        demand.version = old.version.saturating_add(1);
        let demand = Arc::new(demand);
        let old = Arc::clone(old);
        let effect = self.put(Some(before), Item::Demand(Arc::clone(&demand)));
        self.check_links(0, Some(&old), &demand);
        Ok(vec![effect])
    }

    fn replace_assembly(
        &mut self,
        id: &str,
        expected: Option<u64>,
        new: &NewAssembly,
    ) -> Result<Vec<Effect>, WriteError> {
        let before = self.current(Kind::Assembly, id, expected)?;
        let Item::Assembly(old) = &before else {
            return Err(not_found(Kind::Assembly, id));
        };
        validate::assembly(new, &mut Faults::of(Kind::Assembly, 0, &mut self.faults));
        self.same_id(Kind::Assembly, id, new.id.as_deref());
        let mut assembly = new.clone().into_assembly(id.to_owned(), &self.moment.now);
        assembly.created.clone_from(&old.created);
        assembly.version = old.version.saturating_add(1);
        let after = Item::Assembly(Arc::new(assembly));
        Ok(vec![self.put(Some(before), after)])
    }

    fn delete(
        &mut self,
        kind: Kind,
        id: &str,
        expected: Option<u64>,
    ) -> Result<Vec<Effect>, WriteError> {
        let before = self.current(kind, id, expected)?;
        let refers = |demand: &&Arc<Demand>| {
            let link = match kind {
                Kind::Demand => &demand.same_as,
                Kind::Assembly => &demand.assembly,
            };
            link.as_deref() == Some(id)
        };
        if let Some(by) = self.state.demands.iter().find(refers) {
            return Err(WriteError::InUse { by: by.id.clone() });
        }
        self.state.remove(kind, id);
        Ok(vec![Effect {
            before: Some(before),
            after: None,
        }])
    }

    /// What is there now, if it is at the expected version.
    fn current(&self, kind: Kind, id: &str, expected: Option<u64>) -> Result<Item, WriteError> {
        let item = self
            .state
            .find(kind, id)
            .ok_or_else(|| not_found(kind, id))?;
        let current = item.version();
        match expected {
            Some(expected) if expected != current => Err(WriteError::VersionConflict { current }),
            _ => Ok(item),
        }
    }

    fn put(&mut self, before: Option<Item>, after: Item) -> Effect {
        self.state.put(&after);
        Effect {
            before,
            after: Some(after),
        }
    }

    fn same_id(&mut self, kind: Kind, id: &str, given: Option<&str>) {
        if given.is_some_and(|given| given != id) {
            self.fault(kind, 0, "id", "cannot be changed");
        }
    }

    /// What a demand refers to must be there, unless it was not there before either.
    fn check_links(&mut self, item: usize, before: Option<&Demand>, demand: &Demand) {
        let old = before.and_then(|old| old.assembly.as_ref());
        if let Some(assembly) = demand.assembly.as_ref().filter(|new| old != Some(*new))
            && self.state.assemblies.find(assembly).is_none()
        {
            self.fault(Kind::Demand, item, "assembly", "is not in the register");
        }
        let old = before.and_then(|old| old.same_as.as_ref());
        if let Some(other) = demand.same_as.as_ref().filter(|new| old != Some(*new))
            && let Some(why) = self.wrong_link(&demand.id, other)
        {
            self.fault(Kind::Demand, item, "same_as", why);
        }
    }

    /// Follows the links from a demand to where they end.
    fn wrong_link(&self, from: &str, to: &str) -> Option<&'static str> {
        const LONGEST: usize = 64;
        let mut next = to;
        for step in 0..LONGEST {
            if next == from {
                return Some("leads back to the demand itself");
            }
            let Some(demand) = self.state.demands.find(next) else {
                // Only the first link is this demand's own.
                return (step == 0).then_some("is not in the register");
            };
            match &demand.same_as {
                Some(further) => next = further,
                None => return None,
            }
        }
        Some("is at the end of too many links")
    }

    fn fault(&mut self, kind: Kind, item: usize, field: &'static str, why: &str) {
        Faults::of(kind, item, &mut self.faults).push(field, why);
    }
}

fn not_found(kind: Kind, id: &str) -> WriteError {
    WriteError::NotFound {
        kind,
        id: id.to_owned(),
    }
}
