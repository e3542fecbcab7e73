"""The files that a project names, read with GDAL and pandas: what its tiles are checked against."""

import tomllib
from pathlib import Path

import geopandas
import pandas
import pyogrio

# Settings after which a layer is no longer its file, and this reading could not tell.
CHANGED_BY = {"columns_from", "derive", "query", "repair"}


class Project:
    """A project file and the layers it names."""

    def __init__(self, path):
        self.folder = Path(path).parent
        with open(path, "rb") as file:
            self.toml = tomllib.load(file)

    def layer(self, source):
        """The table of the layer behind a tile source, and None where a level is only the union of others."""
        layers = self.toml.get("layers", {})
        for level in self.toml.get("levels", []):
            if level["id"] == source:
                return layers.get(level.get("layer"))
        return layers.get(source)

    def read(self, source):
        """Key and geometry in EPSG:3857 of each feature of a source; None where its file is not read here."""
        layer = self.layer(source)
        if layer is None or "key" not in layer or CHANGED_BY & set(layer):
            return None
        paths = sorted(self.folder.glob(layer["source"]))
        if not paths:
            return None
        frames = [self.frame(path, layer) for path in paths]
        if any(frame is None for frame in frames):
            return None
        frame = geopandas.GeoDataFrame(pandas.concat(frames, ignore_index=True), crs=frames[0].crs)
        frame["key"] = frame[layer["key"]].map(text)
        frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].drop_duplicates("key")
        return frame[["key", "geometry"]].to_crs(3857)

    def frame(self, path, layer):
        csv = layer.get("csv")
        if csv is None:
            return pyogrio.read_dataframe(path, where=layer.get("where"))
        if "where" in layer or "x" not in csv:
            return None
        options = {"sep": csv.get("delimiter", ","), "decimal": csv.get("decimal", ".")}
        table = pandas.read_csv(path, encoding=csv.get("encoding", "utf-8-sig"), dtype={layer["key"]: str}, **options)
        points = geopandas.points_from_xy(*(pandas.to_numeric(table[csv[axis]], "coerce") for axis in "xy"))
        frame = geopandas.GeoDataFrame(table, geometry=points, crs=csv["crs"])
        return frame[table[csv["x"]].notna() & table[csv["y"]].notna()]


def text(value):
    """A key as tiles write it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
