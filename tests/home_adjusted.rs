//! What rules, showings, rotation and diversity do on a home screen, and how rows are chosen from many videos.
//! `tests/home.rs` has what each row holds, `tests/rules.rs` and `tests/diversity.rs` the same for lists.

mod support;

use vrec::domain::{
    CallOptions, DiversityMethod, Event, EventKind, HomeQuery, HomeRow, Kind, Query, Ranking, ReasonKind, RowKind,
    RowQuery, Rule, RuleAction, RuleTarget, Video, Watched,
};
use vrec::engine::{Engine, EngineOptions};

use support::Random;

const DAY: i64 = 86_400_000;
const NOW: i64 = 1_700_000_000_000;

/// Rows in the order of a score.
const SCORED: [RowKind; 9] = [
    RowKind::BecauseYouWatched,
    RowKind::MoreLikeThis,
    RowKind::ForYou,
    RowKind::Trending,
    RowKind::Popular,
    RowKind::NewForYou,
    RowKind::LeavingSoon,
    RowKind::OnNow,
    RowKind::Explore,
];

fn engine_of(videos: &[Video]) -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine without a model opens");
    engine.add_videos(videos, &CallOptions::default()).unwrap();
    engine
}

fn does(engine: &Engine, profile: &str, kind: EventKind, id: &str) {
    let event =
        Event { profile: profile.to_owned(), video_id: id.to_owned(), time_utc_ms: NOW - DAY / 2, ..Event::of(kind) };
    engine.record(&[event]).unwrap();
}

/// Sixty films around the viewer's three, so that each row that scores has enough; a third of them are live events.
fn house() -> Engine {
    let mut random = Random(3);
    let video = |number: usize| {
        let mut vector = random.vector(8);
        vector[0] += 2.0;
        Video {
            id: format!("v{number:02}"),
            title: format!("Film {number}"),
            kind: Some(if number % 3 == 2 { Kind::LiveEvent } else { Kind::Movie }),
            vector: Some(vector),
            available_from_utc_ms: Some(NOW - DAY - number as i64),
            available_until_utc_ms: Some(NOW + DAY + number as i64),
            ..Video::default()
        }
    };
    let engine = engine_of(&(0..63).map(video).collect::<Vec<_>>());
    for other in 0..20 {
        for step in 0..12 {
            let number = (other * 7 + step * step) % 63;
            does(&engine, &format!("other {other}"), EventKind::Complete, &format!("v{number:02}"));
        }
    }
    ["v60", "v57", "v54"].iter().for_each(|id| does(&engine, "p", EventKind::Complete, id));
    engine
}

/// A screen of one row of this kind.
fn asking(kind: RowKind, change: impl FnOnce(&mut Query)) -> HomeQuery {
    let mut query = HomeQuery { rows: vec![RowQuery::of(kind)], row_size: 10, ..HomeQuery::for_profile("p", NOW) };
    change(&mut query.query);
    query
}

fn row(engine: &Engine, query: &HomeQuery) -> HomeRow {
    engine.home(query, &CallOptions::default()).unwrap().swap_remove(0)
}

fn ids(row: &HomeRow) -> Vec<&str> {
    row.items.iter().map(|item| item.recommendation.id.as_str()).collect()
}

fn rule(id: &str, action: RuleAction) -> Vec<Rule> {
    vec![Rule { target: RuleTarget::Video(id.to_owned()), action }]
}

/// The reasons of each item sum to its score.
fn check_sums(row: &HomeRow) {
    for item in &row.items {
        let found = &item.recommendation;
        let sum: f32 = found.reasons.iter().map(|reason| reason.weight).sum();
        assert!((sum - found.score).abs() < 1e-4, "{:?}: {sum} for {}", row.kind, found.score);
    }
}

fn has(row: &HomeRow, id: &str, kind: ReasonKind) -> bool {
    let mut items = row.items.iter().filter(|item| item.recommendation.id == id);
    items.any(|item| item.recommendation.reasons.iter().any(|reason| reason.kind == kind))
}

