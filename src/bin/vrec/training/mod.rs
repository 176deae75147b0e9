//! `vrec train`: on the profiles of a store, or on files with the events of a whole service. The second way goes part by
//! part, and with a checkpoint folder a part that was done is not done again after the command was cut.

mod checkpoint;
mod event_files;
mod weights;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use vrec::domain::CallOptions;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::Progress;
use vrec::domain::Status;
use vrec::domain::limits;
use vrec::engine::Engine;
use vrec::engine::PackExport;
use vrec::engine::TrainOptions;
use vrec::ffi::thread_host;
use vrec::learning::Items;
use vrec::learning::training::Crew;
use vrec::learning::training::Histories;
use vrec::learning::training::Means;
use vrec::learning::training::Training;

use crate::arguments::Common;
use crate::arguments::FeatureOptions;
use crate::arguments::ImportOptions;
use crate::arguments::MakePackOptions;
use crate::arguments::REQUIRED;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::import::import;
use crate::opening::Use;
use crate::output::Output;
use crate::output::counted;
use crate::output::printable;
use crate::output::tell;
use crate::packs::PlannedPack;
use crate::values;

use checkpoint::Checkpoint;
use weights::WeightsReport;

/// What `vrec train` may be told.
#[derive(Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    pub features: FeatureOptions,
    /// Files with the events of a service, as CSV, JSON Lines or Parquet, in place of the store's profiles
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub events: Vec<PathBuf>,
    /// Videos as JSON Lines, added to the store first as by `vrec import`
    #[arg(long, value_name = "FILE", requires = "events")]
    pub videos: Option<PathBuf>,
    /// A folder in which each part is kept as soon as it is done, so that training goes on there after it was cut
    #[arg(long, value_name = "DIR", requires = "events")]
    pub checkpoint: Option<PathBuf>,
    /// Write what was trained on --events, with all that is counted of them, into a pack, and leave the store as it is
    #[arg(long, value_name = "FILE", requires = "events", requires_all = REQUIRED)]
    pub pack: Option<PathBuf>,
    /// Learn from --events, too, what each feature counts in the pack: the last watches of users are held out for it
    #[arg(long, requires = "pack", conflicts_with = "epsilon")]
    pub learn_weights: bool,
    /// Threads that train
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::TRAINING_THREADS)))]
    pub threads: u32,
    /// The most memory that one step may take, such as 800M or 4G
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = values::bytes)]
    pub memory_limit: usize,
    #[command(flatten)]
    pub made: MakePackOptions,
}

impl TrainArguments {
    fn options(&self) -> TrainOptions {
        TrainOptions { threads: self.threads, host: Some(thread_host()), memory_limit_bytes: self.memory_limit }
    }
}

/// What is trained in one go, of all features.
const TRAINED: [Feature; 3] = [Feature::Ease, Feature::Factors, Feature::Content];

/// Bad lines that are named; the others are counted.
const NAMED: u64 = 20;

/// Those of them that have a weight.
fn trained_features(weights: &FeatureWeights) -> Vec<Feature> {
    TRAINED.into_iter().filter(|feature| weights.of(*feature) != 0.0).collect()
}

/// `vrec train`.
pub fn train(common: &Common, arguments: &TrainArguments, output: &mut Output) -> Outcome {
    let weights = arguments.features.weights()?.unwrap_or_default();
    let trained = trained_features(&weights);
    if trained.is_empty() && arguments.pack.is_none() {
        let names = TRAINED.map(Feature::name).join(", ");
        return Err(Failure::new(
            Exit::Usage,
            format!("of the features only {names} are trained, and none has a weight"),
        ));
    }
    if let Some(file) = &arguments.videos {
        let options =
            ImportOptions { file: file.clone(), events: false, profile: None, skip_bad: false, ignore_unknown: true };
        import(common, &options, output)?;
    }
    let planned = arguments.pack.as_deref().map(|pack| PlannedPack::new(pack, &arguments.made)).transpose()?;
    let asks_vectors = arguments.made.with_vectors || arguments.learn_weights;
    let uses_vectors = trained.contains(&Feature::Content) || asks_vectors;
    let engine = common.open_counting(what_for(planned.is_some(), uses_vectors), Some(weights))?;
    if arguments.events.is_empty() {
        return train_on_profiles(&engine, &trained, arguments, output);
    }
    if planned.is_none() {
        // What could not be taken is not trained for hours first.
        engine.check_trainable()?;
    }
    let done = train_on_events(&engine, weights, arguments, output)?;
    let (mut object, mut sentence) = done.told();
    match planned {
        None => take(&engine, done.training, arguments)?,
        Some(planned) => {
            let call = CallOptions::default();
            let make =
                |export: &PackExport, base: Option<&[u8]>| engine.export_training(export, done.training, base, &call);
            let written = planned.write(done.weights, make)?;
            sentence = format!("{sentence} {}", written.sentence());
            object["pack"] = written.value();
        }
    }
    output.done(&object, &sentence)
}

fn take(engine: &Engine, training: Training, arguments: &TrainArguments) -> Outcome {
    engine.take_trained(&training.finish()).map_err(|error| match (&arguments.checkpoint, error.status) {
        // The same numbers would come out of the folder again.
        (Some(folder), Status::Cancelled) => Failure::from(error).hint(format!("Remove {} first.", folder.display())),
        _ => Failure::from(error),
    })
}

/// A pack leaves the store as it is.
fn what_for(makes_pack: bool, uses_vectors: bool) -> Use {
    match (makes_pack, uses_vectors) {
        (true, true) => Use::ReadVectors,
        (true, false) => Use::Read,
        (false, true) => Use::WriteVectors,
        (false, false) => Use::Write,
    }
}

