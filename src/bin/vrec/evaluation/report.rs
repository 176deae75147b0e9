//! What a run found, as a table, as JSON, and as lines `figure NAME VALUE`.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;

use serde_json::json;

use vrec::engine::weights::Mean;

use super::catalogue::Catalogue;
use super::measures;
use super::measures::MEASURES;
use super::measures::Measures;
use super::measures::Places;
use super::measures::mean_of;
use super::model::Listed;
use super::task::Task;
use crate::failure::Outcome;
use crate::output::Column;
use crate::output::Output;

/// Places of a list that coverage, diversity and novelty look at.
const PLACES: usize = 10;

/// What a run found.
pub struct Found {
    pub lists: Vec<Listed>,
    /// Of the cold videos alone, in the split `cold`.
    pub cold_lists: Option<Vec<Listed>>,
    others: Vec<Other>,
}

/// A figure beside the measures of lists.
struct Other {
    name: &'static str,
    mean: Mean,
    /// Whether it is a mean of users, with an interval.
    is_mean: bool,
}

impl Other {
    fn value(name: &'static str, mean: f64) -> Other {
        Other { name, mean: Mean { mean, plus_minus: 0.0 }, is_mean: false }
    }

    fn mean(name: &'static str, values: impl Iterator<Item = f64> + Clone) -> Other {
        Other { name, mean: Mean::of(values), is_mean: true }
    }
}

impl Found {
    /// `vectors` has the videos' vectors, where texts have any.
    pub fn new(
        task: &Task<'_>,
        lists: Vec<Listed>,
        cold_lists: Option<Vec<Listed>>,
        fit_seconds: f64,
        vectors: Option<&Catalogue>,
    ) -> Found {
        let firsts: Vec<&[usize]> = lists.iter().map(|listed| &listed.list[..listed.list.len().min(PLACES)]).collect();
        let listed: BTreeSet<usize> = firsts.iter().copied().flatten().copied().collect();
        let mut others = vec![Other::value("coverage10", listed.len() as f64 / task.catalogue_size().max(1) as f64)];
        if let Some(catalogue) = vectors {
            let vectors = vectors_of(&listed, task, catalogue);
            let diversities: Vec<f64> = firsts.iter().filter_map(|list| measures::diversity(list, &vectors)).collect();
            others.push(Other::mean("diversity10", diversities.into_iter()));
        }
        let places = Places::new(&task.watches(), task.learned_users());
        others.push(Other::mean("novelty10", firsts.iter().map(|list| places.novelty(list))));
        others.push(Other::mean("ties10", lists.iter().map(|listed| measures::ties(&listed.scores))));
        others.push(Other::value("fit_seconds", fit_seconds));
        others.push(Other::mean("ms_per_user", lists.iter().map(|listed| listed.milliseconds)));
        if let Some(megabytes) = peak_megabytes() {
            others.push(Other::value("peak_megabytes", megabytes));
        }
        Found { lists, cold_lists, others }
    }

    /// Adds what the engine's memory is, beside the catalogue that it had before any event.
    pub fn add_memory(&mut self, catalogue: &Catalogue) {
        let statistics = catalogue.engine.statistics();
        let videos = catalogue.bytes_per_video * statistics.videos as f64;
        let profiles = (statistics.memory_bytes as f64 - videos) / statistics.profiles.max(1) as f64;
        self.others.push(Other::value("bytes_per_user", profiles));
        self.others.push(Other::value("bytes_per_video", catalogue.bytes_per_video));
    }

    pub fn measures(&self) -> Vec<Measures> {
        of_lists(&self.lists)
    }

    pub fn cold_measures(&self) -> Option<Vec<Measures>> {
        self.cold_lists.as_deref().map(of_lists)
    }
}

pub fn of_lists(lists: &[Listed]) -> Vec<Measures> {
    lists.iter().map(|listed| listed.measures).collect()
}

fn vectors_of(listed: &BTreeSet<usize>, task: &Task<'_>, catalogue: &Catalogue) -> HashMap<usize, Vec<f32>> {
    let vector = |video: &usize| Some((*video, catalogue.engine.video_vector(&task.data.videos[*video].id)?));
    listed.iter().filter_map(vector).collect()
}

/// The most memory that this process has had, where the system tells.
fn peak_megabytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1_024.0)
}

/// A table or objects, then the figures.
pub fn show(split: &str, found: &Found, output: &mut Output) -> Outcome {
    let means = of_measures(&found.measures());
    let cold = found.cold_measures().map(|measures| of_measures(&measures));
    if output.is_json() {
        show_json(&means, cold.as_deref(), found, output)?;
    } else {
        show_table(&means, cold.as_deref(), found, output)?;
    }
    for (name, mean) in &means {
        figure(output, &format!("{split}.{name}"), mean.mean)?;
    }
    for (name, mean) in cold.iter().flatten() {
        figure(output, &format!("cold_only.{name}"), mean.mean)?;
    }
    found.others.iter().try_for_each(|other| figure(output, &format!("{split}.{}", other.name), other.mean.mean))
}

/// One figure of `vrec eval`.
pub fn figure(output: &mut Output, name: &str, value: f64) -> Outcome {
    output.bytes(format!("figure eval.{name} {value:.4}\n").as_bytes())
}

type Means = Vec<(&'static str, Mean)>;

fn of_measures(all: &[Measures]) -> Means {
    MEASURES.iter().map(|(name, measure)| (*name, mean_of(all, *measure))).collect()
}

fn show_json(means: &Means, cold: Option<&[(&'static str, Mean)]>, found: &Found, output: &mut Output) -> Outcome {
    for (at, (name, mean)) in means.iter().enumerate() {
        let mut object = json!({ "measure": name, "mean": mean.mean, "plus_minus": mean.plus_minus });
        if let Some((_, cold)) = cold.and_then(|cold| cold.get(at)) {
            object["cold_only"] = json!({ "mean": cold.mean, "plus_minus": cold.plus_minus });
        }
        output.json(&object)?;
    }
    for other in &found.others {
        let plus_minus = other.is_mean.then_some(other.mean.plus_minus);
        output.json(&json!({ "measure": other.name, "mean": other.mean.mean, "plus_minus": plus_minus }))?;
    }
    Ok(())
}

fn show_table(means: &Means, cold: Option<&[(&'static str, Mean)]>, found: &Found, output: &mut Output) -> Outcome {
    let mut columns = vec![Column::left("Measure"), Column::right("Mean"), Column::right("± (95 %)")];
    let mut rows: Vec<Vec<String>> = means.iter().map(|(name, mean)| row(name, mean, true)).collect();
    rows.extend(found.others.iter().map(|other| row(other.name, &other.mean, other.is_mean)));
    if let Some(cold) = cold {
        columns.extend([Column::right("Cold only"), Column::right("± (95 %)")]);
        let cells = |(_, mean): &(&str, Mean)| [format!("{:.4}", mean.mean), format!("{:.4}", mean.plus_minus)];
        rows.iter_mut().zip(cold).for_each(|(row, cold)| row.extend(cells(cold)));
        rows.iter_mut().for_each(|row| row.resize(columns.len(), String::new()));
    }
    output.table(&columns, &rows)
}

fn row(name: &str, mean: &Mean, is_mean: bool) -> Vec<String> {
    let plus_minus = if is_mean { format!("{:.4}", mean.plus_minus) } else { String::new() };
    vec![name.to_owned(), format!("{:.4}", mean.mean), plus_minus]
}
