//! Well-known text of coordinate systems: enough of it to tell kind, name and code.

/// Deepest nesting that is followed; real definitions stay below 10.
const DEPTH_MAX: usize = 40;

/// `KEYWORD["name", …]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// In capital letters.
    pub(super) keyword: String,
    /// The first quoted text.
    pub(super) name: String,
    values: Vec<String>,
    children: Vec<Node>,
}

impl Node {
    /// Whether the system is of degrees; `None` where it is neither geographic nor projected.
    pub(super) fn is_geographic(&self) -> Option<bool> {
        match self.keyword.as_str() {
            "GEOGCS" | "GEOGCRS" | "GEODCRS" | "GEOGRAPHICCRS" | "GEODETICCRS" => Some(true),
            "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => Some(false),
            "COMPD_CS" | "COMPOUNDCRS" | "BOUNDCRS" | "SOURCECRS" => {
                self.children.iter().find_map(Self::is_geographic)
            }
            _ => None,
        }
    }

    /// The EPSG code that the definition itself names.
    pub(super) fn epsg(&self) -> Option<u32> {
        if matches!(
            self.keyword.as_str(),
            "COMPD_CS" | "COMPOUNDCRS" | "BOUNDCRS" | "SOURCECRS"
        ) {
            return self
                .children
                .iter()
                .find(|child| child.is_geographic().is_some())
                .and_then(Self::epsg);
        }
        let own = self
            .children
            .iter()
            .find(|child| matches!(child.keyword.as_str(), "AUTHORITY" | "ID"))?;
        let code = own
            .values
            .get(1)
            .filter(|_| own.name.eq_ignore_ascii_case("EPSG"))?;
        code.parse().ok()
    }
}

/// The outermost node of a text that is WKT.
pub(super) fn parse(text: &str) -> Option<Node> {
    let mut reader = Reader {
        rest: text.trim_start(),
    };
    reader.node(0)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn node(&mut self, depth: usize) -> Option<Node> {
        let keyword = self.word()?;
        if depth > DEPTH_MAX || keyword.is_empty() || !self.skip(&['[', '(']) {
            return None;
        }
        let mut node = Node {
            keyword: keyword.to_ascii_uppercase(),
            name: String::new(),
            values: vec![],
            children: vec![],
        };
        loop {
            self.value(&mut node, depth)?;
            if self.skip(&[',']) {
                continue;
            }
            return self.skip(&[']', ')']).then_some(node);
        }
    }

    /// A quoted text, a number or a node.
    fn value(&mut self, node: &mut Node, depth: usize) -> Option<()> {
        self.rest = self.rest.trim_start();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let end = quoted.find('"')?;
            if node.values.is_empty() {
                quoted[..end].clone_into(&mut node.name);
            }
            node.values.push(quoted[..end].to_owned());
            self.rest = &quoted[end + 1..];
            return Some(());
        }
        let before = self.rest;
        let word = self.word()?.to_owned();
        if self.rest.starts_with(['[', '(']) {
            self.rest = before;
            node.children.push(self.node(depth + 1)?);
        } else {
            node.values.push(word);
        }
        Some(())
    }

    /// Letters, digits and the signs of numbers, with what is blank behind them.
    fn word(&mut self) -> Option<&'a str> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_+-.".contains(c)))?;
        let word = &self.rest[..end];
        self.rest = self.rest[end..].trim_start();
        Some(word)
    }

    fn skip(&mut self, marks: &[char]) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.starts_with(marks);
        self.rest = if found { &rest[1..] } else { rest };
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIRGAS: &str = "GEOGCS[\"GCS_SIRGAS_2000\",DATUM[\"D_SIRGAS_2000\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],\
        PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

    #[test]
    fn an_esri_text_has_a_name_but_no_code() {
        let root = parse(SIRGAS).expect("wkt");
        assert_eq!(
            (root.name.as_str(), root.is_geographic(), root.epsg()),
            ("GCS_SIRGAS_2000", Some(true), None)
        );
    }

    #[test]
    fn the_code_is_that_of_the_system_not_of_its_parts() {
        let wkt1 = "PROJCS[\"x\", GEOGCS[\"y\", AUTHORITY[\"EPSG\", \"4326\"]], UNIT[\"metre\", 1], AUTHORITY[\"EPSG\",\"32719\"]]";
        let wkt2 = "PROJCRS[\"x\",BASEGEOGCRS[\"y\",ID[\"EPSG\",4326]],ID[\"EPSG\",32719]]";
        for text in [wkt1, wkt2] {
            let root = parse(text).expect("wkt");
            assert_eq!(
                (root.epsg(), root.is_geographic()),
                (Some(32719), Some(false)),
                "{text}"
            );
        }
        let bound =
            "BOUNDCRS[SOURCECRS[GEOGCRS[\"y\",ID[\"EPSG\",4674]]],TARGETCRS[GEOGCRS[\"z\"]]]";
        assert_eq!(parse(bound).and_then(|root| root.epsg()), Some(4674));
    }

    #[test]
    fn other_texts_are_no_wkt() {
        for text in [
            "",
            "EPSG:4326",
            "GEOGCS",
            "GEOGCS[",
            "GEOGCS[\"a\"",
            "[[[[",
            &"A[".repeat(10_000),
        ] {
            assert_eq!(parse(text), None, "{text:.20}");
        }
    }
}
