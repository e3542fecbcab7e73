//! Search of territories by name or key, without regard to accents and case.

use comarca_engine::Territory;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A territory that can be found.
#[derive(Debug)]
struct Place {
    level: usize,
    row: usize,
    name: String,
    key: String,
}

/// All territories, coarser levels first, each level by name.
#[derive(Debug)]
pub(crate) struct Places(Vec<Place>);

impl Places {
    /// Folds every name and key. Cost O(territories × log).
    pub(crate) fn new(territory: &Territory) -> Self {
        let of_level = |(level, own): (usize, &comarca_engine::Level)| {
            let layer = own.layer();
            let place = |row| Place {
                level,
                row,
                name: fold(layer.name(row)),
                key: fold(layer.key(row)),
            };
            let mut places: Vec<Place> = (0..layer.len()).map(place).collect();
            places.sort_by(|a, b| a.name.cmp(&b.name).then(a.row.cmp(&b.row)));
            places
        };
        Self(
            territory
                .levels()
                .iter()
                .enumerate()
                .rev()
                .flat_map(of_level)
                .collect(),
        )
    }

    /// Level and row of up to `limit` territories whose name or key holds `text`: first those that begin with it, then
    /// those with a word that begins with it, then the rest; within each, coarser levels first, then by name.
    ///
    /// Cost O(territories × length of a name).
    pub(crate) fn find(&self, text: &str, limit: usize) -> Vec<(usize, usize)> {
        let wanted = fold(text);
        let mut found: [Vec<(usize, usize)>; 3] = Default::default();
        for place in &self.0 {
            if let Some(rank) = place.rank(wanted.trim())
                && found[rank].len() < limit
            {
                found[rank].push((place.level, place.row));
            }
        }
        found.into_iter().flatten().take(limit).collect()
    }
}

impl Place {
    /// 0: begins with the text; 1: a word does; 2: holds it; none: does not.
    fn rank(&self, wanted: &str) -> Option<usize> {
        if self.name.starts_with(wanted) || self.key.starts_with(wanted) {
            return Some(0);
        }
        let inside: Vec<usize> = self.name.match_indices(wanted).map(|(at, _)| at).collect();
        let begins_word = |at: &usize| !self.name[..*at].ends_with(char::is_alphanumeric);
        if inside.iter().any(begins_word) {
            return Some(1);
        }
        (!inside.is_empty() || self.key.contains(wanted)).then_some(2)
    }
}

/// Lower case without marks: `Ñuñoa` is `nunoa`.
fn fold(text: &str) -> String {
    text.nfd()
        .filter(|char| !is_combining_mark(*char))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(names: &[&str]) -> Places {
        let place = |(row, name): (usize, &&str)| Place {
            level: 0,
            row,
            name: fold(name),
            key: format!("1310{row}"),
        };
        Places(names.iter().enumerate().map(place).collect())
    }

    #[test]
    fn accents_and_case_do_not_matter() {
        let places = places(&["Ñuñoa", "PEÑALOLÉN"]);
        assert_eq!(places.find("nunoa", 9), [(0, 0)]);
        assert_eq!(places.find("Peñalole\u{301}n", 9), [(0, 1)]);
        assert_eq!(places.find("13101", 9), [(0, 1)]);
        assert_eq!(places.find("nowhere", 9), []);
    }

    #[test]
    fn beginnings_come_before_words_and_words_before_the_rest() {
        let places = places(&["Agramo", "La Granja", "Granadilla"]);
        assert_eq!(places.find("gra", 9), [(0, 2), (0, 1), (0, 0)]);
        assert_eq!(places.find("gra", 2), [(0, 2), (0, 1)]);
        assert_eq!(places.find("", 2), [(0, 0), (0, 1)]);
    }
}
