#!/usr/bin/env python3
"""Expected counts of the participatory cycle, computed without Comarca: links resolved by networkx, sums by pandas.

Two seeded data sets: `chain`, a commune of nine districts whose demands are named again along chains, and `city`, forty
districts with orphans, unknown costs and records that do not fit. Writes `engine/tests/golden/cycle_input.csv` and
`cycle_expected.csv`, which the unit tests of `engine/src/cycle` read.

    python3 -m venv venv && venv/bin/pip install pandas networkx numpy && venv/bin/python tests/golden/cycle.py

Versions stand in the first line of `cycle_expected.csv`.
"""

from importlib.metadata import version
from pathlib import Path

import networkx
import numpy
import pandas

OUT = Path(__file__).parent.parent.parent / "engine/tests/golden"
STAGES = ["raised", "sector", "commune", "city"]
STATUSES = ["open", "planned", "funded", "in_progress", "done", "rejected"]
PROGRESS = {"open": 0, "rejected": 1, "planned": 2, "funded": 3, "in_progress": 4, "done": 5}
LEVELS = ["districts", "sectors", "communes", "all"]
WANTED = {"districts": 2, "sectors": 4, "communes": 6, "all": 8}
TODAY = "2026-11-22"
inputs, answers = [], []


def line(lines, *fields):
    lines.append(",".join("" if field is None or field != field else str(field) for field in fields))


def territories(random, districts, sectors, communes, orphans):
    rows = [("districts", f"d{own:02}", f"s{own * sectors // districts}") for own in range(districts)]
    rows += [("sectors", f"s{own}", f"c{own * communes // sectors}") for own in range(sectors)]
    rows += [("communes", f"c{own}", "all") for own in range(communes)] + [("all", "all", None)]
    table = pandas.DataFrame(rows, columns=["level", "key", "parent"])
    table.loc[table["key"].isin(orphans), "parent"] = None
    table["population"] = random.integers(0, 9000, len(table)).astype(float)
    table.loc[random.random(len(table)) < 0.1, "population"] = numpy.nan
    return table


def homes(table):
    parent = dict(zip(table["key"], table["parent"]))
    own = table.loc[table["level"] == "districts", "key"].reset_index(drop=True)
    found = pandas.DataFrame({"districts": own})
    found["sectors"] = found["districts"].map(parent)
    found["communes"] = found["sectors"].map(parent)
    found["all"] = "all"
    return found


def demands(random, count, districts, linked):
    themes, funds = ["green", "health", "mobility", "safety"], ["FNDR", "municipal", "SUBDERE"]
    rows = []
    for own in range(count):
        stage = int(random.integers(0, 4)) if own % 3 else 0
        status = STATUSES[int(random.integers(0, 6))]
        projected = PROGRESS[status] > 1
        rows.append(
            {
                "id": f"q{own:03}",
                "theme": themes[int(random.integers(0, 4))],
                "votes": int(random.integers(0, 500)),
                "stage": stage,
                "status": status,
                "place": int(random.integers(0, districts)),
                "same_as": f"q{int(random.integers(0, own)):03}" if own and random.random() < linked else None,
                "cost": int(random.integers(1, 900)) * 1_000_000 if projected and random.random() < 0.8 else None,
                "beneficiaries": int(random.integers(10, 5000)) if projected and random.random() < 0.7 else None,
                "funding": funds[int(random.integers(0, 3))] if projected and random.random() < 0.7 else None,
            }
        )
    return pandas.DataFrame(rows).astype({"cost": "Int64", "beneficiaries": "Int64"})


def spoil(table, districts):
    """Records that do not fit: a duplicate, a place that is not there, an unknown link, circles, amounts and votes."""
    table.loc[10, ["id", "same_as"]] = ["q004", None]
    table.loc[12, ["place", "same_as"]] = [districts, None]
    table.loc[20, "same_as"] = "nowhere"
    table.loc[31, "same_as"] = "q033"
    table.loc[33, "same_as"] = "q031"
    table.loc[35, "same_as"] = "q035"
    table.loc[40, ["status", "cost"]] = ["funded", -5]
    table.loc[41, "votes"] = 10**13
    return table


