//! Coordinates written as text: `x,y,z x,y,z` and lists of plain numbers.

/// Reads positions of numbers with commas within and blanks between them, as KML and GML 2 have them, and hands each
/// to `position`. Blanks beside a comma, which the standards forbid and people write, do not end a position.
///
/// # Errors
/// With the text that is no number.
pub(in crate::source) fn tuples(
    text: &str,
    mut position: impl FnMut(&[f64]),
) -> Result<(), String> {
    let mut rest = text.trim_start();
    let mut numbers = [0.0; 4];
    while !rest.is_empty() {
        let mut count = 0;
        loop {
            let number;
            (number, rest) = next_number(rest)?;
            if let Some(slot) = numbers.get_mut(count) {
                *slot = number;
                count += 1;
            }
            rest = rest.trim_start();
            match rest.strip_prefix(',') {
                Some(more) => rest = more.trim_start(),
                None => break,
            }
            // A comma behind the last number.
            if rest.is_empty() {
                break;
            }
        }
        position(&numbers[..count]);
    }
    Ok(())
}

/// Adds the numbers of a list with blanks between them.
///
/// # Errors
/// With the text that is no number.
pub(in crate::source) fn numbers(text: &str, numbers: &mut Vec<f64>) -> Result<(), String> {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let number;
        (number, rest) = next_number(rest)?;
        numbers.push(number);
        rest = rest.trim_start();
    }
    Ok(())
}

/// The number that `text` begins with, which a blank, a comma or the end must follow, and what comes behind it.
fn next_number(text: &str) -> Result<(f64, &str), String> {
    let read = fast_float2::parse_partial::<f64, _>(text).ok();
    let ends = |at: usize| {
        let next = text.as_bytes().get(at);
        next.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b',')
    };
    match read {
        Some((number, length)) if ends(length) => Ok((number, &text[length..])),
        _ => Err(text
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Vec<f64>>, String> {
        let mut all = vec![];
        tuples(text, |position| all.push(position.to_vec())).map(|()| all)
    }

    #[test]
    fn positions_are_told_apart_by_blanks_without_a_comma() {
        let sloppy = read("\n -70.6,-33.5,0\t-70.5 , -33.4\n1e1,2. ");
        assert_eq!(
            sloppy.expect("numbers"),
            [vec![-70.6, -33.5, 0.0], vec![-70.5, -33.4], vec![10.0, 2.0]]
        );
        assert_eq!(read("").expect("nothing"), Vec::<Vec<f64>>::new());
        assert_eq!(read("1,2,").expect("numbers"), [vec![1.0, 2.0]]);
        assert_eq!(read("1,2,3,4,5").expect("numbers")[0].len(), 4);
    }

    #[test]
    fn what_is_no_number_is_shown() {
        assert_eq!(read("1,2 3,abc 4"), Err("abc".to_owned()));
        assert_eq!(read("1,,2"), Err(",2".to_owned()));
        assert_eq!(read("33°27'"), Err("33°27'".to_owned()));
        assert_eq!(numbers("1 2 x", &mut vec![]), Err("x".to_owned()));
    }
}
