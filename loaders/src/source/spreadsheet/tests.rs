use std::fs;
use std::path::PathBuf;

use comarca_engine::{Column, Value};

use super::sheet::{Cell, Sheet};
use super::*;
use crate::problem::Severity;
use crate::source::tests::{corpus, sample};
use crate::source::{CsvOptions, read as read_file};

const FORMATS: [&str; 3] = ["xlsx", "xls", "ods"];

/// A file with these bytes, in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    (folder, path)
}

fn municipal(extension: &str) -> (tempfile::TempDir, PathBuf) {
    file(
        &format!("a.{extension}"),
        &corpus(&format!("workbook/municipal.{extension}")),
    )
}

fn message(name: &str, bytes: &[u8]) -> String {
    let (_folder, path) = file(name, bytes);
    let refused = read_file(&path, &ReadOptions::default()).err();
    refused.expect("it is refused").to_string()
}

fn values<'a>(layer: &'a Features, column: &str) -> Vec<Value<'a>> {
    let column = layer.column(column).expect(column);
    (0..column.len()).map(|row| column.value(row)).collect()
}

/// A sheet of these cells: what reads as a number is one unless `'` stands before it, `#` begins an error.
fn sheet(rows: &[&[&str]]) -> Sheet {
    let mut sheet = Sheet::new("s".to_owned(), 0);
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            let cell = match cell.parse::<f64>() {
                Ok(number) => Cell::Number(number),
                Err(_) if cell.starts_with('#') => Cell::Error((*cell).into()),
                Err(_) => Cell::Text((*cell).trim_start_matches('\'').into()),
            };
            sheet.push(row, column, cell).expect("few cells");
        }
    }
    sheet
}

fn table_of(sheet: &Sheet, options: &CsvOptions) -> Features {
    table::layer(Path::new("a.xlsx"), sheet, Format::Xlsx, options).expect("a table")
}

fn plain(rows: &[&[&str]]) -> Features {
    table_of(&sheet(rows), &CsvOptions::default())
}

fn names(layer: &Features) -> Vec<&str> {
    layer.columns.iter().map(Column::name).collect()
}

#[test]
fn every_workbook_says_the_same() {
    use Value::{Bool, Integer, Null, Real, Text};
    for extension in FORMATS {
        let (_folder, path) = municipal(extension);
        let layers = read_file(&path, &ReadOptions::default()).expect(extension);
        let sheets: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(sheets, ["Población", "Puntos"], "{extension}");
        let population = &layers[0];
        let text = |texts: [&'static str; 5]| {
            texts.map(|text| if text.is_empty() { Null } else { Text(text) })
        };
        let comunas = text(["Ñuñez & Cía", "La Dos", "La Tres", "La Tres", "Total"]);
        assert_eq!(values(population, "Comuna"), comunas, "{extension}");
        assert_eq!(
            values(population, "Código"),
            text(["01101", "13101", "13102", "13103", ""])
        );
        assert_eq!(
            values(population, "2017 hombres"),
            [10, 20, 30, 40, 100].map(Integer)
        );
        assert_eq!(
            values(population, "2017 mujeres"),
            [11.0, 21.5, 31.0, 41.0, 104.5].map(Real)
        );
        let grouped = [
            Real(1_234_567.0),
            Real(12.0),
            Real(3_000.5),
            Real(7.0),
            Null,
        ];
        assert_eq!(values(population, "2018 hombres"), grouped, "{extension}");
        let dates = text(["2017-04-19", "2018-01-02T13:45:00", "", "", ""]);
        assert_eq!(values(population, "Fecha"), dates, "{extension}");
        let valid = [Bool(true), Bool(false), Bool(true), Bool(true), Null];
        assert_eq!(values(population, "Vigente"), valid, "{extension}");
        assert_eq!(
            values(population, "Tasa"),
            [Real(2.5), Null, Real(0.25), Real(-1.0), Null]
        );
        assert_eq!(layers[1].coordinates, [[-70.5, -33.25], [-70.75, -33.5]]);
    }
}

