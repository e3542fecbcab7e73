"""Writes the files in parquet/ and arrow/ from made-up features.

Made with geopandas 1.2.0, shapely 2.2.0, pyarrow 26.0.1 and duckdb 2.0.0: `python columnar.py` in this folder.
"""

import datetime
import decimal

import duckdb
import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely import wkt

POLYGONS = [
    wkt.loads("POLYGON ((0 0, 0 9, 9 9, 9 0, 0 0), (2 2, 4 2, 4 4, 2 4, 2 2))"),
    wkt.loads("MULTIPOLYGON (((20 0, 20 1, 21 0, 20 0)), ((30.5 0, 30.5 1, 31.5 0, 30.5 0)))"),
    None,
]
NAMES = pa.array(["Ñuñoa", None, "01101"])
COUNTS = pa.array([-7, 12, None], pa.int32())
SHARES = pa.array([0.5, None, -2.25])
SQUARE = "POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"
LINE = "LINESTRING (0 0, 1 2, 3 4)"


def frame(geometry, crs):
    columns = {"name": ["Ñuñoa", None, "01101"], "count": [-7, 12, None], "share": [0.5, None, -2.25]}
    made = geopandas.GeoDataFrame(columns, geometry=geometry, crs=crs)
    return made.astype({"count": "Int32"})


def extension(kind, crs=None):
    """The metadata of a field of GeoArrow."""
    found = {"ARROW:extension:name": f"geoarrow.{kind}"}
    if crs:
        found["ARROW:extension:metadata"] = '{"crs":"%s","crs_type":"authority_code"}' % crs
    return found


def table(geometry, kind, crs=None):
    field = pa.field("geometry", geometry.type, metadata=extension(kind, crs))
    fields = [pa.field("name", pa.string()), pa.field("count", pa.int32()), pa.field("share", pa.float64()), field]
    return pa.Table.from_arrays([NAMES, COUNTS, SHARES, geometry], schema=pa.schema(fields))


def of_geoarrow(shapes, interleaved):
    """A native array of shapes of one type."""
    series = geopandas.GeoSeries([None if shape is None else shapely.force_2d(shape) for shape in shapes])
    arrow = pa.array(series.to_arrow(geometry_encoding="geoarrow", interleaved=interleaved))
    return getattr(arrow, "storage", arrow)


def native(name, text, kind):
    """A file of Arrow with one geometry of a type and one that is null."""
    shapes = [wkt.loads(text), None]
    for interleaved, coordinates in [(True, "interleaved"), (False, "separated")]:
        array = of_geoarrow(shapes, interleaved)
        schema = pa.schema([pa.field("geometry", array.type, metadata=extension(kind, "EPSG:32719"))])
        path = f"arrow/{name}_{coordinates}.arrow"
        with pa.ipc.new_file(path, schema) as file:
            file.write_table(pa.Table.from_arrays([array], schema=schema))


def parquet_files():
    utm = frame(POLYGONS, "EPSG:32719")
    utm.to_parquet("parquet/wkb.parquet", index=False, compression="zstd", schema_version="1.1.0",
                   write_covering_bbox=True, row_group_size=1)
    multi = [shapely.MultiPolygon([POLYGONS[0]]), POLYGONS[1], None]
    native = frame(multi, "OGC:CRS84")
    native.to_parquet("parquet/native.parquet", index=False, compression="snappy", schema_version="1.1.0", geometry_encoding="geoarrow")
    wkb = pa.array([None if shape is None else shapely.to_wkb(shape) for shape in POLYGONS], pa.binary())
    plain = pa.table({"name": NAMES, "count": COUNTS, "share": SHARES, "geometry": wkb})
    old = '{"version":"0.4.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","crs":null}}}'
    for codec in ["gzip", "brotli", "lz4", "none"]:
        encodings = {"name": "DELTA_BYTE_ARRAY", "geometry": "DELTA_LENGTH_BYTE_ARRAY", "count": "DELTA_BINARY_PACKED", "share": "BYTE_STREAM_SPLIT"}
        version = "1.0" if codec == "gzip" else "2.0"
        pq.write_table(plain.replace_schema_metadata({"geo": old}), f"parquet/delta_{codec}.parquet", compression=codec,
                       use_dictionary=False, column_encoding=encodings, data_page_version=version, row_group_size=2)
    pq.write_table(types(), "parquet/types.parquet", store_schema=False)
    database = duckdb.connect()
    rows = [("Ñuñoa", -7, 0.5), (None, 12, None), ("01101", None, -2.25)]
    database.execute("CREATE TABLE features (name TEXT, count INTEGER, share DOUBLE, geometry GEOMETRY)")
    for row, shape in zip(rows, POLYGONS):
        database.execute("INSERT INTO features VALUES (?, ?, ?, CAST(? AS GEOMETRY))", [*row, shape and shape.wkt])
    query = "SELECT name, count, share, ST_SetCRS(geometry, 'EPSG:32719') AS geometry FROM features"
    database.execute(f"COPY ({query}) TO 'parquet/own_type.parquet' (GEOPARQUET_VERSION 'NONE')")


