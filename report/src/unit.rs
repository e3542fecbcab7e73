//! Units in the words of the language.

use crate::subject::shortened;
use crate::texts::Texts;

/// Longest unit that is printed, in characters.
const CHARS_MAX: usize = 60;

impl Texts {
    /// `persons/ha` → `personas/ha`, `m2` → `m²`, `per 1,000 persons` → `por 1.000 personas`.
    pub(crate) fn unit(&self, unit: &str) -> String {
        let unit = shortened(unit, CHARS_MAX);
        let unit = unit.replace("full days", self.full_days);
        let is_mark = |c: char| !(c.is_alphanumeric() || c == ',');
        let translated = |part: &str| {
            let (word, mark) = part.split_at(part.trim_end_matches(is_mark).len());
            self.unit_word(word) + mark
        };
        unit.split_inclusive(is_mark).map(translated).collect()
    }

    fn unit_word(&self, word: &str) -> String {
        let digits = word.replace(',', "");
        if let Some(number) = digits
            .parse::<u32>()
            .ok()
            .filter(|_| !word.starts_with('+'))
        {
            return self.exact(f64::from(number));
        }
        match word {
            "m2" => "m²".to_owned(),
            "km2" => "km²".to_owned(),
            _ => {
                let known = self.units.iter().find(|(own, _)| *own == word);
                known.map_or(word, |(_, translated)| translated).to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::texts::{EN, ES};

    #[test]
    fn units_are_in_the_words_of_the_language() {
        for (unit, es, en) in [
            ("", "", ""),
            ("m", "m", "m"),
            ("%", "%", "%"),
            ("m2", "m²", "m²"),
            ("persons/ha", "personas/ha", "persons/ha"),
            ("m2/person", "m²/persona", "m²/person"),
            (
                "per 1,000 persons",
                "por 1.000 personas",
                "per 1,000 persons",
            ),
            (
                "full days per 10,000 persons",
                "jornadas completas por 10.000 personas",
                "full days per 10,000 persons",
            ),
            ("kg CO₂", "kg CO₂", "kg CO₂"),
        ] {
            assert_eq!([ES.unit(unit), EN.unit(unit)], [es, en]);
        }
    }
}
