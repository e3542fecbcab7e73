"""Vector tiles by the clauses of the Mapbox Vector Tile Specification 2.1, from the bytes, with nothing of ours and no library.

`read(bytes)` gives the layers of a tile and what is wrong with them. A `Fault` breaks a MUST or SHALL of the specification; an advice
goes against a SHOULD; waste is only longer than it need be. Whether polygons are simple is for GEOS to say: `validity.py` asks it.
"""

import struct
from dataclasses import dataclass, field

VARINT, DOUBLE, BYTES, FLOAT = 0, 1, 2, 5
POINT, LINE, POLYGON = 1, 2, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
# Fields of a layer and of a value by number: their wire type.
LAYER_FIELDS = {15: VARINT, 1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT}
VALUE_FIELDS = {1: BYTES, 2: FLOAT, 3: DOUBLE, 4: VARINT, 5: VARINT, 6: VARINT, 7: VARINT}
# Ids above this are not whole numbers in a browser.
SAFE_INTEGER_MAX = 2**53 - 1


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, and the clause that says so."""

    clause: str
    what: str
    layer: str | None = None
    feature: int | None = None

    def __str__(self):
        place = "" if self.layer is None else f"layer {self.layer!r}: "
        place += "" if self.feature is None else f"feature {self.feature}: "
        return f"{place}{self.what} ({self.clause})"


@dataclass
class Feature:
    """A feature: a point's `parts` are points, a line's are lists of points, a polygon's are lists of rings, the exterior first."""

    id: int | None = None
    kind: int = 0
    properties: dict = field(default_factory=dict)
    parts: list = field(default_factory=list)


@dataclass
class Layer:
    """A layer of a tile."""

    name: str = ""
    version: int = 1
    extent: int = 4096
    features: list = field(default_factory=list)


@dataclass
class Tile:
    """The layers, and what is wrong with them."""

    layers: list
    faults: list
    advice: list
    waste: list


class Unreadable(Exception):
    """Bytes that are no protocol buffer, or a geometry that stops within a command."""


def varint(data, at, end):
    value = shift = 0
    while True:
        if at >= end or shift > 63:
            raise Unreadable("a number runs past its field")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data, at, end):
    """(number, wire type, value) of a message; of bytes, their range."""
    while at < end:
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Unreadable("a field of number 0")
        if wire == VARINT:
            value, at = varint(data, at, end)
        elif wire == BYTES:
            length, at = varint(data, at, end)
            value, at = (at, at + length), at + length
        elif wire in (DOUBLE, FLOAT):
            size = 8 if wire == DOUBLE else 4
            value, at = (at, at + size), at + size
        else:
            raise Unreadable(f"wire type {wire}")
        if at > end:
            raise Unreadable("a field runs past its message")
        yield number, wire, value


def packed(data, span):
    at, end = span
    numbers = []
    while at < end:
        number, at = varint(data, at, end)
        numbers.append(number)
    return numbers


def signed(number):
    return (number >> 1) ^ -(number & 1)


def read(data):
    """The tile that the bytes hold."""
    tile = Tile([], [], [], [])
    names = set()
    try:
        for number, wire, value in fields(data, 0, len(data)):
            if number != 3 or wire != BYTES:
                if 16 <= number <= 8191:
                    continue
                tile.faults.append(Fault("4.1", f"field {number} of wire type {wire} is not of a tile"))
                continue
            layer = LayerReader(data, value, tile).layer()
            if layer.name in names:
                tile.faults.append(Fault("4.1", "two layers of one name", layer.name))
            names.add(layer.name)
            tile.layers.append(layer)
    except Unreadable as why:
        tile.faults.append(Fault("protocol buffer", str(why)))
    return tile


