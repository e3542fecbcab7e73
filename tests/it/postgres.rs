//! A database as a source: what is in it, of every type, and what it must not get us to do. Against a real server.

use std::fs;
use std::process::Command;

use comarca_engine::{GeometryType, Value};
use comarca_loaders::source::{
    Features, Location, ReadOptions, declared_crs, read_location, tables,
};
use comarca_tests::postgres::Postgres;
use comarca_tests::program::{comarca, comarca_in, run};
use comarca_tests::project;

fn table(name: &str) -> ReadOptions {
    ReadOptions {
        table: Some(name.to_owned()),
        ..ReadOptions::default()
    }
}

fn query(sql: &str) -> ReadOptions {
    ReadOptions {
        query: Some(sql.to_owned()),
        ..ReadOptions::default()
    }
}

fn read(address: &str, options: &ReadOptions) -> Result<Features, String> {
    let layers = read_location(&Location::parse(address), options);
    layers
        .map(|mut layers| layers.remove(0))
        .map_err(|error| error.to_string())
}

fn good(address: &str, options: &ReadOptions) -> Features {
    read(address, options).unwrap_or_else(|error| panic!("{error}"))
}

fn texts(features: &Features, column: &str) -> Vec<String> {
    let column = features
        .column(column)
        .unwrap_or_else(|| panic!("no column {column}"));
    let text = |row| match column.value(row) {
        Value::Null => "∅".to_owned(),
        value => value.display(),
    };
    (0..features.len()).map(text).collect()
}

/// Every type with values, extremes and nulls; the second column says as text what should come out.
const TYPES: [(&str, &str, &str); 26] = [
    ("boolean", "v::text", "(true), (false), (NULL)"),
    ("smallint", "v::text", "(-32768), (0), (32767), (NULL)"),
    ("integer", "v::text", "(-2147483648), (2147483647), (NULL)"),
    (
        "bigint",
        "v::text",
        "(-9223372036854775808), (9223372036854775807), (NULL)",
    ),
    ("real", "v::text", "(0.1), (-2.5), (NULL)"),
    (
        "double precision",
        "v::text",
        "(0.1), (12345.678901), (NULL)",
    ),
    (
        "numeric",
        "v::text",
        "(0.5), (-1234567.25), (12.125), (NULL)",
    ),
    (
        "numeric(18,0)",
        "v::text",
        "(0), (100000000), (999999999999999999), (-5), (NULL)",
    ),
    (
        "text",
        "v",
        "(''), ('Ñuñoa ∅ \"x\"'), (E'two\\nlines'), (NULL)",
    ),
    ("varchar(9)", "v", "('Maipú'), (NULL)"),
    ("char(5)", "rpad(v, 5)", "('01'), (NULL)"),
    ("name", "v::text", "('a name'), (NULL)"),
    ("citext", "v::text", "('MaIpÚ'), (NULL)"),
    (
        "uuid",
        "v::text",
        "('00112233-4455-6677-8899-aabbccddeeff'), (NULL)",
    ),
    (
        "date",
        "v::text",
        "('2026-02-28'), ('1900-03-01'), ('0001-01-01'), ('infinity'), (NULL)",
    ),
    ("time", "v::text", "('00:00'), ('12:34:56.789'), (NULL)"),
    (
        "timestamp",
        "replace(v::text, ' ', 'T')",
        "('2026-02-28 23:59:59.5'), ('1999-12-31 00:00:00'), (NULL)",
    ),
    (
        "timestamptz",
        "replace((v AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'",
        "('2026-02-28 23:59:59-03'), ('1969-12-31 23:59:59.000001+00'), (NULL)",
    ),
    ("interval", "v::text", "('1 year 2 days 03:04:05'), (NULL)"),
    ("json", "v::text", "('{\"a\": [1, 2]}'), (NULL)"),
    ("jsonb", "v::text", "('{\"a\": [1, 2]}'), (NULL)"),
    ("bytea", "encode(v, 'hex')", "('\\x00ff10'), (''), (NULL)"),
    (
        "integer[]",
        "array_to_json(v)::text",
        "('{1,NULL,3}'), ('{}'), (NULL)",
    ),
    (
        "text[]",
        "array_to_json(v)::text",
        "('{a,\"b c\",NULL}'), (NULL)",
    ),
    ("mood", "v::text", "('sad'), ('happy'), (NULL)"),
    ("positive", "v::text", "(1), (77), (NULL)"),
];