fn train_on_profiles(engine: &Engine, trained: &[Feature], arguments: &TrainArguments, output: &mut Output) -> Outcome {
    let spinner = output.working("learning from everyone's history");
    let done = engine.train_with(&arguments.options(), &CallOptions::default());
    spinner.finish_and_clear();
    done?;
    let profiles = engine.statistics().profiles;
    let names: Vec<&str> = trained.iter().map(|feature| feature.name()).collect();
    let sentence = format!("Trained {} on the histories of {}.", names.join(", "), counted(profiles, "profile"));
    output.done(&json!({"trained": names, "profiles": profiles}), &sentence)
}

/// What came of reading the files.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Read {
    events: u64,
    bad: u64,
}

/// A training on files.
struct Trained {
    training: Training,
    read: Read,
    /// What each feature counts, as given or as learned.
    weights: FeatureWeights,
    /// Where they were to be learned.
    report: Option<WeightsReport>,
}

impl Trained {
    /// For who reads JSON, and for who reads sentences.
    fn told(&self) -> (Value, String) {
        let (Read { events, bad }, users) = (self.read, self.training.histories().profiles() as u64);
        let names: Vec<&str> = trained_features(&self.weights).into_iter().map(Feature::name).collect();
        let passed = if bad == 0 { String::new() } else { format!("; {} passed over", counted(bad, "bad line")) };
        let what = if names.is_empty() { "Counted".to_owned() } else { format!("Trained {} on", names.join(", ")) };
        let mut sentence = format!("{what} {} of {}{passed}.", counted(events, "event"), counted(users, "user"));
        let mut object = json!({"trained": names, "events": events, "bad_lines": bad, "users": users});
        if let Some(report) = &self.report {
            sentence = format!("{} {sentence}", report.sentence());
            object["learned_weights"] = json!(report);
        }
        (object, sentence)
    }
}

fn train_on_events(
    engine: &Engine,
    weights: FeatureWeights,
    arguments: &TrainArguments,
    output: &Output,
) -> Outcome<Trained> {
    let checkpoint = match &arguments.checkpoint {
        Some(folder) => Some(Checkpoint::open(folder, &checkpoint::inputs(engine, arguments)?)?),
        None => None,
    };
    let spinner = output.working("reading");
    let found = checkpoint.as_ref().map(|checkpoint| checkpoint.histories(output)).transpose()?.flatten();
    let (items, histories, read) = match found {
        Some(found) => found,
        None => {
            let made = read_histories(engine, arguments, output)?;
            if let Some(checkpoint) = &checkpoint {
                checkpoint.keep_histories(&made.0, &made.1, made.2)?;
            }
            made
        }
    };
    let histories = Arc::new(histories);
    let report = match arguments.learn_weights {
        true => {
            let heard = spinner.clone();
            let tell = move |done, total| heard.set_message(format!("learning weights, {done} of {total}"));
            let call = CallOptions { progress: Some(Progress::new(tell)), ..CallOptions::default() };
            Some(weights::learn(engine, &items, &histories, arguments, checkpoint.as_ref(), output, &call)?)
        }
        false => None,
    };
    let weights = report.as_ref().map_or(Ok(weights), WeightsReport::weights)?;
    let mut training = engine.training(items, histories, &weights)?;
    let crew = Crew::new(arguments.threads, Some(thread_host()))?;
    // What is learned event by event is not kept in a store, and counted anew for a pack.
    let kept = |part: &Feature| TRAINED.contains(part);
    for part in training.parts().iter().copied().filter(kept).collect::<Vec<_>>() {
        spinner.set_message(part.name());
        train_part(&mut training, part, &crew, arguments, checkpoint.as_ref(), output)?;
    }
    spinner.finish_and_clear();
    Ok(Trained { training, read, weights, report })
}

fn train_part(
    training: &mut Training,
    part: Feature,
    crew: &Crew,
    arguments: &TrainArguments,
    checkpoint: Option<&Checkpoint>,
    output: &Output,
) -> Outcome {
    let kept = checkpoint.map(|checkpoint| checkpoint.part(part, output)).transpose()?.flatten();
    if let Some(state) = kept {
        return Ok(training.restore(part, &state)?);
    }
    let call = CallOptions::default();
    training.train(part, Means { memory_limit_bytes: arguments.memory_limit, ..Means::new(crew, &call) })?;
    match checkpoint {
        Some(checkpoint) => checkpoint.keep_part(part, &training.state(part)),
        None => Ok(()),
    }
}

fn read_histories(engine: &Engine, arguments: &TrainArguments, output: &Output) -> Outcome<(Items, Histories, Read)> {
    let mut columns = engine.event_columns();
    let mut read = Read::default();
    for file in &arguments.events {
        event_files::read(file, &mut |line, event| {
            let taken = event.map(|event| columns.push(&event, arguments.memory_limit));
            match taken {
                Ok(Ok(())) => read.events += 1,
                Ok(Err(error)) if error.status == Status::MemoryLimit => return Err(error.into()),
                Ok(Err(error)) => named(file, line, &error.message, &mut read, output),
                Err(why) => named(file, line, &why, &mut read, output),
            }
            Ok(())
        })?;
    }
    if read.events == 0 {
        let message = format!("no line of the files is an event; {} bad", read.bad);
        return Err(Failure::new(Exit::BadInput, message).hint("docs/training.md says what the columns are called."));
    }
    let (items, histories) = engine.histories(columns, &arguments.options(), &CallOptions::default())?;
    Ok((items, histories, read))
}

/// Counts a bad line, and names the first ones.
fn named(file: &Path, line: u64, why: &str, read: &mut Read, output: &Output) {
    read.bad += 1;
    if read.bad <= NAMED && !output.is_quiet() {
        tell(format_args!("{}", printable(&format!("{}:{line}: {why}", file.display()))));
    }
}
