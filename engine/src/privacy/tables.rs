//! Tables of the same persons, protected together.

use super::Suppression;
use super::forest::Forest;
use super::guard::{Hidden, Use};
use super::suppress::{Cell, Table};
use crate::territory::Territory;

/// Tables of the same persons, no two of them equal. That of the source, with its rows, is the first.
pub(super) struct Tables<'t> {
    threshold: f64,
    territory: &'t Territory,
    all: Vec<OneTable>,
}

/// A table with what is published of it.
pub(super) struct OneTable {
    forest: Forest,
    values: Vec<f64>,
    /// How many of the first are rows of the source.
    leaves: usize,
    cells: Vec<Cell>,
    pub(super) uses: Vec<Use>,
}

impl<'t> Tables<'t> {
    pub(super) fn new(territory: &'t Territory, threshold: f64) -> Self {
        Self {
            threshold,
            territory,
            all: vec![],
        }
    }

    pub(super) fn all(&self) -> &[OneTable] {
        &self.all
    }

    /// Adds a table: numbers of rows of the source, if any, then of all territories.
    pub(super) fn push(&mut self, homes: &[Option<u32>], values: Vec<f64>) {
        let mut table = OneTable {
            forest: Forest::of_levels(homes, self.territory.levels()),
            values,
            leaves: homes.len(),
            cells: vec![],
            uses: vec![],
        };
        table.cells = table.as_counts(self.threshold).primary();
        self.all.push(table);
    }

    /// Adds the table that an indicator uses, unless it is there already.
    pub(super) fn add(&mut self, of_it: Use, values: Vec<f64>, earlier: Option<&Hidden>) {
        let is_same = |table: &OneTable| table.values[table.leaves..] == values;
        let same = self.all.iter().position(is_same);
        let at = same.unwrap_or_else(|| {
            self.push(&[], values);
            self.all.len() - 1
        });
        let table = &mut self.all[at];
        table.uses.push(of_it);
        let earlier = earlier.into_iter().flatten().flatten();
        for (cell, _) in (table.leaves..)
            .zip(earlier)
            .filter(|(_, why)| why.is_some())
        {
            table.hide(cell);
        }
    }

    /// Protects each, and hides the same number of the same territory in all, until nothing is left to hide.
    pub(super) fn protect(&mut self) {
        loop {
            for table in &mut self.all {
                let cells = std::mem::take(&mut table.cells);
                table.cells = table.as_counts(self.threshold).protected(cells);
            }
            if !self.agree() {
                return;
            }
        }
    }

    /// What is hidden in one table is hidden in the others too where they have the same number, and no more is said of
    /// it there. Whether anything was shown before.
    fn agree(&mut self) -> bool {
        let mut hid = false;
        let count = self.all.len();
        let pairs = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let Ok([from, to]) = self.all.get_disjoint_mut([from, to]) else {
                continue;
            };
            for (a, b) in (from.leaves..from.cells.len()).zip(to.leaves..) {
                if from.values[a] != to.values[b] {
                    continue;
                }
                if from.cells[a] != Cell::Shown && to.cells[b] == Cell::Shown {
                    hid |= to.hide(b);
                }
                if from.cells[a] == Cell::Unsaid {
                    to.cells[b] = Cell::Unsaid;
                }
            }
        }
        hid
    }
}

impl OneTable {
    fn as_counts(&self, threshold: f64) -> Table<'_> {
        Table {
            forest: &self.forest,
            values: &self.values,
            threshold,
            leaves: self.leaves,
        }
    }

    /// Hides a cell that is shown and not zero; whether it was.
    fn hide(&mut self, cell: usize) -> bool {
        let can_be = self.cells[cell] == Cell::Shown && self.values[cell] > 0.0;
        if can_be {
            self.cells[cell] = Cell::Complementary;
        }
        can_be
    }

    /// Whether each row of the source is hidden.
    pub(super) fn hidden_rows(&self) -> Vec<bool> {
        let rows = self.cells[..self.leaves].iter();
        rows.map(|cell| *cell != Cell::Shown).collect()
    }

    /// Why its territories are hidden.
    pub(super) fn hidden(&self, territory: &Territory) -> Hidden {
        let why = |cell: &Cell| match cell {
            Cell::Shown => None,
            Cell::Primary => Some(Suppression::Primary),
            Cell::Complementary | Cell::Unsaid => Some(Suppression::Complementary),
        };
        let mut cells = self.cells[self.leaves..].iter().map(why);
        let levels = territory.levels().iter();
        levels
            .map(|level| cells.by_ref().take(level.len()).collect())
            .collect()
    }
}
