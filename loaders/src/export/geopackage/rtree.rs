//! The R-tree extension (Annex F.3), packed along a Hilbert curve and written node by node.
//!
//! `SQLite` keeps an R-tree in three plain tables. Putting full nodes where they belong saves the search for a place
//! that every row added through the virtual table costs, and full nodes are fewer to search. Source: `SQLite`'s "R*Tree Module", 7.1, and the layout in its `rtree.c`.

use rusqlite::{Transaction, params};

use super::schema::quoted;

/// Bytes of a node: 51 cells behind a head of 4, whatever the page holds beyond that.
const NODE_BYTES: usize = 4 + CELLS_MAX * CELL_BYTES;
const CELLS_MAX: usize = 51;
/// Number of the row or child, then min x, max x, min y, max y as f32.
const CELL_BYTES: usize = 24;

struct Cell {
    id: i64,
    bounds: [f32; 4],
}

/// Makes the R-tree of a table from the boxes of its rows (numbered from 0) and registers it.
pub(super) fn write(
    file: &Transaction<'_>,
    table: &str,
    column: &str,
    key: &str,
    boxes: &[(u32, [f64; 4])],
) -> rusqlite::Result<()> {
    let name = format!("rtree_{table}_{column}");
    let tree = quoted(&name);
    file.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {tree} USING rtree(id, minx, maxx, miny, maxy);"
    ))?;
    if !boxes.is_empty() {
        nodes(file, &name, boxes)?;
    }
    file.execute(
        "INSERT INTO gpkg_extensions VALUES (?1, ?2, 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        params![table, column],
    )?;
    file.execute_batch(&triggers(table, column, key))
}

fn nodes(file: &Transaction<'_>, name: &str, boxes: &[(u32, [f64; 4])]) -> rusqlite::Result<()> {
    let table = |suffix: &str| quoted(&format!("{name}_{suffix}"));
    let mut add_node = file.prepare(&format!(
        "INSERT OR REPLACE INTO {} VALUES (?1, ?2)",
        table("node")
    ))?;
    let mut add_parent =
        file.prepare(&format!("INSERT INTO {} VALUES (?1, ?2)", table("parent")))?;
    let mut cells: Vec<Cell> = boxes
        .iter()
        .map(|(row, bounds)| Cell::of_row(*row, *bounds))
        .collect();
    let rows_max = boxes
        .iter()
        .map(|(row, _)| *row as usize + 1)
        .max()
        .unwrap_or(0);
    let mut node_of_row = vec![0_i64; rows_max];
    // The root is number 1; the others follow from the leaves upwards.
    let (mut next, mut depth) = (2_i64, 0_u16);
    while cells.len() > CELLS_MAX {
        let mut above = vec![];
        for children in even(&cells) {
            let bytes = node(0, children);
            add_node.execute(params![next, bytes])?;
            for child in children {
                if depth > 0 {
                    add_parent.execute(params![child.id, next])?;
                } else if let Some(place) = row_place(child.id, &mut node_of_row) {
                    *place = next;
                }
            }
            above.push(Cell::around(next, children));
            next += 1;
        }
        cells = above;
        depth += 1;
    }
    add_node.execute(params![1, node(depth, &cells)])?;
    for child in &cells {
        if depth > 0 {
            add_parent.execute(params![child.id, 1])?;
        } else if let Some(place) = row_place(child.id, &mut node_of_row) {
            *place = 1;
        }
    }
    let mut add_row = file.prepare(&format!("INSERT INTO {} VALUES (?1, ?2)", table("rowid")))?;
    for (row, node) in (1_i64..).zip(node_of_row).filter(|(_, node)| *node > 0) {
        add_row.execute(params![row, node])?;
    }
    Ok(())
}

fn row_place(id: i64, node_of_row: &mut [i64]) -> Option<&mut i64> {
    node_of_row.get_mut(usize::try_from(id - 1).ok()?)
}