#[test]
fn values_of_every_type_are_those_that_the_server_prints() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database(
        "types",
        "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    );
    for (kind, text, values) in TYPES {
        server.sql("types", &format!("DROP TABLE IF EXISTS t; CREATE TABLE t (i serial, v {kind}); INSERT INTO t (v) VALUES {values}"));
        let printed = server.sql("types", &format!("SET timezone = 'UTC'; SET intervalstyle = 'iso_8601'; SELECT json_agg({text} ORDER BY i) FROM t"));
        let expected: Vec<Option<String>> = serde_json::from_str(&printed).expect("JSON");
        let expected: Vec<_> = expected
            .into_iter()
            .map(|text| text.unwrap_or_else(|| "∅".to_owned()))
            .collect();
        let features = good(
            &server.address("types"),
            &query("SELECT v FROM t ORDER BY i"),
        );
        assert_eq!(texts(&features, "v"), expected, "{kind}");
        assert!(
            features.problems.is_empty(),
            "{kind}: {:?}",
            features.problems
        );
    }
}

/// What is not a number, or too exact for one.
#[test]
fn numbers_beyond_ours_become_the_nearest() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let sql = "SELECT * FROM (VALUES ('NaN'::numeric), ('Infinity'), ('-Infinity'), (1e400), (1e-400), (0.1234567890123456789012345)) AS t(v)";
    let features = good(&server.address("postgres"), &query(sql));
    let values = texts(&features, "v");
    assert_eq!(
        values,
        ["NaN", "inf", "-inf", "inf", "0", "0.12345678901234568"]
    );
}

/// The numbers of a WKT, and its first word.
fn wkt(text: &str) -> (String, Vec<f64>) {
    let word = text.split(['(', ' ']).next().unwrap_or_default().to_owned();
    let numbers = text
        .split(['(', ')', ',', ' '])
        .filter_map(|part| part.parse().ok());
    (word, numbers.collect())
}

fn shape(features: &Features, row: usize) -> (String, Vec<f64>) {
    let multi = features.multi[row] || features.shapes.parts(row).len() > 1;
    let word = match features.shapes.geometry_type(row) {
        GeometryType::None => "",
        GeometryType::Point => "POINT",
        GeometryType::Line => "LINESTRING",
        GeometryType::Polygon => "POLYGON",
    };
    let own = features.shapes.feature_coordinates(row);
    let numbers = features.coordinates[own].iter().flatten().copied();
    (
        format!(
            "{}{word}",
            if multi && !word.is_empty() {
                "MULTI"
            } else {
                ""
            }
        ),
        numbers.collect(),
    )
}

const PLACES: &str = "CREATE TABLE places (id serial PRIMARY KEY, name text, amount numeric(10,2), geom geometry(Geometry, 32719)); \
    INSERT INTO places (name, amount, geom) SELECT 'lugar ' || n, n / 4.0, ST_SetSRID(CASE n % 8 \
      WHEN 0 THEN NULL \
      WHEN 1 THEN ST_Point(n, -n / 4.0) \
      WHEN 2 THEN ST_Multi(ST_Point(n, n)) \
      WHEN 3 THEN ST_MakeLine(ST_Point(n, 0), ST_Point(n + 1, 7)) \
      WHEN 4 THEN ST_Multi(ST_MakeLine(ST_Point(n, 0), ST_Point(n + 1, 7))) \
      WHEN 5 THEN ST_MakeEnvelope(n, n, n + 10, n + 5) \
      WHEN 6 THEN ST_Collect(ST_MakeEnvelope(n, n, n + 10, n + 5), ST_MakeEnvelope(n + 20, n, n + 30, n + 5)) \
      WHEN 7 THEN ST_Difference(ST_MakeEnvelope(n, n, n + 10, n + 9), ST_MakeEnvelope(n + 2, n + 2, n + 4, n + 4)) \
    END, 32719) FROM generate_series(1, 2000) n";

