//! What the engine's callers and its embedding thread share: the newest snapshot, the writer's
//! lock, the encoder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::Array2;

use super::meaning::{KnownParts, Meaning};
use super::opening::{CENTRES, Opened, Opening};
use super::packed_vectors::Wanted;
use super::published::Published;
use super::queue::EmbeddingQueue;
use super::recording::RecordingCalls;
use super::snapshot::Snapshot;
use super::stored_videos::StoredVideos;
use super::{EngineOptions, Log, sequence};
use crate::domain::{CallOptions, Error, Result, Status, Video};
use crate::encoder::{Encoder, EncoderConfig, Lane};
use crate::ranking::CatalogueVideo;
use crate::store::Store;
use crate::vectors::{Pool, VectorStore};

/// See the module.
pub struct Shared {
    pub options: EngineOptions,
    pub log: Log,
    /// The encoder, or why there is none: every call that needs it says so.
    encoder: Result<Encoder>,
    pub meaning: Meaning,
    pub snapshot: Published<Snapshot>,
    pub queue: EmbeddingQueue,
    pub recording: RecordingCalls,
    /// Where everything is kept, unless it is kept in memory only.
    pub store: Option<Store>,
    /// Videos found in it without a vector.
    pub found_waiting: Vec<Video>,
    /// Threads that help searches, where the options ask for any.
    pub pool: Option<Pool>,
    faulted: AtomicBool,
}

impl Shared {
    pub fn new(mut options: EngineOptions) -> Result<Self> {
        let log = options.log.clone();
        let encoder = open_encoder(&options, &log);
        let manifest = encoder.as_ref().ok().map(|encoder| Arc::clone(encoder.manifest()));
        let dimensions = match &manifest {
            Some(manifest) => known_dimensions(&options, manifest.dimensions)?,
            None => options.dimensions,
        };
        let meaning = Meaning::new(&options, manifest);
        let vectors = empty_store(dimensions, &options);
        let empty = Snapshot::new(vectors, options.metric, options.feature_weights, options.watch_rules);
        let Found { snapshot, waiting, store } = open_store(&options, &meaning, empty)?;
        // Wiped: it is of no more use.
        options.store.iter_mut().for_each(|store| store.device_key = None);
        Ok(Shared {
            log,
            encoder,
            meaning,
            snapshot: Published::new(snapshot),
            queue: EmbeddingQueue::default(),
            recording: RecordingCalls::default(),
            store,
            found_waiting: waiting,
            pool: search_pool(&options),
            faulted: AtomicBool::new(false),
            options,
        })
    }

    pub fn encoder(&self) -> Result<&Encoder> {
        self.encoder.as_ref().map_err(Error::clone)
    }

    /// Whether a call fails with this status because the model does not open.
    pub fn encoder_fails_with(&self, status: Status) -> bool {
        self.encoder().map_or_else(|error| error.status, Encoder::status) == status
    }

    /// Turns videos into catalogue entries with vectors; the slow part, done without any lock.
    pub fn prepare(&self, videos: &[Video], call: &CallOptions) -> Result<Vec<CatalogueVideo>> {
        let known = self.known_parts(videos, call)?;
        let texts = self.meaning.texts(videos, &known, call)?;
        let inputs: Vec<&str> = texts.iter().map(|text| text.clean.as_str()).collect();
        let vectors = match inputs.is_empty() {
            true => Array2::zeros((0, 0)),
            false => self.encoder()?.embed(&inputs, Lane::Bulk, call)?,
        };
        call.check()?;
        Ok(self.meaning.videos(videos, known, &texts, &vectors))
    }

