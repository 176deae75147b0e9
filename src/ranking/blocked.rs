//! What keeps a single video out of a list: all causes, found for the one row by the same rules as the bitmap of allowed
//! rows ([`super::allowed_rows`]) has them for all. A rule that is added there has its cause here.

use super::selection::Selection;
use super::{Catalogue, EngagedRows, Withheld};
use crate::domain::{Block, BlockKind, CallOptions, Query, Result};

/// Why a live row is none of the [`super::allowed_rows`], asked with the same arguments; nothing for one that is.
pub fn blocks(
    catalogue: &Catalogue,
    engaged: &EngagedRows<'_>,
    row: usize,
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Vec<Block>> {
    let engagement = engaged.iter().find(|engaged| engaged.row == row).map(|engaged| engaged.engagement);
    let mut blocks = match (&query.filter, catalogue.video(row)) {
        (Some(filter), Some(video)) => Selection::new(catalogue.attributes(), filter).broken(row, &video.attributes),
        _ => Vec::new(),
    };
    let withheld = engaged.withheld(catalogue, query, call)?;
    let is_withheld = |why: Withheld| withheld.contains(&(row, why));
    let causes = [
        (BlockKind::Excluded, query.exclude.iter().any(|id| id == catalogue.id(row))),
        (BlockKind::Hidden, engagement.is_some_and(|engagement| engagement.is_hidden())),
        (BlockKind::HiddenSeries, is_withheld(Withheld::HiddenSeries)),
        (BlockKind::Snoozed, is_withheld(Withheld::Snoozed)),
        (BlockKind::Watched, leave_out_watched && engagement.is_some_and(|engagement| engagement.is_watched())),
        (BlockKind::NoVector, catalogue.without_vector().contains(row)),
    ];
    blocks.extend(causes.into_iter().filter(|(_, holds)| *holds).map(|(kind, _)| Block::plain(kind)));
    Ok(blocks)
}