#[test]
fn rows_and_geometries_are_those_that_the_server_prints() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("places", PLACES);
    let features = good(
        &server.address("places"),
        &query("SELECT * FROM places ORDER BY id;"),
    );
    let printed = server.sql(
        "places",
        "SELECT id, name, amount::float8, ST_AsText(geom) FROM places ORDER BY id",
    );
    assert_eq!(
        (features.len(), features.crs.as_deref()),
        (2000, Some("EPSG:32719"))
    );
    let [ids, names, amounts] = ["id", "name", "amount"].map(|column| texts(&features, column));
    for (row, line) in printed.lines().enumerate() {
        let columns: Vec<_> = line.split('\t').collect();
        assert_eq!(
            [&ids[row], &names[row], &amounts[row]],
            [columns[0], columns[1], columns[2]]
        );
        let expected = if columns[3] == "∅" {
            (String::new(), vec![])
        } else {
            wkt(columns[3])
        };
        assert_eq!(shape(&features, row), expected, "{line}");
    }
    let as_table = good(&server.address("places"), &table("places"));
    assert_eq!((as_table.len(), as_table.name.as_str()), (2000, "places"));
}

#[test]
fn a_window_is_asked_of_the_database() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("windows", PLACES);
    let address = server.address("windows");
    let window = [100.0, 100.0, 200.0, 150.0];
    let windowed = good(
        &address,
        &ReadOptions {
            window: Some(window),
            ..table("public.places")
        },
    );
    let expected = server.sql("windows", "SELECT id FROM places WHERE geom && ST_MakeEnvelope(100, 100, 200, 150, 32719) ORDER BY id");
    let mut ids = texts(&windowed, "id");
    ids.sort_by_key(|id| id.parse::<u32>().unwrap_or_default());
    assert_eq!(ids, expected.lines().collect::<Vec<_>>());
    let crs = declared_crs(&Location::parse(&address), &table("places"));
    assert_eq!(crs.expect("told").as_deref(), Some("EPSG:32719"));
}

const ODDITIES: &str = r#"CREATE SCHEMA "Año de Ñuñoa";
    CREATE TABLE "Año de Ñuñoa"."Tabla ""x"".y" ("Código postal" text, "geom a" geometry(PointZM, 4326), b geography(Point), "select" int);
    INSERT INTO "Año de Ñuñoa"."Tabla ""x"".y" VALUES ('0830', ST_SetSRID(ST_MakePoint(-70.5, -33.5, 7, 8), 4326), 'POINT(-71 -34)', 1), (NULL, NULL, NULL, NULL);
    CREATE TABLE "MAYÚSCULAS" (a int); INSERT INTO "MAYÚSCULAS" VALUES (1);
    CREATE VIEW vista AS SELECT 'v' AS a, ST_SetSRID(ST_Point(1, 2), 32719) AS g;
    CREATE MATERIALIZED VIEW hecha AS SELECT * FROM vista;
    CREATE TABLE mixed (g geometry); INSERT INTO mixed SELECT ST_SetSRID(ST_Point(1, 2), CASE WHEN n < 3 THEN 4326 ELSE 32719 END) FROM generate_series(1, 5) n;
    CREATE TABLE arcs (g geometry); INSERT INTO arcs VALUES ('SRID=32719;CIRCULARSTRING(0 0, 1 1, 2 0)'), ('SRID=32719;CURVEPOLYGON(COMPOUNDCURVE((0 0, 4 0, 4 4, 0 0)))'), ('SRID=32719;MULTISURFACE(((0 0, 1 0, 1 1, 0 0)))');
    CREATE TABLE unknown_crs (g geometry); INSERT INTO unknown_crs VALUES ('POINT(1 2)');
    CREATE TABLE empty_one (a int, g geometry(Point, 32719));
    INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext) SELECT 990001, 'municipio', 1, srtext FROM spatial_ref_sys WHERE srid = 32719;
    CREATE TABLE own_crs (g geometry(Point, 990001)); INSERT INTO own_crs VALUES (ST_SetSRID(ST_Point(1, 2), 990001));"#;

