//! Rules of a query and rotation, through the engine's Rust face: against a list that every video stands in, adjusted by
//! hand, and after what users of media servers complain of.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use vrec::domain::{
    BlockKind, CallOptions, DiversityMethod, Event, EventKind, Filter, Query, Ranking, ReasonKind, Recommendation,
    Rule, RuleAction, RuleTarget, Status, Video, Watched,
};
use vrec::engine::{Engine, EngineOptions};
use vrec::vectors::ExactValues;

use support::Random;

const NOW: i64 = 1_700_000_000_000;
const VIDEOS: usize = 1_500;

fn event(kind: EventKind, profile: &str, video_id: &str) -> Event {
    Event { profile: profile.to_owned(), video_id: video_id.to_owned(), time_utc_ms: NOW, ..Event::of(kind) }
}

/// Videos of every third with a tag, every seventh of a series; profiles that watched some, alike in groups.
fn crowd(options: EngineOptions) -> Engine {
    let engine = Engine::new(options).unwrap();
    let mut random = Random(5);
    let mut video = |number: usize| Video {
        id: format!("v{number:04}"),
        vector: Some(random.vector(12)),
        tags: if number.is_multiple_of(3) { vec!["Space".to_owned()] } else { Vec::new() },
        series_id: if number.is_multiple_of(7) { format!("s{}", number % 5) } else { String::new() },
        min_age: Some((number % 19) as u8),
        ..Video::default()
    };
    let videos: Vec<Video> = (0..VIDEOS).map(&mut video).collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    for profile in 0..40 {
        for _ in 0..10 {
            let id = format!("v{:04}", (profile % 8 * 150 + random.below(150)) % VIDEOS);
            engine.record(&[event(EventKind::Complete, &format!("p{profile}"), &id)]).unwrap();
        }
    }
    engine
}

fn query(profile: usize, ranking: Ranking, limit: usize) -> Query {
    Query { ranking, limit, now_utc_ms: NOW, new_video_share: 0.0, ..Query::for_profile(&format!("p{profile}")) }
}

fn ask(engine: &Engine, query: &Query) -> Vec<Recommendation> {
    engine.recommend(query, &CallOptions::default()).unwrap()
}

fn ids(list: &[Recommendation]) -> Vec<&str> {
    list.iter().map(|item| item.id.as_str()).collect()
}

fn scores(list: &[Recommendation]) -> BTreeMap<String, f32> {
    list.iter().map(|item| (item.id.clone(), item.score)).collect()
}

fn video(id: &str) -> RuleTarget {
    RuleTarget::Video(id.to_owned())
}

fn boost(target: RuleTarget, amount: f32) -> Rule {
    Rule { target, action: RuleAction::Boost { amount } }
}

fn bury(target: RuleTarget, amount: f32) -> Rule {
    Rule { target, action: RuleAction::Bury { amount } }
}

fn pin(id: &str, position: usize) -> Rule {
    Rule { target: video(id), action: RuleAction::Pin { position } }
}

fn space() -> RuleTarget {
    RuleTarget::Tag(" space".to_owned())
}

fn series(id: &str) -> RuleTarget {
    RuleTarget::Series(id.to_owned())
}

/// The plain scores of all videos that a query may return.
fn plain(engine: &Engine, given: &Query) -> BTreeMap<String, f32> {
    let all = Query {
        limit: VIDEOS,
        rules: Vec::new(),
        rotation_seed: 0,
        impression_strength: 0.0,
        min_score: None,
        ..given.clone()
    };
    scores(&ask(engine, &all))
}

/// The deviation of a query's scores: what a boost of 1 adds.
fn deviation(engine: &Engine, given: &Query) -> f32 {
    let plain = plain(engine, given);
    let (id, score) = plain.first_key_value().unwrap();
    let boosted = Query {
        limit: VIDEOS,
        rules: vec![boost(video(id), 1.0)],
        rotation_seed: 0,
        impression_strength: 0.0,
        rule_budget: Some(VIDEOS),
        min_score: None,
        ..given.clone()
    };
    scores(&ask(engine, &boosted))[id] - score
}

fn number(id: &str) -> usize {
    id[1..].parse().unwrap()
}

