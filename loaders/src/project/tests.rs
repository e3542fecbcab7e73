use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value as Json;

use super::*;

/// One of everything that a project file can say.
const SAMPLE: &str = r#"
name      = "Ciudad Sur"
crs       = "EPSG:32719"
languages = ["es", "en"]

[layers.communes]
title  = { es = "Comunas", en = "Communes" }
source = "territory/communes.geojson"
key    = "cut"
name   = "nombre"

[layers.districts]
title  = "Distritos"
source = "territory/districts.gpkg"
table  = "districts"
key    = "code"
crs    = "EPSG:5361"

[layers.blocks]
source       = "census/*.geojson"
key          = "id"
columns      = ["pop", "hh"]
where        = "pop > 0"
on_duplicate = "first"

[layers.health]
source = "infrastructure/health.csv"
where  = "EstadoFuncionamiento LIKE 'Vigente%'"
csv    = { delimiter = ";", decimal = ",", encoding = "utf-8", x = "Longitud", y = "Latitud", crs = "EPSG:4326", text = ["code"] }

[tables.age]
source = "census/age.csv"
csv    = { text = ["geocodigo"] }
join   = { layer = "districts", column = "geocodigo", on = "code" }
pivot  = { names = "edad", values = "poblacion" }

[tables.sectors]
source = "territory/sectors.csv"
key    = "sector"
name   = "name"

[[levels]]
id     = "districts"
layer  = "districts"
parent = { prefix = 7 }
[[levels]]
id     = "sectors"
parent = { table = "sectors", column = "cut" }
[[levels]]
id     = "quarters"
title  = { es = "Cuartos" }
parent = { column = "cut" }
[[levels]]
id     = "communes_north"
parent = "within"
[[levels]]
id     = "communes"
layer  = "communes"

[indicators.population]
title = { es = "Población", en = "Population" }
unit  = "persons"
op    = "sum"
of    = { layer = "blocks", column = "pop" }

[indicators.blocks]
op    = "count"
of    = { layer = "blocks", where = "pop > 3" }
where = "hh > 1"

[indicators.tail]
op = "quantile"
q  = 0.9
of = { layer = "blocks", column = "pop", weight = "hh" }

[indicators.density]
code        = "X_1"
op          = "ratio"
numerator   = "population"
denominator = "area_ha"
standard    = { min = 1, max = 150.5, source = "somebody" }

[indicators.distance]
op        = "nearest"
from      = { layer = "blocks", weight = "pop" }
to        = { layer = "health", where = "tipo = 'CESFAM'" }
statistic = "median"

[indicators.covered]
op     = "coverage"
from   = { layer = "blocks", weight = "pop" }
to     = { layer = "health" }
within = 1000

[indicators.access]
op     = "access"
method = "2sfca"
from   = { layer = "blocks", weight = "pop" }
to     = { layer = "health", capacity = "beds" }
within = 1500
per    = 10000

[heatmaps.demand]
title     = "Demandas"
of        = { layer = "demands", weight = "votes" }
kernel    = "gaussian"
bandwidth = 500

[heatmaps.health]
of        = { layer = "health" }
bandwidth = "scott"

[tilesets.base]
title       = { es = "Mapa base" }
source      = "basemap.pmtiles"
attribution = "somebody"

[demands]
store  = "demands.gpkg"
themes = ["health", "education"]

[server]
listen      = "127.0.0.1:8080"
cache_mb    = 256
tile_max_kb = 500
"#;

/// The smallest project.
const SMALL: &str = r#"name = "T"
crs = "EPSG:32719"
levels = [{ id = "d", layer = "d" }]
[layers.d]
source = "d.geojson"
key = "code"
"#;

fn project(text: &str) -> Result<Project, ProjectErrors> {
    Project::parse(Path::new("comarca.toml"), text.to_owned())
}

fn errors(text: &str) -> String {
    project(text)
        .expect_err("the project has errors")
        .to_string()
}

