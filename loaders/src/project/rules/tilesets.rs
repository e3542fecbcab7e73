//! Rules of tilesets.

use super::{DEMANDS_LAYER, Location, Rules, WHOLE, readable};

impl Rules<'_> {
    /// Tilesets stand in addresses beside layers and levels, so their ids must be others.
    pub(super) fn tilesets(&mut self) {
        let draft = self.draft;
        for id in draft.tilesets.keys() {
            let path = format!("tilesets.{id}");
            self.id(&path, id, &[DEMANDS_LAYER, WHOLE]);
            let level = draft.levels.iter().flatten().any(|level| level.id == *id);
            let what = match draft.layers.contains_key(id) {
                true => "a layer",
                false if level => "a level",
                false => continue,
            };
            let message =
                format!("{id:?} is the id of {what} already; tiles of both would have one address");
            self.error(&path, message);
        }
        for (id, tileset) in readable(&draft.tilesets) {
            let path = format!("tilesets.{id}");
            self.title(&path, tileset.title.as_ref());
            if !matches!(Location::parse(&tileset.source), Location::File(_)) {
                let message = "a tileset is a file: tiles are read from it when they are asked for; download it first";
                self.error(&format!("{path}.source"), message.to_owned());
            }
        }
    }
}