def types():
    """One column of each type, two rows, of which the second is null."""
    moment = datetime.datetime(2017, 4, 19, 20, 30, 0, 250000)
    columns = {
        "int8": pa.array([-8, None], pa.int8()),
        "uint32": pa.array([4_000_000_000, None], pa.uint32()),
        "uint64": pa.array([2**64 - 1, None], pa.uint64()),
        "float16": pa.array([1.5, None], pa.float16()),
        "float32": pa.array([0.25, None], pa.float32()),
        "bool": pa.array([True, None]),
        "code": pa.array([decimal.Decimal("12345678901"), None], pa.decimal128(18, 0)),
        "price": pa.array([decimal.Decimal("-12.50"), None], pa.decimal128(10, 2)),
        "date": pa.array([datetime.date(2017, 4, 19), None]),
        "local": pa.array([moment, None], pa.timestamp("us")),
        "utc": pa.array([moment, None], pa.timestamp("ms", tz="UTC")),
        "clock": pa.array([datetime.time(20, 30), None], pa.time64("us")),
        "bytes": pa.array([b"\x00\xff", None]),
        "fixed": pa.array([b"abcd", None], pa.binary(4)),
        "category": pa.array(["uno", None]).dictionary_encode(),
        "list": pa.array([[1, None, 3], None], pa.list_(pa.int64())),
        "struct": pa.array([{"a": 1, "b": ["x", '"']}, None], pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))])),
        "map": pa.array([[("k", 1.5)], None], pa.map_(pa.string(), pa.float64())),
    }
    return pa.table(columns)


def arrow_files():
    wkb = pa.array([None if shape is None else shapely.to_wkb(shape) for shape in POLYGONS], pa.binary())
    binary = table(wkb, "wkb", "EPSG:32719")
    for codec in ["lz4", "zstd"]:
        with pa.ipc.new_file(f"arrow/wkb_{codec}.arrow", binary.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as file:
            file.write_table(binary, max_chunksize=2)
    frame(POLYGONS, "EPSG:32719").to_feather("arrow/geopandas.feather", index=False)
    text = pa.array([None if shape is None else shape.wkt for shape in POLYGONS])
    words = table(text, "wkt")
    with pa.ipc.new_stream("arrow/wkt.arrows", words.schema) as stream:
        stream.write_table(words, max_chunksize=1)
    # The dictionary is another one for each batch.
    coded = [pa.record_batch({"name": pa.array(values).dictionary_encode()}) for values in [["a", "b", "a"], ["c", None], ["b"]]]
    with pa.ipc.new_stream("arrow/dictionaries.arrows", coded[0].schema) as stream:
        for batch in coded:
            stream.write_batch(batch)
    more = {"view": pa.array(["a text that is too long to be inline", None], pa.string_view()),
            "large": pa.array(["x", None], pa.large_string()),
            "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["r"])),
            "duration": pa.array([1500, None], pa.duration("ms")),
            "interval": pa.array([(1, 2, 3_000_000_000), None], pa.month_day_nano_interval()),
            "list_view": pa.array([[1], None], pa.list_view(pa.int8())),
            "nothing": pa.nulls(2)}
    both = types()
    for name, array in more.items():
        both = both.append_column(name, array)
    with pa.ipc.new_file("arrow/types.arrow", both.schema) as file:
        file.write_table(both)
    native("point", "POINT (1.5 2)", "point")
    native("multipoint", "MULTIPOINT ((1 2), (3 4))", "multipoint")
    native("line", LINE, "linestring")
    native("multiline", f"MULTILINESTRING ({LINE[11:]}, (5 5, 6 6))", "multilinestring")
    native("polygon", SQUARE, "polygon")
    native("multipolygon", f"MULTIPOLYGON ({SQUARE[8:]}, ((5 5, 5 6, 6 6, 5 5)))", "multipolygon")


if __name__ == "__main__":
    parquet_files()
    arrow_files()