#[test]
fn tables_of_any_name_views_and_several_geometry_columns_are_read() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("oddities", ODDITIES);
    let address = server.address("oddities");
    for name in [
        "Año de Ñuñoa.Tabla \"x\".y",
        "\"Año de Ñuñoa\".\"Tabla \"\"x\"\".y\"",
    ] {
        let features = good(&address, &table(name));
        assert_eq!(texts(&features, "Código postal"), ["0830", "∅"]);
        assert_eq!(features.coordinates, [[-70.5, -33.5]]);
        assert_eq!(features.crs.as_deref(), Some("EPSG:4326"));
        let said: Vec<_> = features.problems.iter().map(ToString::to_string).collect();
        assert!(
            said.iter()
                .any(|text| text.contains("heights and measures")),
            "{said:?}"
        );
        assert!(
            said.iter()
                .any(|text| text.contains("further geometry column")),
            "{said:?}"
        );
    }
    let other = good(&address, &table("Año de Ñuñoa.Tabla \"x\".y(b)"));
    assert_eq!(
        (other.coordinates.as_slice(), other.crs.as_deref()),
        (&[[-71.0, -34.0]][..], Some("EPSG:4326"))
    );
    let error =
        read(&address, &table("Año de Ñuñoa.Tabla \"x\".y(c)")).expect_err("no such column");
    assert!(error.contains("geom a, b"), "{error}");
    assert_eq!(good(&address, &table("MAYÚSCULAS")).len(), 1);
    for view in ["vista", "hecha"] {
        let features = good(&address, &table(view));
        assert_eq!(
            (features.coordinates.as_slice(), features.crs.as_deref()),
            (&[[1.0, 2.0]][..], Some("EPSG:32719")),
            "{view}"
        );
    }
    let error = read(&address, &table("vist")).expect_err("no such table");
    assert!(error.contains("did you mean \"vista\"?"), "{error}");
    let error = read(&address, &ReadOptions::default()).expect_err("nothing named");
    assert!(error.contains("public.arcs"), "{error}");
    let twice = good(
        &address,
        &query("SELECT 1 AS a, 2 AS a, 'x' AS \"?column?\""),
    );
    assert_eq!(
        (texts(&twice, "a"), texts(&twice, "a_2")),
        (vec!["1".to_owned()], vec!["2".to_owned()])
    );
}

#[test]
fn reference_systems_and_arcs_are_as_the_database_has_them() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("systems", ODDITIES);
    let address = server.address("systems");
    let error = read(&address, &table("mixed")).expect_err("two systems");
    assert!(error.contains("4326 in 2 rows, 32719 in 3 rows"), "{error}");
    assert_eq!(good(&address, &table("unknown_crs")).crs, None);
    assert!(
        good(&address, &table("own_crs"))
            .crs
            .is_some_and(|crs| crs.starts_with("PROJCS["))
    );
    let arcs = good(&address, &table("arcs"));
    assert_eq!(
        arcs.geometry_counts(),
        [("LineString", 1), ("Polygon", 1), ("MultiPolygon", 1)]
    );
    assert!(
        arcs.coordinates.len() > 30,
        "the arc is a line of many points"
    );
    let empty = good(&address, &table("empty_one"));
    assert!(empty.is_empty() && empty.column("a").is_some());
}

#[test]
fn a_database_without_postgis_gives_its_tables() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.sql("postgres", "DROP DATABASE IF EXISTS plain");
    server.sql("postgres", "CREATE DATABASE plain");
    server.sql(
        "plain",
        "CREATE TABLE codes (code text); INSERT INTO codes VALUES ('01'), (NULL)",
    );
    let features = good(&server.address("plain"), &table("codes"));
    assert_eq!(texts(&features, "code"), ["01", "∅"]);
    assert!(features.is_table());
}

