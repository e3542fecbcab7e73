/// The name among `known` that was most likely meant by `word`: equal but for case, or at most a third of the longer name
/// away (optimal string alignment); the first of equals. For "did you mean …?".
///
/// ```
/// assert_eq!(comarca_engine::nearest("sorce", ["title", "source"]), Some("source"));
/// assert_eq!(comarca_engine::nearest("colour", ["title", "source"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are not typing errors, and the distance costs the product of the lengths.
    const LONGEST_CHARS: usize = 100;
    let word = word.to_lowercase();
    let length = word.chars().count();
    let mut best = None;
    for name in known {
        let longer = name.chars().count().max(length);
        let limit = (longer / 3).max(1);
        if longer > LONGEST_CHARS || name.chars().count().abs_diff(length) > limit {
            continue;
        }
        let distance = strsim::osa_distance(&word, &name.to_lowercase());
        if distance <= limit && distance < longer && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}
