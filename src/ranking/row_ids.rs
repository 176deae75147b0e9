//! The ids of videos by row, one beside the other: who needs those of the whole catalogue, as an import of a pack does,
//! reads them without going from video to video through all of memory.

use crate::vectors::Rows;

/// Bytes of an id that has its place here; most have fewer, those of UUIDs among them.
const LONGEST: usize = 39;

/// Rows that stand together, and that a change copies.
const CHUNK: usize = 256;

/// See the module. Cloning shares; takes 40 bytes a row.
#[derive(Debug, Clone)]
pub struct RowIds {
    /// The length of each id, 0 where none stands here, and the id.
    ids: Rows<u8>,
}

impl Default for RowIds {
    fn default() -> Self {
        RowIds { ids: Rows::new(1 + LONGEST, CHUNK) }
    }
}

impl RowIds {
    pub fn put(&mut self, row: usize, id: &str) {
        let place = self.ids.row_mut(row);
        place[0] = 0;
        if id.len() <= LONGEST {
            place[0] = id.len() as u8;
            place[1..][..id.len()].copy_from_slice(id.as_bytes());
        }
    }

    pub fn remove(&mut self, row: usize) {
        self.put(row, "");
    }

    /// None for a row without a video, and for an id that is too long to stand here.
    pub fn get(&self, row: usize) -> Option<&str> {
        let (length, id) = self.ids.row(row).split_first()?;
        std::str::from_utf8(&id[..usize::from(*length)]).ok().filter(|id| !id.is_empty())
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.ids.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_stand_in_their_rows() {
        let mut ids = RowIds::default();
        let (long, longest) = ("x".repeat(LONGEST + 1), "é".repeat(LONGEST / 2));
        [(0, "a"), (600, longest.as_str()), (1, long.as_str())].iter().for_each(|(row, id)| ids.put(*row, id));
        assert_eq!([0, 1, 2, 600].map(|row| ids.get(row)), [Some("a"), None, None, Some(longest.as_str())]);
        ids.put(0, &long);
        ids.remove(600);
        assert_eq!([0, 600].map(|row| ids.get(row)), [None, None]);
    }
}
