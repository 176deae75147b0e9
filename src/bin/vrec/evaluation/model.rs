//! What makes lists: the engine with its blend or one feature of it, or a baseline.

use std::collections::HashMap;
use std::time::Instant;

use vrec::domain::CallOptions;
use vrec::domain::DiversityMethod;
use vrec::domain::Event;
use vrec::domain::EventKind;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::Filter;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::Watched;

use super::baselines::BaselineKind;
use super::catalogue::COLD;
use super::catalogue::Catalogue;
use super::data::DataEvent;
use super::measures::Measures;
use super::task::Asked;
use super::task::Task;
use crate::failure::Outcome;
use crate::values::Diversity;

/// Places of a list that are looked at.
pub const LONGEST: usize = 20;

/// Events that are recorded at a time.
const EVENTS: usize = 16_384;

/// What may be evaluated alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelName {
    Blend,
    Feature(Feature),
    Baseline(BaselineKind),
}

impl ModelName {
    /// As people type it.
    pub fn of(text: &str) -> Result<ModelName, String> {
        let baseline = BaselineKind::ALL.into_iter().find(|kind| kind.name() == text);
        let feature = Feature::from_name(text).map(ModelName::Feature).or(baseline.map(ModelName::Baseline));
        let blend = (text == "blend").then_some(ModelName::Blend);
        blend.or(feature).ok_or_else(|| {
            let features = Feature::ALL.map(Feature::name).join(", ");
            let baselines = BaselineKind::ALL.map(BaselineKind::name).join(", ");
            format!("there are blend; the features {features}; the baselines {baselines}")
        })
    }
}

/// Which videos a list is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    All,
    Cold,
}

/// Something that has learned a task's events.
pub trait Model: Sync {
    /// The best [`LONGEST`] videos for a user, none of them watched, with their scores.
    fn list(&self, asked: &Asked, among: Among) -> Outcome<Vec<(usize, f32)>>;
}

/// The engine, with the weights of its lists.
#[derive(Clone, Copy)]
pub struct EngineModel<'a> {
    pub task: &'a Task<'a>,
    pub catalogue: &'a Catalogue,
    pub numbers: &'a HashMap<&'a str, usize>,
    pub weights: FeatureWeights,
    /// See [`Query::new_video_share`].
    pub new_video_share: f32,
    /// See [`Query::diversity_method`] and [`Query::diversity`]; none: not at all.
    pub diversity: Option<Diversity>,
}

impl Model for EngineModel<'_> {
    fn list(&self, asked: &Asked, among: Among) -> Outcome<Vec<(usize, f32)>> {
        let cold = || Filter { entitlements: Some(vec![COLD.to_owned()]), ..Filter::default() };
        let query = Query {
            limit: LONGEST,
            watched: Watched::Exclude,
            ranking: Ranking::Blend,
            feature_weights: Some(self.weights),
            new_video_share: self.new_video_share,
            diversity_method: self.diversity.map_or(DiversityMethod::None, |diversity| diversity.method),
            diversity: self.diversity.map_or(0.0, |diversity| diversity.strength),
            now_utc_ms: asked.now_utc_ms,
            filter: (among == Among::Cold).then(cold),
            ..Query::for_profile(&self.task.data.users[asked.user])
        };
        let list = self.catalogue.engine.recommend(&query, &CallOptions::default())?;
        let numbered = list.iter().filter_map(|item| Some((*self.numbers.get(item.id.as_str())?, item.score)));
        Ok(numbered.collect())
    }
}

/// The numbers of videos by their ids.
pub fn numbers<'a>(task: &'a Task<'_>) -> HashMap<&'a str, usize> {
    task.data.videos.iter().enumerate().map(|(number, video)| (video.id.as_str(), number)).collect()
}

/// Records a task's events and trains. Returns the seconds it took.
pub fn fit(catalogue: &Catalogue, task: &Task<'_>) -> Outcome<f64> {
    let started = Instant::now();
    record(catalogue, task, &task.learned)?;
    catalogue.engine.train(&CallOptions::default())?;
    Ok(started.elapsed().as_secs_f64())
}

/// Records events of a task as completed watches, in their order.
pub fn record<'e>(catalogue: &Catalogue, task: &Task<'_>, events: impl IntoIterator<Item = &'e DataEvent>) -> Outcome {
    let events = events.into_iter().map(|event| Event {
        profile: task.data.users[event.user].clone(),
        video_id: task.data.videos[event.video].id.clone(),
        time_utc_ms: event.time_utc_ms,
        ..Event::of(EventKind::Complete)
    });
    let events: Vec<Event> = events.collect();
    events.chunks(EVENTS).try_for_each(|batch| Ok(catalogue.engine.record(batch)?))
}

/// One user's list and how good it is.
#[derive(Debug, Clone)]
pub struct Listed {
    pub list: Vec<usize>,
    pub scores: Vec<f32>,
    pub measures: Measures,
    pub milliseconds: f64,
}

/// Asks for every user of a task, one after the other.
pub fn ask_all(model: &dyn Model, task: &Task<'_>, among: Among) -> Outcome<Vec<Listed>> {
    task.asked.iter().map(|asked| ask(model, asked, among)).collect()
}

pub fn ask(model: &dyn Model, asked: &Asked, among: Among) -> Outcome<Listed> {
    let started = Instant::now();
    let found = model.list(asked, among)?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    let (list, scores): (Vec<usize>, Vec<f32>) = found.into_iter().unzip();
    let measures = Measures::of(&list, &asked.wanted);
    Ok(Listed { list, scores, measures, milliseconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_understood() {
        assert_eq!(ModelName::of("blend"), Ok(ModelName::Blend));
        for feature in Feature::ALL {
            assert_eq!(ModelName::of(feature.name()), Ok(ModelName::Feature(feature)));
        }
        for kind in BaselineKind::ALL {
            assert_eq!(ModelName::of(kind.name()), Ok(ModelName::Baseline(kind)));
        }
        assert!(ModelName::of("item-knn").unwrap_err().contains("item_knn"));
    }
}
