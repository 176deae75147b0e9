//! The facade that owns everything: one writer at a time, readers on immutable snapshots.
//!
//! A write clones the newest [`Snapshot`] (cheap: everything in it is shared), changes the clone and
//! publishes it in one atomic step, or drops it on any error, so that a failed call leaves no trace.
//! A read takes the newest snapshot and works on it undisturbed. Embedding happens before the
//! writer's lock is taken: no event ever waits for a model. Where the options ask for it, a thread of
//! the engine does it after the call has returned ([`queue`]).

mod commit_thread;
mod explanation;
mod export;
mod held_networks;
mod held_packs;
mod home;
mod household;
mod log;
mod meaning;
mod observing;
mod opening;
mod options;
mod packed_vectors;
mod packs;
mod published;
mod queue;
mod recording;
mod search;
mod sequence;
mod shared;
mod showings;
mod snapshot;
mod statistics;
mod store_calls;
mod stored_videos;
mod sync;
mod training;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ndarray::Array2;

use crate::domain::{
    CallOptions, Error, FeatureWeights, Field, Fusion, Neighbour, Query, Ranking, Recommendation, Result, Status,
    VectorQuery, Video, WatchCard, Watched, check_id, check_vector_length, limits,
};
use crate::encoder::{Encoder, EncoderDescription, Lane, Manifest};
use crate::learning::{Engaged, Profile, Taste, TasteSettings, Viewer, Watch, WatchState, taste, taste_terms};
use crate::ranking::{
    Adjustments, Because, Blend, CatalogueVideo, Centres, EngagedRow, EngagedRows, Searching, VideoVector,
    allowed_rows, blend, engaged_rows, nearest, provisional_part, rank, rank_adjusted, searchable_rows, watch_cards,
    withhold_titles,
};
use crate::store::Store;
use crate::vectors::{Lists, Metric, Pool, Scored};

pub use export::{Anonymisation, LEAST_TIME_STEP_MS, SALT_BYTES};
pub use log::{Log, LogLevel, LogSink};
pub use options::{EngineOptions, FieldWeights, StoreOptions};
pub use packs::{PackDescription, PackExport, PackImport, describe_pack};
pub use statistics::Statistics;
pub use training::TrainOptions;

use commit_thread::CommitThread;
use meaning::{KnownParts, clean_text};
use queue::{EmbeddingThread, job_bytes};
use shared::Shared;
use snapshot::Snapshot;

/// An engine: a catalogue, the profiles that watch it, and what is known of both. All methods may
/// be called from any thread at any time.
pub struct Engine {
    shared: Arc<Shared>,
    thread: Option<EmbeddingThread>,
    commit_thread: Option<CommitThread>,
}

impl Engine {
    /// An engine, in memory or with what its store holds. A model that cannot be opened is no failure here: the engine
    /// works with vectors the host brings, logs a warning, and every call that needs the model (try
    /// [`Engine::load_encoder`]) returns the reason.
    pub fn new(options: EngineOptions) -> Result<Self> {
        options.validate()?;
        let (host, commit_host) = (options.background_embedding, options.commit_host);
        let mut shared = Shared::new(options)?;
        let waiting = std::mem::take(&mut shared.found_waiting);
        match host {
            Some(_) => shared.queue.put(waiting),
            None if waiting.is_empty() => {}
            None => shared.log.warning(format_args!(
                "{} stored videos have no vector of this model and stand in no list until they are added again",
                waiting.len()
            )),
        }
        let shared = Arc::new(shared);
        let thread = host.map(|host| EmbeddingThread::start(Arc::clone(&shared), host)).transpose()?;
        let commit_thread = commit_host.map(|host| CommitThread::start(Arc::clone(&shared), host)).transpose()?;
        Ok(Engine { shared, thread, commit_thread })
    }

    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// Number of videos.
    pub fn count(&self) -> usize {
        self.shared.snapshot.load_full().catalogue.len()
    }

    /// The ids of all videos, in their order.
    pub fn video_ids(&self) -> Vec<String> {
        let snapshot = self.shared.snapshot.load_full();
        let catalogue = &snapshot.catalogue;
        let mut ids: Vec<String> = catalogue.live().iter().map(|row| catalogue.id(row).to_owned()).collect();
        ids.sort_unstable();
        ids
    }

    /// The vector of a video as lists compare it: of unit length unless the metric is the inner product. None where no
    /// video has this id, and for one whose texts wait to be embedded.
    pub fn video_vector(&self, id: &str) -> Option<Vec<f32>> {
        let snapshot = self.shared.snapshot.load_full();
        let catalogue = &snapshot.catalogue;
        let row = catalogue.row(id).filter(|row| !catalogue.without_vector().contains(*row))?;
        Some(catalogue.vectors().values(row).into_owned())
    }