#[test]
fn boosts_and_buries_count_in_every_row_that_has_scores() {
    let engine = house();
    for kind in SCORED {
        let plain = row(&engine, &asking(kind, |_| ()));
        assert!(plain.items.len() > 5, "{kind:?}");
        let (first, last) = (ids(&plain)[0], ids(&plain)[plain.items.len() - 1]);
        let action = RuleAction::Boost { amount: 50.0 };
        let boosted = row(&engine, &asking(kind, |query| query.rules = rule(last, action)));
        assert_eq!(ids(&boosted)[0], last, "{kind:?}");
        assert!(has(&boosted, last, ReasonKind::Boost), "{kind:?}");
        let action = RuleAction::Bury { amount: 50.0 };
        let buried = row(&engine, &asking(kind, |query| query.rules = rule(first, action)));
        assert_eq!(ids(&buried)[0], ids(&plain)[1], "{kind:?}");
        assert!(ids(&buried).iter().skip(1).rev().skip(1).all(|id| *id != first), "{kind:?}");
        [&plain, &boosted, &buried].into_iter().for_each(check_sums);
    }
}

#[test]
fn what_was_shown_sinks_in_every_row_that_has_scores() {
    for kind in SCORED {
        let engine = house();
        let plain = row(&engine, &asking(kind, |_| ()));
        let shown = ids(&plain)[0];
        (0..5).for_each(|_| does(&engine, "p", EventKind::Impression, shown));
        let place = |found: &HomeRow| ids(found).iter().position(|id| *id == shown).unwrap_or(usize::MAX);
        let sunk = row(&engine, &asking(kind, |query| query.impression_strength = 5.0));
        assert!(place(&sunk) > 0, "{kind:?}");
        let gently = row(&engine, &asking(kind, |_| ()));
        assert!(place(&gently) == usize::MAX || has(&gently, shown, ReasonKind::Impressions), "{kind:?}");
        let off = row(&engine, &asking(kind, |query| query.impression_strength = 0.0));
        assert_eq!(off, plain, "{kind:?}: off, and only a showing");
        [&sunk, &gently].into_iter().for_each(check_sums);
    }
}

#[test]
fn equals_take_turns_by_the_day_in_every_row_that_has_scores() {
    let engine = house();
    for kind in SCORED {
        let of_day = |seed| row(&engine, &asking(kind, |query| query.rotation_seed = seed));
        let days: Vec<HomeRow> = (1..=40).map(of_day).collect();
        assert_eq!(days[0], of_day(1), "{kind:?}");
        assert!(days.iter().any(|day| ids(day) != ids(&days[0])), "{kind:?}");
        days.iter().for_each(check_sums);
    }
}

#[test]
fn pins_are_for_the_row_of_all_that_is_known_of_the_viewer() {
    let engine = house();
    for kind in SCORED {
        let plain = row(&engine, &asking(kind, |_| ()));
        let last = ids(&plain)[plain.items.len() - 1];
        let pinned = row(&engine, &asking(kind, |query| query.rules = rule(last, RuleAction::Pin { position: 2 })));
        if kind == RowKind::ForYou {
            assert_eq!(ids(&pinned)[1], last);
            assert!(has(&pinned, last, ReasonKind::Pin));
        } else {
            assert_eq!(pinned, plain, "{kind:?}");
        }
    }
}

#[test]
fn a_pinned_series_stands_at_its_position_whatever_episodes_stand_before_it() {
    let mut random = Random(9);
    let mut videos: Vec<Video> = (0..30)
        .map(|number| Video { id: format!("f{number}"), vector: Some(random.vector(8)), ..Video::default() })
        .collect();
    let near = videos[0].vector.clone();
    for episode in 1..9 {
        videos.push(Video {
            id: format!("show-{episode}"),
            kind: Some(Kind::Episode),
            series_id: "show".to_owned(),
            season_number: 1,
            episode_number: episode,
            vector: near.clone(),
            ..Video::default()
        });
    }
    let engine = engine_of(&videos);
    does(&engine, "p", EventKind::Complete, "f0");
    let plain = row(&engine, &asking(RowKind::ForYou, |_| ()));
    assert_eq!(ids(&plain)[0], "show-1", "eight episodes are one card");
    let last = ids(&plain)[9];
    let pinned =
        row(&engine, &asking(RowKind::ForYou, |query| query.rules = rule(last, RuleAction::Pin { position: 6 })));
    assert_eq!(ids(&pinned)[5], last);
}

#[test]
fn cards_follow_what_was_watched_whatever_a_rule_says() {
    let engine = house();
    for id in ["v01", "v04"] {
        does(&engine, "p", EventKind::Play, id);
        let paused = Event {
            profile: "p".to_owned(),
            video_id: id.to_owned(),
            time_utc_ms: NOW - DAY / 2,
            position_ms: 1_800_000,
            duration_ms: 3_600_000,
            ..Event::of(EventKind::Pause)
        };
        engine.record(&[paused]).unwrap();
    }
    let plain = row(&engine, &asking(RowKind::ContinueWatching, |_| ()));
    assert_eq!(ids(&plain), ["v04", "v01"]);
    let action = RuleAction::Boost { amount: 50.0 };
    let asked = asking(RowKind::ContinueWatching, |query| {
        query.rules = rule("v01", action);
        query.rotation_seed = 7;
    });
    assert_eq!(row(&engine, &asked), plain);
}