/// The cells in as few nodes as hold them, each with about as many.
fn even(cells: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    let nodes = cells.len().div_ceil(CELLS_MAX);
    (0..nodes).map(move |node| &cells[node * cells.len() / nodes..(node + 1) * cells.len() / nodes])
}

fn node(depth: u16, cells: &[Cell]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NODE_BYTES);
    bytes.extend(depth.to_be_bytes());
    bytes.extend(u16::try_from(cells.len()).unwrap_or(u16::MAX).to_be_bytes());
    for cell in cells {
        bytes.extend(cell.id.to_be_bytes());
        cell.bounds
            .iter()
            .for_each(|number| bytes.extend(number.to_be_bytes()));
    }
    bytes.resize(NODE_BYTES, 0);
    bytes
}

impl Cell {
    fn of_row(row: u32, [min_x, min_y, max_x, max_y]: [f64; 4]) -> Self {
        Self {
            id: i64::from(row) + 1,
            bounds: [down(min_x), up(max_x), down(min_y), up(max_y)],
        }
    }

    fn around(id: i64, children: &[Self]) -> Self {
        let [mut min_x, mut max_x, mut min_y, mut max_y] = children[0].bounds;
        for child in children {
            min_x = min_x.min(child.bounds[0]);
            max_x = max_x.max(child.bounds[1]);
            min_y = min_y.min(child.bounds[2]);
            max_y = max_y.max(child.bounds[3]);
        }
        Self {
            id,
            bounds: [min_x, max_x, min_y, max_y],
        }
    }
}

/// The largest f32 that is not above `value`: a box may grow but never shrink.
fn down(value: f64) -> f32 {
    let near = narrow(value);
    if f64::from(near) > value {
        near.next_down()
    } else {
        near
    }
}

fn up(value: f64) -> f32 {
    -down(-value)
}

#[expect(clippy::cast_possible_truncation, reason = "rounded by the callers")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// What keeps the R-tree right when rows change; the functions are those of the program that changes them.
fn triggers(table: &str, column: &str, key: &str) -> String {
    let name = |event: &str| quoted(&format!("rtree_{table}_{column}_{event}"));
    let tree = quoted(&format!("rtree_{table}_{column}"));
    let (table, c, i) = (quoted(table), quoted(column), quoted(key));
    let full = format!("(NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))");
    let empty = format!("(NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))");
    let bounds = ["MinX", "MaxX", "MinY", "MaxY"].map(|side| format!("ST_{side}(NEW.{c})"));
    let add = format!(
        "INSERT OR REPLACE INTO {tree} VALUES (NEW.{i}, {})",
        bounds.join(", ")
    );
    let remove = format!("DELETE FROM {tree} WHERE id = OLD.{i}");
    let trigger = |event: &str, when: &str, condition: &str, action: &str| {
        let name = name(event);
        format!(
            "CREATE TRIGGER {name} AFTER {when} ON {table} WHEN {condition} BEGIN {action}; END;\n"
        )
    };
    let geometry = format!("UPDATE OF {c}");
    let stays = |new: &str| format!("OLD.{i} = NEW.{i} AND {new}");
    let moves = |new: &str| format!("OLD.{i} != NEW.{i} AND {new}");
    [
        trigger("insert", "INSERT", &full, &add),
        trigger("update1", &geometry, &stays(&full), &add),
        trigger("update2", &geometry, &stays(&empty), &remove),
        trigger(
            "update3",
            "UPDATE",
            &moves(&full),
            &format!("{remove}; {add}"),
        ),
        trigger(
            "update4",
            "UPDATE",
            &moves(&empty),
            &format!("DELETE FROM {tree} WHERE id IN (OLD.{i}, NEW.{i})"),
        ),
        trigger("delete", "DELETE", &format!("OLD.{c} NOT NULL"), &remove),
    ]
    .concat()
}
