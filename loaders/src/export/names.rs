//! Column names that fit a format: short enough, and told apart without capital letters.

use std::collections::HashSet;

/// The names, cut to `bytes_max` and made unique as formats compare them (without regard to capital letters of
/// ASCII); a number stands behind a name that was taken. `taken` are names that nothing else may have.
pub(super) fn unique<'a>(
    names: impl IntoIterator<Item = &'a str>,
    bytes_max: usize,
    taken: &[&str],
) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let folded = |name: &str| name.to_ascii_lowercase();
    let mut used: HashSet<String> = taken.iter().map(|name| folded(name)).collect();
    let one = |name: &&str| {
        let mut unique = cut(name, bytes_max).to_owned();
        let mut count = 1;
        while unique.is_empty() || !used.insert(folded(&unique)) {
            count += 1;
            let number = format!("_{count}");
            unique = cut(name, bytes_max - number.len()).to_owned() + &number;
        }
        unique
    };
    names.iter().map(one).collect()
}

/// As much of `text` as fits into `bytes_max` without cutting a character in two.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_and_stay_apart() {
        let names = [
            "population_2017",
            "population_2024",
            "POPULATION",
            "ñandúñandú",
            "",
        ];
        let unique = unique(names, 10, &["fid"]);
        assert_eq!(
            unique,
            ["population", "populati_2", "POPULATI_3", "ñandúña", "_2"]
        );
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        assert_eq!(unique(["FID", "a"], 99, &["fid"]), ["FID_2", "a"]);
    }
}
