//! Location quotient (A8): how the ratio of a territory compares with that of the whole.

use std::sync::Arc;

use super::{Figure, LevelFigures, Operation, RollUp, Swap};
use crate::rate::location_quotient;
use crate::territory::Territory;

/// (`n_z` / `N_z`) / (n / N); 1 for the whole, none where a total is zero.
#[derive(Clone, Debug)]
pub struct LocationQuotient {
    /// Id of the indicator above the line.
    pub numerator: String,
    /// Id of the indicator below the line.
    pub denominator: String,
}

impl Operation for LocationQuotient {
    fn op(&self) -> &'static str {
        "location_quotient"
    }

    fn formula(&self) -> String {
        let share = format!("{} / {}", self.numerator, self.denominator);
        format!("({share}) / ({share} of the whole)")
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        vec![&self.numerator, &self.denominator]
    }

    fn swapped(&self, _: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(self.clone())
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let above = territory.figures_of(&self.numerator);
        let below = territory.figures_of(&self.denominator);
        let whole = |levels: &[LevelFigures]| levels.last()?.first()?.value;
        let whole = whole(above).zip(whole(below));
        let quotient = |(above, below): (&Figure, &Figure)| {
            let own = above.value.zip(below.value);
            let value = own.zip(whole).and_then(|((zone, zone_all), (all, whole))| {
                location_quotient(zone, zone_all, all, whole)
            });
            Figure {
                numerator: above.value,
                denominator: below.value,
                n: above.n,
                covered: above.covered,
                ..Figure::of(value)
            }
        };
        let of_level = |(above, below): (&LevelFigures, &LevelFigures)| {
            above.iter().zip(below).map(quotient).collect()
        };
        above.iter().zip(below).map(of_level).collect()
    }
}