/// The errors of the smallest project with `more` behind it; the lines count from `more`.
fn errors_with(more: &str) -> String {
    let errors = project(&format!("{SMALL}{more}")).expect_err("the project has errors");
    let lines = SMALL.lines().count();
    let shown = errors.errors().iter().map(|error| {
        let place = error.place.map(|(line, column)| (line - lines, column));
        ProjectError {
            place,
            ..error.clone()
        }
        .to_string()
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_that_says_everything_is_read() {
    let project = project(SAMPLE).unwrap_or_else(|errors| panic!("{errors}"));
    let config = &project.config;
    assert_eq!(
        config.layers.keys().collect::<Vec<_>>(),
        ["communes", "districts", "blocks", "health"]
    );
    assert_eq!(config.layers["blocks"].on_duplicate, OnDuplicate::First);
    assert_eq!(
        config.layers["health"].csv.as_ref().unwrap().decimal,
        Some(DecimalMark::Comma)
    );
    assert_eq!(
        config.levels[0].parent,
        Some(ParentConfig::Prefix(PrefixParent { prefix: 7 }))
    );
    assert_eq!(
        config.levels[3].parent,
        Some(ParentConfig::Place(PlaceParent::Within))
    );
    assert!(matches!(
        config.levels[1].parent,
        Some(ParentConfig::Table(_))
    ));
    assert!(matches!(
        config.levels[2].parent,
        Some(ParentConfig::Column(_))
    ));
    assert_eq!(
        config.heatmaps["demand"].bandwidth,
        BandwidthConfig::Metres(500.0)
    );
    assert_eq!(
        config.heatmaps["health"].bandwidth,
        BandwidthConfig::Rule(BandwidthRule::Scott)
    );
    assert_eq!(config.heatmaps["health"].kernel, KernelConfig::Quartic);
    let OperationConfig::Access { to, per, .. } = &config.indicators["access"].operation else {
        panic!("access")
    };
    assert_eq!(
        (&to.capacity, *per),
        (&Capacity::Column("beds".to_owned()), 10_000.0)
    );
}

#[test]
fn what_a_file_does_not_say_has_a_default() {
    let config = project(SMALL).unwrap().config;
    assert_eq!(
        config.server,
        ServerConfig {
            listen: "127.0.0.1:8080".to_owned(),
            cache_mb: 256,
            tile_max_kb: 500,
            tile_max_features: 50000,
            ..ServerConfig::default()
        }
    );
    assert!(config.demands.is_none() && config.languages.is_empty());
    assert_eq!(config.layers["d"].on_duplicate, OnDuplicate::Error);
}

#[test]
fn the_bundled_project_is_in_order() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/comarca.toml");
    let project = Project::open(&file).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(!project.config.indicators.is_empty());
}

#[test]
fn a_title_is_one_text_or_one_per_language() {
    let config = project(SAMPLE).unwrap().config;
    let title = config.layers["communes"].title.as_ref().unwrap().to_title();
    assert_eq!(
        (title.in_language("es"), title.in_language("en")),
        (Some("Comunas"), Some("Communes"))
    );
    let plain = config.layers["districts"]
        .title
        .as_ref()
        .unwrap()
        .to_title();
    assert_eq!(plain.in_language("en"), Some("Distritos"));
}

#[test]
fn tilesets_are_files_with_ids_of_their_own() {
    let wrong = r#"[tilesets.d]
source = "a.pmtiles"
[tilesets.all]
source = "s3://bucket/a.pmtiles"
[tilesets.b]
sauce = "a.pmtiles"
[tilesets.c]
source = 3
"#;
    assert_eq!(
        errors_with(wrong),
        r#"1:11: "d" is the id of a layer already; tiles of both would have one address
3:11: the id "all" is taken by Comarca itself; choose another
4:10: a tileset is a file: tiles are read from it when they are asked for; download it first
6:1: unknown key "sauce" in [tilesets.b]; did you mean "source"?
8:10: tilesets.c.source must be text, not a number"#
    );
}

#[test]
fn values_are_found_by_their_path() {
    let project = project(SMALL).unwrap();
    assert_eq!(project.locate("layers.d.key"), Some((6, 7)));
    assert_eq!(project.locate("layers.d"), Some((4, 9)));
    assert_eq!(project.locate("levels[0].layer"), Some((3, 31)));
    assert_eq!(
        project.locate("layers.d.where"),
        Some((4, 9)),
        "the table, where the key is absent"
    );
    assert_eq!(project.locate("indicators.x"), None);
    let error = project.error("layers.d.key", "there is no column \"code\"");
    assert_eq!(
        project.errors(vec![error]).to_string(),
        "comarca.toml:6:7: there is no column \"code\""
    );
}

#[test]
fn errors_become_problems_with_line_and_advice() {
    let errors = project(&SMALL.replace("source", "sorce")).unwrap_err();
    let problem = errors.problems().next().unwrap();
    let text =
        "comarca.toml: line 5:1: unknown key \"sorce\" in [layers.d]; did you mean \"source\"?";
    assert_eq!(problem.to_string(), text);
}

#[test]
fn filters_are_placed_inside_their_text() {
    let project = project(&format!(
        "{SMALL}where = '''\nñ > 0 AND\n  pop > 'a'\n'''\n"
    ))
    .unwrap();
    let error = comarca_engine::Filter::parse("ñ > 0 AND\n  pop = = 2").unwrap_err();
    assert_eq!(
        project.filter_error("layers.d.where", &error).place,
        Some((9, 9))
    );
}

#[test]
fn files_that_cannot_be_read_are_plain_errors() {
    let folder = tempfile::tempdir().unwrap();
    let error = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let errors = Project::open(&file).unwrap_err().to_string();
        errors
            .strip_prefix(&file.display().to_string())
            .unwrap_or(&errors)
            .to_owned()
    };
    assert!(
        Project::open(folder.path().join("none.toml"))
            .unwrap_err()
            .to_string()
            .contains("cannot be opened")
    );
    assert_eq!(
        error("latin1.toml", b"name = \"\xD1u\xF1oa\""),
        ": is not UTF-8 text: byte 8 is wrong; save it as UTF-8"
    );
    let large = error("large.toml", &vec![b' '; 2 << 20]);
    assert_eq!(
        large,
        ": has more than 1048576 bytes, the most that is read of a project file"
    );
    assert_eq!(
        error("empty.toml", b"").lines().count(),
        3,
        "name, crs and levels are missing"
    );
}

#[test]
fn every_error_of_a_file_is_told_in_one_run() {
    insta::assert_snapshot!(errors(
        r#"name = "X"
crs = 32719
languages = ["es"]
colour = "red"

[layers.communes]
titel = { es = "Comunas" }
sorce = "communes.geojson"
where = "pop > > 0"

[[levels]]
id = "communes"
layer = "comunes"

[indicators.density]
op = "ratio"
numerator = "poblacion"
denominator = "area_hectares"
per = -1

[heatmaps.demand]
of = { layer = "demands" }
bandwidth = "scot"
"#
    ));
}

#[test]
fn syntax_errors_are_told_with_their_places() {
    insta::assert_snapshot!(errors(
        "name = \"X\ncrs =\n[layers.a\nsource == \"x\"\n[layers.b]\nx = 1\nx = 2\n"
    ));
}

#[test]
fn keys_that_are_missing_or_of_another_type_are_told() {
    insta::assert_snapshot!(errors(
        "name = 5\nlevels = {}\n[layers]\nd = 'x'\n[server]\ncache_mb = 1.5\nlisten = 8080\n"
    ));
}

#[test]
fn choices_are_told_with_the_nearest() {
    insta::assert_snapshot!(errors_with(
        r#"on_duplicate = "frist"
[heatmaps.a]
of = { layer = "d" }
kernel = "normal"
bandwidth = 1979-05-27
[heatmaps.b]
of = { layer = "d" }
kernel = "quartc"
bandwidth = [1]
"#
    ));
}

#[test]
fn numbers_out_of_bounds_are_told_with_the_bounds() {
    insta::assert_snapshot!(errors_with(
        r#"[indicators.a]
op = "quantile"
of = { layer = "d", column = "x" }
q = 1.5
[indicators.b]
op = "coverage"
from = { layer = "d" }
to = { layer = "d" }
within = inf
[indicators.c]
op = "ratio"
numerator = "a"
denominator = "b"
per = nan
[heatmaps.h]
of = { layer = "d" }
bandwidth = 0
[server]
cache_mb = -1
tile_max_kb = 99999999999999999999
"#
    ));
}

#[test]
fn operations_are_told_by_name_or_by_what_is_near_it() {
    insta::assert_snapshot!(errors_with(
        r#"[indicators.bare]
op = "moran_local"
[indicators.misspelt]
op = "medain"
of = { layer = "d", column = "x" }
[indicators.unknown]
op = "magic"
[indicators.without]
of = { layer = "d" }
[indicators.method]
op = "access"
method = "gravitation"
from = { layer = "d" }
to = { layer = "d", capacity = true }
within = 100
"#
    ));
}

#[test]
fn references_must_lead_somewhere() {
    insta::assert_snapshot!(errors_with(
        r#"[tables.t]
source = "t.csv"
join = { layer = "e", column = "x" }
[indicators.a]
op = "count"
of = { layer = "demands" }
[indicators.b]
op = "ratio"
numerator = "area_h"
denominator = "perimeter"
[heatmaps.h]
of = { layer = "nowhere" }
bandwidth = 100
"#
    ));
}

#[test]
fn circles_of_indicators_are_told_once_each() {
    insta::assert_snapshot!(errors_with(
        r#"[indicators.user]
op = "ratio"
numerator = "b"
denominator = "user"
[indicators.a]
op = "ratio"
numerator = "c"
denominator = "area_ha"
[indicators.b]
op = "ratio"
numerator = "area_ha"
denominator = "a"
[indicators.c]
op = "ratio"
numerator = "b"
denominator = "b"
"#
    ));
}

#[test]
fn levels_must_make_a_hierarchy() {
    insta::assert_snapshot!(errors(
        r#"name = "T"
crs = "EPSG:32719"
[layers.d]
source = "d.geojson"
[tables.t]
source = "t.csv"
join = { layer = "d", column = "x" }
[[levels]]
id = "a"
parent = "within"
[[levels]]
id = "b"
parent = { table = "t", column = "x" }
[[levels]]
id = "b"
[[levels]]
id = "c"
layer = "d"
parent = { prefix = 0 }
[[levels]]
id = "all"
parent = { colum = "x", table = "u" }
"#
    ));
}

#[test]
fn tables_and_csv_settings_must_make_sense() {
    insta::assert_snapshot!(errors_with(
        r#"csv = { delimiter = "ab", decimal = ";", encoding = "utf8x", x = "lon" }
[layers.e]
source = ""
csv = { delimiter = "5", y = "lat", sep = ";" }
[tables.t]
source = "t.csv"
pivot = { names = "x", values = "y" }
[tables.u]
source = "t.csv"
join = { layer = "d", column = "x" }
pivot = { names = "x", values = "x" }
"#
    ));
}

#[test]
fn queries_and_boxes_must_make_sense() {
    let told = errors_with(
        r#"query = "SELECT 1"
bbox = [-70.0, -33.0, -71.0, -32.0]
[layers.e]
source = "postgresql://h/db"
table = "t"
query = "SELECT 1"
[layers.f]
source = "postgresql://h/db"
query = "SELECT 1"
bbox = [-71, -33, -70, -32]
[layers.g]
source = "g.csv"
bbox = [-71, -33, -70]
"#,
    );
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    for (line, words) in lines.iter().zip([
        "a query needs a database",
        "a bbox is [west, south, east, north]",
        "exclude each other",
        "layers.g.bbox must have exactly 4 items",
    ]) {
        assert!(line.contains(words), "{told}");
    }
}

#[test]
fn keys_that_exclude_each_other_are_told() {
    insta::assert_snapshot!(errors_with(
        r#"[indicators.a]
op = "count"
of = { layer = "d", column = "x" }
standard = { source = "S" }
[indicators.b]
op = "max"
of = { layer = "d", weight = "w" }
standard = { min = 5, max = 1, source = "S" }
[indicators.c]
op = "ratio"
numerator = "a"
denominator = "b"
where = "x > 0"
within = 5
"#
    ));
}

#[test]
fn names_for_machines_and_for_people_are_checked() {
    insta::assert_snapshot!(errors_with(
        r#"title = { es = "Distritos", pt = "Distritos" }
[layers."a b"]
source = "a.csv"
[layers.demands]
source = "a.csv"
[indicators.area_ha]
op = "count"
of = { layer = "d" }
title = 5
[indicators.'a,b']
op = "count"
of = { layer = "d" }
title = {}
[demands]
themes = ["health", "", "health"]
[server]
listen = "8080"
"#
    ));
}

#[test]
fn titles_speak_the_languages_of_the_project() {
    let text = SMALL.replace("levels", "languages = [\"es\", \"en\"]\nlevels")
        + "title = { es = \"a\", pt = \"b\" }\n";
    assert_eq!(
        errors(&text),
        "comarca.toml:8:26: \"pt\" is not among the languages of the project (es, en)"
    );
}

#[test]
fn no_more_errors_are_told_than_a_person_can_read() {
    let keys: Vec<_> = (0..20_000).map(|key| format!("key{key} = 1\n")).collect();
    let errors = project(&(SMALL.to_owned() + &keys.concat())).unwrap_err();
    assert_eq!(errors.errors().len(), MAX_ERRORS);
}

#[test]
fn a_chain_of_ratios_as_long_as_the_file_is_read_without_recursion() {
    let ratio = |index: usize| {
        format!(
            "[indicators.i{index}]\nop = \"ratio\"\nnumerator = \"i{}\"\ndenominator = \"area_ha\"\n",
            index + 1
        )
    };
    let chain: String = (0..999).map(ratio).collect();
    let end = "[indicators.i999]\nop = \"count\"\nof = { layer = \"d\" }\n";
    assert!(project(&format!("{SMALL}{chain}{end}")).is_ok());
    let circle = chain.replace("\"i999\"", "\"i0\"");
    assert!(errors_with(&circle).contains("i0 → i1 → i2"));
    let too_many: String = (0..1001).map(ratio).collect();
    assert!(errors_with(&too_many).contains("indicators must have at most 1000 keys, not 1001"));
}

/// Each keyword of the schema that has no meaning for the check is a hole in it.
#[test]
fn the_check_understands_every_keyword_of_the_schema() {
    const CHECKED: [&str; 22] = [
        "$ref",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "unevaluatedProperties",
        "items",
        "anyOf",
        "oneOf",
        "const",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "format",
        "x-id-of",
        "$defs",
    ];
    const REMARKS: [&str; 4] = ["$schema", "title", "description", "default"];
    fn keywords<'a>(schema: &'a Json, found: &mut Vec<&'a str>) {
        let Some(object) = schema.as_object() else {
            return;
        };
        found.extend(object.keys().map(String::as_str));
        for (key, value) in object {
            match key.as_str() {
                "properties" | "$defs" => {
                    value
                        .as_object()
                        .unwrap()
                        .values()
                        .for_each(|schema| keywords(schema, found));
                }
                "anyOf" | "oneOf" => value
                    .as_array()
                    .unwrap()
                    .iter()
                    .for_each(|schema| keywords(schema, found)),
                _ => keywords(value, found),
            }
        }
    }
    let schema = json_schema();
    let mut found = vec![];
    keywords(&schema, &mut found);
    for keyword in found {
        assert!(
            CHECKED.contains(&keyword) || REMARKS.contains(&keyword),
            "{keyword}"
        );
    }
    let formats = schema.to_string();
    for format in formats.split("\"format\":").skip(1) {
        assert!(
            [
                "\"double\"",
                "\"uint\"",
                "\"uint32\"",
                "\"uint64\"",
                "\"date-or-period\"",
                "\"cql2-text\"",
                "\"cql2-expression\"",
                "\"csv-delimiter\"",
                "\"encoding\""
            ]
            .iter()
            .any(|known| format.starts_with(known))
        );
    }
    assert!(!formats.contains("null"), "TOML has no null");
}