#[test]
fn nothing_is_ever_written() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database(
        "written",
        "CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE SEQUENCE s",
    );
    let address = server.address("written");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("made");
    let program = format!("SELECT 1) TO PROGRAM 'touch {}' --", file.display());
    for sql in [
        "INSERT INTO t VALUES (2) RETURNING a",
        "WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone",
        "SELECT nextval('s')",
        "SELECT set_config('transaction_read_only', 'off', false), set_config('default_transaction_read_only', 'off', false)",
        "SELECT 1; DROP TABLE t",
        "SELECT 1) AS q; DROP TABLE t; --",
        "SELECT 1) TO STDOUT; DELETE FROM t; COPY (SELECT 1",
        "COMMIT",
        "DROP TABLE t",
        "COPY t TO PROGRAM 'true'",
        "SELECT * FROM t WHERE a = $1",
        "SELECT 1 /*",
        "",
        ";",
        &program,
    ] {
        let error = read(&address, &query(sql));
        assert!(error.is_err(), "{sql}");
    }
    assert_eq!(
        server
            .sql("written", "SELECT count(*), max(a) FROM t")
            .trim(),
        "1\t1"
    );
    assert_eq!(server.sql("written", "SELECT is_called FROM s").trim(), "f");
    assert!(!file.exists());
    // A comment at the end and a semicolon are nothing to stumble over.
    assert_eq!(good(&address, &query("SELECT a FROM t; \n")).len(), 1);
    assert_eq!(
        good(&address, &query("SELECT a FROM t -- all of it")).len(),
        1
    );
}

#[test]
fn who_may_not_come_in_is_told_so_without_the_password() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("guarded", "CREATE TABLE t (a int)");
    let wrong = server.address_with("postgres:wr0ng", "127.0.0.1", "guarded", "sslmode=disable");
    let error = read(&wrong, &table("t")).expect_err("a wrong password");
    assert!(
        error.contains("password authentication failed") && error.contains("~/.pgpass"),
        "{error}"
    );
    assert!(!error.contains("wr0ng"), "{error}");
    server.sql(
        "guarded",
        "DROP ROLE IF EXISTS lectora; CREATE ROLE lectora LOGIN PASSWORD 'l'",
    );
    let reader = server.address_with("lectora:l", "127.0.0.1", "guarded", "");
    let error = read(&reader, &table("t")).expect_err("no privilege");
    assert!(
        error.contains("permission denied") && error.contains("grant SELECT"),
        "{error}"
    );
    let error = read(&server.address("missing"), &table("t")).expect_err("no such database");
    assert!(error.contains("\"missing\" does not exist"), "{error}");
}

#[test]
fn certificates_are_checked_as_the_mode_says() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let login = server.address("x");
    let login = login
        .trim_start_matches("postgresql://")
        .rsplit_once('@')
        .expect("a login")
        .0
        .to_owned();
    let one = query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    let ssl = |host: &str, parameters: &str| {
        let address = server.address_with(&login, host, "postgres", parameters);
        read(&address, &one).map(|features| texts(&features, "ssl").concat())
    };
    let root = format!("sslrootcert={}", server.certificate().display());
    assert_eq!(ssl("localhost", "sslmode=disable"), Ok("false".to_owned()));
    assert_eq!(ssl("localhost", "sslmode=prefer"), Ok("true".to_owned()));
    assert_eq!(ssl("localhost", "sslmode=require"), Ok("true".to_owned()));
    assert_eq!(
        ssl("localhost", &format!("sslmode=verify-full&{root}")),
        Ok("true".to_owned())
    );
    assert_eq!(
        ssl("127.0.0.1", &format!("sslmode=verify-ca&{root}")),
        Ok("true".to_owned())
    );
    for (host, parameters) in [
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=system".to_owned(),
        ),
        (
            "localhost",
            "sslmode=verify-ca&sslrootcert=system".to_owned(),
        ),
        // The certificate names localhost, not its address.
        ("127.0.0.1", format!("sslmode=verify-full&{root}")),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=/nowhere.crt".to_owned(),
        ),
    ] {
        let error = ssl(host, &parameters).expect_err(&parameters);
        assert!(error.contains("certificate"), "{parameters}: {error}");
    }
}

#[test]
fn a_server_that_dies_ends_the_reading() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let address = server.address("postgres");
    let slow = "SELECT n, pg_sleep(0.01) FROM generate_series(1, 100000) n";
    let reading =
        std::thread::spawn(move || read(&address, &query(slow)).map(|features| features.len()));
    comarca_tests::program::until("a statement", || {
        let running = server.sql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'",
        );
        (running.trim() == "1").then_some(())
    });
    server.kill();
    let error = reading
        .join()
        .expect("no panic")
        .expect_err("the server is gone");
    assert!(
        error.contains("the database says")
            || error.contains("broke off")
            || error.contains("cannot be read"),
        "{error}"
    );
}