    /// Of each video the parts of its vector, where it is stored with the same texts and the same model.
    pub fn known_parts(&self, videos: &[Video], call: &CallOptions) -> Result<Vec<KnownParts>> {
        let catalogue = Arc::clone(&self.snapshot.load_full().catalogue);
        let known = |video: &Video| {
            let (None, Some(store), Some(row)) = (&video.vector, &self.store, catalogue.row(&video.id)) else {
                return Ok(None);
            };
            let is_same = store.text_hash(&video.id)? == Some(self.meaning.text_hash(video));
            let parts = catalogue.video(row).map(|known| known.parts().to_vec());
            Ok(parts.filter(|parts| is_same && !parts.is_empty() && catalogue.has_own_vector(row)))
        };
        let mut known = videos.iter().map(known).collect::<Result<Vec<KnownParts>>>()?;
        self.know_from_pack(videos, &mut known, call)?;
        Ok(known)
    }

    /// Finds in the pack in use what vectors are made of that are not stored here, where the same model made them.
    fn know_from_pack(&self, videos: &[Video], known: &mut [KnownParts], call: &CallOptions) -> Result<()> {
        let snapshot = self.snapshot.load_full();
        let packs = &snapshot.packs;
        let in_use = packs.in_use.as_ref().filter(|held| held.info.encoder == self.meaning.maker());
        let Some(held) = in_use else { return Ok(()) };
        let is_unknown = |(video, known): &(&Video, &KnownParts)| video.vector.is_none() && known.is_none();
        let unknown = videos.iter().zip(&*known).filter(is_unknown);
        let wanted: Vec<Wanted<'_>> = unknown.map(|(video, _)| Wanted::of(&self.meaning, video)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let room = || match usize::try_from(self.options.memory_limit_bytes) {
            Ok(0) | Err(_) => usize::MAX,
            Ok(limit) => limit.saturating_sub(snapshot.bytes() + self.queue.reading().bytes),
        };
        let has_own = |row: usize| snapshot.catalogue.has_own_vector(row);
        let is_to_come = |id: &str| !snapshot.catalogue.row(id).is_some_and(has_own);
        let vectors = held.vectors(self.store.as_ref(), &wanted, room, is_to_come, call)?;
        let Some(vectors) = vectors else { return Ok(()) };
        for (video, known) in videos.iter().zip(known).filter(|(_, known)| known.is_none()) {
            call.check()?;
            *known = vectors.parts(&self.meaning, video)?;
        }
        Ok(())
    }

    /// Applies `change` to a copy of the newest snapshot, makes durable what `keep` writes to the store, where
    /// there is one, and publishes the copy if all went well; `then` runs before any other writer does.
    pub fn publish(
        &self,
        change: impl FnOnce(&mut Snapshot) -> Result<()>,
        keep: impl FnOnce(&Store) -> Result<()>,
        then: impl FnOnce(),
    ) -> Result<()> {
        let change = |snapshot: &mut Snapshot| {
            change(snapshot)?;
            Ok(keep)
        };
        self.publish_beside(|| self.queue.reading().bytes, change, then)
    }

    /// Like [`Shared::publish`], where `other` bytes count towards the memory limit, too, and `change` says how
    /// to keep what it did.
    pub fn publish_beside<K: FnOnce(&Store) -> Result<()>>(
        &self,
        other: impl FnOnce() -> usize,
        change: impl FnOnce(&mut Snapshot) -> Result<K>,
        then: impl FnOnce(),
    ) -> Result<()> {
        let change_within_limit = |next: &mut Snapshot, newest: &Snapshot| {
            let keep = change(next)?;
            if next.bytes() > newest.bytes() {
                next.check_room(other(), self.options.memory_limit_bytes)?;
            }
            let Some(store) = &self.store else { return Ok(()) };
            if let Some(centres) = next.changed_centres(newest, &self.meaning.maker()) {
                store.put_state(None, CENTRES, centres.as_deref())?;
            }
            keep(store)
        };
        self.snapshot.change(change_within_limit, then)
    }

    /// What of these videos goes into the store; nothing where there is none.
    pub fn to_store(&self, videos: &[Video], entries: &[CatalogueVideo]) -> Option<StoredVideos> {
        self.store.as_ref().map(|_| StoredVideos::new(&self.meaning, videos, entries))
    }

    /// See [`super::Engine::set_faulted`].
    pub fn set_faulted(&self) {
        self.faulted.store(true, Ordering::Release);
    }

    pub fn is_faulted(&self) -> bool {
        self.faulted.load(Ordering::Acquire)
    }

    pub fn check_store_writable(&self) -> Result<()> {
        if self.options.store.as_ref().is_some_and(|store| store.open.read_only) {
            return Err(Error::new(Status::ReadOnly, "the store is open for reading only"));
        }
        Ok(())
    }

    pub fn check_writable(&self) -> Result<()> {
        if self.is_faulted() {
            let message = "an earlier call failed inside the library; reads go on, writes need a new engine";
            return Err(Error::new(Status::Faulted, message));
        }
        Ok(())
    }
}