/// What a rule adds to a video, in deviations.
fn amount(rule: &Rule, id: &str) -> f32 {
    let number = number(id);
    let is_for = match &rule.target {
        RuleTarget::Video(other) => other == id,
        RuleTarget::Tag(_) => number.is_multiple_of(3),
        RuleTarget::Series(series) => number.is_multiple_of(7) && *series == format!("s{}", number % 5),
    };
    match rule.action {
        RuleAction::Boost { amount } if is_for => amount,
        RuleAction::Bury { amount } if is_for => -amount,
        _ => 0.0,
    }
}

/// Ids by score, ties by id.
fn sorted(scores: &BTreeMap<String, f32>) -> Vec<&str> {
    let mut order: Vec<(&str, f32)> = scores.iter().map(|(id, score)| (id.as_str(), *score)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    order.into_iter().map(|(id, _)| id).collect()
}

/// The list worked out from the plain scores of all videos: boosts past the budget fall away, pins last.
fn by_hand(engine: &Engine, given: &Query, turns: &BTreeMap<String, f32>) -> Vec<String> {
    let plain = plain(engine, given);
    let deviation = deviation(engine, given);
    let sum = |id: &str, wanted: &dyn Fn(f32) -> bool| -> f32 {
        given.rules.iter().map(|rule| amount(rule, id)).filter(|amount| wanted(*amount)).sum()
    };
    let turn = |id: &str| turns.get(id).copied().unwrap_or(0.0);
    let own: BTreeMap<String, f32> = plain
        .iter()
        .map(|(id, score)| (id.clone(), score + deviation * sum(id, &|amount| amount < 0.0) + turn(id)))
        .collect();
    let best: BTreeSet<String> = sorted(&own).into_iter().take(given.limit).map(str::to_owned).collect();
    let mut full: BTreeMap<String, f32> =
        own.iter().map(|(id, score)| (id.clone(), score + deviation * sum(id, &|amount| amount > 0.0))).collect();
    let mut left = given.rule_places();
    let mut accepts = |id: &str| {
        let is_by_rule = !best.contains(id);
        let is_accepted = !is_by_rule || left > 0;
        left -= usize::from(is_by_rule && is_accepted);
        is_accepted
    };
    let pins = given.rules.iter().filter_map(|rule| match (&rule.action, &rule.target) {
        (RuleAction::Pin { position }, RuleTarget::Video(id)) => Some((*position, id.clone())),
        _ => None,
    });
    let mut pins: Vec<(usize, String)> = pins.filter(|(_, id)| own.contains_key(id) && accepts(id)).collect();
    pins.sort();
    let order: Vec<String> = sorted(&full).into_iter().map(str::to_owned).collect();
    let raised = full.clone();
    for id in order.iter().filter(|id| raised[*id] > own[*id] && !pins.iter().any(|(_, pinned)| pinned == *id)) {
        if !accepts(id) {
            full.insert(id.clone(), own[id]);
        }
    }
    let others = sorted(&full).into_iter().filter(|id| !pins.iter().any(|(_, pinned)| pinned == id));
    let mut list: Vec<String> = others.take(given.limit - pins.len()).map(str::to_owned).collect();
    for (position, id) in pins {
        list.insert((position - 1).min(list.len()), id);
    }
    list
}

/// What rotation adds to each video.
fn turns(engine: &Engine, given: &Query) -> BTreeMap<String, f32> {
    let rotated = Query { limit: VIDEOS, rules: Vec::new(), impression_strength: 0.0, ..given.clone() };
    let (rotated, plain) = (scores(&ask(engine, &rotated)), plain(engine, given));
    rotated.into_iter().map(|(id, score)| (id.clone(), score - plain[&id])).collect()
}

/// Random rules for a list: its own best, any videos, a tag, series.
fn random_rules(random: &mut Random, best: &[&str], limit: usize) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut taken = BTreeSet::new();
    for _ in 0..random.below(8) {
        let any = format!("v{:04}", random.below(VIDEOS));
        let id = if random.below(2) == 0 { random.pick(best) } else { &any };
        let amount = (1 + random.below(50)) as f32 / 10.0;
        rules.push(match random.below(6) {
            0 => boost(space(), amount),
            1 => bury(space(), amount),
            2 => boost(series(&format!("s{}", random.below(5))), amount),
            3 => bury(video(id), amount),
            4 => boost(video(id), amount),
            _ if taken.insert(id.to_owned()) && taken.len() <= limit => pin(id, taken.len()),
            _ => bury(series("s1"), amount),
        });
    }
    rules
}