#[test]
fn every_key_of_the_schema_is_explained() {
    fn check(schema: &Json, path: &str) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let tag = property.get("const").is_some();
            assert!(tag || property["description"].is_string(), "{path}.{key}");
        }
        schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|branch| check(branch, path));
    }
    let schema = json_schema();
    check(&schema, "");
    schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .for_each(|(name, definition)| check(definition, name));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_project_or_errors_at_places_in_them(text in "\\PC{0,200}") {
        check_places(&text)?;
    }

    #[test]
    fn a_damaged_project_is_a_project_or_errors_at_places_in_it(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, "[\\[\\]{}=\"'.,#a-e0-9\n ñ-]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (at, length, insert) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, insert.chars());
        }
        check_places(&text.into_iter().collect::<String>())?;
    }
}

fn check_places(text: &str) -> Result<(), TestCaseError> {
    let Err(errors) = project(text) else {
        return Ok(());
    };
    prop_assert!(!errors.errors().is_empty());
    let lines: Vec<_> = text.split('\n').collect();
    for error in errors.errors() {
        if let Some((line, column)) = error.place {
            prop_assert!((1..=lines.len()).contains(&line), "{}", error);
            prop_assert!(
                (1..=lines[line - 1].chars().count() + 1).contains(&column),
                "{}",
                error
            );
        }
    }
    Ok(())
}