#[test]
fn a_million_rows_pass_through_little_memory() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    server.database("many", "");
    // Every row is 3 kB on the wire and one number in the layer: a geometry of two types is left out.
    let heavy = "SELECT n, ST_Collect(ST_Point(0, 0), line) AS g FROM generate_series(1, 300000) n, \
        (SELECT ST_MakeLine(array_agg(ST_Point(k, k))) AS line FROM generate_series(1, 200) k) AS l";
    let light = "SELECT n, 'row ' || n AS name, ST_SetSRID(ST_Point(n, n), 32719) AS g FROM generate_series(1, 1000000) n";
    let mut limited = Command::new("sh");
    let info = comarca();
    limited
        .arg("-c")
        .arg("ulimit -v 600000; exec \"$@\"")
        .arg("sh")
        .arg(info.get_program())
        .args(["info", "--json", "--query", light])
        .arg(server.address("many"));
    let said = run(&mut limited).expect_success().json();
    assert_eq!(
        (&said["rows"], &said["geometry"]["Point"]),
        (&1_000_000.into(), &1_000_000.into())
    );
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg("ulimit -v 600000; exec \"$@\"")
        .arg("sh")
        .arg(info.get_program())
        .args(["info", "--json", "--query", heavy])
        .arg(server.address("many"));
    let said = run(&mut limited).expect_success().json();
    assert_eq!(said["rows"], 300_000);
    let options = ReadOptions {
        download_max_bytes: Some(1 << 20),
        ..query(light)
    };
    let error = read(&server.address("many"), &options).expect_err("too much");
    assert!(error.contains("more than may be fetched"), "{error}");
}

#[test]
fn the_program_lists_tables_and_loads_layers_from_a_database() {
    let Some(server) = Postgres::shared() else {
        return;
    };
    let people = "CREATE TABLE people (id int, persons int, geom geometry(Point, 4326)); \
        INSERT INTO people VALUES (1, 10, 'SRID=4326;POINT(-70.695 -33.495)'), (2, 5, 'SRID=4326;POINT(-70.685 -33.495)'), (3, 7, 'SRID=4326;POINT(-70.685 -33.496)'), (4, 900, 'SRID=4326;POINT(-60 -33.496)'); \
        CREATE TABLE names (code text, alcaldesa text); INSERT INTO names VALUES ('A1', 'Ana'), ('A2', 'Eva')";
    server.database("layers", people);
    let address = server.address("layers");
    let listed = run(comarca().args(["info", &address]));
    assert!(
        listed.text().contains("public.people")
            && listed.text().contains("geom geometry(Point,4326)"),
        "{}",
        listed.text()
    );
    let known = tables(&Location::parse(&address))
        .expect("tables")
        .expect("a database");
    assert_eq!(
        known
            .iter()
            .map(|table| table.name.as_str())
            .collect::<Vec<_>>(),
        ["public.names", "public.people"]
    );
    let folder = project::tiny_with(
        "source = \"people.csv\"\nkey = \"id\"\ncsv = { x = \"lon\", y = \"lat\", crs = \"EPSG:4326\" }",
        &format!(
            "source = \"{address}\"\ntable = \"people\"\nkey = \"id\"\nbbox = [-70.7, -33.5, -70.6, -33.4]\n[tables.names]\nsource = \"{address}\"\nquery = \"SELECT * FROM names\"\njoin = {{ layer = \"districts\", column = \"code\" }}"
        ),
    );
    let values = run(comarca_in(folder.path()).args(["indicators", "--level", "districts"]));
    values.assert_success();
    assert_eq!(
        values.text().lines().skip(1).collect::<Vec<_>>(),
        ["A1,Norte,10", "A2,Sur,12"]
    );
    let checked = run(comarca_in(folder.path()).arg("check"));
    assert!(!checked.stderr.contains("s3cret"), "{}", checked.stderr);
    let wrong = fs::read_to_string(folder.path().join("comarca.toml"))
        .expect("ours")
        .replace("table = \"people\"", "table = \"peopl\"");
    project::write(folder.path(), "comarca.toml", wrong);
    let failed = run(comarca_in(folder.path()).arg("check"));
    assert_eq!(failed.code(), Some(1));
    assert!(
        failed.stderr.contains("did you mean") && !failed.stderr.contains("s3cret"),
        "{}",
        failed.stderr
    );
}
