//! Lists that vary: the stronger they are asked to, the less alike are their videos, and the plain list when they are not.
//! `docs/diversity.md` has the rules.

mod support;

use vrec::domain::{
    CallOptions, DiversityMethod, Event, EventKind, Filter, Query, Ranking, Reason, ReasonKind, Recommendation, Status,
    Video,
};
use vrec::engine::{Engine, EngineOptions};
use vrec::vectors::{Metric, dot, normalise};

use support::Random;

const METHODS: [DiversityMethod; 3] =
    [DiversityMethod::MaximalMarginalRelevance, DiversityMethod::ClusterQuotas, DiversityMethod::Determinantal];

const DIMENSIONS: usize = 24;
const TOPICS: usize = 12;
const VIDEOS_OF_TOPIC: usize = 30;

/// A random vector of length 1.
fn direction(random: &mut Random) -> Vec<f32> {
    let mut vector = random.vector(DIMENSIONS);
    assert!(normalise(&mut vector));
    vector
}

/// Topics with many videos each that are much alike.
fn videos(seed: u64) -> Vec<Video> {
    let mut random = Random(seed);
    let mut videos = Vec::new();
    for topic in 0..TOPICS {
        let centre = direction(&mut random);
        for number in 0..VIDEOS_OF_TOPIC {
            let own = direction(&mut random);
            let vector = centre.iter().zip(&own).map(|(centre, own)| centre + 0.6 * own).collect();
            let id = format!("t{topic:02}-{number:02}");
            videos.push(Video { id, vector: Some(vector), ..Video::default() });
        }
    }
    videos
}

fn event(profile: &str, video_id: String, time_utc_ms: i64) -> Event {
    Event { profile: profile.to_owned(), video_id, time_utc_ms, ..Event::of(EventKind::Complete) }
}

/// Each profile watches a few videos of four topics.
fn engine_with(metric: Metric, seed: u64) -> Engine {
    let engine = Engine::new(EngineOptions { metric, ..EngineOptions::default() }).unwrap();
    engine.add_videos(&videos(seed), &CallOptions::default()).unwrap();
    let watch = |profile: usize, at: usize| {
        let (topic, number) = ((profile + at % 4) % TOPICS, (profile * 7 + at * 3) % VIDEOS_OF_TOPIC);
        event(&format!("p{profile:02}"), format!("t{topic:02}-{number:02}"), (profile * 100 + at) as i64 * 60_000)
    };
    let events: Vec<Event> = (0..40).flat_map(|profile| (0..12).map(move |at| watch(profile, at))).collect();
    engine.record(&events).unwrap();
    engine
}

fn query(ranking: Ranking, diversity_method: DiversityMethod, diversity: f32) -> Query {
    Query { ranking, diversity_method, diversity, ..Query::for_profile("p03") }
}

/// The kinds of lists that vary.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Recommended(Ranking),
    Similar,
}

const ASKED: [Asked; 3] = [Asked::Recommended(Ranking::Taste), Asked::Recommended(Ranking::Blend), Asked::Similar];

fn ask(engine: &Engine, asked: Asked, query: &Query) -> Vec<Recommendation> {
    let call = CallOptions::default();
    match asked {
        Asked::Recommended(ranking) => engine.recommend(&Query { ranking, ..query.clone() }, &call).unwrap(),
        Asked::Similar => engine.similar("t05-07", query, &call).unwrap(),
    }
}

/// The mean cosine of all pairs: intra-list similarity.
fn similarity(engine: &Engine, list: &[Recommendation]) -> f32 {
    let vectors: Vec<Vec<f32>> = list.iter().map(|item| engine.video_vector(&item.id).unwrap()).collect();
    let pairs = || (0..vectors.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    let sum: f32 = pairs().map(|(one, other)| dot(&vectors[one], &vectors[other])).sum();
    sum / pairs().count() as f32
}

fn relevance(list: &[Recommendation]) -> f32 {
    list.iter().map(|item| item.score).sum::<f32>() / list.len() as f32
}

#[test]
fn the_stronger_the_less_alike() {
    const STRENGTHS: [f32; 7] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0];
    for method in METHODS {
        for asked in ASKED {
            // A mean of several catalogues: one list of ten is no measure.
            let mut similarities = [0.0; STRENGTHS.len()];
            let mut relevances = [0.0; STRENGTHS.len()];
            for seed in 1..=8 {
                let engine = engine_with(Metric::Cosine, seed);
                for (at, strength) in STRENGTHS.into_iter().enumerate() {
                    let list = ask(&engine, asked, &query(Ranking::Taste, method, strength));
                    assert_eq!(list.len(), 10);
                    similarities[at] += similarity(&engine, &list) / 8.0;
                    relevances[at] += relevance(&list) / 8.0;
                }
            }
            let case = format!("{method:?}, {asked:?}: {similarities:?}, {relevances:?}");
            assert!(similarities.is_sorted_by(|weaker, stronger| *stronger <= weaker + 0.01), "{case}");
            assert!(similarities[6] < 0.75 * similarities[0], "strong: {case}");
            assert!(similarities[3] < similarities[0] - 0.02, "half is more than nothing: {case}");
            // At 0.1 scores fall by less than a tenth of what they fall at 1.
            let fallen = |at: usize| relevances[0] - relevances[at];
            assert!(fallen(1) >= -1e-6 && fallen(1) <= 0.15 * fallen(6), "low strengths cost little: {case}");
        }
    }
}

