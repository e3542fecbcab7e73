//! The 17 classes: from the spots and the trend of a territory to one word.

use std::fmt;

use super::mann_kendall::{MannKendall, mann_kendall};
use super::{Emerging, MIN_PERIODS};
use crate::number::narrow;

/// What a territory was in one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spot {
    /// A significant hot spot.
    Hot,
    /// A significant cold spot.
    Cold,
    /// Neither.
    #[default]
    None,
}

/// How a hot spot, or a cold spot, behaved over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// In the last period for the first time.
    New,
    /// An uninterrupted run of two or more periods up to the last, never before, less than nine tenths of all periods.
    Consecutive,
    /// Nine tenths of all periods with the last, and significantly more so.
    Intensifying,
    /// Nine tenths of all periods with the last, without a trend.
    Persistent,
    /// Nine tenths of all periods with the last, and significantly less so.
    Diminishing,
    /// In the last period and on and off before, less than nine tenths of all periods, never the opposite.
    Sporadic,
    /// In the last period, less than nine tenths of all periods, and the opposite before.
    Oscillating,
    /// Not in the last period, but in nine tenths of all.
    Historical,
}

/// One of 17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmergingClass {
    /// High values gather, or did.
    Hot(Pattern),
    /// Low values gather, or did.
    Cold(Pattern),
    /// None of the others.
    NoPattern,
}

impl Pattern {
    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Consecutive => "consecutive",
            Self::Intensifying => "intensifying",
            Self::Persistent => "persistent",
            Self::Diminishing => "diminishing",
            Self::Sporadic => "sporadic",
            Self::Oscillating => "oscillating",
            Self::Historical => "historical",
        }
    }
}

impl fmt::Display for EmergingClass {
    /// The word of tables and styles: `new-hot-spot`, `historical-cold-spot`, `no-pattern` …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hot(pattern) => write!(f, "{}-hot-spot", pattern.name()),
            Self::Cold(pattern) => write!(f, "{}-cold-spot", pattern.name()),
            Self::NoPattern => write!(f, "no-pattern"),
        }
    }
}

/// What a territory was in all periods, oldest first, and its z-scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Spots {
    tested: Vec<(Spot, Option<f64>)>,
    trend: Option<MannKendall>,
}

impl Spots {
    /// Spots with their z-scores, which are `None` where nothing could be tested.
    pub fn new(tested: Vec<(Spot, Option<f64>)>) -> Self {
        let scores: Vec<f64> = tested.iter().filter_map(|(_, z)| *z).collect();
        Self {
            trend: mann_kendall(&scores),
            tested,
        }
    }

    /// The class, with trends significant at a level. The first pattern of ArcGIS' list that fits.
    ///
    /// Two of its definitions leave room. A territory that is hot for the first time in the last period is new, whether or
    /// not it was cold before. One that was hot in nine tenths of all periods but not in the last is historical, whatever
    /// its trend; ArcGIS does not say of a persistent one that it must be hot at last. For cold spots a falling trend
    /// intensifies.
    pub fn class(&self, alpha: f64) -> EmergingClass {
        if let Some(pattern) = self.pattern(Spot::Hot, alpha) {
            return EmergingClass::Hot(pattern);
        }
        let cold = self.pattern(Spot::Cold, alpha);
        cold.map_or(EmergingClass::NoPattern, EmergingClass::Cold)
    }

    fn pattern(&self, side: Spot, alpha: f64) -> Option<Pattern> {
        let is_side = |&(spot, _): &(Spot, Option<f64>)| spot == side;
        let count = self.count(side);
        // Nine tenths in whole numbers: no rounding decides.
        let mostly = 10 * count >= 9 * self.tested.len();
        let run = self
            .tested
            .iter()
            .rev()
            .take_while(|one| is_side(one))
            .count();
        if run == 0 {
            return (mostly && count > 0).then_some(Pattern::Historical);
        }
        let opposite = self
            .tested
            .iter()
            .any(|one| one.0 != Spot::None && !is_side(one));
        Some(match mostly {
            false if count == 1 => Pattern::New,
            false if run == count => Pattern::Consecutive,
            false if opposite => Pattern::Oscillating,
            false => Pattern::Sporadic,
            true => match self.direction(alpha) {
                0 => Pattern::Persistent,
                up if (up > 0) == (side == Spot::Hot) => Pattern::Intensifying,
                _ => Pattern::Diminishing,
            },
        })
    }