#[test]
fn what_is_odd_in_a_sheet_is_told_with_its_address() {
    for extension in FORMATS {
        let (_folder, path) = municipal(extension);
        let layers = read_file(&path, &ReadOptions::default()).expect(extension);
        let told: Vec<_> = layers[0].problems.iter().map(ToString::to_string).collect();
        let has = |parts: [&str; 2]| {
            told.iter()
                .any(|line| parts.iter().all(|part| line.contains(part)))
        };
        assert!(
            has(["line 6:9, column \"Tasa\"", "found \"#N/A\""]),
            "{extension}: {told:#?}"
        );
        assert!(
            has(["line 1:1: stands above the header", "Municipalidad"]),
            "{told:#?}"
        );
        assert!(
            has(["row 5, line 10:1, column \"Comuna\"", "total"]),
            "{told:#?}"
        );
        assert!(
            has(["A1:I1, A3:A4, B3:B4, C3:D3", "layer \"Población\""]),
            "{told:#?}"
        );
        assert!(
            has(["column \"2018 hombres\"", "between thousands"]),
            "{told:#?}"
        );
        assert!(
            layers[0]
                .problems
                .iter()
                .all(|problem| problem.severity != Severity::Error)
        );
    }
}

#[test]
fn a_sheet_is_chosen_by_name_hidden_ones_too() {
    for extension in FORMATS {
        let (_folder, path) = municipal(extension);
        let one = |table: &str| {
            read_file(
                &path,
                &ReadOptions {
                    table: Some(table.to_owned()),
                    ..ReadOptions::default()
                },
            )
        };
        assert_eq!(one("Puntos").expect(extension).len(), 1);
        assert_eq!(
            values(&one("Oculta").expect(extension)[0], "a"),
            [Value::Integer(1)]
        );
        let error = one("Punto").expect_err("no such sheet").to_string();
        assert!(error.contains("did you mean \"Puntos\"?"), "{error}");
    }
}

#[test]
fn the_header_is_found_below_titles_or_said() {
    let rows: [&[&str]; 5] = [
        &["Censo", "", "", "2017"],
        &["Fuente: INE", "", "", ""],
        &["id", "nombre", "2016", "2017"],
        &["1", "x", "5", "6"],
        &["2", "y", "7", "8"],
    ];
    assert_eq!(names(&plain(&rows)), ["id", "nombre", "2016", "2017"]);
    let options = CsvOptions {
        header: Some(4),
        ..CsvOptions::default()
    };
    assert_eq!(
        names(&table_of(&sheet(&rows), &options)),
        ["1", "x", "5", "6"]
    );
    let options = CsvOptions {
        header: Some(9),
        ..CsvOptions::default()
    };
    let error = table::layer(Path::new("a.xlsx"), &sheet(&rows), Format::Xlsx, &options);
    assert!(error.is_err_and(|error| error.to_string().contains("nothing in row 9")));
    // Where nothing looks like a header it is the first full row.
    assert_eq!(names(&plain(&[&["1", "2"], &["3", "4"]])), ["1", "2"]);
    assert_eq!(names(&plain(&[&["only"], &["a"]])), ["only"]);
    assert!(plain(&[&["a", "b"]]).is_empty());
    assert!(plain(&[]).is_empty());
}

#[test]
fn empty_rows_and_columns_are_left_out_and_unnamed_columns_called_by_their_letters() {
    let layer = plain(&[&["a", "", "", "b"], &["", "", "", ""], &["1", "", "x", "2"]]);
    assert_eq!(
        (names(&layer), layer.len()),
        (vec!["a", "column_C", "b"], 1)
    );
}

#[test]
fn numbers_as_text_follow_the_rules_of_delimited_text() {
    let layer = plain(&[
        &["cut", "mixed", "comma", "code"],
        &["'01101", "5", "'2,5", "13101"],
        &["'13101", "'x", "1", "'01101"],
    ]);
    assert_eq!(
        values(&layer, "cut"),
        [Value::Text("01101"), Value::Text("13101")]
    );
    assert_eq!(
        values(&layer, "mixed"),
        [Value::Text("5"), Value::Text("x")]
    );
    assert_eq!(
        values(&layer, "comma"),
        [Value::Real(2.5), Value::Real(1.0)]
    );
    assert_eq!(
        values(&layer, "code"),
        [Value::Text("13101"), Value::Text("01101")]
    );
    let options = CsvOptions {
        text: vec!["cut".to_owned()],
        ..CsvOptions::default()
    };
    let layer = table_of(&sheet(&[&["cut"], &["5101"]]), &options);
    assert_eq!(values(&layer, "cut"), [Value::Text("5101")]);
}

