//! Lists of an engine: by a profile's taste or by all that is known, like a video, near vectors that the host brings, and
//! what comes next. Each works on one snapshot, so that writers never disturb it.

use std::borrow::Cow;
use std::sync::Arc;

use super::Engine;
use super::snapshot::Snapshot;
use crate::domain::{
    CallOptions, Error, Fusion, Neighbour, Query, Ranking, Recommendation, Result, Status, VectorQuery, WatchCard,
    Watched, check_id, check_vector_length,
};
use crate::learning::{
    Engaged, Profile, Sequence, Taste, TasteSettings, Viewer, Watch, WatchState, taste, taste_terms,
};
use crate::ranking::{
    Adjustments, Because, Blend, Centres, EngagedRow, EngagedRows, Searching, allowed_rows, blend, engaged_rows,
    nearest, rank, rank_adjusted, searchable_rows, watch_cards, withhold_titles,
};
use crate::vectors::{Lists, Metric, Pool, Scored};

impl Engine {
    /// What every list begins with: the newest snapshot, and the query as it counts there, see
    /// [`Snapshot::query_for`].
    pub(super) fn asked<'q>(&self, query: &'q Query) -> Result<(Arc<Snapshot>, Cow<'q, Query>)> {
        query.validate()?;
        let snapshot = self.shared.snapshot.load_full();
        let query = snapshot.query_for(query)?;
        Ok((snapshot, query))
    }

    /// Videos near the profile's taste. A profile that likes nothing yet gets an empty list.
    pub fn recommend(&self, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        let (snapshot, query) = self.asked(query)?;
        let list = self.recommended(&snapshot, query.as_ref(), call)?;
        Ok(without_forbidden_titles(&snapshot, query.as_ref(), list))
    }

    fn recommended(&self, snapshot: &Snapshot, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        call.check()?;
        let engaged = engaged(snapshot, &query.profile, call)?;
        let taste = snapshot_taste(snapshot, &engaged, call)?;
        if query.ranking == Ranking::Blend {
            return self.blend(snapshot, &engaged, taste.as_ref(), query, call);
        }
        match taste {
            Some(taste) => {
                let profile = snapshot.profile(&query.profile);
                if let Some(mut adjustments) = Adjustments::of(&snapshot.catalogue, profile, query, call)? {
                    return self.rank_adjusted(snapshot, &engaged, &taste, query, &mut adjustments, call);
                }
                let because = Because::Taste(&taste);
                self.rank(snapshot, &engaged, (&taste.vector, because), query, true, call)
            }
            None => Ok(Vec::new()),
        }
    }

    /// What the profile is in the middle of, as cards: videos to continue, next episodes, and new ones of series that
    /// it had caught up with. What it watched last comes first. Of the query, the profile, limit, time, filter and
    /// excluded ids count; the time is required, since only what can be watched then has a card.
    pub fn watch_next(&self, query: &Query, call: &CallOptions) -> Result<Vec<WatchCard>> {
        let (snapshot, query) = self.asked(query)?;
        if query.now_utc_ms == 0 {
            return Err(Error::invalid("now_utc_ms is 0; cards need the time of the list"));
        }
        call.check()?;
        match snapshot.profile(&query.profile) {
            Some(profile) => watch_cards(&snapshot.catalogue, profile, &query, call),
            None => Ok(Vec::new()),
        }
    }

    /// How far the profile is with a video.
    pub fn watch_state(&self, profile: &str, video_id: &str) -> WatchState {
        let snapshot = self.shared.snapshot.load_full();
        let viewing = snapshot.profile(profile).and_then(|profile| profile.watching().viewing(video_id));
        viewing.map_or(WatchState::NotStarted, |viewing| viewing.state)
    }

    /// Videos near one video, that video left out.
    pub fn similar(&self, video_id: &str, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        check_id("video_id", video_id)?;
        let (snapshot, query) = self.asked(query)?;
        let query = query.as_ref();
        let row = snapshot
            .catalogue
            .row(video_id)
            .ok_or_else(|| Error::new(Status::NotFound, format!("video_id {video_id:?} is no video of this engine")))?;
        let vector = snapshot.catalogue.vectors().values(row);
        if snapshot.catalogue.without_vector().contains(row) {
            // Its texts wait to be embedded and its tags say nothing: it is like no other yet.
            return Ok(Vec::new());
        }
        let engaged = engaged(&snapshot, &query.profile, call)?;
        let list = self.rank(&snapshot, &engaged, (&vector, Because::Video(video_id)), query, false, call)?;
        Ok(without_forbidden_titles(&snapshot, query, list))
    }

    /// The videos nearest to vectors that the caller brings; a list for each, or one for all. Nothing is
    /// known of a profile here: only videos that wait for their vector are left out.
    pub fn nearest(&self, query: &VectorQuery, call: &CallOptions) -> Result<Vec<Vec<Neighbour>>> {
        let snapshot = self.shared.snapshot.load_full();
        let catalogue = &snapshot.catalogue;
        query.validate(Some(catalogue.vectors().dimensions()).filter(|dimensions| *dimensions > 0))?;
        let lists = if query.fusion == Fusion::None { query.vectors.len() } else { 1 };
        let vectors = self.brought_queries(query, catalogue.centres(), call)?;
        let kinds = if query.fusion == Fusion::Max { Lists::BestOf } else { Lists::OneEach };
        call.check()?;
        // The length of vectors is unknown while no video has one: a damaged store may have lost all of them.
        if catalogue.vectors().dimensions() == 0 || catalogue.is_empty() || vectors.is_empty() {
            return Ok(vec![Vec::new(); lists]);
        }
        let rows = searchable_rows(catalogue, query.filter.as_ref(), call)?;
        let bounds = (query.limit, query.min_score);
        let found = nearest(catalogue, rows, vectors, kinds, bounds, self.searching(), call);
        self.log_pool();
        let found = found?;
        let neighbour = |scored: &Scored<'_>| Neighbour { id: scored.key.to_owned(), score: scored.score };
        Ok(found.iter().map(|list| list.iter().map(neighbour).collect()).collect())
    }

    /// The query's vectors as they are compared with videos; with weights, their one mean.
    fn brought_queries(&self, query: &VectorQuery, centres: &Centres, call: &CallOptions) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(query.vectors.len());
        for (index, vector) in query.vectors.iter().enumerate() {
            call.check()?;
            let place = |error: Error| error.within_batch("vectors", index, query.vectors.len());
            if self.shared.options.metric == Metric::Dot {
                check_vector_length(vector).map_err(place)?;
            }
            let brought = self.shared.meaning.brought_query(vector, &query.language, query.centred, centres);
            let message = "it equals the mean of its language and has no direction left";
            vectors.push(brought.ok_or_else(|| place(Error::invalid(message)))?);
        }
        if query.fusion == Fusion::Weighted {
            let mean = weighted_mean(&vectors, &query.weights, call)?;
            check_vector_length(&mean).map_err(|error| error.within("the weighted mean of vectors"))?;
            vectors = vec![mean];
        }
        Ok(vectors)
    }

    pub(super) fn rank(
        &self,
        snapshot: &Snapshot,
        engaged: &EngagedRows<'_>,
        (vector, because): (&[f32], Because<'_>),
        query: &Query,
        leave_out_by_default: bool,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let leave_out_watched = match query.watched {
            Watched::Default => leave_out_by_default,
            Watched::Include => false,
            Watched::Exclude => true,
        };
        let mut allowed = allowed_rows(&snapshot.catalogue, engaged, query, leave_out_watched, call)?;
        if let Because::Video(id) = because {
            snapshot.catalogue.row(id).into_iter().for_each(|row| allowed.remove(row));
        }
        let ranked = rank(&snapshot.catalogue, allowed, vector, because, query, self.searching(), call);
        self.log_pool();
        ranked
    }

    fn rank_adjusted(
        &self,
        snapshot: &Snapshot,
        engaged: &EngagedRows<'_>,
        taste: &Taste,
        query: &Query,
        adjustments: &mut Adjustments,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let leave_out_watched = query.watched != Watched::Include;
        let allowed = allowed_rows(&snapshot.catalogue, engaged, query, leave_out_watched, call)?;
        let ranked = rank_adjusted(&snapshot.catalogue, allowed, taste, query, adjustments, self.searching(), call);
        self.log_pool();
        ranked
    }

    fn blend(
        &self,
        snapshot: &Snapshot,
        engaged: &EngagedRows<'_>,
        taste: Option<&Taste>,
        query: &Query,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let profile = snapshot.profile(&query.profile);
        let history = inspiring_history(profile);
        let leave_out_watched = query.watched != Watched::Include;
        let allowed = allowed_rows(&snapshot.catalogue, engaged, query, leave_out_watched, call)?;
        let adjustments = Adjustments::of(&snapshot.catalogue, profile, query, call)?;
        let given = given(snapshot, &history, taste, query, call);
        let blended = blend(&snapshot.catalogue, allowed, &given, query, adjustments, self.searching(), call);
        self.log_pool();
        self.log_sequence(snapshot);
        blended
    }

    /// How this engine's lists are searched for.
    pub(super) fn searching(&self) -> Searching<'_> {
        let kernel = self.shared.options.kernel();
        Searching { kernel, metric: self.shared.options.metric, pool: self.shared.pool.as_ref() }
    }

    /// A network that no history was read with is worth one.
    pub(super) fn log_sequence(&self, snapshot: &Snapshot) {
        if let Some(error) = snapshot.knowledge().sequence().and_then(Sequence::take_failure) {
            self.shared.log.warning(format_args!("lists go without the sequence where it fails: {error}"));
        }
    }

    /// A thread that could not be started is worth a warning.
    pub(super) fn log_pool(&self) {
        for why in self.shared.pool.iter().filter_map(Pool::take_failure) {
            self.shared.log.warning(format_args!("searches use fewer threads than asked for: {why}"));
        }
    }
}