class LayerReader:
    """Reads one layer; what is wrong goes to the tile."""

    def __init__(self, data, span, tile):
        self.data, self.span, self.tile = data, span, tile
        self.name, self.row = None, None

    def fault(self, clause, what):
        self.tile.faults.append(Fault(clause, what, self.name, self.row))

    def advise(self, clause, what):
        self.tile.advice.append(Fault(clause, what, self.name, self.row))

    def waste(self, clause, what):
        self.tile.waste.append(Fault(clause, what, self.name, self.row))

    def layer(self):
        """The layer, as far as it can be read."""
        layer = Layer()
        spans, keys, values, seen = [], [], [], set()
        try:
            for number, wire, value in fields(self.data, *self.span):
                if LAYER_FIELDS.get(number) != wire:
                    if not 16 <= number <= 8191:
                        self.fault("4.1", f"field {number} of wire type {wire} is not of a layer")
                    continue
                if number in (1, 5, 15) and number in seen:
                    self.fault("4.1", f"field {number} stands twice")
                seen.add(number)
                if number == 15:
                    layer.version = value
                elif number == 1:
                    layer.name = self.name = self.text(value)
                elif number == 2:
                    spans.append(value)
                elif number == 3:
                    keys.append(self.text(value))
                elif number == 4:
                    values.append(self.value(value))
                else:
                    layer.extent = value
        except Unreadable as why:
            self.fault("protocol buffer", str(why))
        self.check_layer(layer, seen, spans, keys, values)
        for self.row, span in enumerate(spans):
            try:
                layer.features.append(self.feature(span, keys, values))
            except Unreadable as why:
                self.fault("4.2", str(why))
        self.row = None
        ids = [feature.id for feature in layer.features if feature.id is not None]
        if len(set(ids)) < len(ids):
            self.advise("4.2", f"{len(ids) - len(set(ids))} ids stand twice")
        return layer

    def check_layer(self, layer, seen, spans, keys, values):
        if 1 not in seen or not layer.name:
            self.fault("4.1", "the layer has no name")
        if 15 not in seen:
            self.fault("4.1", "the layer has no version")
        elif layer.version not in (1, 2):
            self.fault("4.1", f"version {layer.version}")
        if layer.extent == 0:
            self.fault("4.1", "extent 0")
        if not spans:
            self.advise("4.1", "a layer without features")
        if len(set(keys)) < len(keys):
            self.waste("4.1", "a key stands twice")
        if len(set(values)) < len(values):
            self.waste("4.1", f"{len(values) - len(set(values))} values stand twice")

    def text(self, span):
        try:
            return bytes(self.data[span[0]:span[1]]).decode("utf-8")
        except UnicodeDecodeError:
            raise Unreadable("a text is not UTF-8") from None

    def value(self, span):
        """A value with its type, so that 1 and 1.0 and true are three."""
        found = []
        for number, wire, value in fields(self.data, *span):
            if VALUE_FIELDS.get(number) != wire:
                self.fault("4.1", f"field {number} of wire type {wire} is not of a value")
                continue
            raw = self.data[value[0]:value[1]] if isinstance(value, tuple) else value
            if number == 1:
                found.append((number, self.text(value)))
            elif wire in (DOUBLE, FLOAT):
                found.append((number, struct.unpack("<d" if wire == DOUBLE else "<f", raw)[0]))
            elif number == 4:
                found.append((number, raw - (1 << 64) if raw >= 1 << 63 else raw))
            elif number == 6:
                found.append((number, signed(raw)))
            else:
                found.append((number, bool(raw) if number == 7 else raw))
        if len(found) != 1:
            self.fault("4.1", f"a value of {len(found)} types")
        return found[0] if found else (0, None)

    def feature(self, span, keys, values):
        feature, tags, geometry, seen = Feature(), [], None, set()
        wires = {1: VARINT, 2: BYTES, 3: VARINT, 4: BYTES}
        for number, wire, value in fields(self.data, *span):
            if wires.get(number) != wire:
                self.fault("4.2", f"field {number} of wire type {wire} is not of a feature")
                continue
            if number in seen:
                self.fault("4.2", f"field {number} stands twice")
            seen.add(number)
            if number == 1:
                feature.id = value
            elif number == 2:
                tags = packed(self.data, value)
            elif number == 3:
                feature.kind = value
            else:
                geometry = packed(self.data, value)
        if feature.id is not None and feature.id > SAFE_INTEGER_MAX:
            self.advise("4.2", f"id {feature.id} is not a whole number in a browser")
        feature.properties = self.properties(tags, keys, values)
        if 3 not in seen:
            self.fault("4.2", "the feature has no type")
        if feature.kind > POLYGON:
            self.fault("4.3.4", f"type {feature.kind}")
        elif geometry is None:
            self.fault("4.2", "the feature has no geometry")
        elif feature.kind:
            self.geometry(feature, geometry)
        return feature

    def properties(self, tags, keys, values):
        if len(tags) % 2:
            self.fault("4.4", "an odd number of tags")
        properties = {}
        for key, value in zip(tags[::2], tags[1::2]):
            if key >= len(keys) or value >= len(values):
                self.fault("4.4", "a tag of no key or value")
            elif keys[key] in properties:
                self.fault("4.4", f"the key {keys[key]!r} stands twice in a feature")
            else:
                properties[keys[key]] = values[value][1]
        return properties

    def geometry(self, feature, numbers):
        paths = list(self.paths(numbers))
        if not paths:
            self.fault("4.3", "a geometry without commands")
        elif feature.kind == POINT:
            feature.parts = self.points(paths)
        elif feature.kind == LINE:
            feature.parts = list(self.lines(paths))
        else:
            feature.parts = self.polygons(list(self.rings(paths)))

    def paths(self, numbers):
        """[points of MoveTo, points of LineTo, whether closed, commands] from each MoveTo to the next."""
        x = y = at = 0
        path = None
        while at < len(numbers):
            command, count = numbers[at] & 7, numbers[at] >> 3
            at += 1
            if command == CLOSE_PATH:
                if count != 1:
                    self.fault("4.3.3.3", f"ClosePath {count} times")
                if path is None:
                    raise Unreadable("a geometry that begins with ClosePath")
                path[2] = True
                path[3].append(CLOSE_PATH)
                continue
            if command not in (MOVE_TO, LINE_TO):
                raise Unreadable(f"command {command}")
            if count == 0:
                self.fault("4.3.1", "a command 0 times")
            if 2 * count > len(numbers) - at:
                raise Unreadable(f"a command {count} times, with fewer parameters")
            points = []
            for _ in range(count):
                dx, dy = signed(numbers[at]), signed(numbers[at + 1])
                at += 2
                if command == LINE_TO and dx == dy == 0:
                    self.fault("4.3.3.2", "a LineTo to where it is")
                x, y = x + dx, y + dy
                points.append((x, y))
            if command == MOVE_TO:
                if path is not None:
                    yield path
                path = [points, [], False, [MOVE_TO]]
            elif path is None:
                raise Unreadable("a geometry that begins with LineTo")
            else:
                path[1] += points
                path[3].append(LINE_TO)
        if path is not None:
            yield path

    def points(self, paths):
        if len(paths) != 1 or paths[0][3] != [MOVE_TO]:
            self.fault("4.3.4.2", "a point is one MoveTo")
        return [point for path in paths for point in path[0]]

    def lines(self, paths):
        for move, line, _, commands in paths:
            if commands != [MOVE_TO, LINE_TO] or len(move) != 1 or not line:
                self.fault("4.3.4.3", "a line is a MoveTo and a LineTo")
            yield move[-1:] + line

    def rings(self, paths):
        """(ring, its doubled area): above 0 an exterior, below an interior."""
        for move, line, _, commands in paths:
            if commands != [MOVE_TO, LINE_TO, CLOSE_PATH] or len(move) != 1 or len(line) < 2:
                self.fault("4.3.4.4", "a ring is a MoveTo, a LineTo of two or more and a ClosePath")
                continue
            ring = move + line
            if ring[-1] == ring[0]:
                self.fault("4.3.4.4", "a ring repeats its first position before ClosePath")
            x0, y0 = ring[0]
            area = sum(
                (ax - x0) * (by - y0) - (bx - x0) * (ay - y0) for (ax, ay), (bx, by) in zip(ring, ring[1:])
            )
            if area == 0:
                self.fault("4.3.4.4", "a ring without area")
                continue
            yield ring, area

    def polygons(self, rings):
        polygons = []
        for ring, area in rings:
            if area > 0:
                polygons.append([ring])
            elif polygons:
                polygons[-1].append(ring)
            else:
                self.fault("4.3.4.4", "an interior ring before any exterior")
        return polygons
