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
mod lists;
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
pub mod weights;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ndarray::Array2;

use crate::domain::{
    CallOptions, Error, FeatureWeights, Field, Result, Status, Video, check_id, check_vector_length, limits,
};
use crate::encoder::{Encoder, EncoderDescription, Lane, Manifest};
use crate::ranking::{CatalogueVideo, VideoVector, provisional_part};
use crate::store::Store;
use crate::vectors::Metric;

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

    /// What each feature counts in lists whose query does not say: by the options, else by the pack in use, else by
    /// default.
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

fn check_batch(what: &str, count: usize) -> Result<()> {
    if count > limits::BATCH {
        return Err(Error::limit(&format!("the number of {what}"), count, limits::BATCH));
    }
    Ok(())
}