#[test]
fn the_row_for_the_viewer_is_as_varied_as_the_blended_list() {
    let mut random = Random(17);
    let centres: Vec<Vec<f32>> = (0..12).map(|_| random.vector(16)).collect();
    let video = |number: usize| {
        let near = random.vector(16);
        let vector = centres[number % 12].iter().zip(&near).map(|(centre, own)| centre + 0.3 * own).collect();
        Video { id: format!("v{number:03}"), vector: Some(vector), ..Video::default() }
    };
    let engine = engine_of(&(0..600).map(video).collect::<Vec<_>>());
    [0, 12, 24, 1].iter().for_each(|number| does(&engine, "p", EventKind::Complete, &format!("v{number:03}")));
    for method in DiversityMethod::ALL {
        for (diversity, limit) in [(0.3, 10), (0.8, 10), (1.0, 25)] {
            let query = Query {
                limit,
                ranking: Ranking::Blend,
                diversity_method: method,
                diversity,
                now_utc_ms: NOW,
                new_video_share: 0.0,
                ..Query::for_profile("p")
            };
            let list = engine.recommend(&query, &CallOptions::default()).unwrap();
            let rows = vec![RowQuery::of(RowKind::ForYou)];
            let query = HomeQuery { query, rows, row_size: limit, ..HomeQuery::for_profile("p", NOW) };
            let row = row(&engine, &query);
            let items: Vec<_> = row.items.into_iter().map(|item| item.recommendation).collect();
            assert_eq!(items, list, "{method:?} at {diversity}");
        }
    }
}

#[test]
fn explore_does_not_depend_on_the_order_of_adding() {
    let mut random = Random(5);
    let video = |number: usize| Video {
        id: format!("v{number}"),
        vector: Some(random.vector(4)),
        tags: vec![format!("t{}", number % 7)],
        ..Video::default()
    };
    let mut videos: Vec<Video> = (0..4_500).map(video).collect();
    let explored = |videos: &[Video]| {
        let engine = engine_of(videos);
        does(&engine, "p", EventKind::Complete, "v0");
        ids(&row(&engine, &asking(RowKind::Explore, |_| ()))).iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    let once = explored(&videos);
    videos.reverse();
    assert_eq!(explored(&videos), once);
    assert_eq!(once.len(), 10);
}

#[test]
fn explore_falls_back_where_what_is_untouched_stands_on_the_screen_already() {
    let video = |number: usize| Video {
        id: format!("v{number:02}"),
        vector: Some(vec![1.0, number as f32 / 10.0]),
        tags: vec![if number < 4 { "new" } else { "known" }.to_owned(), "all".to_owned()],
        ..Video::default()
    };
    let mut videos: Vec<Video> = (0..20).map(video).collect();
    videos.extend((0..40).map(|number| Video { id: format!("w{number}"), tags: Vec::new(), ..video(9) }));
    let engine = engine_of(&videos);
    does(&engine, "p", EventKind::Complete, "v19");
    for other in 0..3 {
        (0..4)
            .for_each(|number| does(&engine, &format!("other {other}"), EventKind::Complete, &format!("v{number:02}")));
    }
    let filter = vrec::domain::Filter { any_tags: vec!["all".to_owned()], ..Default::default() };
    let query = HomeQuery {
        query: Query { filter: Some(filter), now_utc_ms: NOW, watched: Watched::Default, ..Query::for_profile("p") },
        rows: vec![RowQuery::of(RowKind::Popular), RowQuery::of(RowKind::Explore)],
        row_size: 4,
        row_minimum: 4,
        ..HomeQuery::for_profile("p", NOW)
    };
    let rows = engine.home(&query, &CallOptions::default()).unwrap();
    assert_eq!(rows.iter().map(|row| row.kind).collect::<Vec<_>>(), [RowKind::Popular, RowKind::Explore]);
    assert!(ids(&rows[0]).iter().all(|id| *id < "v04"), "the untouched ones: {:?}", ids(&rows[0]));
    assert_eq!(rows[1].items.len(), 4, "others in their place");
}