/// Two videos whose scores lie within rounding of each other may stand in either order.
fn assert_same(found: &[Recommendation], expected: &[String], by_score: &BTreeMap<String, f32>, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (item, expected) in found.iter().zip(expected) {
        let near = (by_score[&item.id] - by_score[expected]).abs() < 1e-5;
        assert!(item.id == *expected || near, "{what}: {} where {expected} was expected", item.id);
    }
}

#[test]
fn lists_are_exactly_the_best_by_adjusted_score() {
    for (exact_values, cases) in [(ExactValues::Float32, 48), (ExactValues::None, 12)] {
        let engine = crowd(EngineOptions { exact_values, ..EngineOptions::default() });
        let mut random = Random(17);
        for case in 0..cases {
            let ranking = if case % 2 == 0 { Ranking::Taste } else { Ranking::Blend };
            let limit = [1, 4, 10, 60][case / 2 % 4];
            let mut given = query(case % 40, ranking, limit);
            let best = ask(&engine, &Query { limit: 40, ..given.clone() });
            given.rules = random_rules(&mut random, &ids(&best), limit);
            given.rule_budget = [None, Some(1), Some(1_000)][case % 3];
            given.rotation_seed = random.next() % 3;
            let turns = turns(&engine, &given);
            let found = ask(&engine, &given);
            let expected = by_hand(&engine, &given, &turns);
            let deviation = deviation(&engine, &given);
            let sum = |id: &String| given.rules.iter().map(|rule| amount(rule, id)).sum::<f32>();
            let by_score = plain(&engine, &given)
                .into_iter()
                .map(|(id, score)| (id.clone(), score + deviation * sum(&id) + turns.get(&id).unwrap_or(&0.0)))
                .collect();
            assert_same(
                &found,
                &expected,
                &by_score,
                &format!("case {case}, {ranking:?}, limit {limit}, {:?}", given.rules),
            );
        }
    }
}

#[test]
fn min_score_is_a_bound_on_the_score_without_adjustments() {
    let engine = crowd(EngineOptions::default());
    let given = query(3, Ranking::Taste, 20);
    let plain = ask(&engine, &given);
    let least = plain[9].score;
    let buried = bury(video(&plain[0].id), 1.0);
    let raised = boost(video(&plain[15].id), 50.0);
    let rules = vec![buried, raised];
    let list = ask(&engine, &Query { min_score: Some(least), rules, rotation_seed: 9, rule_budget: Some(20), ..given });
    let mut found = ids(&list);
    found.sort_unstable();
    let mut expected = ids(&plain[..10]);
    expected.sort_unstable();
    assert_eq!(found, expected, "the buried stays, what scored less does not come in");
}

#[test]
fn rules_hold_their_budget() {
    let engine = crowd(EngineOptions::default());
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let given = query(1, ranking, 10);
        let own: BTreeSet<String> = ask(&engine, &given).into_iter().map(|item| item.id).collect();
        let by_rule = |query: &Query| ask(&engine, query).iter().filter(|item| !own.contains(&item.id)).count();
        let all = Query { rules: vec![boost(space(), 100.0)], ..given.clone() };
        assert_eq!(by_rule(&all), 3, "a quarter of ten, rounded up");
        for budget in 1..=8 {
            // Those of the list's own that have the tag stand before them.
            let tagged = own.iter().filter(|id| number(id).is_multiple_of(3)).count();
            assert_eq!(by_rule(&Query { rule_budget: Some(budget), ..all.clone() }), budget.min(10 - tagged));
        }
        // The last of all videos, pinned; a second one is past the budget and stays where it was.
        let everything = ask(&engine, &Query { limit: VIDEOS, ..given.clone() });
        let (last, before) = (&everything[everything.len() - 1].id, &everything[everything.len() - 2].id);
        let rules = vec![pin(last, 2), pin(before, 1), boost(space(), 100.0)];
        let list = ask(&engine, &Query { rules, rule_budget: Some(1), ..given.clone() });
        assert_eq!((list[1].id.as_str(), by_rule(&given)), (last.as_str(), 0));
        assert_eq!(list.iter().filter(|item| !own.contains(&item.id)).count(), 1, "{:?}", ids(&list));
        assert_eq!(list[1].score, everything[everything.len() - 1].score, "a pin is no score");
        // What stands there by itself costs nothing.
        let third = ask(&engine, &given)[2].id.clone();
        let list = ask(&engine, &Query { rules: vec![pin(&third, 1), pin(last, 5)], rule_budget: Some(1), ..given });
        assert_eq!((list[0].id.as_str(), list[4].id.as_str()), (third.as_str(), last.as_str()));
    }
}

