//! `vrec tune`: chooses the weights of the blend's features by the library's coordinate search, for the mean nDCG@10 over
//! several cuts of the events to train and validate with. Events to be
//! found in the end are dropped as the data is read, so that nothing here can see them.

use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use clap::Args;
use serde_json::json;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::engine::weights::CUTS;
use vrec::engine::weights::Found;
use vrec::engine::weights::Search;
use vrec::engine::weights::Step;
use vrec::engine::weights::Worth;

use super::DataOptions;
use super::ablation::every_feature;
use super::catalogue::Catalogue;
use super::catalogue::Texts;
use super::check_asked;
use super::data::Data;
use super::data::Split;
use super::model;
use super::model::Among;
use super::model::EngineModel;
use super::model::Listed;
use super::task::Task;
use crate::arguments::Common;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::output::Column;
use crate::output::Output;

/// How to search.
#[derive(Debug, Args)]
pub struct TuneOptions {
    #[command(flatten)]
    from: DataOptions,
    /// Features whose weights are searched for; without it all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = feature)]
    features: Vec<Feature>,
    /// Weights to start from, such as ease=0.3; without it those of the engine
    #[arg(long, value_name = "NAME=WEIGHT", value_delimiter = ',', value_parser = weight)]
    start: Vec<(Feature, f32)>,
    /// How often every weight has its turn, at most; fewer when nothing changes any more
    #[arg(long, value_name = "COUNT", default_value = "2")]
    rounds: NonZero<usize>,
    /// Threads that ask for lists
    #[arg(long, value_name = "COUNT", default_value = "1")]
    threads: NonZero<usize>,
}

fn feature(text: &str) -> Result<Feature, String> {
    let names = || Feature::ALL.map(Feature::name).join(", ");
    Feature::from_name(text).ok_or_else(|| format!("there are {}", names()))
}

fn weight(text: &str) -> Result<(Feature, f32), String> {
    let (name, value) = text.split_once('=').ok_or("a name, = and a number are needed")?;
    let value: f32 = value.parse().map_err(|_| format!("{value:?} is no number"))?;
    let feature = feature(name)?;
    FeatureWeights::only(feature).with(feature, value).validate().map_err(|error| error.message)?;
    Ok((feature, value))
}

pub fn tune(common: &Common, options: &TuneOptions, output: &mut Output) -> Outcome {
    let split = options.from.split;
    let texts = Texts::new(common, options.from.encoder.as_ref())?;
    let data = Data::read_without_test(options.from.folder()?, split)?;
    texts.keep(&data.videos, output)?;
    let start = start(&options.start);
    let cuts = cuts(&data, split);
    check_asked(&cuts[0], split)?;
    let mut catalogues = Vec::with_capacity(cuts.len());
    for task in &cuts {
        let catalogue = texts.catalogue(task, every_feature(start), output)?;
        model::fit(&catalogue, task)?;
        catalogues.push(catalogue);
    }
    let numbers = model::numbers(&cuts[0]);
    let fitted =
        Fitted { cuts: &cuts, catalogues: &catalogues, numbers: &numbers, split, threads: options.threads.get() };
    let features = if options.features.is_empty() { Feature::ALL.to_vec() } else { options.features.clone() };
    let spinner = output.working("trying weights");
    let search = Search { features: &features, rounds: options.rounds.get(), worth: Worth::Likely, never_dropped: &[] };
    let found = search.climb(start, |weights| fitted.measure(weights));
    spinner.finish_and_clear();
    show(&found?, output)
}

fn start(given: &[(Feature, f32)]) -> FeatureWeights {
    if given.is_empty() {
        return FeatureWeights::default();
    }
    given.iter().fold(FeatureWeights::NONE, |weights, (feature, weight)| weights.with(*feature, *weight))
}