    /// What each feature counts in lists whose query does not say: by the options, else by the pack in use, else by default.
    pub fn feature_weights(&self) -> FeatureWeights {
        *self.shared.snapshot.load_full().weights()
    }

    /// Elements of this engine's vectors; 0 while neither a model nor a vector has told.
    pub fn dimensions(&self) -> usize {
        self.shared.snapshot.load_full().catalogue.vectors().dimensions()
    }

    /// Opens the model now rather than at the first text.
    pub fn load_encoder(&self, call: &CallOptions) -> Result<()> {
        self.log_encoder(self.shared.encoder()?.load(call))?;
        self.shared.queue.try_again();
        Ok(())
    }

    /// The manifest of this engine's model.
    pub fn manifest(&self) -> Result<&Arc<Manifest>> {
        self.shared.encoder().map(Encoder::manifest)
    }

    /// What runs the model; opens it first unless it is open.
    pub fn describe_encoder(&self, call: &CallOptions) -> Result<EncoderDescription> {
        self.log_encoder(self.shared.encoder()?.describe(call))
    }

    /// Gives back what can be brought back: the open model, the states of the network that reads histories, and the vectors
    /// of a pack. Data stays.
    pub fn trim(&self) {
        if let Ok(encoder) = self.shared.encoder() {
            encoder.trim();
        }
        let snapshot = self.shared.snapshot.load_full();
        snapshot.knowledge().forget_states();
        snapshot.packs.forget_vectors();
    }