    /// 1 where z-scores rise significantly, -1 where they fall, else 0.
    fn direction(&self, alpha: f64) -> i64 {
        let significant = self.trend.filter(|trend| trend.p <= alpha);
        significant.map_or(0, |trend| trend.s.signum())
    }

    fn count(&self, side: Spot) -> usize {
        self.tested.iter().filter(|(spot, _)| *spot == side).count()
    }

    /// Everything that is said of the territory.
    pub(super) fn summary(&self, row: u32, alpha: f64) -> Emerging {
        let tested = self.tested.iter().filter(|(_, z)| z.is_some()).count();
        Emerging {
            row,
            class: (tested >= MIN_PERIODS).then(|| self.class(alpha)),
            z_last: self.tested.last().and_then(|(_, z)| *z),
            hot_periods: narrow(self.count(Spot::Hot)),
            cold_periods: narrow(self.count(Spot::Cold)),
            tested_periods: narrow(tested),
            trend: self.trend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Periods as letters: `h` a hot spot, `c` a cold one, `.` neither; z-scores rise, fall or stay with `slope`.
    fn class(periods: &str, slope: f64) -> String {
        let spot = |(number, letter): (usize, char)| {
            let spot = match letter {
                'h' => Spot::Hot,
                'c' => Spot::Cold,
                _ => Spot::None,
            };
            (spot, Some(slope * number as f64))
        };
        let spots = Spots::new(periods.chars().enumerate().map(spot).collect());
        spots.class(0.05).to_string()
    }

    #[test]
    fn each_of_the_seventeen_classes_has_its_periods() {
        for (periods, slope, expected) in [
            (".........h", 0.0, "new-hot-spot"),
            (".......hhh", 0.0, "consecutive-hot-spot"),
            ("hhhhh.hhhh", 1.0, "intensifying-hot-spot"),
            ("hhhhh.hhhh", 0.0, "persistent-hot-spot"),
            ("hhhhh.hhhh", -1.0, "diminishing-hot-spot"),
            ("..hh.h..hh", 0.0, "sporadic-hot-spot"),
            ("..hh.c..hh", 0.0, "oscillating-hot-spot"),
            ("hhhhhhhhh.", 0.0, "historical-hot-spot"),
            (".........c", 0.0, "new-cold-spot"),
            ("........cc", 0.0, "consecutive-cold-spot"),
            ("cccccccccc", -1.0, "intensifying-cold-spot"),
            ("cccccccccc", 0.0, "persistent-cold-spot"),
            ("cccccccccc", 1.0, "diminishing-cold-spot"),
            ("c........c", 0.0, "sporadic-cold-spot"),
            ("c...h....c", 0.0, "oscillating-cold-spot"),
            ("ccccccccc.", 0.0, "historical-cold-spot"),
            ("hhhhhhhh..", 0.0, "no-pattern"),
        ] {
            assert_eq!(class(periods, slope), expected, "{periods} {slope}");
        }
    }

    #[test]
    fn where_two_definitions_fit_the_first_of_the_list_holds() {
        assert_eq!(class("cc.......h", 0.0), "new-hot-spot");
        assert_eq!(class("cc......hh", 0.0), "consecutive-hot-spot");
        assert_eq!(class("hhhhhhhhh.", -1.0), "historical-hot-spot");
        assert_eq!(class(".hhhhhhhhh", 0.0), "persistent-hot-spot");
        assert_eq!(class("hhhhhhhhhc", 0.0), "historical-hot-spot");
        assert_eq!(class("hhhh", 0.0), "persistent-hot-spot");
        assert_eq!(class("hhh.", 0.0), "no-pattern");
        assert_eq!(class("", 0.0), "no-pattern");
    }
}
