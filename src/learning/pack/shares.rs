//! Which cells of a table go into a pack: those that people's scores would miss most. Rows are not alike: the row of an
//! item that many watched has a part in many lists, and so gets more cells than one that few will ever ask for.
//!
//! A viewer who watched item i, as n_i profiles did, gets s_ij from the cell (i, j); without it the score of j is off
//! by as much. Over all who watched, the squares of what is missing add up to Σ n_i · s_ij² over the cells left out, which
//! is least for a given number of cells when those with the largest n_i · s_ij² stay.

use super::super::Item;

/// A row's cells in the order of their columns.
type Row = Vec<(Item, f32)>;

/// The cells of all rows that `loss` is largest of, of equal ones those of the first rows and columns; at most `most`.
pub fn most_missed(mut rows: Vec<Row>, most: usize, loss: impl Fn(Item, &(Item, f32)) -> f32) -> Vec<Row> {
    if rows.iter().map(Vec::len).sum::<usize>() <= most {
        return rows;
    }
    let of_row = |(row, cells): (Item, &Row)| cells.iter().map(|cell| loss(row, cell)).collect::<Vec<f32>>();
    let mut losses: Vec<f32> = (0..).zip(&rows).flat_map(of_row).collect();
    let (above, least, _) = losses.select_nth_unstable_by(most, |a, b| b.total_cmp(a));
    let least = *least;
    // Of those that are no better than the first that is left out, as many as there is room for.
    let mut room = above.iter().filter(|loss| **loss == least).count();
    for (row, cells) in (0..).zip(&mut rows) {
        cells.retain(|cell| {
            let loss = loss(row, cell);
            let stays = loss > least || (loss == least && room > 0);
            room -= usize::from(stays && loss == least);
            stays
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_missed_stay_whatever_their_row() {
        let rows = vec![vec![(0, 1.0), (4, 3.0)], vec![], vec![(1, 2.0), (2, 2.0), (3, 2.0)]];
        let kept = |most| most_missed(rows.clone(), most, |row, cell| if row == 2 { 2.0 * cell.1 } else { cell.1 });
        assert_eq!(kept(2), [vec![], vec![], vec![(1, 2.0), (2, 2.0)]]);
        assert_eq!(kept(4), [vec![(4, 3.0)], vec![], rows[2].clone()]);
        assert_eq!((kept(5), kept(9)), (rows.clone(), rows.clone()));
    }
}