pub(super) fn engaged<'s>(snapshot: &'s Snapshot, profile: &str, call: &CallOptions) -> Result<EngagedRows<'s>> {
    engaged_rows(&snapshot.catalogue, snapshot.item_rows(), snapshot.profile(profile), call)
}

/// What a blended list for a profile is made from.
pub(super) fn inspiring_history(profile: Option<&Profile>) -> Cow<'_, [Watch]> {
    profile.map_or(Cow::default(), Profile::inspiring_history)
}

/// The list, whose reasons tell no title that the query's age limit does not allow.
fn without_forbidden_titles(snapshot: &Snapshot, query: &Query, mut list: Vec<Recommendation>) -> Vec<Recommendation> {
    withhold_titles(&snapshot.catalogue, query, list.iter_mut().flat_map(|item| &mut item.reasons));
    list
}

/// A blended list's viewer, who watched `history`, with all that is known of them.
pub(super) fn given<'s>(
    snapshot: &'s Snapshot,
    history: &'s [Watch],
    taste: Option<&'s Taste>,
    query: &Query,
    call: &'s CallOptions,
) -> Blend<'s> {
    let profile = snapshot.profile(&query.profile);
    let all = profile.map_or(&[][..], Profile::history);
    let last = all.iter().map(|watch| watch.time_utc_ms).max().unwrap_or(0);
    let now_utc_ms = if query.now_utc_ms == 0 { last } else { query.now_utc_ms };
    let number = profile.and_then(Profile::number);
    let viewer = Viewer { profile: number, history, now_utc_ms, context: query.context, call };
    let adapted = || match profile.and_then(Profile::adaptation) {
        Some(adaptation) => adaptation.weights(snapshot.weights()),
        None => *snapshot.weights(),
    };
    let weights = query.feature_weights.unwrap_or_else(adapted);
    let new_video_share = query.new_video_share;
    let (knowledge, item_rows) = (snapshot.knowledge(), snapshot.item_rows());
    let bandit = profile.and_then(Profile::bandit);
    Blend { knowledge, item_rows, viewer, taste, weights, new_video_share, bandit }
}

