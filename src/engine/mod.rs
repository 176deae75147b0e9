//! The facade that owns everything: one writer at a time, readers on immutable snapshots.
//!
//! A write clones the newest [`Snapshot`] (cheap: everything in it is shared), changes the clone and
//! publishes it in one atomic step, or drops it on any error, so that a failed call leaves no trace.
//! A read takes the newest snapshot and works on it undisturbed. Embedding happens before the
//! writer's lock is taken: no event ever waits for a model.

mod log;
mod meaning;
mod options;
mod snapshot;
mod statistics;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use ndarray::Array2;
use parking_lot::{Mutex, MutexGuard};

use crate::domain::{CallOptions, Error, Event, Query, Recommendation, Result, Status, Video, Watched, limits};
use crate::encoder::{Encoder, EncoderConfig, Lane};
use crate::learning::{Taste, TasteTerm, taste};
use crate::ranking::{Because, CatalogueVideo, allowed_rows, rank};

pub use log::{Log, LogLevel, LogSink};
pub use options::{EngineOptions, FieldWeights};
pub use statistics::Statistics;

use meaning::{Meaning, clean_text};
use snapshot::Snapshot;

/// An engine: a catalogue, the profiles that watch it, and what is known of both. All methods may
/// be called from any thread at any time.
pub struct Engine {
    options: EngineOptions,
    log: Log,
    encoder: EncoderSlot,
    meaning: Meaning,
    snapshot: ArcSwap<Snapshot>,
    writer: Mutex<()>,
    faulted: AtomicBool,
}

/// The encoder, or why there is none.
enum EncoderSlot {
    Open(Encoder),
    /// No model was configured.
    None,
    /// The model's manifest could not be read: every call that needs the encoder says why.
    Failed(Error),
}