/// The cuts that somebody can be asked in.
fn cuts(data: &Data, split: Split) -> Vec<Task<'_>> {
    let all = CUTS.map(|cut| Task::inner(data, split, cut));
    let mut cuts: Vec<Task<'_>> = all.into_iter().filter(|task| !task.asked.is_empty()).collect();
    if cuts.is_empty() {
        cuts.push(Task::inner(data, split, 0));
    }
    cuts
}

/// Everything that weights are tried with.
struct Fitted<'a> {
    cuts: &'a [Task<'a>],
    catalogues: &'a [Catalogue],
    numbers: &'a HashMap<&'a str, usize>,
    split: Split,
    threads: usize,
}

impl Fitted<'_> {
    /// The nDCG@10 of every list of every cut, in a fixed order. No places are kept for new videos, which no weight would
    /// change.
    fn measure(&self, weights: FeatureWeights) -> Outcome<Vec<f64>> {
        let mut all = Vec::new();
        for (task, catalogue) in self.cuts.iter().zip(self.catalogues) {
            let engine =
                EngineModel { task, catalogue, numbers: self.numbers, weights, new_video_share: 0.0, diversity: None };
            let among = if self.split == Split::Cold { Among::Cold } else { Among::All };
            all.extend(self.ask_all(&engine, task, among)?);
        }
        Ok(all)
    }

    fn ask_all(&self, engine: &EngineModel<'_>, task: &Task<'_>, among: Among) -> Outcome<Vec<f64>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done: Vec<(usize, Outcome<Listed>)> = Vec::new();
            while let Some((at, asked)) = task.asked.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)) {
                done.push((at, model::ask(engine, asked, among)));
            }
            done
        };
        let mut done = thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let others: Option<Vec<_>> = others.into_iter().map(|other| other.join().ok()).collect();
            others.map(|others| others.into_iter().flatten().chain(own).collect::<Vec<_>>())
        })
        .ok_or_else(|| Failure::new(Exit::Other, "a thread that asked for lists has failed"))?;
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, listed)| Ok(listed?.measures.ndcg10)).collect()
    }
}

fn show(Found { weights, before, steps }: &Found, output: &mut Output) -> Outcome {
    let gained = |step: &Step| format!("{:+.4} ± {:.4}", step.gain.mean, step.gain.plus_minus);
    if output.is_json() {
        for step in steps {
            output.json(&json!({
                "round": step.round, "feature": step.feature.name(), "from": step.from, "to": step.to,
                "ndcg10": step.ndcg, "gain": step.gain.mean, "plus_minus": step.gain.plus_minus,
            }))?;
        }
    } else {
        let row = |step: &Step| {
            let numbers = [step.from.to_string(), step.to.to_string(), format!("{:.4}", step.ndcg), gained(step)];
            [vec![step.round.to_string(), step.feature.name().to_owned()], numbers.into()].concat()
        };
        let columns = ["From", "To", "nDCG@10", "Gain (95 %)"].map(Column::right);
        let columns: Vec<Column> =
            [Column::right("Round"), Column::left("Feature")].into_iter().chain(columns).collect();
        output.table(&columns, &steps.iter().map(row).collect::<Vec<_>>())?;
    }
    let after = steps.last().map_or(*before, |step| step.ndcg);
    output.bytes(format!("figure tune.start.ndcg10 {before:.4}\nfigure tune.ndcg10 {after:.4}\n").as_bytes())?;
    Feature::ALL.into_iter().try_for_each(|feature| {
        output.bytes(format!("figure tune.{} {}\n", feature.name(), weights.of(feature)).as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read() {
        assert_eq!(weight("ease=0.3"), Ok((Feature::Ease, 0.3)));
        for wrong in ["ease", "ease=x", "nothing=1", "ease=NaN", "ease=2000"] {
            assert!(weight(wrong).is_err(), "{wrong}");
        }
        assert_eq!(start(&[]), FeatureWeights::default());
        assert_eq!(start(&[(Feature::Ease, 0.3)]).counting().collect::<Vec<_>>(), [(Feature::Ease, 0.3)]);
    }
}