    /// One raw unit vector a text (not centred), as rows.
    pub fn embed(&self, texts: &[&str], call: &CallOptions) -> Result<Array2<f32>> {
        let encoder = self.shared.encoder()?;
        check_batch("texts", texts.len())?;
        let mut cleaned = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            call.check()?;
            cleaned.push(clean_text("text", text).map_err(|error| error.within_batch("texts", index, texts.len()))?);
        }
        let cleaned: Vec<&str> = cleaned.iter().map(String::as_str).collect();
        self.embed_clean(encoder, &cleaned, Lane::Interactive, call)
    }

    fn embed_clean(&self, encoder: &Encoder, texts: &[&str], lane: Lane, call: &CallOptions) -> Result<Array2<f32>> {
        self.log_encoder(encoder.embed(texts, lane, call))
    }

    /// A model that does not open is worth a warning, and so is a provider that was passed over; a
    /// cancelled call or a bad text is not.
    fn log_encoder<T>(&self, outcome: Result<T>) -> Result<T> {
        let Ok(encoder) = self.shared.encoder() else {
            return outcome;
        };
        match &outcome {
            Err(error) if error.status == encoder.status() => {
                self.shared.log.warning(format_args!("no encoder: {error}"));
            }
            Err(error) if error.status == Status::Internal => self.shared.log.error(format_args!("{error}")),
            _ => {}
        }
        for why in encoder.take_skipped() {
            self.shared.log.warning(format_args!("a preferred provider was passed over: {why}"));
        }
        if let Some(why) = encoder.take_sharing() {
            self.shared.log.warning(format_args!("writers share the readers' session: {why}"));
        }
        outcome
    }

    /// Adds the videos, or replaces those whose ids exist: all of them or, on any error, none.
    pub fn add_videos(&self, videos: &[Video], call: &CallOptions) -> Result<()> {
        self.shared.check_writable()?;
        check_batch("videos", videos.len())?;
        let dimensions = Some(self.dimensions()).filter(|dimensions| *dimensions > 0);
        let mut ids = HashSet::with_capacity(videos.len());
        for (index, video) in videos.iter().enumerate() {
            let valid = video.validate(dimensions).and_then(|()| match (&video.vector, self.shared.options.metric) {
                (Some(vector), Metric::Dot) => check_vector_length(vector),
                _ => Ok(()),
            });
            let checked = valid.and_then(|()| match ids.insert(video.id.as_str()) {
                true => Ok(()),
                false => Err(Error::invalid(format!("id {:?} stands twice in the batch", video.id))),
            });
            checked.map_err(|error| error.within_batch("videos", index, videos.len()))?;
        }
        match &self.thread {
            Some(_) => self.add_for_later(videos, call),
            None => self.add_now(videos, call),
        }
    }

    fn add_now(&self, videos: &[Video], call: &CallOptions) -> Result<()> {
        let prepared = self.log_encoder(self.shared.prepare(videos, call))?;
        let stored = self.shared.to_store(videos, &prepared);
        let change = |snapshot: &mut Snapshot| {
            let items = snapshot.put_videos(prepared)?;
            let learned = snapshot.save_places(&items);
            Ok(move |store: &Store| stored.map_or(Ok(()), |stored| stored.write(store, &learned)))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }

    /// Adds the videos with what is known of them now and leaves their texts to the thread.
    fn add_for_later(&self, videos: &[Video], call: &CallOptions) -> Result<()> {
        let known = self.shared.known_parts(videos, call)?;
        let texts = self.shared.meaning.texts(videos, &known, call)?;
        if !texts.is_empty() {
            self.shared.encoder()?;
        }
        let is_ready = |(video, known): &(&Video, &KnownParts)| video.vector.is_some() || known.is_some();
        let (ready, waiting): (Vec<_>, Vec<_>) = videos.iter().zip(&known).partition(is_ready);
        let jobs: Vec<Video> = waiting.into_iter().map(|(video, _)| video.clone()).collect();
        let job_bytes: usize = jobs.iter().map(job_bytes).sum();
        self.shared.publish_beside(
            // Checked with the queue's new videos below.
            || 0,
            |snapshot| {
                let entries = self.pending_entries(snapshot, videos, &known);
                let stored = self.shared.to_store(videos, &entries);
                let items = snapshot.put_videos(entries)?;
                let learned = snapshot.save_places(&items);
                // Videos that replace waiting ones take their place in the queue.
                let others = self.shared.queue.bytes_beside(videos.iter().map(|video| video.id.as_str()));
                snapshot.check_room(job_bytes + others, self.shared.options.memory_limit_bytes)?;
                Ok(move |store: &Store| stored.map_or(Ok(()), |stored| stored.write(store, &learned)))
            },
            || {
                self.shared.queue.forget(ready.iter().map(|(video, _)| video.id.as_str()));
                self.shared.queue.put(jobs);
            },
        )
    }

    fn pending_entries(&self, snapshot: &Snapshot, videos: &[Video], known: &[KnownParts]) -> Vec<CatalogueVideo> {
        let use_tags = self.shared.options.field_weights.of(Field::Tags) > 0.0;
        let entry = |(video, known): (&Video, &KnownParts)| {
            if let Some(parts) = known {
                return self.shared.meaning.entry(video, VideoVector::Parts(parts.clone()));
            }
            let keeps_vector =
                snapshot.catalogue.row(&video.id).is_some_and(|row| snapshot.catalogue.has_own_vector(row));
            let part =
                (use_tags && !keeps_vector).then(|| provisional_part(&snapshot.catalogue, &video.tags)).flatten();
            self.shared.meaning.pending_video(video, part)
        };
        videos.iter().zip(known).map(entry).collect()
    }

    /// Waits until every added video has its vector. Fails with the reason when the model does not
    /// open, or when a video could not be embedded since the last time; tries again what rests.
    pub fn wait_for_embeddings(&self, call: &CallOptions) -> Result<()> {
        match &self.thread {
            Some(_) => self.log_encoder(self.shared.queue.wait(call)),
            None => Ok(()),
        }
    }

    /// Removes the videos; ids that do not exist are an error, and then none is removed. What
    /// profiles did with them stays and counts again if a video with the same id is added.
    pub fn remove_videos(&self, ids: &[&str]) -> Result<()> {
        self.shared.check_writable()?;
        check_batch("ids", ids.len())?;
        let forget = || self.shared.queue.forget(ids.iter().copied());
        self.shared.publish(|snapshot| snapshot.remove_videos(ids), |store| store.remove_videos(ids), forget)
    }

    /// Forgets a profile with all it did, in memory and on the disk; a guest ends by it. When it was the current one,
    /// the one before a guest is current again, or nobody.
    pub fn forget_profile(&self, profile: &str) -> Result<()> {
        self.shared.check_writable()?;
        check_id("profile", profile)?;
        let forget = |snapshot: &mut Snapshot| {
            let was_trained = snapshot.knowledge().is_trained();
            let is_kept = !snapshot.household.is_guest(profile);
            snapshot.forget_profile(profile)?;
            let loses_trained = was_trained && !snapshot.knowledge().is_trained();
            let next = snapshot.clone();
            Ok(move |store: &Store| {
                if loses_trained {
                    store.put_state(None, training::STATE, None)?;
                }
                if !is_kept {
                    return Ok(());
                }
                packs::keep_fewer_numbers(store, &next)?;
                store.forget_profile(profile)
            })
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, forget, || ())
    }

    /// What every list begins with: the newest snapshot, and the query as it counts there, see
    /// [`Snapshot::query_for`].
    fn asked<'q>(&self, query: &'q Query) -> Result<(Arc<Snapshot>, Cow<'q, Query>)> {
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

    fn rank(
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
        let given = given(snapshot, &history, taste, query);
        let blended = blend(&snapshot.catalogue, allowed, &given, query, adjustments, self.searching(), call);
        self.log_pool();
        blended
    }

    /// How this engine's lists are searched for.
    fn searching(&self) -> Searching<'_> {
        let kernel = self.shared.options.kernel();
        Searching { kernel, metric: self.shared.options.metric, pool: self.shared.pool.as_ref() }
    }

    /// A thread that could not be started is worth a warning.
    fn log_pool(&self) {
        for why in self.shared.pool.iter().filter_map(Pool::take_failure) {
            self.shared.log.warning(format_args!("searches use fewer threads than asked for: {why}"));
        }
    }

    /// See [`Encoder::interactive_run_time`]; zero without a model.
    pub fn encoder_run_time(&self) -> Duration {
        self.shared.encoder().map_or(Duration::ZERO, Encoder::interactive_run_time)
    }

    /// Counts and sizes at this moment.
    pub fn statistics(&self) -> Statistics {
        let snapshot = self.shared.snapshot.load_full();
        let encoder = self.shared.encoder().ok();
        let queue = self.shared.queue.reading();
        let (embedding_cache_hits, embedding_cache_misses) = encoder.map_or((0, 0), Encoder::cache_hits_and_misses);
        Statistics {
            videos: snapshot.catalogue.len() as u64,
            profiles: snapshot.profile_count() as u64,
            events: snapshot.events,
            dimensions: self.dimensions() as u64,
            memory_bytes: snapshot.bytes() as u64,
            memory_limit_bytes: self.shared.options.memory_limit_bytes,
            texts_embedded: encoder.map_or(0, Encoder::texts_embedded),
            encoder_status: self.shared.encoder().map_or_else(|error| error.status, Encoder::status),
            encoder_loaded: encoder.is_some_and(Encoder::is_loaded),
            faulted: self.is_faulted(),
            videos_waiting: queue.waiting as u64,
            videos_failed: queue.failed,
            embedding_queue_bytes: queue.bytes as u64,
            embedding_cache_hits,
            embedding_cache_misses,
            embedding_cache_bytes: encoder.map_or(0, Encoder::cache_bytes) as u64,
            sign_stage_divisor: snapshot.catalogue.vectors().sign_divisor().unwrap_or(0) as u32,
            instruction_set: self.shared.options.kernel().instruction_set(),
            store: self.store_statistics().ok().flatten(),
        }
    }

    /// Marks the engine after a panic: what was published is whole and stays readable, but no
    /// write is accepted any more.
    pub fn set_faulted(&self) {
        self.shared.set_faulted();
    }

    pub fn is_faulted(&self) -> bool {
        self.shared.is_faulted()
    }

    /// Fails with the reason when this engine has no usable model, as far as is known.
    pub fn check_encoder(&self) -> Result<()> {
        self.shared.encoder().map(drop)
    }
}

