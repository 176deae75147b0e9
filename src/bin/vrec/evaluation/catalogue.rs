//! The engine that is measured, with the videos of a data set in it.
//!
//! With a model, texts are embedded as they are for any host. That takes minutes, so the embedded catalogue may be
//! kept in a store; every run works on a copy of it, so that no event ever gets into it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;
use vrec::domain::CallOptions;
use vrec::domain::FeatureWeights;
use vrec::domain::Video;
use vrec::encoder::Manifest;
use vrec::engine::Engine;
use vrec::engine::EngineOptions;
use vrec::engine::StoreOptions;
use vrec::store::OpenOptions;

use super::task::Task;
use crate::arguments::Common;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::absolute;
use crate::opening::chosen;
use crate::opening::holds_store;
use crate::output::Output;

/// What a cold video, and every other one, asks of its viewers in the split `cold`: a filter can tell them apart, and
/// nothing is learned from it.
pub const COLD: &str = "cold";
const WARM: &str = "warm";

/// Videos that are added at a time: what the model is busy with for some seconds, and what takes no time at all.
const BATCH_TO_EMBED: usize = 256;
const BATCH: usize = 4_096;

/// Where vectors of texts come from.
pub struct Texts {
    /// With the model, if there is one.
    options: EngineOptions,
    /// The store with all videos embedded.
    kept: Option<PathBuf>,
}

/// An engine with the catalogue of a task.
pub struct Catalogue {
    pub engine: Engine,
    /// Bytes of memory for each video.
    pub bytes_per_video: f64,
    /// The copy that the engine's store is; removed after the engine has ended.
    _copy: Option<TempDir>,
}

impl Texts {
    /// As the options of the command say.
    pub fn new(common: &Common, encoder: Option<&OsString>) -> Outcome<Texts> {
        let folder = match chosen(encoder) {
            Some(folder) => Some(absolute(folder)?),
            None => common.model_folder()?,
        };
        let options = common.with_model(folder)?;
        if !options.model.is_empty() {
            Manifest::read(&options.model)?;
        }
        let kept = common.named_store().map(absolute).transpose()?;
        if kept.is_some() && options.model.is_empty() {
            let message = "a store for the embedded catalogue needs a model";
            return Err(Failure::new(Exit::Usage, message).hint("Name the model's folder by --encoder or VREC_MODEL."));
        }
        Ok(Texts { options, kept })
    }

    /// Whether texts count.
    pub fn are_embedded(&self) -> bool {
        !self.options.model.is_empty()
    }

    /// Brings the kept store up to date with the videos, making it at first.
    pub fn keep(&self, videos: &[Video], output: &Output) -> Outcome {
        let Some(path) = &self.kept else { return Ok(()) };
        let engine = Engine::new(self.on_store(path))?;
        let statistics = engine.statistics();
        if statistics.profiles > 0 || statistics.events > 0 {
            let message = format!("the store at {} is somebody's: it has profiles", path.display());
            return Err(Failure::new(Exit::Exists, message).hint("Name a directory for the embedded catalogue alone."));
        }
        let spinner = output.working("embedding texts that are not in the store");
        let added = add(&engine, videos, BATCH_TO_EMBED);
        spinner.finish_and_clear();
        added?;
        if engine.count() > videos.len() {
            let message = format!("the store at {} has videos that the data set has not", path.display());
            return Err(Failure::new(Exit::Exists, message).hint("Name a directory for this data set alone."));
        }
        Ok(())
    }

    /// An engine with the videos of a task, which learns these features.
    pub fn catalogue(&self, task: &Task<'_>, weights: FeatureWeights, output: &Output) -> Outcome<Catalogue> {
        let videos = task_videos(task, !self.are_embedded());
        let Some(kept) = &self.kept else {
            let engine = Engine::new(EngineOptions { feature_weights: Some(weights), ..self.options.clone() })?;
            let spinner = output.working("adding videos");
            let added = add(&engine, &videos, if self.are_embedded() { BATCH_TO_EMBED } else { BATCH });
            spinner.finish_and_clear();
            added?;
            return Ok(Catalogue::new(engine, None));
        };
        let copy = copy_of(kept)?;
        let engine = Engine::new(EngineOptions { feature_weights: Some(weights), ..self.on_store(copy.path()) })?;
        if task.cold.is_some() {
            add(&engine, &videos, BATCH)?;
            remove_absent(&engine, task)?;
        }
        Ok(Catalogue::new(engine, Some(copy)))
    }

    fn on_store(&self, path: &Path) -> EngineOptions {
        let store = StoreOptions { path: path.to_owned(), device_key: None, open: OpenOptions::default() };
        EngineOptions { store: Some(store), ..self.options.clone() }
    }
}

impl Catalogue {
    fn new(engine: Engine, copy: Option<TempDir>) -> Catalogue {
        let statistics = engine.statistics();
        let bytes_per_video = statistics.memory_bytes as f64 / statistics.videos.max(1) as f64;
        Catalogue { engine, bytes_per_video, _copy: copy }
    }
}

fn add(engine: &Engine, videos: &[Video], batch: usize) -> Outcome {
    videos.chunks(batch).try_for_each(|videos| Ok(engine.add_videos(videos, &CallOptions::default())?))
}

/// The videos of the catalogue; without a model all bring the same vector, so that texts count nothing.
fn task_videos(task: &Task<'_>, bring_vectors: bool) -> Vec<Video> {
    let videos = task.data.videos.iter().enumerate().filter(|(number, _)| !task.absent[*number]);
    let video = |(number, video): (usize, &Video)| {
        let mut video = video.clone();
        if bring_vectors {
            video.vector = Some(vec![1.0]);
        }
        if let Some(cold) = &task.cold {
            video.entitlements = vec![if cold[number] { COLD } else { WARM }.to_owned()];
        }
        video
    };
    videos.map(video).collect()
}

fn remove_absent(engine: &Engine, task: &Task<'_>) -> Outcome {
    let absent = task.data.videos.iter().zip(&task.absent).filter(|(_, absent)| **absent);
    let ids: Vec<&str> = absent.map(|(video, _)| video.id.as_str()).collect();
    ids.chunks(BATCH).try_for_each(|ids| Ok(engine.remove_videos(ids)?))
}

fn copy_of(store: &Path) -> Outcome<TempDir> {
    let failed = |error| Failure::file(&format!("copying {}", store.display()), &error);
    if !holds_store(store)? {
        return Err(Failure::new(Exit::NotFound, format!("no store at {}", store.display())));
    }
    let copy = TempDir::with_prefix("vrec-eval-").map_err(failed)?;
    for entry in fs::read_dir(store).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        fs::copy(entry.path(), copy.path().join(entry.file_name())).map_err(failed)?;
    }
    Ok(copy)
}
