//! A territory in which something is otherwise.

use std::sync::Arc;

use super::{Change, Edit, EditError, Refusal};
use crate::column::{Column, Value};
use crate::filter::nearest;
use crate::indicator::Indicator;
use crate::layer::Layer;
use crate::territory::{Level, Territory};

impl Territory {
    /// The same territory with some features added, moved, described anew or removed, in this order: what if?
    ///
    /// It is equal to a territory loaded from sources that have these changes, except that levels keep their outlines:
    /// layers that draw one cannot be changed. Only what depends on a changed layer is computed again, when it is first
    /// asked for; everything else is shared with this territory.
    ///
    /// # Errors
    /// When a layer, a key, a column, a value or a geometry cannot be used: the first change that has one is named.
    pub fn with_changes(&self, changes: &[Change<'_>]) -> Result<Self, EditError> {
        let mut by_layer: Vec<(&Arc<Layer>, Vec<usize>)> = vec![];
        for (position, change) in changes.iter().enumerate() {
            let layer = self.editable(change.layer);
            let layer = layer.map_err(|refusal| refusal.at(position))?;
            self.open_to(layer, &change.edit)
                .map_err(|refusal| refusal.at(position))?;
            match by_layer
                .iter_mut()
                .find(|(known, _)| Arc::ptr_eq(known, layer))
            {
                Some((_, positions)) => positions.push(position),
                None => by_layer.push((layer, vec![position])),
            }
        }
        let edited = |(layer, positions): (&Arc<Layer>, Vec<usize>)| {
            let edits = positions.iter().map(|&position| &changes[position].edit);
            edition(layer, edits, self).map_err(|error| EditError {
                position: positions[error.position],
                ..error
            })
        };
        let edited: Vec<_> = by_layer.into_iter().map(edited).collect::<Result<_, _>>()?;
        Ok(self.with_layers(&edited))
    }

    /// The indicators that do not share their figures with `base`, which this territory was made of by changes: what
    /// the changes can have touched.
    pub fn touched<'a>(&'a self, base: &Self) -> impl Iterator<Item = &'a Indicator> {
        self.indicators()
            .enumerate()
            .filter(|&(position, _)| !self.shares_figures(base, position))
            .map(|(_, indicator)| indicator)
    }

    /// Refuses to touch a feature with a number of persons that is not published: what changes with it would tell it.
    fn open_to(&self, layer: &Layer, edit: &Edit<'_>) -> Result<(), Refusal> {
        let (field, key) = match edit {
            Edit::Remove { key } | Edit::Move { key, .. } | Edit::Set { key, .. } => ("key", key),
            Edit::Add {
                like: Some(like), ..
            } => ("like", like),
            Edit::Add { like: None, .. } => return Ok(()),
        };
        let Some(row) = layer.row_of(key) else {
            return Ok(());
        };
        let hidden = |(position, column): (usize, &Column)| {
            let shown = self.shown_column(layer, position).value(row);
            shown == Value::Null && column.value(row) != Value::Null
        };
        match layer.columns().iter().enumerate().any(hidden) {
            true => {
                let allowed = "a feature whose numbers of persons are published: what changes with this one would tell them";
                Err(Refusal::new(field, key, allowed))
            }
            false => Ok(()),
        }
    }

    fn editable(&self, id: &str) -> Result<&Arc<Layer>, Refusal> {
        let Some(layer) = self.layer(id) else {
            let known = || self.layers().map(|layer| layer.id());
            let near = nearest(id, known());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            let all: Vec<&str> = known().take(20).collect();
            let allowed = format!("a layer of the project: {}{near}", all.join(", "));
            return Err(Refusal::new("layer", id, allowed));
        };
        let draws = |level: &&Level| Arc::ptr_eq(level.layer(), layer);
        match self.levels().iter().find(draws) {
            Some(level) => {
                let allowed = format!(
                    "a layer that draws no level; this one draws {:?}",
                    level.id()
                );
                Err(Refusal::new("layer", id, allowed))
            }
            None => Ok(layer),
        }
    }
}

fn edition<'e>(
    layer: &Layer,
    edits: impl IntoIterator<Item = &'e Edit<'e>>,
    territory: &Territory,
) -> Result<Arc<Layer>, EditError> {
    layer.edited(edits, territory.projection()).map(Arc::new)
}
