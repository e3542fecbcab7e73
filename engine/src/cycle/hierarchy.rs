//! Who belongs to whom.

use std::collections::HashMap;

use super::CycleError;
use crate::territory::WHOLE;

/// Most levels, without the whole.
pub const MAX_LEVELS: usize = 16;

/// The territories of a level.
#[derive(Clone, Copy, Debug)]
pub struct LevelRows<'a> {
    /// Id of the level.
    pub id: &'a str,
    /// Keys, different from each other.
    pub keys: &'a [&'a str],
    /// Row of the parent in the next level; not read in the last level. `None`: an orphan, counted in the whole and in no
    /// level between.
    pub parents: &'a [Option<usize>],
}

/// Levels, finest first, and above them the whole: level "all" with its only territory "all".
#[derive(Clone, Debug)]
pub struct Hierarchy<'a> {
    levels: Vec<LevelRows<'a>>,
    /// Per level, the whole included, the row that holds each territory of the finest level.
    homes: Vec<Vec<Option<usize>>>,
    rows: HashMap<(&'a str, &'a str), (usize, usize)>,
}

impl<'a> Hierarchy<'a> {
    /// Joins levels, finest first, without the whole. Cost O(levels × finest territories).
    ///
    /// # Errors
    /// [`CycleError::Levels`], [`CycleError::Parents`] and [`CycleError::Twice`].
    pub fn new(levels: &[LevelRows<'a>]) -> Result<Self, CycleError> {
        if levels.is_empty() || levels.len() > MAX_LEVELS {
            return Err(CycleError::Levels(levels.len()));
        }
        let mut levels = levels.to_vec();
        let finest = levels[0].keys.len();
        let mut homes: Vec<Vec<Option<usize>>> = vec![(0..finest).map(Some).collect()];
        for pair in levels.windows(2) {
            let (level, above) = (pair[0], pair[1].keys.len());
            let outside = |parent: &Option<usize>| parent.is_some_and(|parent| parent >= above);
            if level.parents.len() != level.keys.len() || level.parents.iter().any(outside) {
                return Err(CycleError::Parents(level.id.to_owned()));
            }
            let below = &homes[homes.len() - 1];
            let up = |home: &Option<usize>| home.and_then(|row| level.parents[row]);
            homes.push(below.iter().map(up).collect());
        }
        homes.push(vec![Some(0); finest]);
        levels.push(LevelRows {
            id: WHOLE,
            keys: &[WHOLE],
            parents: &[],
        });
        Ok(Self {
            rows: rows(&levels)?,
            levels,
            homes,
        })
    }

    /// Number of levels, the whole included.
    pub fn levels(&self) -> usize {
        self.levels.len()
    }

    /// Id of a level.
    pub fn id(&self, level: usize) -> &'a str {
        self.levels[level].id
    }

    /// Keys of the territories of a level.
    pub fn keys(&self, level: usize) -> &'a [&'a str] {
        self.levels[level].keys
    }

    /// The row of a level that holds a territory of the finest level; `None` for an orphan, or what is not there.
    pub fn home(&self, place: usize, level: usize) -> Option<usize> {
        self.homes.get(level)?.get(place).copied().flatten()
    }

    /// Level and row of a key.
    pub fn find(&self, level: &str, key: &str) -> Option<(usize, usize)> {
        self.rows.get(&(level, key)).copied()
    }

    /// Row of the parent of a territory in the next level; `None` for an orphan and for the whole.
    pub fn parent(&self, level: usize, row: usize) -> Option<usize> {
        let whole = self.levels.len() - 1;
        if level + 1 >= whole {
            return (level + 1 == whole).then_some(0);
        }
        self.levels[level].parents.get(row).copied().flatten()
    }

    /// The row of a higher level, or of the same, that holds a territory; the whole holds orphans, too.
    pub fn ancestor(&self, level: usize, row: usize, above: usize) -> Option<usize> {
        if above + 1 == self.levels.len() {
            return Some(0);
        }
        let parent = |row: usize, level: usize| self.parent(level, row);
        let known = level <= above && above < self.levels.len();
        known
            .then(|| (level..above).try_fold(row, parent))
            .flatten()
    }

    /// Rows of the next finer level that belong to a territory; none below the finest.
    pub fn children(&self, level: usize, row: usize) -> Vec<usize> {
        let Some(below) = level.checked_sub(1) else {
            return vec![];
        };
        let own = |child: &usize| self.parent(below, *child) == Some(row);
        (0..self.keys(below).len()).filter(own).collect()
    }

    pub(super) fn check(&self, level: usize, row: usize) -> Result<(), CycleError> {
        let known = level < self.levels() && row < self.keys(level).len();
        known
            .then_some(())
            .ok_or(CycleError::Territory { level, row })
    }
}

type Rows<'a> = HashMap<(&'a str, &'a str), (usize, usize)>;

fn rows<'a>(levels: &[LevelRows<'a>]) -> Result<Rows<'a>, CycleError> {
    let mut rows = HashMap::new();
    for (position, level) in levels.iter().enumerate() {
        let twice = |id: &str| CycleError::Twice {
            level: level.id.to_owned(),
            id: id.to_owned(),
        };
        if levels[..position].iter().any(|other| other.id == level.id) {
            return Err(twice(level.id));
        }
        for (row, key) in level.keys.iter().enumerate() {
            if rows.insert((level.id, *key), (position, row)).is_some() {
                return Err(twice(key));
            }
        }
    }
    Ok(rows)
}
