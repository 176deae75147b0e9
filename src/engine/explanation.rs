//! How one video stands with a query, whether its list holds it or not: what a list would say of it, and what keeps it out.

use super::Engine;
use super::lists::{engaged, given, inspiring_history, snapshot_taste};
use crate::domain::{
    Block, BlockKind, CallOptions, Error, Explanation, Query, Ranking, Result, Status, Watched, check_id,
};
use crate::learning::Taste;
use crate::ranking::{
    Adjustments, Because, Standing, allowed_rows, blocks, explain_adjusted, explain_blended, explain_ranked,
    withhold_titles,
};
use crate::vectors::Bitmap;

use super::snapshot::Snapshot;

impl Engine {
    /// The score that [`Engine::recommend`] would give a video, its reasons, and its rank among all videos that the query
    /// allows; or all causes that keep it out.
    pub fn explain(&self, video_id: &str, query: &Query, call: &CallOptions) -> Result<Explanation> {
        check_id("video_id", video_id)?;
        let (snapshot, query) = self.asked(query)?;
        let query = query.as_ref();
        let catalogue = &snapshot.catalogue;
        let unknown = || Error::new(Status::NotFound, format!("video_id {video_id:?} is no video of this engine"));
        let row = catalogue.row(video_id).ok_or_else(unknown)?;
        call.check()?;
        let engaged = engaged(&snapshot, &query.profile, call)?;
        let leave_out_watched = query.watched != Watched::Include;
        let allowed = allowed_rows(catalogue, &engaged, query, leave_out_watched, call)?;
        let mut blocks = blocks(catalogue, &engaged, row, query, leave_out_watched, call)?;
        let taste = snapshot_taste(&snapshot, &engaged, call)?;
        if query.ranking == Ranking::Taste && taste.is_none() {
            blocks.push(Block::plain(BlockKind::NoTaste));
        }
        let standing = self.standing(&snapshot, &allowed, row, taste.as_ref(), query, call);
        self.log_pool();
        self.log_sequence(&snapshot);
        let mut standing = standing?;
        let reasons = standing.iter_mut().flat_map(|standing| &mut standing.reasons);
        withhold_titles(catalogue, query, reasons);
        if let (Some(least), Some(standing)) = (query.min_score, &standing)
            && standing.unadjusted < least
        {
            let (found, asked) = (f64::from(standing.unadjusted), f64::from(least));
            blocks.push(Block { found, asked, ..Block::plain(BlockKind::BelowMinScore) });
        }
        let is_blocked = !blocks.is_empty();
        Ok(Explanation {
            id: video_id.to_owned(),
            title: catalogue.title(row).to_owned(),
            score: standing.as_ref().map(|standing| standing.score),
            rank: standing.as_ref().and_then(|standing| standing.rank).filter(|_| !is_blocked),
            allowed: allowed.count(),
            reasons: standing.map_or_else(Vec::new, |standing| standing.reasons),
            blocks,
        })
    }

    /// None for a video without a vector, and where there is no taste to score by.
    fn standing(
        &self,
        snapshot: &Snapshot,
        allowed: &Bitmap,
        row: usize,
        taste: Option<&Taste>,
        query: &Query,
        call: &CallOptions,
    ) -> Result<Option<Standing>> {
        let catalogue = &snapshot.catalogue;
        if catalogue.without_vector().contains(row) {
            return Ok(None);
        }
        let profile = snapshot.profile(&query.profile);
        let adjustments = Adjustments::of(catalogue, profile, query, call)?;
        let searching = self.searching();
        match (query.ranking, taste) {
            (Ranking::Blend, _) => {
                let history = inspiring_history(profile);
                let given = given(snapshot, &history, taste, query, call);
                explain_blended(catalogue, allowed, row, &given, query, adjustments, searching, call).map(Some)
            }
            (Ranking::Taste, Some(taste)) => {
                if let Some(mut adjustments) = adjustments {
                    return explain_adjusted(catalogue, allowed, row, taste, query, &mut adjustments, searching, call);
                }
                let by_taste = (&taste.vector[..], Because::Taste(taste));
                explain_ranked(catalogue, allowed, row, by_taste, query, searching, call)
            }
            (Ranking::Taste, None) => Ok(None),
        }
    }
}
