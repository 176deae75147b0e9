//! `vrec eval`: how good recommendations are on a data set, measured through the engine as a host would use
//! it: videos are added, events recorded in the order of their times, and each user asked for a list.

mod data;
mod measures;

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use clap::ValueEnum;
use serde_json::json;
use vrec::domain::CallOptions;
use vrec::domain::Context;
use vrec::domain::Event;
use vrec::domain::EventKind;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::Recommendation;
use vrec::domain::Video;
use vrec::domain::Watched;
use vrec::engine::Engine;
use vrec::engine::EngineOptions;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::output::Column;
use crate::output::Output;
use data::Data;
use data::Part;
use measures::Mean;
use measures::Measures;

/// What to evaluate.
#[derive(Debug, Args)]
pub struct EvalOptions {
    /// A folder with videos.jsonl, splits.csv and, for the split cold, cold_videos.json; plain or gzipped
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which split of the data
    #[arg(long, value_enum, value_name = "SPLIT", default_value = "loo")]
    split: Split,
    /// Measure on the validation part and learn from the training part alone
    #[arg(long)]
    valid: bool,
    /// What orders the lists
    #[arg(long, value_enum, value_name = "NAME", default_value = "blend")]
    ranking: RankingName,
}

/// A way to cut events into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Split {
    Loo,
    T80,
    Cold,
    Gt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RankingName {
    Taste,
    Blend,
}

impl Split {
    fn name(self) -> &'static str {
        match self {
            Split::Loo => "loo",
            Split::T80 => "t80",
            Split::Cold => "cold",
            Split::Gt => "gt",
        }
    }
}

/// Users with fewer events to learn from are left out.
const LEAST_EVENTS: usize = 3;

/// Places of a list that are looked at.
const LONGEST: usize = 20;

/// One measure of a list.
type Measure = fn(&Measures) -> f64;

/// The measures, with their names in figures.
const MEASURES: [(&str, Measure); 5] = [
    ("recall10", |measures| measures.recall10),
    ("ndcg10", |measures| measures.ndcg10),
    ("recall20", |measures| measures.recall20),
    ("ndcg20", |measures| measures.ndcg20),
    ("mrr", |measures| measures.mrr),
];

/// What a run found.
struct Found {
    lists: Vec<Measures>,
    /// Share of all videos that stand in the first ten places of any list.
    coverage: f64,
    fit_seconds: f64,
    ms_per_user: f64,
}

pub fn evaluate(options: &EvalOptions, output: &mut Output) -> Outcome {
    let data = Data::read(&options.data, options.split.name())?;
    let found = run(&data, options)?;
    if found.lists.is_empty() {
        let message =
            format!("the split {} has no user with {LEAST_EVENTS} events and one to find", options.split.name());
        return Err(Failure::new(Exit::BadInput, message));
    }
    show(options.split.name(), &found, output)
}

fn run(data: &Data, options: &EvalOptions) -> Outcome<Found> {
    let wanted = if options.valid { Part::Valid } else { Part::Test };
    let learned = |part: Part| part == Part::Train || (part == Part::Valid && !options.valid);
    let engine = Engine::new(EngineOptions::default())?;
    let started = Instant::now();
    add_videos(&engine, data)?;
    record(&engine, data, learned)?;
    engine.train(&CallOptions::default())?;
    let fit_seconds = started.elapsed().as_secs_f64();
    let numbers: HashMap<&str, usize> =
        data.videos.iter().enumerate().map(|(at, video)| (video.id.as_str(), at)).collect();
    let users = users(data, learned, wanted);
    let started = Instant::now();
    let mut lists = Vec::with_capacity(users.len());
    let mut listed = BTreeSet::new();
    for (user, to_find) in &users {
        let list = ask(&engine, &data.users[*user], options)?;
        let list: Vec<usize> = list.iter().filter_map(|item| numbers.get(item.id.as_str()).copied()).collect();
        listed.extend(list.iter().take(10).copied());
        lists.push(Measures::of(&list, to_find));
    }
    let ms_per_user = started.elapsed().as_secs_f64() * 1e3 / users.len().max(1) as f64;
    Ok(Found { lists, coverage: listed.len() as f64 / data.videos.len() as f64, fit_seconds, ms_per_user })
}

/// A table or one object, then the figures.
fn show(split: &str, found: &Found, output: &mut Output) -> Outcome {
    let means = MEASURES.map(|(name, measure)| (name, Mean::of(&found.lists, measure)));
    if output.is_json() {
        for (name, mean) in &means {
            output.json(&json!({ "measure": name, "mean": mean.mean, "plus_minus": mean.plus_minus }))?;
        }
    } else {
        let columns = [Column::left("Measure"), Column::right("Mean"), Column::right("± (95 %)")];
        let row = |(name, mean): &(&str, Mean)| {
            vec![(*name).to_owned(), format!("{:.4}", mean.mean), format!("{:.4}", mean.plus_minus)]
        };
        output.table(&columns, &means.iter().map(row).collect::<Vec<_>>())?;
    }
    let others =
        [("coverage10", found.coverage), ("fit_seconds", found.fit_seconds), ("ms_per_user", found.ms_per_user)];
    for (name, value) in means.iter().map(|(name, mean)| (*name, mean.mean)).chain(others) {
        output.bytes(format!("figure eval.{split}.{name} {value:.4}\n").as_bytes())?;
    }
    Ok(())
}

/// Without a model: every video brings the same vector, and its texts count nothing.
fn add_videos(engine: &Engine, data: &Data) -> Outcome {
    for batch in data.videos.chunks(1_000) {
        let videos: Vec<Video> = batch.iter().map(|video| Video { vector: Some(vec![1.0]), ..video.clone() }).collect();
        engine.add_videos(&videos, &CallOptions::default())?;
    }
    Ok(())
}

fn record(engine: &Engine, data: &Data, learned: impl Fn(Part) -> bool) -> Outcome {
    let events = data.events.iter().filter(|event| learned(event.part)).map(|event| Event {
        kind: EventKind::Complete,
        profile: data.users[event.user].clone(),
        video_id: data.videos[event.video].id.clone(),
        time_utc_ms: event.time_utc_ms,
        position_ms: 0,
        duration_ms: 0,
        rating: 0.0,
        context: Context::default(),
    });
    let events: Vec<Event> = events.collect();
    for batch in events.chunks(1_000) {
        engine.record(batch)?;
    }
    Ok(())
}

/// Users who are asked, with what they are to be offered.
fn users(data: &Data, learned: impl Fn(Part) -> bool, wanted: Part) -> Vec<(usize, Vec<usize>)> {
    let mut known = vec![0; data.users.len()];
    let mut to_find = vec![Vec::new(); data.users.len()];
    for event in &data.events {
        if learned(event.part) {
            known[event.user] += 1;
        } else if event.part == wanted {
            to_find[event.user].push(event.video);
        }
    }
    let users = to_find.into_iter().enumerate();
    users.filter(|(user, videos)| known[*user] >= LEAST_EVENTS && !videos.is_empty()).collect()
}

fn ask(engine: &Engine, user: &str, options: &EvalOptions) -> Outcome<Vec<Recommendation>> {
    let query = Query {
        limit: LONGEST,
        watched: Watched::Exclude,
        ranking: match options.ranking {
            RankingName::Taste => Ranking::Taste,
            RankingName::Blend => Ranking::Blend,
        },
        ..Query::for_profile(user)
    };
    Ok(engine.recommend(&query, &CallOptions::default())?)
}