#[test]
fn the_keys_of_derived_operations_must_make_sense() {
    insta::assert_snapshot!(errors_with(
        r#"[indicators.p]
op = "sum"
of = { layer = "d", column = "x" }
[indicators.lacking]
op = "deficit"
of = "p"
[indicators.change]
op = "change"
from = "p"
to = "p"
annual = 5
absolute = true
[indicators.seg]
op = "segregation"
of = { layer = "d", columns = ["a", "b", "c"] }
indicators = ["p", "q"]
index = "dissimilarity"
[indicators.ineq]
op = "inequality"
of = { layer = "d", column = "x" }
weight = "p"
index = "gini"
[indicators.areal]
op = "interpolate"
of = { layer = "d", column = "x", weight = "w" }
kind = "extensive"
weight = "w"
mask = { layer = "d" }
points = { layer = "d" }
[indicators.hot]
op = "gi_star"
of = "p"
weights = "knn"
permutations = 100000
[indicators.reach]
op = "access"
method = "2sfca"
from = { layer = "d" }
to = { layer = "d", capacity = 1 }
within = 100
decay = "gaussian"
[indicators.asked]
op = "demand"
[indicators.index]
op = "composite"
of = [{ indicator = "p", weight = 1 }, { indicator = "p", goalposts = [1, 0] }]
aggregate = "geometric"
"#
    ));
}