#[test]
fn a_merged_number_below_the_header_is_a_warning() {
    let mut sheet = sheet(&[&["a", "n"], &["x", "5"], &["y", ""]]);
    sheet.merged.extend(reference::Area::parse("B2:B3"));
    let layer = table_of(&sheet, &CsvOptions::default());
    assert_eq!(values(&layer, "n"), [Value::Integer(5), Value::Integer(5)]);
    let warned = layer
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Warning && problem.message.contains("B2:B3"));
    assert!(warned, "{:?}", layer.problems);
}

#[test]
fn a_sheet_of_absurd_size_costs_no_more_than_its_cells() {
    let mut corners = Sheet::new("s".to_owned(), 100);
    for (row, column) in [(0, 0), (1_048_575, 16_383), (1_048_576, 0), (0, 16_384)] {
        corners
            .push(row, column, Cell::Text("x".into()))
            .expect("few cells");
    }
    corners
        .merged
        .extend(reference::Area::parse("A1:XFD1048576"));
    assert_eq!(table_of(&corners, &CsvOptions::default()).len(), 1);
    let mut diagonal = Sheet::new("s".to_owned(), 100);
    (0..5_000).for_each(|at| diagonal.push(at, at, Cell::Number(1.0)).expect("few cells"));
    let refused = table::layer(
        Path::new("a.xlsx"),
        &diagonal,
        Format::Xlsx,
        &CsvOptions::default(),
    );
    assert!(refused.is_err_and(|error| error.to_string().contains("out of all proportion")));
}

/// A workbook of one sheet with this XML between its cells and with these shared strings.
fn xlsx(cells: &str, strings: &str) -> Vec<u8> {
    sample::zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", br#"<workbook><sheets><sheet name="s" r:id="1"/></sheets></workbook>"#),
        (
            "xl/_rels/workbook.xml.rels",
            br#"<Relationships><Relationship Id="1" Type="x/worksheet" Target="s.xml"/></Relationships>"#,
        ),
        ("xl/s.xml", format!("<worksheet><sheetData>{cells}</sheetData></worksheet>").as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

#[test]
fn cells_without_references_stand_one_after_the_other() {
    let cells = "<row><c t=\"inlineStr\"><is><r><t>a</t></r><r><t>&amp;b</t></r><rPh><t>no</t></rPh></is></c>\
        <c t=\"s\"><v>0</v></c></row><row><c><v>1</v></c><c t=\"str\"><f>1+1</f><v>x</v></c></row>";
    let strings = "<sst uniqueCount=\"99999999999\"><si><t>c_x0041_</t></si></sst>";
    let (_folder, path) = file("a.xlsx", &xlsx(cells, strings));
    let layer = &read_file(&path, &ReadOptions::default()).expect("a sheet")[0];
    assert_eq!(names(layer), ["a&b", "cA"]);
    assert_eq!(values(layer, "cA"), [Value::Text("x")]);
}

#[test]
fn a_text_that_is_shared_too_often_is_refused() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1 << 20));
    let cells = format!("<row>{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(1_000));
    assert!(message("a.xlsx", &xlsx(&cells, &strings)).contains("out of all proportion"));
}

#[test]
fn a_workbook_that_unpacks_out_of_proportion_is_refused() {
    let strings = " ".repeat(65 << 20);
    assert!(message("a.xlsx", &xlsx("", &strings)).contains("out of all proportion"));
}

#[test]
fn repeated_cells_of_a_document_are_bounded() {
    let row = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
        table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"/></table:table-row>";
    let content = format!(
        "<office:document-content><table:table>{row}</table:table></office:document-content>"
    );
    let ods = sample::zip(&[
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", b"<m/>"),
    ]);
    assert!(message("a.ods", &ods).contains("out of all proportion"));
    let cut = sample::zip(&[
        (
            "content.xml",
            content.as_bytes().get(..60).unwrap_or_default(),
        ),
        ("META-INF/manifest.xml", b"<m/>"),
    ]);
    assert!(
        message("a.ods", &cut).contains("content.xml"),
        "{}",
        message("a.ods", &cut)
    );
}

