//! Does exploring pay? Viewers with drifting taste are shown lists of ten by engines that differ in nothing but how two
//! of the places are filled: as all others (greedy), at random, by LinUCB and by Thompson sampling. Regret is what the
//! best list that there is would have been worth beyond the one that was shown, list by list; worth is the chance that
//! anything is chosen. Through the public interface alone; the viewers see the same luck.
//!
//! `cargo bench --bench bandit_regret`; with two numbers, so many seeds and lists. `docs/exploration.md` reads the figures.

mod viewers;

use viewers::{Random, VIDEOS, Viewer, World, id, number};
use vrec::domain::{CallOptions, Event, EventKind, ExplorationMethod, Query, Ranking};
use vrec::engine::{Engine, EngineOptions};

const PLACES: usize = 10;
const SLOTS: usize = 2;
const HOUSEHOLD: usize = 4;
const HISTORY: usize = 10;

#[derive(Clone, Copy, PartialEq)]
enum Policy {
    Greedy,
    Random,
    Explore(ExplorationMethod),
}

const POLICIES: [(&str, Policy); 4] = [
    ("greedy", Policy::Greedy),
    ("random", Policy::Random),
    ("linucb", Policy::Explore(ExplorationMethod::LinUcb)),
    ("thompson", Policy::Explore(ExplorationMethod::Thompson)),
];

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let (seeds, lists) = (numbers.next().unwrap_or(8), numbers.next().unwrap_or(200));
    let mut regrets: Vec<Vec<f64>> = Vec::new();
    for (name, policy) in POLICIES {
        let of_seeds: Vec<f64> = (1..=seeds as u64).map(|seed| regret(policy, seed, lists)).collect();
        println!("{name:<9} cumulative regret, seed by seed: {of_seeds:.1?}");
        regrets.push(of_seeds);
    }
    let greedy = regrets[0].clone();
    for ((name, _), of_seeds) in POLICIES.into_iter().zip(&regrets) {
        let ratios: Vec<f64> = of_seeds.iter().zip(&greedy).map(|(own, greedy)| own / greedy).collect();
        println!("figure bandit.{name}_regret {:.2}", of_seeds.iter().sum::<f64>() / seeds as f64);
        let ratio = of_seeds.iter().sum::<f64>() / greedy.iter().sum::<f64>();
        println!("figure bandit.{name}_regret_vs_greedy {ratio:.3}");
        let wins = ratios.iter().filter(|ratio| **ratio < 1.0).count();
        println!("{name}: below greedy's with {wins} of {seeds} seeds");
        if name == "thompson" {
            println!("figure bandit.regret_vs_greedy {ratio:.3}");
        }
    }
}

/// Of all lists that a household is shown, a list a viewer in turns.
fn regret(policy: Policy, seed: u64, lists: usize) -> f64 {
    let world = World::new(seed);
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    engine.add_videos(&world.videos(), &CallOptions::default()).expect("videos are added");
    let mut viewers: Vec<Viewer> = (0..HOUSEHOLD as u64).map(|viewer| Viewer::new(seed * 100 + viewer)).collect();
    for (profile, viewer) in viewers.iter_mut().enumerate() {
        let watched: Vec<Event> =
            (0..HISTORY).map(|at| event(EventKind::Complete, profile, viewer.liked(), at as i64, 0.0)).collect();
        engine.record(&watched).expect("events are recorded");
    }
    let mut random = Random::new(seed ^ 0xabc);
    let mut regret = 0.0;
    for round in 0..lists {
        for (profile, viewer) in viewers.iter_mut().enumerate() {
            let minute = (HISTORY + round) as i64 * 720;
            let (list, propensities) = list_for(&engine, policy, profile, viewer, minute, &mut random);
            regret += viewer.best_worth(&world, PLACES) - viewer.worth(&world, &list);
            let shown = list.iter().zip(propensities);
            let mut events: Vec<Event> = shown
                .map(|(video, propensity)| event(EventKind::Impression, profile, *video, minute, propensity))
                .collect();
            if let Some(chosen) = viewer.choose(&world, &list) {
                events.push(event(EventKind::Select, profile, chosen, minute + 1, 0.0));
                events.push(event(EventKind::Complete, profile, chosen, minute + 90, 0.0));
            }
            engine.record(&events).expect("events are recorded");
        }
    }
    regret
}

fn list_for(
    engine: &Engine,
    policy: Policy,
    profile: usize,
    viewer: &Viewer,
    minute: i64,
    random: &mut Random,
) -> (Vec<usize>, Vec<f32>) {
    let method = match policy {
        Policy::Explore(method) => method,
        Policy::Greedy | Policy::Random => ExplorationMethod::None,
    };
    let query = Query {
        limit: PLACES,
        ranking: Ranking::Blend,
        now_utc_ms: time(minute),
        exploration_method: method,
        exploration_slots: SLOTS,
        exploration_seed: minute as u64,
        ..Query::for_profile(&name(profile))
    };
    let found = engine.recommend(&query, &CallOptions::default()).expect("a list");
    let mut list: Vec<usize> = found.iter().map(|item| number(&item.id)).collect();
    let propensities = found.iter().map(|item| item.propensity).collect();
    if policy == Policy::Random {
        list.truncate(PLACES - SLOTS);
        while list.len() < PLACES {
            let video = random.below(VIDEOS);
            if !viewer.watched[video] && !list.contains(&video) {
                list.push(video);
            }
        }
    }
    (list, propensities)
}

fn name(profile: usize) -> String {
    format!("viewer-{profile}")
}

fn time(minute: i64) -> i64 {
    1_700_000_000_000 + minute * 60_000
}

fn event(kind: EventKind, profile: usize, video: usize, minute: i64, propensity: f32) -> Event {
    Event { profile: name(profile), video_id: id(video), time_utc_ms: time(minute), propensity, ..Event::of(kind) }
}