#[test]
fn derived_operations_may_not_go_in_circles() {
    let told = errors_with(
        r#"[indicators.a]
op = "composite"
of = [{ indicator = "b" }]
[indicators.b]
op = "gi_star"
of = "c"
[indicators.c]
op = "change"
from = "a"
to = "a"
"#,
    );
    assert!(told.contains("a → b → c → a"), "{told}");
}

/// A project that names layers for some roles of SIEDU.
const SIEDU: &str = r#"include = "siedu"
name = "S"
crs = "EPSG:32719"
languages = ["en"]
[siedu]
population     = { layer = "d", column = "pop" }
primary_health = { layer = "d", where = "x = 1" }
[layers.d]
source = "d.geojson"
key = "k"
[[levels]]
id = "d"
layer = "d"
"#;

#[test]
fn a_ready_set_has_the_indicators_whose_roles_are_named() {
    let project = project(SIEDU).unwrap_or_else(|errors| panic!("{errors}"));
    let indicators = &project.config.indicators;
    let ids: Vec<_> = indicators.keys().collect();
    // BPU_8 needs a column of the health centres, and all others need roles that are not named.
    assert_eq!(ids, ["siedu_population", "bpu_7"]);
    let distance = &indicators["bpu_7"];
    assert_eq!(distance.code.as_deref(), Some("BPU_7"));
    assert_eq!(
        distance.standard.as_ref().and_then(|standard| standard.max),
        Some(1500.0)
    );
    let OperationConfig::Nearest { from, to, .. } = &distance.operation else {
        panic!("a distance is nearest");
    };
    assert_eq!(from.weight.as_deref(), Some("pop"));
    assert_eq!(to.filter.as_deref(), Some("x = 1"));
}