#[test]
fn pins_and_the_budget_hold_in_varied_lists() {
    let engine = crowd(EngineOptions::default());
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let given = Query {
            diversity_method: DiversityMethod::MaximalMarginalRelevance,
            diversity: 0.7,
            ..query(1, ranking, 10)
        };
        let everything = ask(&engine, &query(1, ranking, VIDEOS));
        let (first, last) = (&everything[0].id, &everything[everything.len() - 1].id);
        let rules = vec![pin(last, 3), boost(video(&everything[1_000].id), 100.0)];
        let list = ask(&engine, &Query { rules, rule_budget: Some(1), ..given.clone() });
        assert_eq!((list.len(), list[0].id.as_str(), list[2].id.as_str()), (10, first.as_str(), last.as_str()));
        assert!(!ids(&list).contains(&everything[1_000].id.as_str()), "the budget was spent on the pin");
        let others: Vec<&str> = ids(&list).into_iter().filter(|id| id != last).collect();
        let plain = ask(&engine, &Query { limit: 9, ..given });
        assert_eq!(others, ids(&plain), "{ranking:?}: the others are as varied as without the rule");
    }
}

#[test]
fn reasons_sum_to_adjusted_scores_and_explanations_agree_with_lists() {
    let engine = crowd(EngineOptions::default());
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let everything = ask(&engine, &query(6, ranking, VIDEOS));
        let id = |place: usize| everything[place].id.as_str();
        (0..3).for_each(|_| engine.record(&[event(EventKind::Impression, "p6", id(1))]).unwrap());
        let rules = vec![
            pin(id(700), 4),
            boost(video(id(900)), 30.0),
            boost(video(id(3)), 2.0),
            bury(space(), 0.5),
            boost(series("s1"), 0.25),
        ];
        let given = Query { rules, rotation_seed: 3, rule_budget: Some(2), ..query(6, ranking, 10) };
        let all = ask(&engine, &Query { limit: VIDEOS, rule_budget: Some(2), ..given.clone() });
        for item in &all {
            let sum: f32 = item.reasons.iter().map(|reason| reason.weight).sum();
            assert!((sum - item.score).abs() < 1e-4, "{ranking:?}, {}: {sum} of {}", item.id, item.score);
        }
        let list = ask(&engine, &given);
        let kinds = |item: &Recommendation| item.reasons.iter().map(|reason| reason.kind).collect::<Vec<_>>();
        let of = |wanted: &str| kinds(list.iter().find(|item| item.id == wanted).unwrap());
        assert!(of(id(700)).contains(&ReasonKind::Pin) && of(id(900)).contains(&ReasonKind::Boost));
        for (place, item) in list.iter().enumerate() {
            let explained = engine.explain(&item.id, &given, &CallOptions::default()).unwrap();
            assert_eq!(explained.rank, Some(place + 1), "{ranking:?}: {}", item.id);
            assert!((explained.score.unwrap() - item.score).abs() < 1e-5);
        }
        let shown = engine.explain(id(1), &given, &CallOptions::default()).unwrap();
        assert!(shown.reasons.iter().any(|reason| reason.kind == ReasonKind::Impressions && reason.weight < 0.0));
        let sum: f32 = shown.reasons.iter().map(|reason| reason.weight).sum();
        assert!((sum - shown.score.unwrap()).abs() < 1e-5);
        engine.record(&[event(EventKind::Like, "p6", id(1))]).unwrap();
    }
    let episode = (0..VIDEOS).map(|number| format!("v{number:04}")).find(|id| number(id).is_multiple_of(7)).unwrap();
    let block = |query: &Query| {
        let explained = engine.explain(&episode, query, &CallOptions::default()).unwrap();
        explained.blocks.iter().map(|block| block.kind).collect::<Vec<_>>()
    };
    let given = Query { watched: Watched::Include, ..query(6, Ranking::Taste, 10) };
    assert_eq!(block(&given), []);
    engine.record(&[event(EventKind::HideSeries, "p6", &episode)]).unwrap();
    engine.record(&[Event { until_utc_ms: NOW + 1, ..event(EventKind::Snooze, "p6", &episode) }]).unwrap();
    assert_eq!(block(&given), [BlockKind::HiddenSeries, BlockKind::Snoozed]);
    assert_eq!(block(&Query { now_utc_ms: NOW + 1, ..given }), [BlockKind::HiddenSeries]);
}

