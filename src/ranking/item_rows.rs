//! Which row holds a learned item's video, and the other way round: two flat tables, so that a list goes from what was
//! learned to the catalogue and back without a look at an id. Whoever numbers, puts or removes videos keeps them true.

use crate::learning::Item;
use crate::vectors::Rows;

/// Places that stand together, and that a change copies.
const CHUNK: usize = 1024;

/// See the module. Cloning shares.
#[derive(Debug, Clone)]
pub struct ItemRows {
    /// Of each item one more than its row; 0 for none.
    rows: Rows<u32>,
    /// Of each row one more than its item; 0 for none.
    items: Rows<u32>,
}

impl Default for ItemRows {
    fn default() -> Self {
        ItemRows { rows: Rows::new(1, CHUNK), items: Rows::new(1, CHUNK) }
    }
}

fn get(table: &Rows<u32>, place: usize) -> Option<u32> {
    if place < table.rows() { table.row(place)[0].checked_sub(1) } else { None }
}

impl ItemRows {
    /// Of all videos that have a number, each by that and its row.
    pub fn of(pairs: &[(Item, usize)]) -> ItemRows {
        let end = |place: fn(&(Item, usize)) -> usize| pairs.iter().map(place).max().map_or(0, |last| last + 1);
        let (mut rows, mut items) = (vec![0; end(|pair| pair.0 as usize)], vec![0; end(|pair| pair.1)]);
        for (item, row) in pairs {
            rows[*item as usize] = *row as u32 + 1;
            items[*row] = item + 1;
        }
        ItemRows { rows: Rows::of(1, CHUNK, &rows), items: Rows::of(1, CHUNK, &items) }
    }

    /// The row of an item's video; none for one that is not in the catalogue.
    pub fn row(&self, item: Item) -> Option<usize> {
        get(&self.rows, item as usize).map(|row| row as usize)
    }

    /// The item of a live row's video; none for one that nothing was learned of.
    pub fn item(&self, row: usize) -> Option<Item> {
        get(&self.items, row)
    }

    /// The item's video stands in this row.
    pub fn link(&mut self, item: Item, row: usize) {
        if self.row(item) != Some(row) {
            self.rows.row_mut(item as usize)[0] = row as u32 + 1;
        }
        if self.item(row) != Some(item) {
            self.items.row_mut(row)[0] = item + 1;
        }
    }

    /// The row's video is no longer there.
    pub fn unlink(&mut self, row: usize) {
        if let Some(item) = self.item(row) {
            self.rows.row_mut(item as usize)[0] = 0;
            self.items.row_mut(row)[0] = 0;
        }
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + self.items.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        assert_eq!(ItemRows::of(&[]).row(0), None);
        let many = ItemRows::of(&[(5, 2_000), (0, 0)]);
        assert_eq!((many.row(5), many.item(2_000), many.row(0)), (Some(2_000), Some(5), Some(0)));
        assert_eq!((many.row(4), many.item(1_999), many.item(2_001)), (None, None, None));
        let mut pairs = ItemRows::default();
        assert_eq!((pairs.row(0), pairs.item(0)), (None, None));
        pairs.link(5, 2_000);
        pairs.link(0, 0);
        assert_eq!((pairs.row(5), pairs.item(2_000)), (Some(2_000), Some(5)));
        assert_eq!((pairs.row(0), pairs.item(0), pairs.row(4)), (Some(0), Some(0), None));
        pairs.unlink(2_000);
        pairs.unlink(1);
        assert_eq!((pairs.row(5), pairs.item(2_000), pairs.item(0)), (None, None, Some(0)));
        pairs.link(5, 7);
        assert_eq!((pairs.row(5), pairs.item(7)), (Some(7), Some(5)));
    }
}