fn engaged<'s>(snapshot: &'s Snapshot, profile: &str, call: &CallOptions) -> Result<EngagedRows<'s>> {
    engaged_rows(&snapshot.catalogue, snapshot.item_rows(), snapshot.profile(profile), call)
}

/// What a blended list for a profile is made from.
fn inspiring_history(profile: Option<&Profile>) -> Cow<'_, [Watch]> {
    profile.map_or(Cow::default(), Profile::inspiring_history)
}

/// The list, whose reasons tell no title that the query's age limit does not allow.
fn without_forbidden_titles(snapshot: &Snapshot, query: &Query, mut list: Vec<Recommendation>) -> Vec<Recommendation> {
    withhold_titles(&snapshot.catalogue, query, list.iter_mut().flat_map(|item| &mut item.reasons));
    list
}

/// A blended list's viewer, who watched `history`, with all that is known of them.
fn given<'s>(snapshot: &'s Snapshot, history: &'s [Watch], taste: Option<&'s Taste>, query: &Query) -> Blend<'s> {
    let profile = snapshot.profile(&query.profile);
    let all = profile.map_or(&[][..], Profile::history);
    let last = all.iter().map(|watch| watch.time_utc_ms).max().unwrap_or(0);
    let now_utc_ms = if query.now_utc_ms == 0 { last } else { query.now_utc_ms };
    let viewer = Viewer { profile: profile.and_then(Profile::number), history, now_utc_ms, context: query.context };
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

fn snapshot_taste(snapshot: &Snapshot, engaged: &[EngagedRow<'_>], call: &CallOptions) -> Result<Option<Taste>> {
    let vectors = snapshot.catalogue.vectors();
    let of_row = |engaged: &EngagedRow<'_>| Engaged {
        row: engaged.row,
        weight: engaged.engagement.weight(),
        later_watches: engaged.later_watches,
    };
    let engaged: Vec<Engaged> = engaged.iter().map(of_row).collect();
    let terms = taste_terms(&engaged, TasteSettings::default());
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

fn check_batch(what: &str, count: usize) -> Result<()> {
    if count > limits::BATCH {
        return Err(Error::limit(&format!("the number of {what}"), count, limits::BATCH));
    }
    Ok(())
}