#[test]
fn hard_rules_come_first() {
    let engine = crowd(EngineOptions::default());
    let watched = engine.recommend(&query(0, Ranking::Taste, VIDEOS), &CallOptions::default()).unwrap();
    let offered: BTreeSet<&str> = ids(&watched).into_iter().collect();
    let all: Vec<String> = (0..VIDEOS).map(|number| format!("v{number:04}")).collect();
    let watched: Vec<&str> = all.iter().map(String::as_str).filter(|id| !offered.contains(id)).collect();
    assert!(watched.len() >= 5, "what p0 watched");
    let free: Vec<&str> =
        all.iter().map(String::as_str).filter(|id| offered.contains(id) && number(id) % 19 <= 6).collect();
    let (hidden, excluded) = (free[0], free[1]);
    engine.record(&[event(EventKind::Hide, "p0", hidden)]).unwrap();
    let too_old = all.iter().find(|id| offered.contains(id.as_str()) && number(id) % 19 == 18).unwrap();
    let in_series = all.iter().find(|id| number(id).is_multiple_of(7) && number(id) % 5 == 2).unwrap();
    engine.record(&[event(EventKind::HideSeries, "p0", in_series)]).unwrap();
    let wanted = [watched[0], hidden, excluded, too_old, in_series, "nothing at all", free[5]];
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let pins = (1..).zip(wanted).map(|(position, id)| pin(id, position));
        let boosts = wanted.map(|id| boost(video(id), 100.0));
        let given = Query {
            rules: pins
                .chain(boosts)
                .chain([boost(RuleTarget::Tag("no such tag".to_owned()), 1.0), boost(series("s2"), 100.0)])
                .collect(),
            rule_budget: Some(10),
            exclude: vec![excluded.to_owned()],
            filter: Some(Filter { viewer_age: Some(7), ..Filter::default() }),
            ..query(0, ranking, 10)
        };
        let list = ask(&engine, &given);
        let found = ids(&list);
        assert_eq!(found.len(), 10);
        assert!(found.contains(&free[5]), "{found:?}");
        assert!(wanted[..6].iter().all(|id| !found.contains(id)), "{ranking:?}: {found:?}");
        assert!(found.iter().all(|id| number(id) % 19 <= 7 && !(number(id).is_multiple_of(7) && number(id) % 5 == 2)));
        // Who asks for watched videos gets them pinned.
        let list = ask(&engine, &Query { watched: Watched::Include, ..given });
        assert_eq!(list[0].id, watched[0], "{ranking:?}");
    }
}

#[test]
fn what_is_shown_and_boosted_adds_up() {
    let engine = crowd(EngineOptions::default());
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let given = query(5, ranking, VIDEOS);
        let plain = ask(&engine, &Query { impression_strength: 0.0, ..given.clone() });
        let id = plain[3].id.clone();
        (0..5).for_each(|_| engine.record(&[event(EventKind::Impression, "p5", &id)]).unwrap());
        let score = |query: &Query| scores(&ask(&engine, query))[&id];
        let sunk = score(&given) - plain[3].score;
        let raised = score(&Query { rules: vec![boost(video(&id), 1.0)], ..given.clone() });
        assert!(sunk < 0.0 && (raised - plain[3].score).abs() < 1e-5, "one deviation down, one up");
        let buried = score(&Query { rules: vec![bury(video(&id), 2.0)], ..given.clone() });
        assert!((buried - plain[3].score - 3.0 * sunk).abs() < 1e-4);
        engine.record(&[event(EventKind::Like, "p5", &id)]).unwrap();
    }
}