#[test]
fn text_of_a_document_cell_is_its_paragraphs_without_notes() {
    let content = "<office:document-content><table:table table:name=\"s\"><table:table-row>\
        <table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation>\
        <text:p>a<text:s text:c=\"2\"/>b</text:p><text:p>&lt;<text:a>c</text:a></text:p></table:table-cell>\
        </table:table-row><table:table-row><table:table-cell office:value-type=\"time\" \
        office:time-value=\"PT18H05M00S\"/></table:table-row></table:table></office:document-content>";
    let ods = sample::zip(&[
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", b"<m/>"),
    ]);
    let (_folder, path) = file("a.ods", &ods);
    let layer = &read_file(&path, &ReadOptions::default()).expect("a sheet")[0];
    assert_eq!(names(layer), ["a b <c"]);
    assert_eq!(values(layer, "a b <c"), [Value::Text("18:05:00")]);
}

#[test]
fn a_compound_file_whose_sectors_run_in_a_circle_is_refused() {
    let mut bytes = corpus("workbook/municipal.xls");
    let table = u32::from_le_bytes([bytes[76], bytes[77], bytes[78], bytes[79]]) as usize;
    let start = (table + 1) * 512;
    for sector in 0..128_usize {
        let next = u32::try_from(sector ^ 1).expect("small").to_le_bytes();
        bytes[start + sector * 4..start + sector * 4 + 4].copy_from_slice(&next);
    }
    assert!(
        message("a.xls", &bytes).contains("circle"),
        "{}",
        message("a.xls", &bytes)
    );
}

#[test]
fn other_office_files_are_named() {
    let docx = sample::zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b"<d/>"),
    ]);
    assert!(message("a.docx", &docx).contains("text document"));
    let xlsb = sample::zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", b""),
    ]);
    assert!(message("a.xlsb", &xlsb).contains("save it as XLSX"));
    let encrypted = sample::zip(&[
        ("content.xml", b"x"),
        (
            "META-INF/manifest.xml",
            b"<m:manifest><m:encryption-data/></m:manifest>",
        ),
    ]);
    assert!(message("a.ods", &encrypted).contains("is encrypted"));
    // Delimited text under the name of a workbook is what many web forms give.
    let (_folder, path) = file("a.xls", b"a\tb\n1\t2\n");
    assert_eq!(
        read_file(&path, &ReadOptions::default()).expect("text")[0]
            .columns
            .len(),
        2
    );
}

#[test]
fn another_reader_finds_the_same_cells() {
    use calamine::{Data, Reader};
    for extension in FORMATS {
        let (_folder, path) = municipal(extension);
        let sheets = match extension {
            "xlsx" => xlsx::read(&path, None),
            "xls" => xls::read(&path, &fs::read(&path).expect("a file")),
            _ => ods::read(&path),
        };
        let mut other = calamine::open_workbook_auto(&path).expect(extension);
        for sheet in sheets.expect(extension) {
            let range = other.worksheet_range(&sheet.name).expect(extension);
            let filled = range
                .used_cells()
                .filter(|(.., data)| !data.to_string().is_empty());
            // Of merged areas the other reader may give empty cells, and of errors in documents empty texts.
            let own = sheet
                .cells
                .iter()
                .filter(|placed| !matches!(placed.cell, Cell::Error(_)));
            let errors = range
                .used_cells()
                .filter(|(.., data)| matches!(data, Data::Error(_)) || *data == "#N/A");
            assert_eq!(
                own.clone().count(),
                filled.count() - errors.count(),
                "{extension}"
            );
            for placed in own {
                let data = range
                    .get_value((placed.row, placed.column))
                    .expect(extension);
                let same = match (&placed.cell, data) {
                    (Cell::Number(a), Data::Float(b)) => a == b,
                    (Cell::Number(a), Data::Int(b)) => {
                        *a == f64::from(i32::try_from(*b).expect("small"))
                    }
                    (Cell::Text(a), Data::String(b)) => **a == **b,
                    (Cell::Bool(a), Data::Bool(b)) => a == b,
                    (Cell::Date(a), Data::DateTimeIso(b)) => **a == **b,
                    (Cell::Date(a), Data::DateTime(b)) => {
                        let (year, month, day, ..) = b.to_ymd_hms_milli();
                        a.starts_with(&format!("{year:04}-{month:02}-{day:02}"))
                    }
                    _ => false,
                };
                assert!(same, "{extension}: {placed:?}, {data:?}");
            }
        }
    }
}
