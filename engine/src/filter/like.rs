//! Patterns of `LIKE`.

use super::fold::Fold;

/// A pattern as it was written: pieces, and the folds around it from the outside in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub(super) folds: Vec<Fold>,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    Exactly(char),
    /// `_`: one character, whichever.
    One,
    /// `%`: any number of characters.
    Any,
}

impl Pattern {
    /// The pieces with the folds applied to their characters.
    pub(super) fn folded(&self) -> Vec<Piece> {
        self.pieces
            .iter()
            .flat_map(|piece| fold_piece(*piece, &self.folds))
            .collect()
    }
}

fn fold_piece(piece: Piece, folds: &[Fold]) -> Vec<Piece> {
    match piece {
        Piece::Exactly(character) => {
            let folded = folds
                .iter()
                .rev()
                .fold(character.to_string(), |text, fold| fold.apply(&text));
            folded.chars().map(Piece::Exactly).collect()
        }
        wild => vec![wild],
    }
}

/// Whether the whole of `text` matches. Only the last `%` is ever tried again: at most length × pieces steps.
pub(super) fn matches(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    // Where to go on after the last `%`: the piece behind it, and the text it has not swallowed yet.
    let mut retry = None;
    loop {
        if pieces.get(at) == Some(&Piece::Any) {
            at += 1;
            retry = Some((at, rest.clone()));
            continue;
        }
        let mut ahead = rest.clone();
        match (pieces.get(at), ahead.next()) {
            (None, None) => return true,
            (Some(Piece::One), Some(_)) => (rest, at) = (ahead, at + 1),
            (Some(Piece::Exactly(wanted)), Some(found)) if *wanted == found => {
                (rest, at) = (ahead, at + 1);
            }
            (_, None) => return false,
            _ => match &mut retry {
                None => return false,
                Some((behind, unswallowed)) => {
                    unswallowed.next();
                    (rest, at) = (unswallowed.clone(), *behind);
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, matches};

    fn like(text: &str, pattern: &str) -> bool {
        let piece = |letter| match letter {
            '%' => Piece::Any,
            '_' => Piece::One,
            other => Piece::Exactly(other),
        };
        matches(&pattern.chars().map(piece).collect::<Vec<_>>(), text)
    }

    #[test]
    fn percent_is_any_text_and_underscore_one_character() {
        for (text, pattern) in [
            ("", ""),
            ("", "%"),
            ("abc", "a%"),
            ("abc", "%c"),
            ("abcbd", "a%b_"),
            ("ñ", "_"),
            ("aXbXc", "%X_%"),
        ] {
            assert!(like(text, pattern), "{text} LIKE {pattern}");
        }
        for (text, pattern) in [
            ("a", ""),
            ("", "_"),
            ("abc", "ab"),
            ("abc", "%b"),
            ("abc", "_"),
            ("aab", "%b_%"),
        ] {
            assert!(!like(text, pattern), "{text} NOT LIKE {pattern}");
        }
    }
}
