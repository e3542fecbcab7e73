//! Which cells are hidden so that no hidden one can be found out.

use super::bounds::{Bounds, Range};
use super::forest::Forest;

/// What is published of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Its value.
    Shown,
    /// That it is above zero and below the threshold.
    Primary,
    /// That it is hidden for the sake of others; so it is not below the threshold.
    Complementary,
    /// Only that it is hidden.
    Unsaid,
}

/// A table of counts along trees.
pub(super) struct Table<'a> {
    pub(super) forest: &'a Forest,
    /// One number per cell; a parent is the sum of its children.
    pub(super) values: &'a [f64],
    pub(super) threshold: f64,
    /// How many of the first cells are those of a source layer, of which only is seen that they are hidden.
    pub(super) leaves: usize,
}

impl Table<'_> {
    /// Whether a cell counts so few that it is hidden by itself. Zero is published.
    pub(super) fn is_primary(&self, cell: usize) -> bool {
        let value = self.values[cell];
        value > 0.0 && value < self.threshold
    }

    /// The cells that are hidden by themselves.
    pub(super) fn primary(&self) -> Vec<Cell> {
        let cell = |cell| match self.is_primary(cell) {
            true if cell < self.leaves => Cell::Unsaid,
            true => Cell::Primary,
            false => Cell::Shown,
        };
        (0..self.values.len()).map(cell).collect()
    }

    /// Hides more of `cells` until every hidden one keeps at least two values for an outsider: siblings, the smallest
    /// first, by row where they are equal, never zeros; where there are none, the parent; and whatever is then needed
    /// above and below.
    ///
    /// Cost O(cells) a round; a family of n cells takes O(log n) rounds.
    pub(super) fn protected(&self, cells: Vec<Cell>) -> Vec<Cell> {
        let mut search = Search {
            table: self,
            unit: self.unit(),
            rounds: vec![0; cells.len()],
            cells,
        };
        for cell in (0..self.values.len()).rev() {
            search.hide_part(cell);
        }
        while search.round() {}
        search.cells
    }

    /// The least that a hidden cell can be: a person, or nearly nothing where persons were divided.
    fn unit(&self) -> f64 {
        let whole = self.values.iter().all(|value| value.fract() == 0.0);
        f64::from(u8::from(whole))
    }
}

struct Search<'a> {
    table: &'a Table<'a>,
    unit: f64,
    cells: Vec<Cell>,
    /// How often siblings were hidden below each cell.
    rounds: Vec<u32>,
}

impl Search<'_> {
    /// Hides something in each family with a cell that can be found out; whether there was any.
    fn round(&mut self) -> bool {
        let bounds = Bounds::new(self.table.forest, &self.cells, &self.own());
        // As it was before this round: what is hidden in it is looked at in the next.
        let found_out: Vec<bool> = (0..self.cells.len())
            .map(|cell| self.cells[cell] != Cell::Shown && !bounds.known[cell].is_open())
            .collect();
        let mut touched = vec![false; self.cells.len()];
        let mut acted = false;
        for cell in 0..self.cells.len() {
            let parent = self.table.forest.parent(cell);
            // What is found out through its parent is helped by what helps the parent.
            let waits = |parent: usize| {
                touched[parent] || (found_out[parent] && bounds.from_below[parent].is_open())
            };
            if !found_out[cell] || parent.is_some_and(waits) {
                continue;
            }
            let changed = self.hide_for(cell, &bounds);
            acted |= changed;
            if let Some(parent) = parent.filter(|_| changed) {
                touched[parent] = true;
            }
        }
        acted
    }

    /// What each cell shows by itself.
    fn own(&self) -> Vec<Range> {
        let smallest = self.smallest_shown();
        let range = |cell: usize| {
            let value = self.table.values[cell];
            // Who knows that the smallest are hidden first knows that no sibling that is shown is smaller.
            let next = self.table.forest.parent(cell);
            let next = next.map_or(f64::INFINITY, |parent| smallest[parent]);
            let threshold = self.table.threshold;
            let (low, high) = match self.cells[cell] {
                Cell::Shown => return Range::one(value),
                Cell::Primary => (self.unit, threshold - self.unit),
                Cell::Complementary if value <= next => (threshold, next),
                Cell::Complementary => (threshold, f64::INFINITY),
                Cell::Unsaid => (self.unit, f64::INFINITY),
            };
            Range { low, high }
        };
        (0..self.cells.len()).map(range).collect()
    }

    /// Per cell the smallest of its children that are shown, zeros left out.
    fn smallest_shown(&self) -> Vec<f64> {
        let mut smallest = vec![f64::INFINITY; self.cells.len()];
        for (cell, &value) in self.table.values.iter().enumerate() {
            if let Some(parent) = self.table.forest.parent(cell).filter(|_| self.helps(cell)) {
                smallest[parent] = smallest[parent].min(value);
            }
        }
        smallest
    }

    /// Whether hiding a cell would protect another.
    fn helps(&self, cell: usize) -> bool {
        self.cells[cell] == Cell::Shown && self.table.values[cell] > 0.0
    }

    /// Does one thing for a cell that can be found out; whether there was anything to do.
    fn hide_for(&mut self, cell: usize, bounds: &Bounds) -> bool {
        let forest = self.table.forest;
        // Its parts alone say what it is: that it is below the threshold cannot be told as well.
        let by_parts = !bounds.from_below[cell].is_open();
        if by_parts && self.cells[cell] == Cell::Primary {
            return self.say_less(cell);
        }
        match forest.parent(cell) {
            Some(parent) if self.hide_smallest_child(parent) => true,
            _ if by_parts && self.cells[cell] == Cell::Complementary => self.say_less(cell),
            Some(parent) if self.cells[parent] == Cell::Shown => self.hide(parent),
            // It is the parent that must be protected first, and it has its own turn.
            Some(parent) if !bounds.known[parent].is_open() => false,
            Some(parent) if self.cells[parent] != Cell::Unsaid => self.say_less(parent),
            _ => self.say_less(cell),
        }
    }

    /// Hides the smallest child that helps; after some rounds more at once, so that there are few.
    fn hide_smallest_child(&mut self, parent: usize) -> bool {
        const ONE_BY_ONE: u32 = 4;
        let children = self.table.forest.children(parent);
        let mut open: Vec<usize> = children.filter(|&child| self.helps(child)).collect();
        open.sort_by(|&a, &b| {
            let values = self.table.values;
            values[a].total_cmp(&values[b]).then(a.cmp(&b))
        });
        let count = 1_usize << self.rounds[parent].saturating_sub(ONE_BY_ONE).min(40);
        self.rounds[parent] += 1;
        for &child in open.iter().take(count) {
            self.hide(child);
        }
        !open.is_empty()
    }

    fn hide(&mut self, cell: usize) -> bool {
        self.cells[cell] = match cell < self.table.leaves {
            true => Cell::Unsaid,
            false => Cell::Complementary,
        };
        self.hide_part(cell);
        true
    }

    /// Hides a child of a hidden cell of which all children are shown: they would add up to it.
    fn hide_part(&mut self, cell: usize) {
        let mut children = self.table.forest.children(cell);
        if self.cells[cell] != Cell::Shown && children.all(|child| self.cells[child] == Cell::Shown)
        {
            self.hide_smallest_child(cell);
        }
    }

    /// A cell that is said to be hidden, and nothing more; whether that is less than before.
    fn say_less(&mut self, cell: usize) -> bool {
        let less = self.cells[cell] != Cell::Unsaid;
        self.cells[cell] = Cell::Unsaid;
        less
    }
}