/// What an engine begins with.
struct Found {
    snapshot: Snapshot,
    waiting: Vec<Video>,
    store: Option<Store>,
}

fn open_store(options: &EngineOptions, meaning: &Meaning, empty: Snapshot) -> Result<Found> {
    let Some(of_store) = &options.store else {
        return Ok(Found { snapshot: empty, waiting: Vec::new(), store: None });
    };
    let mut opening = Opening::new(meaning, empty);
    let (store, report) = Store::open(&of_store.path, of_store.device_key.as_ref(), of_store.open, &mut opening)?;
    let Opened { mut snapshot, waiting, trained_damage, pack_damage, networks } = opening.finish()?;
    if let Some(error) = trained_damage {
        options.log.warning(format_args!("what was trained cannot be read and has to be trained again: {error}"));
    }
    if let Some(error) = pack_damage {
        options.log.warning(format_args!("the pack cannot be read and has to be imported again: {error}"));
    }
    snapshot.restore_networks(sequence::opened_networks(networks, options))?;
    snapshot.check_room(0, options.memory_limit_bytes)?;
    for damage in &report.damage {
        options.log.warning(format_args!("set aside in the store: {damage}"));
    }
    if report.half_forgotten > 0 {
        let message =
            "profiles are forgotten and their sealed rows still there, since the disk is full; compacting removes them";
        options.log.warning(format_args!("{} {message}", report.half_forgotten));
    }
    Ok(Found { snapshot, waiting, store: Some(store) })
}

fn open_encoder(options: &EngineOptions, log: &Log) -> Result<Encoder> {
    if options.model.is_empty() {
        let message = "this engine has no model: set model_path or model_files, or bring vectors with the videos";
        return Err(Error::new(Status::NoEncoder, message));
    }
    let encoder = Encoder::open(encoder_config(options)).inspect_err(|error| {
        log.warning(format_args!("no encoder: {error}"));
    })?;
    let manifest = encoder.manifest();
    log.info(format_args!("model {} version {} ({})", manifest.name, manifest.version, manifest.licence));
    Ok(encoder)
}

fn empty_store(dimensions: usize, options: &EngineOptions) -> VectorStore {
    let store = VectorStore::new(dimensions, options.exact_values);
    if options.sign_stage { store.with_signs() } else { store }
}

fn search_pool(options: &EngineOptions) -> Option<Pool> {
    let host = options.search_host.filter(|_| options.search_threads > 1)?;
    Some(Pool::new(options.search_threads as usize, host, "vrec-search"))
}

pub fn encoder_config(options: &EngineOptions) -> EncoderConfig {
    EncoderConfig {
        model: options.model.clone(),
        backend: options.backend,
        runtime_path: options.runtime_path.clone(),
        runtime_candidates: options.runtime_candidates.clone(),
        providers: options.providers.clone(),
        #[cfg(feature = "onnxruntime")]
        placement_reader: options.placement_reader,
        code_loaded: options.background_embedding.map(|host| host.code_loaded),
        threads: options.threads.max(1),
        inter_op_threads: options.inter_op_threads.max(1),
        tokens_per_run: options.tokens_per_run,
        cache_bytes: options.embedding_cache_bytes,
    }
}

fn known_dimensions(options: &EngineOptions, model: usize) -> Result<usize> {
    if options.dimensions != 0 && options.dimensions != model {
        return Err(Error::invalid(format!("dimensions is {}, the model's vectors have {model}", options.dimensions)));
    }
    Ok(model)
}