pub(super) fn snapshot_taste(
    snapshot: &Snapshot,
    engaged: &[EngagedRow<'_>],
    call: &CallOptions,
) -> Result<Option<Taste>> {
    let of_row = |engaged: &EngagedRow<'_>| Engaged {
        row: engaged.row,
        weight: engaged.engagement.weight(),
        later_watches: engaged.later_watches,
    };
    taste_of(snapshot, &engaged.iter().map(of_row).collect::<Vec<_>>(), call)
}

pub(super) fn taste_of(snapshot: &Snapshot, engaged: &[Engaged], call: &CallOptions) -> Result<Option<Taste>> {
    let vectors = snapshot.catalogue.vectors();
    let terms = taste_terms(engaged, TasteSettings::default());
    taste(terms, vectors.dimensions(), |row| vectors.values(row), call)
}

/// Σ wᵢ·vᵢ / Σ |wᵢ|: an inner product with it is the weighted mean of those with the vectors.
fn weighted_mean(vectors: &[Vec<f32>], weights: &[f32], call: &CallOptions) -> Result<Vec<f32>> {
    let weight = |index: usize| f64::from(weights.get(index).copied().unwrap_or(1.0));
    let whole: f64 = (0..vectors.len()).map(|index| weight(index).abs()).sum();
    let mut sum = vec![0.0_f64; vectors[0].len()];
    for (index, vector) in vectors.iter().enumerate() {
        call.check()?;
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += weight(index) * f64::from(*value));
    }
    Ok(sum.into_iter().map(|sum| (sum / whole) as f32).collect())
}
