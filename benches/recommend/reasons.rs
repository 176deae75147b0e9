//! Whether reasons are signals: the watched video that the first reason names is forgotten (the profile's same events
//! are recorded again without it), and the rank of the explained video is asked for before and after, 1,000 times with
//! videos drawn from the whole catalogue and 1,000 times with places of lists of ten, half of each by taste and half by
//! all that is known. The forgotten video is excluded both times, so that its coming back changes no rank. 2,000 videos
//! of 64 elements in 40 clusters, 200 profiles with 8,000 events of skewed and clustered tastes, trained.
//!
//! `cargo bench --bench recommend_reasons`. Everything is made from fixed seeds.

mod synthetic;

use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Event, Explanation, Query, Ranking, Video};
use vrec::engine::{Engine, EngineOptions};

const DIMENSIONS: usize = 64;
const SHAPE: Shape = Shape { profiles: 200, videos: 2_000, events: 8_000, clusters: 40 };
const CASES: usize = 1_000;

/// How often a rank changed, of how many cases.
#[derive(Default)]
struct Share {
    changed: usize,
    cases: usize,
}

impl Share {
    fn add(&mut self, changed: bool) {
        self.changed += usize::from(changed);
        self.cases += 1;
    }

    fn print(&self, name: &str) {
        println!("figure reasons.{name} {:.3}", self.changed as f64 / self.cases as f64);
    }
}

fn main() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    add_videos(&engine);
    let events = events();
    events.iter().for_each(|events| engine.record(events).expect("events are recorded"));
    engine.train(&CallOptions::default()).expect("it trains");
    let mut random = Random::new(5);
    let (mut any, mut listed, mut lowered) = (Share::default(), Share::default(), Share::default());
    while any.cases < CASES || listed.cases < CASES {
        let profile = (random.unit() * SHAPE.profiles as f32) as usize;
        let is_any = any.cases < CASES;
        let cases = if is_any { any.cases } else { listed.cases };
        let ranking = if cases.is_multiple_of(2) { Ranking::Taste } else { Ranking::Blend };
        let Some(case) = Case::of(&engine, &events[profile], ranking, is_any, random.unit()) else { continue };
        let Outcome { rank_changed, score_lowered } = case.outcome(&engine, &events[profile]);
        if is_any {
            any.add(rank_changed);
        } else {
            listed.add(rank_changed);
            lowered.add(score_lowered);
        }
    }
    any.print("first_signal_changes_rank");
    listed.print("first_signal_changes_rank_in_list");
    lowered.print("first_signal_lowers_score_in_list");
}

/// Videos near the directions of their clusters.
fn add_videos(engine: &Engine) {
    let mut random = Random::new(7);
    let mut direction = |size: f32| (0..DIMENSIONS).map(|_| size * (random.unit() - 0.5)).collect::<Vec<f32>>();
    let clusters: Vec<Vec<f32>> = (0..SHAPE.clusters).map(|_| direction(1.0)).collect();
    let video = |number: usize| {
        let own = direction(1.0);
        let of_cluster = &clusters[SHAPE.cluster(number)];
        let vector = own.iter().zip(of_cluster).map(|(own, cluster)| own + cluster).collect();
        let tags = vec![format!("cluster {}", SHAPE.cluster(number))];
        Video { id: synthetic::video(number), tags, vector: Some(vector), ..Video::default() }
    };
    let videos: Vec<Video> = (0..SHAPE.videos).map(video).collect();
    engine.add_videos(&videos, &CallOptions::default()).expect("videos are added");
}

/// Those of each profile.
fn events() -> Vec<Vec<Event>> {
    let mut events = vec![Vec::new(); SHAPE.profiles];
    for ((profile, video), minute) in draw_all(SHAPE, 1).into_iter().zip(0..) {
        events[profile].push(event(profile, video, minute));
    }
    events
}

/// A video with the watched video that its first reason names.
struct Case {
    query: Query,
    id: String,
    because_id: String,
}

/// What forgetting the watched video changed.
struct Outcome {
    rank_changed: bool,
    score_lowered: bool,
}

impl Case {
    /// Any video of the catalogue, or one of a list. None for one that is blocked, where the profile has too little to
    /// forget, and where no reason names a video.
    fn of(engine: &Engine, events: &[Event], ranking: Ranking, is_any: bool, place: f32) -> Option<Case> {
        let query = Query { ranking, ..Query::for_profile(&events.get(1)?.profile) };
        let id = if is_any {
            synthetic::video((place * SHAPE.videos as f32) as usize)
        } else {
            let list = engine.recommend(&query, &CallOptions::default()).expect("a list");
            list.get((place * query.limit as f32) as usize)?.id.clone()
        };
        let found = explain(engine, &id, &query);
        found.rank?;
        let named = found.reasons.into_iter().map(|reason| reason.evidence.video_id).find(|id| !id.is_empty());
        named.map(|because_id| Case { query: Query { exclude: vec![because_id.clone()], ..query }, id, because_id })
    }

    fn outcome(&self, engine: &Engine, events: &[Event]) -> Outcome {
        let without: Vec<Event> = events.iter().filter(|event| event.video_id != self.because_id).cloned().collect();
        let before = self.after(engine, events);
        let after = self.after(engine, &without);
        self.after(engine, events);
        Outcome { rank_changed: before.rank != after.rank, score_lowered: after.score < before.score }
    }

    /// How the video stands when the profile did this and no more.
    fn after(&self, engine: &Engine, events: &[Event]) -> Explanation {
        engine.forget_profile(&self.query.profile).expect("a profile is forgotten");
        engine.record(events).expect("events are recorded");
        explain(engine, &self.id, &self.query)
    }
}

fn explain(engine: &Engine, id: &str, query: &Query) -> Explanation {
    engine.explain(id, query, &CallOptions::default()).expect("an explanation")
}
