//! References such as `B7` and `A1:C3`.

use std::fmt;

/// Most rows of a sheet, as XLSX and ODS have them.
pub(super) const ROWS_MAX: u32 = 1 << 20;
/// Most columns of a sheet.
pub(super) const COLUMNS_MAX: u32 = 1 << 14;

/// A rectangle of cells, from 0, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

impl Area {
    /// Of `A1:C3`; a single cell is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once(':')?;
        let ((top, left), (bottom, right)) = (cell(from)?, cell(to)?);
        (top <= bottom && left <= right).then_some(Self {
            rows: (top, bottom),
            columns: (left, right),
        })
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let corner = |row: u32, column: u32| format!("{}{}", letters(column), row + 1);
        let (from, to) = (
            corner(self.rows.0, self.columns.0),
            corner(self.rows.1, self.columns.1),
        );
        write!(f, "{from}:{to}")
    }
}

/// Row and column of `B7`, from 0. `None` outside of any sheet.
pub(super) fn cell(text: &str) -> Option<(u32, u32)> {
    let text = text.trim();
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let row = text[digits..].parse::<u32>().ok()?.checked_sub(1)?;
    let mut column = 0_u32;
    for letter in text[..digits].chars() {
        let value = letter.to_digit(36).filter(|value| *value >= 10)? - 9;
        column = column.checked_mul(26)?.checked_add(value)?;
    }
    let column = column.checked_sub(1)?;
    (row < ROWS_MAX && column < COLUMNS_MAX).then_some((row, column))
}

/// The letters of a column, from 0.
pub(super) fn letters(column: u32) -> String {
    let mut letters = vec![];
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_counted_from_zero_and_stay_within_a_sheet() {
        assert_eq!(cell("A1"), Some((0, 0)));
        assert_eq!(cell("AB12"), Some((11, 27)));
        assert_eq!(cell("XFD1048576"), Some((ROWS_MAX - 1, COLUMNS_MAX - 1)));
        for text in [
            "XFE1",
            "A1048577",
            "A0",
            "7",
            "A",
            "",
            "ÑÑ1",
            "AAAAAAAAAAAA1",
            "A99999999999",
        ] {
            assert_eq!(cell(text), None, "{text:?}");
        }
        assert_eq!(letters(16_383), "XFD");
        let area = Area::parse("A1:C3").expect("an area");
        assert_eq!(
            (area.rows, area.columns, area.to_string()),
            ((0, 2), (0, 2), "A1:C3".to_owned())
        );
        assert_eq!(Area::parse("C3:A1"), None);
    }
}
