//! Packs, measured as they are used: a service writes one of what a task's events taught, and each user is a household
//! of its own on top of it, which has nothing but its own events.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use vrec::domain::CallOptions;
use vrec::engine::PackExport;
use vrec::engine::PackImport;
use vrec::learning::PackOptions;
use vrec::store::pack_file::PackLimits;
use vrec::store::pack_file::PublicKey;
use vrec::store::pack_file::SigningKey;

use super::catalogue::Catalogue;
use super::model;
use super::model::Among;
use super::model::EngineModel;
use super::model::Model;
use super::report;
use super::task::Asked;
use super::task::Task;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::key_file::read_secret;
use crate::output::Output;

/// Of how many users one is held out.
const FOLDS: usize = 5;

/// The line of packs that are written to be measured.
const LINE: &str = "evaluation";

/// Packs to measure or to write.
#[derive(Debug, Args)]
pub struct PackedOptions {
    /// Measure lists of households on top of this pack: each user has nothing but their own events beside it
    #[arg(long, value_name = "FILE", requires = "trust", conflicts_with_all = ["recommender", "ablation"])]
    pub pack: Option<PathBuf>,
    /// A public key that --pack may be signed with: 32 bytes, or 64 hex digits
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Write what the events taught as a pack, and measure nothing
    #[arg(long, value_name = "FILE", requires = "signing_key_file", conflicts_with_all = ["pack", "recommender", "ablation"])]
    pub write_pack: Option<PathBuf>,
    /// The key to sign --write-pack with: 32 bytes, or 64 hex digits
    #[arg(long, value_name = "FILE")]
    signing_key_file: Option<PathBuf>,
    /// How many profiles have to stand behind whatever is told in --write-pack, 1 or more
    #[arg(long, value_name = "N", requires = "write_pack")]
    least_profiles: Option<u32>,
    /// How many cells --write-pack keeps of transitions for each item, 1 to 10000
    #[arg(long, value_name = "N", requires = "write_pack")]
    transitions_per_item: Option<usize>,
    /// How many pairs --write-pack keeps of item neighbours for each item, 1 to 10000
    #[arg(long, value_name = "N", requires = "write_pack")]
    pairs_per_item: Option<usize>,
    /// How many pairs --write-pack keeps the weights of EASE of for each item, 1 to 10000
    #[arg(long, value_name = "N", requires = "write_pack")]
    weights_per_item: Option<usize>,
    /// Hold every fifth user out: --write-pack learns nothing of them, and nobody else is asked
    #[arg(long)]
    pub held_out: bool,
}

/// Whether a user is held out where some are.
fn is_held_out(user: usize) -> bool {
    user.is_multiple_of(FOLDS)
}

/// Writes what the engine learned from everybody.
pub fn write(catalogue: &Catalogue, options: &PackedOptions, path: &Path, output: &mut Output) -> Outcome {
    let key = options.signing_key_file.as_deref().unwrap_or(Path::new(""));
    let defaults = PackOptions::default();
    let learned = PackOptions {
        least_profiles: options.least_profiles.unwrap_or(defaults.least_profiles),
        transitions_per_item: options.transitions_per_item.unwrap_or(defaults.transitions_per_item),
        pairs_per_item: options.pairs_per_item.unwrap_or(defaults.pairs_per_item),
        weights_per_item: options.weights_per_item.unwrap_or(defaults.weights_per_item),
        ..defaults
    };
    let export = PackExport {
        line: LINE.to_owned(),
        number: 1,
        created_utc_ms: 0,
        key: SigningKey::new(*read_secret(key.as_os_str())?)?,
        learned: PackOptions { weights: catalogue.engine.feature_weights(), ..learned },
        has_vectors: false,
        has_sequence: true,
    };
    let pack = catalogue.engine.export_pack(&export, None, &CallOptions::default())?;
    fs::write(path, &pack).map_err(|error| Failure::file(&format!("writing {}", path.display()), &error))?;
    report::figure(output, "pack_bytes", pack.len() as f64)
}

/// Puts the pack under an engine without events. Returns the seconds it took.
pub fn import(catalogue: &Catalogue, options: &PackedOptions, path: &Path) -> Outcome<f64> {
    let key = options.trust.as_deref().unwrap_or(Path::new(""));
    let trusted_keys = vec![PublicKey::new(*read_secret(key.as_os_str())?)?];
    let import = PackImport { trusted_keys, line: None, limits: PackLimits::default() };
    let bytes = fs::read(path).map_err(|error| Failure::file(&format!("reading {}", path.display()), &error))?;
    let started = Instant::now();
    catalogue.engine.import_pack(&bytes, &import, &CallOptions::default())?;
    Ok(started.elapsed().as_secs_f64())
}

/// One household after the other on the same pack: each comes, is asked, and is forgotten, which leaves the pack as it was.
pub struct Households<'a> {
    pub engine: EngineModel<'a>,
    /// Of each user the places of their events among those learned.
    events: HashMap<usize, Vec<usize>>,
}

impl<'a> Households<'a> {
    pub fn new(engine: EngineModel<'a>) -> Households<'a> {
        let mut events: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, event) in engine.task.learned.iter().enumerate() {
            events.entry(event.user).or_default().push(place);
        }
        Households { engine, events }
    }
}

impl Model for Households<'_> {
    fn list(&self, asked: &Asked, among: Among) -> Outcome<Vec<(usize, f32)>> {
        let EngineModel { task, catalogue, .. } = self.engine;
        let places = self.events.get(&asked.user).map_or(&[][..], Vec::as_slice);
        model::record(catalogue, task, places.iter().map(|place| &task.learned[*place]))?;
        let list = self.engine.list(asked, among)?;
        catalogue.engine.forget_profile(&task.data.users[asked.user])?;
        Ok(list)
    }
}

/// Without those held out a service learns; they are who is asked.
pub fn hold_out(task: &mut Task<'_>, options: &PackedOptions) {
    if options.write_pack.is_some() {
        task.learned.retain(|event| !is_held_out(event.user));
    }
    task.asked.retain(|asked| is_held_out(asked.user));
}
