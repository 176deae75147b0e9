//! `vrec eval`: how good recommendations are on a data set, measured through the engine as a host would use
//! it: videos are added, events recorded in the order of their times, and each user asked for a list. `vrec tune`
//! chooses the weights of the blend by the same means, on validation data alone. `docs/evaluation.md` is the manual.
//!
//! | File | What lives there |
//! |---|---|
//! | `data/` | reading data sets, and the rules by which they are cut |
//! | `task.rs` | what is learned and what is to be found |
//! | `catalogue.rs`, `model.rs`, `baselines.rs` | what makes lists: the engine, or a recommender as the textbooks have it |
//! | `packed.rs` | packs: what a service knows, with one household on top of it at a time |
//! | `measures.rs`, `report.rs`, `plot.rs` | how good lists are, in numbers and in pictures |
//! | `off_policy.rs` | what a policy would have been worth, by the log of another |
//! | `ablation.rs`, `tuning.rs` | what each feature is worth, and which weights are best |

mod ablation;
mod baselines;
mod catalogue;
mod data;
mod measures;
mod model;
mod off_policy;
mod packed;
mod plot;
mod report;
mod task;
mod tuning;

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use vrec::domain::CallOptions;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::Query;

use crate::arguments::Common;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::absolute;
use crate::opening::chosen;
use crate::output::Output;
use crate::values;
use crate::values::Diversity;
use baselines::Baseline;
use baselines::BaselineKind;
use catalogue::Catalogue;
use catalogue::Texts;
use data::Data;
use data::Split;
use model::Among;
use model::EngineModel;
use model::Listed;
use model::Model;
use model::ModelName;
use packed::Households;
use packed::PackedOptions;
use report::Found;
use task::LEAST_EVENTS;
use task::Task;

pub use tuning::TuneOptions;
pub use tuning::tune;

/// The data, and what turns its texts into vectors.
#[derive(Debug, Args)]
pub struct DataOptions {
    /// A folder with videos.jsonl and splits.csv or events.csv, or with MovieLens' own files; plain or gzipped
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which split of the data
    #[arg(long, value_enum, value_name = "SPLIT", default_value = "loo")]
    split: Split,
    /// The folder of the model for texts, as VREC_MODEL; without one texts count nothing. With --store the embedded
    /// catalogue is kept there
    #[arg(long, value_name = "DIR")]
    encoder: Option<OsString>,
}

impl DataOptions {
    fn folder(&self) -> Outcome<&Path> {
        let missing = || Failure::new(Exit::Usage, "no data is named").hint("Add --data DIR.");
        self.data.as_deref().ok_or_else(missing)
    }
}

/// What to evaluate.
#[derive(Debug, Args)]
pub struct EvalOptions {
    #[command(flatten)]
    from: DataOptions,
    /// Measure on validation data and learn from the training part alone
    #[arg(long)]
    valid: bool,
    /// What makes the lists: blend, one feature alone, or a baseline
    #[arg(id = "recommender", long = "model", value_name = "NAME", default_value = "blend", value_parser = ModelName::of)]
    model: ModelName,
    /// Measure the blend without each of its features, and each feature alone, too
    #[arg(long, conflicts_with = "recommender")]
    ablation: bool,
    /// The largest share of a list that is kept for videos that nobody watched, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share, default_value_t = Query::NEW_VIDEO_SHARE)]
    new_videos: f32,
    /// How lists are kept from being all alike, and how strongly, 0 to 1: mmr:0.5, cluster_quotas:0.5 or dpp:0.5
    #[arg(long, value_name = "METHOD:STRENGTH", value_parser = values::diversity)]
    diversity: Option<Diversity>,
    /// The folder of a trained network (tools/train), which must not have learned from what is to be found
    #[arg(long, value_name = "DIR")]
    sequence: Option<OsString>,
    /// What the network counts in the blend; without it, what it counts by default
    #[arg(long, value_name = "WEIGHT", requires = "sequence")]
    sequence_weight: Option<f32>,
    /// Draw quality against age, earlier watches and length of history into a file
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Estimate what a policy would have been worth by a log of showings with their probabilities, in place of all else
    #[arg(long, value_name = "LOG", conflicts_with_all = ["data", "recommender", "ablation", "plot", "valid"])]
    off_policy: Option<PathBuf>,
    /// Weights above it count as it
    #[arg(long, value_name = "WEIGHT", value_parser = clip, default_value_t = off_policy::CLIP, requires = "off_policy")]
    clip: f64,
    #[command(flatten)]
    packed: PackedOptions,
}

impl EvalOptions {
    fn blend_weights(&self) -> FeatureWeights {
        let weights = FeatureWeights::default();
        self.sequence_weight.map_or(weights, |weight| weights.with(Feature::Sequence, weight))
    }
}

