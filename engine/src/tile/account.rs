//! What a tile holds and what it leaves out.

/// A tile and what became of the features that touch it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// The protocol buffer; empty when nothing is in the tile.
    pub bytes: Vec<u8>,
    /// One account for each source, in the order asked for.
    pub layers: Vec<TileLayer>,
}

/// What became of the features of one source whose box touches a tile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileLayer {
    /// Id of the source.
    pub source: String,
    /// Features in the tile.
    pub features: usize,
    /// Features of the source that one of these stands for beside itself: too small, or too many, to be shown alone.
    pub merged: usize,
    /// Features inside the tile whose outline rounds to nothing: polygons thinner and lines shorter than a unit.
    pub collapsed: usize,
    /// Features that the bound on bytes or features left no room for, and that nothing stands for.
    pub omitted: usize,
    /// How many times the least size that is shown was doubled to stay within the bounds.
    pub coarsened: u8,
}

impl Tile {
    /// Features of all sources.
    pub fn features(&self) -> usize {
        self.sum(|layer| layer.features)
    }

    /// Features that others stand for, in all sources.
    pub fn merged(&self) -> usize {
        self.sum(|layer| layer.merged)
    }

    /// Features that round to nothing, in all sources.
    pub fn collapsed(&self) -> usize {
        self.sum(|layer| layer.collapsed)
    }

    /// Features left out, in all sources.
    pub fn omitted(&self) -> usize {
        self.sum(|layer| layer.omitted)
    }

    fn sum(&self, of: impl Fn(&TileLayer) -> usize) -> usize {
        self.layers.iter().map(of).sum()
    }
}