#[test]
fn the_plain_list_is_what_is_not_asked_to_vary() {
    for metric in [Metric::Cosine, Metric::Dot] {
        let engine = engine_with(metric, 3);
        for asked in ASKED {
            let plain = ask(&engine, asked, &query(Ranking::Taste, DiversityMethod::None, 0.0));
            assert_eq!(plain, ask(&engine, asked, &query(Ranking::Taste, DiversityMethod::None, 1.0)));
            for method in METHODS {
                assert_eq!(plain, ask(&engine, asked, &query(Ranking::Taste, method, 0.0)), "{asked:?}");
                let varied = ask(&engine, asked, &query(Ranking::Taste, method, 1.0));
                assert_eq!(plain[0], varied[0], "{asked:?}, {method:?}: the best one stays the first");
                assert_ne!(plain, varied);
            }
        }
    }
}

#[test]
fn each_video_keeps_its_score_and_its_reason() {
    let engine = engine_with(Metric::Cosine, 5);
    for asked in ASKED {
        let of_all = |limit| Query { limit, new_video_share: 0.0, ..query(Ranking::Taste, DiversityMethod::None, 0.0) };
        let plain = ask(&engine, asked, &of_all(500));
        for method in METHODS {
            let varied = ask(&engine, asked, &Query { new_video_share: 0.0, ..query(Ranking::Taste, method, 0.8) });
            for item in &varied {
                let place = plain.iter().position(|other| other.id == item.id).unwrap();
                let (for_variety, others) =
                    item.reasons.iter().cloned().partition::<Vec<_>, _>(|reason| reason.kind == ReasonKind::Diversity);
                assert_eq!(plain[place], Recommendation { reasons: others, ..item.clone() }, "{asked:?}, {method:?}");
                let expected =
                    if place < varied.len() { vec![] } else { vec![Reason::plain(ReasonKind::Diversity, 0.0)] };
                assert_eq!(for_variety, expected, "what the plain list of ten has no place for is there for variety");
                assert!(place < 90, "one of the best 4 × 10 + 50: {place}");
            }
        }
    }
}

#[test]
fn bounds_and_rules_hold() {
    let engine = engine_with(Metric::Cosine, 6);
    let exclude: Vec<String> = (0..VIDEOS_OF_TOPIC).map(|number| format!("t03-{number:02}")).collect();
    for method in METHODS {
        let asked = Query { min_score: Some(0.3), limit: 200, ..query(Ranking::Taste, method, 1.0) };
        let plain = ask(&engine, ASKED[0], &Query { diversity: 0.0, ..asked.clone() });
        assert!((3..200).contains(&plain.len()), "the bound leaves {}", plain.len());
        let varied = ask(&engine, ASKED[0], &asked);
        let sorted = |list: &[Recommendation]| {
            let mut ids: Vec<String> = list.iter().map(|item| item.id.clone()).collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(sorted(&plain), sorted(&varied), "no more and no fewer than have the score");
        for asked in ASKED {
            let excluding = Query { exclude: exclude.clone(), ..query(Ranking::Taste, method, 0.6) };
            let list = ask(&engine, asked, &excluding);
            assert!(list.len() == 10 && list.iter().all(|item| !exclude.contains(&item.id)));
            let nothing = Filter { all_tags: vec!["none has it".to_owned()], ..Filter::default() };
            assert!(ask(&engine, asked, &Query { filter: Some(nothing), ..excluding }).is_empty());
        }
    }
}

#[test]
fn past_two_hundred_places_the_order_is_plain() {
    let engine = engine_with(Metric::Cosine, 7);
    for method in METHODS {
        let long = Query { limit: 340, ..query(Ranking::Taste, method, 0.7) };
        let list = ask(&engine, Asked::Similar, &long);
        assert_eq!(list.len(), 340);
        assert!(list[200..].is_sorted_by(|one, other| one.score >= other.score));
        assert!(
            method == DiversityMethod::ClusterQuotas
                || !list[..200].is_sorted_by(|one, other| one.score >= other.score)
        );
        let mut ids: Vec<&str> = list.iter().map(|item| item.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 340, "a video stands twice");
    }
}

#[test]
fn videos_of_the_same_vector_come_by_their_ids() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let video =
        |id: &str, vector: [f32; 2]| Video { id: id.to_owned(), vector: Some(vector.to_vec()), ..Video::default() };
    let same = ["e", "b", "d", "c", "f"].map(|id| video(id, [1.0, 0.5]));
    engine.add_videos(&[&same[..], &[video("a", [1.0, 0.0])]].concat(), &CallOptions::default()).unwrap();
    for method in METHODS {
        let query = Query { diversity_method: method, diversity: 0.9, ..Query::for_profile("nobody") };
        let list = engine.similar("a", &query, &CallOptions::default()).unwrap();
        let ids: Vec<&str> = list.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["b", "c", "d", "e", "f"], "{method:?}");
    }
}

#[test]
fn strengths_out_of_range_are_refused() {
    let engine = engine_with(Metric::Cosine, 8);
    for wrong in [-0.1, 1.01, f32::NAN, f32::INFINITY] {
        let query = query(Ranking::Taste, METHODS[0], wrong);
        let error = engine.recommend(&query, &CallOptions::default()).unwrap_err();
        assert_eq!(error.status, Status::InvalidArgument);
        assert!(error.message.contains("diversity is"), "{error}");
        assert!(engine.similar("t05-07", &query, &CallOptions::default()).is_err());
    }
}