pub fn evaluate(common: &Common, options: &EvalOptions, output: &mut Output) -> Outcome {
    if let Some(log) = &options.off_policy {
        return off_policy::evaluate(log, options.clip, output);
    }
    let split = options.from.split;
    let texts = Texts::new(common, options.from.encoder.as_ref())?;
    let data = match options.valid {
        true => Data::read_without_test(options.from.folder()?, split)?,
        false => Data::read(options.from.folder()?, split)?,
    };
    let mut task = if options.valid { Task::validation(&data, split) } else { Task::test(&data) };
    if options.packed.held_out {
        packed::hold_out(&mut task, &options.packed);
    }
    check_asked(&task, split)?;
    texts.keep(&data.videos, output)?;
    if let Some(path) = &options.packed.write_pack {
        let catalogue = texts.catalogue(&task, options.blend_weights(), output)?;
        load_sequence(&catalogue, options)?;
        model::fit(&catalogue, &task)?;
        return packed::write(&catalogue, &options.packed, path, output);
    }
    if !texts.are_embedded() {
        output.note("No model: texts count nothing, and diversity is not measured.");
    }
    let (found, parts) = match options.model {
        ModelName::Baseline(kind) => (run_baseline(kind, &task, &texts, output)?, Vec::new()),
        _ => run_engine(&task, &texts, options, output)?,
    };
    report::show(split.name(), &found, output)?;
    ablation::show(split.name(), &found, &parts, output)?;
    match &options.plot {
        Some(path) => plot::draw(path, &task, &found.lists),
        None => Ok(()),
    }
}

fn check_asked(task: &Task<'_>, split: Split) -> Outcome {
    if !task.asked.is_empty() {
        return Ok(());
    }
    let message = format!("the split {} has no user with {LEAST_EVENTS} events and one to find", split.name());
    Err(Failure::new(Exit::BadInput, message))
}

fn run_baseline(kind: BaselineKind, task: &Task<'_>, texts: &Texts, output: &Output) -> Outcome<Found> {
    let catalogue = match texts.are_embedded() {
        true => Some(texts.catalogue(task, FeatureWeights::NONE, output)?),
        false => None,
    };
    let started = Instant::now();
    let baseline = Baseline::fit(kind, task)?;
    let fit_seconds = started.elapsed().as_secs_f64();
    let (lists, cold_lists) = all_lists(&baseline, task)?;
    Ok(Found::new(task, lists, cold_lists, fit_seconds, catalogue.as_ref().filter(|_| texts.are_embedded())))
}

fn load_sequence(catalogue: &Catalogue, options: &EvalOptions) -> Outcome {
    match chosen(options.sequence.as_ref()) {
        Some(folder) => Ok(catalogue.engine.load_sequence(&absolute(folder)?, &CallOptions::default())?),
        None => Ok(()),
    }
}

fn run_engine(
    task: &Task<'_>,
    texts: &Texts,
    options: &EvalOptions,
    output: &Output,
) -> Outcome<(Found, Vec<ablation::Part>)> {
    let weights = match options.model {
        ModelName::Feature(feature) => FeatureWeights::only(feature),
        _ => options.blend_weights(),
    };
    weights.validate()?;
    let learned = if options.ablation { ablation::every_feature(weights) } else { weights };
    let catalogue = texts.catalogue(task, learned, output)?;
    load_sequence(&catalogue, options)?;
    let fit_seconds = match &options.packed.pack {
        Some(path) => packed::import(&catalogue, &options.packed, path)?,
        None => model::fit(&catalogue, task)?,
    };
    let numbers = model::numbers(task);
    let new_video_share = options.new_videos;
    let diversity = options.diversity;
    let engine = EngineModel { task, catalogue: &catalogue, numbers: &numbers, weights, new_video_share, diversity };
    let (lists, cold_lists) = match options.packed.pack {
        Some(_) => all_lists(&Households::new(engine), task)?,
        None => all_lists(&engine, task)?,
    };
    let mut found = Found::new(task, lists, cold_lists, fit_seconds, Some(&catalogue).filter(|_| texts.are_embedded()));
    if options.packed.pack.is_none() {
        found.add_memory(&catalogue);
    }
    let parts = if options.ablation { ablation::run(&engine)? } else { Vec::new() };
    Ok((found, parts))
}

fn clip(text: &str) -> Result<f64, String> {
    let clip = text.parse().ok().filter(|clip: &f64| *clip > 0.0 && clip.is_finite());
    clip.ok_or_else(|| "a weight lies above 0".to_owned())
}

fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share lies between 0 and 1".to_owned())
}

type Lists = Vec<Listed>;

/// Of all videos, and in the split `cold` of the cold ones alone.
fn all_lists(model: &dyn Model, task: &Task<'_>) -> Outcome<(Lists, Option<Lists>)> {
    let cold = task.cold.as_ref().map(|_| model::ask_all(model, task, Among::Cold)).transpose()?;
    Ok((model::ask_all(model, task, Among::All)?, cold))
}