def resolve(name, records, districts):
    for row in records.itertuples():
        line(inputs, "demand", name, row.id, row.theme, row.votes, STAGES[row.stage], row.status, row.place, row.same_as, *(None if value is pandas.NA else value for value in (row.cost, row.beneficiaries)), row.funding)
    kept = records.drop_duplicates("id").copy()
    kept.loc[kept["votes"] > 10**12, "votes"] = 0
    kept.loc[kept["cost"] < 0, "cost"] = pandas.NA
    graph = networkx.DiGraph()
    graph.add_nodes_from(kept["id"])
    graph.add_edges_from((row.id, row.same_as) for row in kept.itertuples() if row.same_as in set(kept["id"]))
    root = {}
    for members in networkx.weakly_connected_components(graph):
        # Out of every record leads one link at most: what they lead to is one record, or one circle.
        end = next(own for own in networkx.strongly_connected_components(graph.subgraph(members)) if not any(to not in own for at in own for to in graph.successors(at)))
        root |= dict.fromkeys(members, min(end))
    kept["root"] = kept["id"].map(root)
    resolved = []
    for key, group in kept.groupby("root"):
        own = group.set_index("id").loc[key]
        group = group.assign(progress=group["status"].map(PROGRESS), named=group["id"] != key)
        group = group.sort_values(["stage", "progress", "named", "id"], ascending=False, kind="stable")
        # Of equals the mention that stands later among the mentions, which are by stage and id.
        said = {column: group[column].dropna().iloc[0] if group[column].notna().any() else None for column in ["cost", "beneficiaries", "funding"]}
        decided = group.loc[group["status"] != "open", "status"]
        mentions = group.loc[group["named"]].groupby("stage")["votes"].agg(["count", "sum"])
        resolved.append({"id": key, "theme": own["theme"], "votes": int(own["votes"]), "place": int(own["place"]), "stage": int(group["stage"].max()), "status": decided.iloc[0] if len(decided) else "open", "mentions": mentions, **said})
    table = pandas.DataFrame(resolved)
    return table[table["place"] < districts]


def count(name, resolved, home):
    for level in LEVELS:
        own = resolved.assign(key=resolved["place"].map(home[level])).dropna(subset="key")
        for (key, theme, stage, status), group in own.groupby(["key", "theme", "stage", "status"]):
            line(answers, "funnel", name, level, key, theme, STAGES[stage], status, len(group), group["votes"].sum())
        for key, group in own.groupby("key"):
            mentions = pandas.concat(list(group["mentions"])).groupby(level=0).sum()
            for stage, row in mentions.iterrows():
                line(answers, "mentions", name, level, key, STAGES[stage], row["count"], row["sum"])
        for kind, column, rows in [("status", "status", own), ("theme", "theme", projects(own)), ("funding", "funding", projects(own).fillna({"funding": "-"}))]:
            for (key, value), group in rows.groupby(["key", column]):
                line(answers, kind, name, level, key, value, len(group), group["votes"].sum(), int(group["cost"].sum()), group["cost"].notna().sum(), int(group["beneficiaries"].sum()))


def projects(table):
    return table[~table["status"].isin(["open", "rejected"])]


def assemblies(random, table):
    rows = []
    for _, own in table.iterrows():
        for _ in range(int(random.integers(0, WANTED[own["level"]] + 2))):
            day = numpy.datetime64("2026-06-01") + numpy.timedelta64(int(random.integers(0, 300)), "D")
            held = str(day) < TODAY and random.random() < 0.8
            rows.append((f"a{len(rows):03}", own["level"], own["key"], str(day), int(random.integers(5, 300)) if held else None))
    return pandas.DataFrame(rows, columns=["id", "level", "key", "date", "attendance"]).astype({"attendance": "Int64"})


def calendar(name, table, held):
    for row in table.itertuples():
        line(inputs, "territory", name, row.level, row.key, row.parent, row.population)
    for row in held.itertuples():
        line(inputs, "assembly", name, row.id, row.level, row.key, row.date, None if row.attendance is pandas.NA else row.attendance)
    graph = networkx.DiGraph([(row.key, row.parent if isinstance(row.parent, str) else "all") for row in table.itertuples() if row.key != "all"])
    attendance = held.groupby("key")["attendance"].sum()
    for row in table.itertuples():
        own = held[held["key"] == row.key]
        came, waiting = own[own["attendance"].notna()], own[own["attendance"].isna()]
        coming = waiting[waiting["date"] >= TODAY]
        lacking = max(0, WANTED[row.level] - len(came))
        within = networkx.ancestors(graph, row.key) | {row.key}
        people, people_within = int(came["attendance"].sum()), int(attendance.reindex(sorted(within)).fillna(0).sum())
        rates = [people / row.population * 1000, people_within / row.population * 1000] if row.population > 0 else [None, None]
        line(answers, "calendar", name, row.level, row.key, WANTED[row.level], len(came), len(coming), len(waiting) - len(coming), lacking, max(0, lacking - len(coming)), coming["date"].min() if len(coming) else None, people, people_within, *rates)


def both(name, seed, districts, sectors, communes, count_of_demands, linked, orphans):
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    table = territories(random, districts, sectors, communes, orphans)
    calendar(name, table, assemblies(random, table))
    records = demands(random, count_of_demands, districts, linked)
    if orphans:
        records = spoil(records, districts)
    count(name, resolve(name, records, districts), homes(table))


both("chain", 11, 9, 3, 1, 40, 0.5, [])
both("city", 12, 40, 9, 3, 150, 0.15, ["d07", "s4"])
(OUT / "cycle_input.csv").write_text("\n".join(inputs) + "\n")
versions = "# " + ", ".join(f"{own} {version(own)}" for own in ["pandas", "networkx", "numpy"]) + ": tests/golden/cycle.py"
(OUT / "cycle_expected.csv").write_text("\n".join([versions, *answers]) + "\n")