#[test]
fn random_order_is_the_same_order_for_the_same_seed() {
    let lists = |seed| {
        let engine = crowd(EngineOptions::default());
        let list = |ranking| ask(&engine, &Query { rotation_seed: seed, ..query(2, ranking, 20) });
        [Ranking::Taste, Ranking::Blend].map(list)
    };
    assert_eq!(lists(20_410), lists(20_410), "in another engine, to the last bit");
    assert_ne!(lists(20_410), lists(20_411));
    let engine = crowd(EngineOptions::default());
    let off = [Ranking::Taste, Ranking::Blend].map(|ranking| ask(&engine, &query(2, ranking, 20)));
    assert_eq!(lists(0), off, "without a seed, pure relevance");
    assert!(off.iter().all(|list| list.windows(2).all(|pair| pair[0].score >= pair[1].score)));
}

#[test]
fn the_same_films_over_and_over_take_turns_by_the_day() {
    let engine = crowd(EngineOptions::default());
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let given = query(4, ranking, 10);
        let deviation = deviation(&engine, &given);
        let plain = ask(&engine, &Query { limit: VIDEOS, ..given.clone() });
        let score = scores(&plain);
        let (mut seen, mut first) = (BTreeSet::new(), BTreeSet::new());
        for day in 1..=30 {
            let list = ask(&engine, &Query { rotation_seed: day, ..given.clone() });
            for item in &list {
                // No turn is larger than a tenth of a deviation, so nobody comes from further away than two.
                assert!((item.score - score[&item.id]).abs() <= 0.1001 * deviation + 1e-6);
                assert!(score[&item.id] >= plain[9].score - 0.2002 * deviation);
            }
            first.insert(list[0].id.clone());
            seen.extend(list.into_iter().map(|item| item.id));
        }
        assert!(seen.len() > 12, "{ranking:?}: {} films in thirty days", seen.len());
        assert!(!first.is_empty());
    }
}

#[test]
fn equals_take_turns_and_heed_rules() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let same = |number: usize| Video { id: format!("v{number:04}"), vector: Some(vec![0.6, 0.8]), ..Video::default() };
    engine.add_videos(&(0..30).map(same).collect::<Vec<Video>>(), &CallOptions::default()).unwrap();
    engine.record(&[event(EventKind::Complete, "p0", "v0000")]).unwrap();
    let first = |rules: Vec<Rule>, rotation_seed| {
        ask(&engine, &Query { rules, rotation_seed, ..query(0, Ranking::Taste, 5) })[0].id.clone()
    };
    assert_eq!(first(Vec::new(), 0), "v0001", "ties by id");
    let firsts: BTreeSet<String> = (1..=20).map(|day| first(Vec::new(), day)).collect();
    assert!(firsts.len() > 5, "{firsts:?}");
    assert_eq!(first(vec![boost(video("v0025"), 0.5)], 0), "v0025");
}

#[test]
fn wrong_rules_are_named_and_change_nothing() {
    let engine = crowd(EngineOptions::default());
    let wrong = [
        (pin("v0001", 11), "rules[1]: the pin's position is 11"),
        (pin("v0002", 1), "rules[1]: position 1 is pinned by rules[0] already"),
        (boost(video("v0001"), -1.0), "rules[1]: amount is -1"),
        (boost(video(""), 1.0), "rules[1]: the video's id is empty"),
    ];
    for (rule, message) in wrong {
        let query = Query { rules: vec![pin("v0000", 1), rule], ..query(0, Ranking::Taste, 10) };
        let error = engine.recommend(&query, &CallOptions::default()).unwrap_err();
        assert!(error.status == Status::InvalidArgument && error.message.starts_with(message), "{error}");
        let similar = engine.similar("v0003", &query, &CallOptions::default()).unwrap_err();
        assert_eq!(similar.message, error.message, "other lists check them, too");
    }
}