impl Engine {
    /// An engine in memory. A model that cannot be opened is no failure here: the engine works with
    /// vectors the host brings, logs a warning, and every call that needs the model (try
    /// [`Engine::load_encoder`]) returns the reason.
    pub fn new(options: EngineOptions) -> Result<Self> {
        options.validate()?;
        let log = options.log.clone();
        let encoder = open_encoder(&options, &log);
        let dimensions = match &encoder {
            EncoderSlot::Open(encoder) => known_dimensions(&options, encoder.manifest().dimensions)?,
            _ => options.dimensions,
        };
        let meaning = match &encoder {
            EncoderSlot::Open(encoder) => Meaning::new(options.field_weights, Some(Arc::clone(encoder.manifest()))),
            _ => Meaning::new(options.field_weights, None),
        };
        Ok(Engine {
            log,
            encoder,
            meaning,
            snapshot: ArcSwap::from_pointee(Snapshot::new(dimensions)),
            writer: Mutex::new(()),
            faulted: AtomicBool::new(false),
            options,
        })
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Number of videos.
    pub fn count(&self) -> usize {
        self.snapshot.load().catalogue.len()
    }

    /// Elements of this engine's vectors; 0 while neither a model nor a vector has told.
    pub fn dimensions(&self) -> usize {
        self.snapshot.load().catalogue.matrix().dimensions()
    }

    /// Opens the model now rather than at the first text.
    pub fn load_encoder(&self, call: &CallOptions) -> Result<()> {
        self.encoder()?.load(call).inspect_err(|error| self.log_encoder_failure(error))
    }

    /// Gives back what can be brought back: the open model. Data stays.
    pub fn trim(&self) {
        if let EncoderSlot::Open(encoder) = &self.encoder {
            encoder.trim();
        }
    }

    /// One raw unit vector a text (not centred), as rows.
    pub fn embed(&self, texts: &[&str], call: &CallOptions) -> Result<Array2<f32>> {
        let encoder = self.encoder()?;
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
        encoder.embed(texts, lane, call).inspect_err(|error| self.log_encoder_failure(error))
    }

    /// A model that does not open is worth a warning; a cancelled call or a bad text is not.
    fn log_encoder_failure(&self, error: &Error) {
        if let EncoderSlot::Open(encoder) = &self.encoder
            && encoder.status() == error.status
        {
            self.log.warning(format_args!("no encoder: {error}"));
        }
    }

    /// Adds the videos, or replaces those whose ids exist: all of them or, on any error, none.
    pub fn add_videos(&self, videos: &[Video], call: &CallOptions) -> Result<()> {
        self.check_writable()?;
        check_batch("videos", videos.len())?;
        let dimensions = Some(self.dimensions()).filter(|dimensions| *dimensions > 0);
        let mut ids = HashSet::with_capacity(videos.len());
        for (index, video) in videos.iter().enumerate() {
            let checked = video.validate(dimensions).and_then(|()| match ids.insert(video.id.as_str()) {
                true => Ok(()),
                false => Err(Error::invalid(format!("id {:?} stands twice in the batch", video.id))),
            });
            checked.map_err(|error| error.within_batch("videos", index, videos.len()))?;
        }
        let prepared = self.prepare(videos, call)?;
        self.publish(|snapshot| snapshot.put_videos(prepared))
    }

    /// Turns videos into catalogue entries with vectors; the slow part, done without any lock.
    fn prepare(&self, videos: &[Video], call: &CallOptions) -> Result<Vec<CatalogueVideo>> {
        let texts = self.meaning.texts(videos, call)?;
        let inputs: Vec<&str> = texts.iter().map(|text| text.clean.as_str()).collect();
        let vectors = match inputs.is_empty() {
            true => Array2::zeros((0, 0)),
            false => self.embed_clean(self.encoder()?, &inputs, Lane::Bulk, call)?,
        };
        call.check()?;
        Ok(self.meaning.videos(videos, &texts, &vectors))
    }

    /// Removes the videos; ids that do not exist are an error, and then none is removed. What
    /// profiles did with them stays and counts again if a video with the same id is added.
    pub fn remove_videos(&self, ids: &[&str]) -> Result<()> {
        self.check_writable()?;
        check_batch("ids", ids.len())?;
        self.publish(|snapshot| snapshot.remove_videos(ids))
    }

    /// Records the events in their order: all of them or, on any error, none. Unknown videos are
    /// errors; a profile comes into being with its first event.
    pub fn record(&self, events: &[Event]) -> Result<()> {
        self.check_writable()?;
        check_batch("events", events.len())?;
        for (index, event) in events.iter().enumerate() {
            event.validate().map_err(|error| error.within_batch("events", index, events.len()))?;
        }
        self.publish(|snapshot| snapshot.record(events))
    }

    /// Videos near the profile's taste. A profile that likes nothing yet gets an empty list.
    pub fn recommend(&self, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        query.validate()?;
        let snapshot = self.snapshot.load_full();
        call.check()?;
        match snapshot_taste(&snapshot, &query.profile) {
            Some(taste) => self.rank(&snapshot, &taste.vector, Because::Taste(&taste), query, true, call),
            None => Ok(Vec::new()),
        }
    }

    /// Videos near one video, that video left out.
    pub fn similar(&self, video_id: &str, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        query.validate()?;
        let mut query = query.clone();
        query.exclude.push(video_id.to_owned());
        let snapshot = self.snapshot.load_full();
        let row = snapshot
            .catalogue
            .row(video_id)
            .ok_or_else(|| Error::new(Status::NotFound, format!("video_id {video_id:?} is no video of this engine")))?;
        let vector = snapshot.catalogue.matrix().row(row);
        self.rank(&snapshot, vector, Because::Video(video_id), &query, false, call)
    }

    /// Videos near the meaning of a text, in any language the model knows.
    pub fn search(&self, text: &str, query: &Query, call: &CallOptions) -> Result<Vec<Recommendation>> {
        query.validate()?;
        let cleaned = clean_text("text", text)?;
        if cleaned.is_empty() {
            return Err(Error::invalid("text holds nothing to search for"));
        }
        let raw = self.embed_clean(self.encoder()?, &[&cleaned], Lane::Interactive, call)?;
        let snapshot = self.snapshot.load_full();
        let Some(vector) = self.meaning.query_vector(&cleaned, raw.row(0), snapshot.catalogue.centres()) else {
            return Ok(Vec::new());
        };
        self.rank(&snapshot, &vector, Because::Text, query, false, call)
    }

    fn rank(
        &self,
        snapshot: &Snapshot,
        vector: &[f32],
        because: Because<'_>,
        query: &Query,
        leave_out_by_default: bool,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let leave_out_watched = match query.watched {
            Watched::Default => leave_out_by_default,
            Watched::Include => false,
            Watched::Exclude => true,
        };
        let profile = snapshot.profile(&query.profile);
        let allowed = allowed_rows(&snapshot.catalogue, profile, query, leave_out_watched);
        rank(&snapshot.catalogue, &allowed, vector, because, query, call)
    }

    /// See [`Encoder::interactive_run_time`]; zero without a model.
    pub fn encoder_run_time(&self) -> Duration {
        match &self.encoder {
            EncoderSlot::Open(encoder) => encoder.interactive_run_time(),
            _ => Duration::ZERO,
        }
    }

    /// Counts and sizes at this moment.
    pub fn statistics(&self) -> Statistics {
        let snapshot = self.snapshot.load_full();
        let encoder = match &self.encoder {
            EncoderSlot::Open(encoder) => Some(encoder),
            _ => None,
        };
        Statistics {
            videos: snapshot.catalogue.len() as u64,
            profiles: snapshot.profile_count() as u64,
            events: snapshot.events,
            dimensions: self.dimensions() as u64,
            memory_bytes: snapshot.bytes() as u64,
            memory_limit_bytes: self.options.memory_limit_bytes,
            texts_embedded: encoder.map_or(0, Encoder::texts_embedded),
            encoder_status: self.encoder().map_or_else(|error| error.status, Encoder::status),
            encoder_loaded: encoder.is_some_and(Encoder::is_loaded),
            faulted: self.is_faulted(),
        }
    }

    /// Marks the engine after a panic: what was published is whole and stays readable, but no
    /// write is accepted any more.
    pub fn set_faulted(&self) {
        self.faulted.store(true, Ordering::Release);
    }

    pub fn is_faulted(&self) -> bool {
        self.faulted.load(Ordering::Acquire)
    }

    fn check_writable(&self) -> Result<()> {
        if self.is_faulted() {
            let message = "an earlier call failed inside the library; reads go on, writes need a new engine";
            return Err(Error::new(Status::Faulted, message));
        }
        Ok(())
    }

    /// Fails with the reason when this engine has no usable model, as far as is known.
    pub fn check_encoder(&self) -> Result<()> {
        self.encoder().map(drop)
    }

    fn encoder(&self) -> Result<&Encoder> {
        match &self.encoder {
            EncoderSlot::Open(encoder) => Ok(encoder),
            EncoderSlot::Failed(error) => Err(error.clone()),
            EncoderSlot::None => Err(Error::new(
                Status::NoEncoder,
                "this engine has no model: set model_path, or bring vectors with the videos",
            )),
        }
    }

    /// Applies `change` to a copy of the newest snapshot and publishes it if all went well.
    fn publish(&self, change: impl FnOnce(&mut Snapshot) -> Result<()>) -> Result<()> {
        let _writing: MutexGuard<'_, ()> = self.writer.lock();
        let mut next = Snapshot::clone(&self.snapshot.load());
        change(&mut next)?;
        let (bytes, limit) = (next.bytes() as u64, self.options.memory_limit_bytes);
        let grew = bytes > self.snapshot.load().bytes() as u64;
        if limit > 0 && bytes > limit && grew {
            let message = format!("the engine would hold {bytes} bytes, memory_limit_bytes is {limit}");
            return Err(Error::new(Status::MemoryLimit, message));
        }
        self.snapshot.store(Arc::new(next));
        Ok(())
    }
}

fn open_encoder(options: &EngineOptions, log: &Log) -> EncoderSlot {
    let Some(folder) = &options.model_path else {
        return EncoderSlot::None;
    };
    let config = EncoderConfig {
        model_folder: folder.clone(),
        runtime_path: options.runtime_path.clone(),
        runtime_candidates: options.runtime_candidates.clone(),
        threads: options.threads.max(1),
    };
    match Encoder::open(config) {
        Ok(encoder) => {
            let manifest = encoder.manifest();
            log.info(format_args!("model {} version {} ({})", manifest.name, manifest.version, manifest.licence));
            EncoderSlot::Open(encoder)
        }
        Err(error) => {
            log.warning(format_args!("no encoder: {error}"));
            EncoderSlot::Failed(error)
        }
    }
}

fn known_dimensions(options: &EngineOptions, model: usize) -> Result<usize> {
    if options.dimensions != 0 && options.dimensions != model {
        return Err(Error::invalid(format!("dimensions is {}, the model's vectors have {model}", options.dimensions)));
    }
    Ok(model)
}

fn snapshot_taste(snapshot: &Snapshot, profile: &str) -> Option<Taste> {
    let catalogue = &snapshot.catalogue;
    let terms = snapshot
        .profile(profile)?
        .engagements()
        .filter_map(|(id, engagement)| Some(TasteTerm { row: catalogue.row(id)?, weight: engagement.weight() }))
        .filter(|term| term.weight != 0.0)
        .collect();
    taste(terms, catalogue.matrix().dimensions(), |row| catalogue.matrix().row(row))
}

fn check_batch(what: &str, count: usize) -> Result<()> {
    if count > limits::BATCH {
        return Err(Error::limit(&format!("the number of {what}"), count, limits::BATCH));
    }
    Ok(())
}