#[test]
fn an_indicator_of_the_project_takes_the_place_of_a_ready_one() {
    let own = "[indicators.bpu_7]\nop = \"count\"\nof = { layer = \"d\" }\n\
               [indicators.half]\nop = \"ratio\"\nnumerator = \"siedu_population\"\ndenominator = \"bpu_7\"\n";
    let project = project(&format!("{SIEDU}{own}")).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(matches!(
        project.config.indicators["bpu_7"].operation,
        OperationConfig::Count { .. }
    ));
}

#[test]
fn what_is_wrong_with_a_role_is_told_where_the_role_is_named() {
    let text = SIEDU
        .replace("x = 1", "x = ")
        .replace("layer = \"d\", column", "layer = \"dd\", column");
    let errors = project(&text).expect_err("the roles are wrong");
    let told: Vec<_> = errors
        .errors()
        .iter()
        .map(|error| (error.place, &error.path))
        .collect();
    let of_role = |line: usize, path: &str| {
        told.iter()
            .any(|(place, own)| place.map(|place| place.0) == Some(line) && own.starts_with(path))
    };
    assert!(of_role(6, "siedu.population"), "{told:?}");
    assert!(of_role(7, "siedu.primary_health"), "{told:?}");
}

#[test]
fn every_ready_indicator_is_in_order() {
    let roles = json_schema()["$defs"]["SieduConfig"]["properties"]
        .as_object()
        .expect("the roles are a table")
        .keys()
        .map(|role| format!("{role} = {{ layer = \"d\", column = \"n\" }}\n"))
        .collect::<Vec<_>>()
        .concat();
    let text = SIEDU
        .replace(
            "population     = { layer = \"d\", column = \"pop\" }\n",
            &roles,
        )
        .replace(
            "primary_health = { layer = \"d\", where = \"x = 1\" }\n",
            "",
        );
    let project = project(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let codes = project
        .config
        .indicators
        .values()
        .filter_map(|one| one.code.as_deref());
    assert_eq!(
        codes.collect::<Vec<_>>().join(" "),
        "BPU_1 BPU_3 BPU_4 BPU_7 BPU_8 BPU_13 BPU_17 BPU_20 BPU_22 BPU_24 BPU_201 BPU_25 BPU_28a BPU_28b BPU_29 \
         DE_25 DE_28 DE_31 DE_36 EA_33 EA_35 EA_53 EA_93 IS_58"
    );
}
