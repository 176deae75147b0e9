//! Reasons and explanations against what they claim: weights that sum to the score in random houses, ranks that agree with
//! lists, causes that agree with the filters, and signals whose removal shows.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use vrec::domain::{
    BlockKind, CallOptions, Company, Context, Device, Event, EventKind, Explanation, Feature, FeatureWeights, Filter,
    Kind, Query, Ranking, Reason, ReasonKind, Recommendation, Status, Video, Watched,
};
use vrec::engine::{Engine, EngineOptions};
use vrec::ranking::{SentenceLanguage, block_sentence, reason_sentence};
use vrec::vectors::ExactValues;

use support::Random;

const HOUR_MS: i64 = 3_600_000;
const NOW: i64 = 1_700_000_000_000;
const TAGS: [&str; 6] = ["Robots", "space", "crime", "人工智能", "nature", "sport"];

fn ask(engine: &Engine, query: &Query) -> Vec<Recommendation> {
    engine.recommend(query, &CallOptions::default()).unwrap()
}

fn explain(engine: &Engine, id: &str, query: &Query) -> Explanation {
    engine.explain(id, query, &CallOptions::default()).unwrap()
}

fn event(kind: EventKind, profile: usize, video: usize, time_utc_ms: i64) -> Event {
    Event { profile: format!("p{profile:02}"), video_id: format!("v{video:03}"), time_utc_ms, ..Event::of(kind) }
}

/// A video of one of five clusters, near that one's direction.
fn video(random: &mut Random, number: usize) -> Video {
    let cluster = number % 5;
    let vector = (0..8).map(|axis| if axis == cluster { 1.5 } else { 0.0 } + 0.6 * random.signed()).collect();
    Video {
        id: format!("v{number:03}"),
        title: if number.is_multiple_of(7) { String::new() } else { format!("Title {number}") },
        tags: random.texts(&TAGS, 3),
        vector: Some(vector),
        available_from_utc_ms: random.one_in(2).then(|| NOW - HOUR_MS * random.below(5_000) as i64),
        ..Video::default()
    }
}

/// What a profile did: mostly watches of its cluster, an opinion now and then.
fn did(random: &mut Random, profile: usize, videos: usize, count: usize) -> Vec<Event> {
    let mut seen = BTreeSet::new();
    let mut events = Vec::new();
    for step in 0..count {
        let any = random.below(videos);
        let number = if random.one_in(4) { any } else { (any / 5 * 5 + profile % 5).min(videos - 1) };
        if seen.insert(number) {
            let kind = if random.one_in(9) { EventKind::Dislike } else { EventKind::Complete };
            let time = NOW - HOUR_MS * (1_000 - 7 * step as i64) + profile as i64;
            let device = random.pick(&[Device::Unknown, Device::Tv, Device::Phone]);
            let context = Context { device, company: random.pick(Company::ALL), ..Context::default() };
            events.push(Event { context, ..event(kind, profile, number, time) });
        }
    }
    events
}

const ALL_FEATURES: usize = Feature::ALL.len();

fn weights(random: &mut Random) -> FeatureWeights {
    let mut weights = FeatureWeights::NONE;
    for feature in Feature::ALL {
        if random.below(ALL_FEATURES) < 8 {
            weights = weights.with(feature, 2.0 * random.signed());
        }
    }
    weights
}

/// Some hundred videos, the last tenth of them watched by nobody, and a few profiles or a crowd.
fn house(random: &mut Random) -> (Engine, usize, usize) {
    let all = Feature::ALL.into_iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(feature, 1.0));
    let exact_values = random.pick(&[ExactValues::Float32, ExactValues::Float32, ExactValues::Float16]);
    let engine =
        Engine::new(EngineOptions { feature_weights: Some(all), exact_values, ..EngineOptions::default() }).unwrap();
    let (videos, profiles) = (40 + random.below(40), random.pick(&[2, 6, 25]));
    let list: Vec<Video> = (0..videos).map(|number| video(random, number)).collect();
    engine.add_videos(&list, &CallOptions::default()).unwrap();
    for profile in 0..profiles {
        let count = 1 + random.below(20);
        engine.record(&did(random, profile, videos * 9 / 10, count)).unwrap();
    }
    if random.one_in(3) {
        engine.train(&CallOptions::default()).unwrap();
    }
    if random.one_in(3) {
        // Named as a reason all the same, or no video that it could name is left.
        engine.remove_videos(&[&format!("v{:03}", random.below(videos))]).unwrap();
    }
    (engine, videos, profiles)
}

fn query(random: &mut Random, profile: usize) -> Query {
    let ranking = random.pick(&[Ranking::Taste, Ranking::Blend, Ranking::Blend]);
    Query {
        ranking,
        limit: 1 + random.below(30),
        watched: random.pick(&[Watched::Default, Watched::Include]),
        feature_weights: random.one_in(4).then(FeatureWeights::default).or_else(|| Some(weights(random))),
        new_video_share: random.pick(&[0.0, 0.3, 1.0]),
        now_utc_ms: random.pick(&[0, NOW]),
        context: Context { device: Device::Tv, company: Company::Family, ..Context::default() },
        ..Query::for_profile(&format!("p{profile:02}"))
    }
}

/// The sum of weights, the order, the sentences and the named video, of one video's reasons.
fn check(score: f32, because_id: Option<&str>, reasons: &[Reason], what: &str) {
    let sum: f64 = reasons.iter().map(|reason| f64::from(reason.weight)).sum();
    let size = reasons.iter().map(|reason| f64::from(reason.weight.abs())).fold(1.0, f64::max);
    assert!((sum - f64::from(score)).abs() <= 1e-5 * size, "{what}: {sum} for {score}: {reasons:?}");
    let before =
        |one: &Reason, next: &Reason| one.weight > next.weight || (one.weight == next.weight && one.kind <= next.kind);
    assert!(reasons.windows(2).all(|pair| before(&pair[0], &pair[1])), "{what}: {reasons:?}");
    for reason in reasons {
        for language in [SentenceLanguage::English, SentenceLanguage::Chinese] {
            assert!(!reason_sentence(reason, language).is_empty());
        }
    }
    if let Some(because_id) = because_id {
        let mut named = reasons.iter().map(|reason| reason.evidence.video_id.as_str()).filter(|id| !id.is_empty());
        assert_eq!(because_id, named.next().unwrap_or_default(), "{what}");
    }
}

#[test]
fn the_weights_of_reasons_sum_to_the_score() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let (mut reasons, mut kinds, mut kept) = (0, BTreeSet::new(), 0);
    for round in 0..18 {
        let (engine, videos, profiles) = house(&mut random);
        for _ in 0..12 {
            let profile = random.below(profiles);
            let query = query(&mut random, profile);
            let seed = format!("v{:03}", random.below(videos));
            let mut lists = vec![ask(&engine, &query)];
            let ranked = Query { ranking: Ranking::Taste, ..query.clone() };
            lists.extend(engine.similar(&seed, &ranked, &CallOptions::default()).ok());
            lists.extend(engine.search("title 1", &ranked, &CallOptions::default()).ok());
            for item in lists.iter().flatten() {
                assert!(!item.reasons.is_empty() || item.score == 0.0, "round {round}: {item:?}");
                check(item.score, Some(&item.because_id), &item.reasons, &format!("round {round}, {query:?}"));
                reasons += item.reasons.len();
                kinds.extend(item.reasons.iter().map(|reason| reason.kind));
                kept += item.reasons.iter().filter(|reason| reason.kind == ReasonKind::NewPlace).count();
            }
        }
    }
    assert!(reasons > 5_000 && kept > 10, "{reasons} reasons, {kept} places for new videos");
    // The sequence needs a trained network, whose reasons tests/c/sequence.c asks for.
    let features = Feature::ALL.into_iter().filter(|feature| *feature != Feature::Sequence).map(ReasonKind::from);
    let others = [ReasonKind::Similar, ReasonKind::Title, ReasonKind::NewPlace];
    assert_eq!(kinds, features.chain(others).collect());
}

#[test]
fn explanations_agree_with_lists() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut listed, mut unlisted) = (0, 0);
    for _ in 0..10 {
        let (engine, videos, profiles) = house(&mut random);
        let profile = random.below(profiles);
        let query = query(&mut random, profile);
        let list = ask(&engine, &query);
        let mut ranks = BTreeSet::new();
        let mut allowed = 0;
        for number in 0..videos {
            let id = format!("v{number:03}");
            let Ok(found) = engine.explain(&id, &query, &CallOptions::default()) else { continue };
            check(found.score.unwrap_or(0.0), None, &found.reasons, &id);
            assert_eq!(found.rank.is_none(), !found.blocks.is_empty(), "{found:?}");
            allowed = found.allowed;
            ranks.extend(found.rank);
            match list.iter().position(|item| item.id == id) {
                Some(place) => {
                    let item = &list[place];
                    assert_eq!((found.rank, found.score), (Some(place + 1), Some(item.score)), "{query:?}");
                    assert_eq!((&found.reasons, &found.title), (&item.reasons, &item.title), "{query:?}");
                    listed += 1;
                }
                None => {
                    assert!(found.rank.is_none_or(|rank| rank > list.len()), "{found:?}");
                    unlisted += 1;
                }
            }
        }
        let has_taste = !list.is_empty() || query.ranking == Ranking::Blend;
        assert_eq!(ranks, if has_taste { (1..=allowed).collect() } else { BTreeSet::new() }, "{query:?}");
    }
    assert!(listed > 50 && unlisted > 200, "{listed} and {unlisted}");
}

#[test]
fn an_unknown_video_is_not_found_and_a_known_one_has_its_title() {
    let mut random = Random(7);
    let (engine, ..) = house(&mut random);
    let query = Query::for_profile("p00");
    let error = engine.explain("nowhere", &query, &CallOptions::default()).unwrap_err();
    assert!(error.status == Status::NotFound && error.message.contains("nowhere"), "{error}");
    let nobody = explain(&engine, "v001", &Query::for_profile("nobody"));
    let kinds: Vec<BlockKind> = nobody.blocks.iter().map(|block| block.kind).collect();
    assert_eq!(
        (nobody.title.as_str(), nobody.score, nobody.rank, kinds),
        ("Title 1", None, None, vec![BlockKind::NoTaste])
    );
    let best = &ask(&engine, &query)[0];
    let above = Query { min_score: Some((best.score + 1.0) / 2.0), ..query };
    let found = explain(&engine, &best.id, &above);
    assert_eq!((found.rank, found.blocks.len(), found.score), (None, 1, Some(best.score)));
    assert_eq!(found.blocks[0].kind, BlockKind::BelowMinScore);
}

const LANGUAGES: [&str; 4] = ["zh-Hans", "en", "en-GB", "fr"];
const RANGES: [&str; 4] = ["zh", "en-gb", "de", "*"];
const RIGHTS: [&str; 3] = ["basic", "sport", "film"];

fn described(random: &mut Random, number: usize) -> Video {
    let from = random.one_in(3).then(|| random.below(100) as i64);
    Video {
        kind: random.one_in(2).then(|| random.pick(&Kind::ALL)),
        min_age: random.one_in(2).then(|| random.pick(&[0, 6, 12, 18])),
        available_from_utc_ms: from,
        available_until_utc_ms: random.one_in(3).then(|| from.unwrap_or(0) + 1 + random.below(60) as i64),
        audio_languages: random.texts(&LANGUAGES, 2),
        subtitle_languages: random.texts(&LANGUAGES, 2),
        entitlements: random.texts(&RIGHTS, 2),
        ..video(random, number)
    }
}

fn filter(random: &mut Random) -> Filter {
    let some = |random: &mut Random, of: &[&str]| if random.one_in(4) { random.texts(of, 2) } else { Vec::new() };
    Filter {
        time_utc_ms: random.one_in(3).then(|| random.below(140) as i64),
        viewer_age: random.one_in(3).then(|| random.pick(&[1, 11, 12, 40])),
        entitlements: random.one_in(3).then(|| random.texts(&RIGHTS, 2)),
        kinds: if random.one_in(4) { vec![random.pick(&Kind::ALL), random.pick(&Kind::ALL)] } else { Vec::new() },
        audio_languages: some(random, &RANGES),
        subtitle_languages: some(random, &RANGES),
        any_tags: some(random, &TAGS),
        all_tags: some(random, &TAGS),
        no_tags: some(random, &TAGS),
    }
}

fn has(tags: &[String], asked: &str) -> bool {
    tags.iter().any(|tag| tag.to_lowercase() == asked.to_lowercase())
}

/// RFC 4647, section 3.3.1.
fn speaks(languages: &[String], ranges: &[String]) -> bool {
    let matches = |tag: &String, range: &String| {
        let (tag, range) = (tag.to_lowercase(), range.to_lowercase());
        range == "*" || tag == range || tag.strip_prefix(&range).is_some_and(|rest| rest.starts_with('-'))
    };
    ranges.is_empty() || ranges.iter().any(|range| languages.iter().any(|tag| matches(tag, range)))
}

/// All causes by a naive reading of the rules.
fn causes(video: &Video, query: &Query, watched: bool, hidden: bool) -> Vec<BlockKind> {
    let mut causes = Vec::new();
    let mut block = |holds: bool, kind| {
        if holds {
            causes.push(kind)
        }
    };
    if let Some(filter) = &query.filter {
        if let Some(age) = filter.viewer_age {
            block(video.min_age.is_none(), BlockKind::AgeUnknown);
            block(video.min_age.is_some_and(|least| u32::from(least) > age), BlockKind::Age);
        }
        if let Some(time) = filter.time_utc_ms {
            block(video.available_from_utc_ms.is_some_and(|from| time < from), BlockKind::NotYetAvailable);
            block(video.available_until_utc_ms.is_some_and(|until| time >= until), BlockKind::Expired);
        }
        if let Some(given) = &filter.entitlements {
            let needs =
                !video.entitlements.is_empty() && !video.entitlements.iter().any(|needed| given.contains(needed));
            block(needs, BlockKind::Entitlement);
        }
        block(!speaks(&video.audio_languages, &filter.audio_languages), BlockKind::AudioLanguage);
        block(!speaks(&video.subtitle_languages, &filter.subtitle_languages), BlockKind::SubtitleLanguage);
        let is_of_kind = filter.kinds.is_empty() || video.kind.is_some_and(|kind| filter.kinds.contains(&kind));
        block(!is_of_kind, BlockKind::Kind);
        let has_any = filter.any_tags.is_empty() || filter.any_tags.iter().any(|tag| has(&video.tags, tag));
        block(!has_any, BlockKind::AnyTag);
        filter.all_tags.iter().for_each(|tag| block(!has(&video.tags, tag), BlockKind::MissingTag));
        filter.no_tags.iter().for_each(|tag| block(has(&video.tags, tag), BlockKind::ForbiddenTag));
    }
    block(hidden, BlockKind::Hidden);
    block(watched && query.watched != Watched::Include, BlockKind::Watched);
    block(query.exclude.contains(&video.id), BlockKind::Excluded);
    causes.sort_unstable();
    causes
}

#[test]
fn what_is_blocked_is_what_lists_leave_out_and_all_causes_are_named() {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let mut seen = BTreeMap::<BlockKind, usize>::new();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut videos: Vec<Video> = (0..300).map(|number| described(&mut random, number)).collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    let watched = |number: usize| number.is_multiple_of(11);
    let hidden = |number: usize| number % 13 == 5;
    for number in 0..300 {
        if watched(number) {
            engine.record(&[event(EventKind::Complete, 0, number, 0)]).unwrap();
        }
        if hidden(number) {
            engine.record(&[event(EventKind::Hide, 0, number, 0)]).unwrap();
        }
    }
    for round in 0..40 {
        // Described anew, so that rows have values that others had.
        let again = random.below(300);
        videos[again] = described(&mut random, again);
        engine.add_videos(&videos[again..=again], &CallOptions::default()).unwrap();
        let query = Query {
            filter: (!random.one_in(8)).then(|| filter(&mut random)),
            exclude: (0..random.below(3)).map(|_| format!("v{:03}", random.below(300))).collect(),
            watched: random.pick(&[Watched::Default, Watched::Include, Watched::Exclude]),
            limit: 10_000,
            ..Query::for_profile("p00")
        };
        let listed: BTreeSet<String> = ask(&engine, &query).into_iter().map(|item| item.id).collect();
        for (number, video) in videos.iter().enumerate() {
            let found = explain(&engine, &video.id, &query);
            assert_eq!(found.blocks.is_empty(), listed.contains(&video.id), "round {round}: {found:?}, {query:?}");
            let mut kinds: Vec<BlockKind> = found.blocks.iter().map(|block| block.kind).collect();
            kinds.sort_unstable();
            assert_eq!(
                kinds,
                causes(video, &query, watched(number), hidden(number)),
                "round {round}: {video:?}, {query:?}"
            );
            kinds.into_iter().for_each(|kind| *seen.entry(kind).or_default() += 1);
            assert!(found.score.is_some(), "blocked or not");
        }
    }
    // Those by feedback are in tests/rules.rs.
    let by_feedback = [BlockKind::HiddenSeries, BlockKind::Snoozed];
    let unseen = [&[BlockKind::NoVector, BlockKind::BelowMinScore, BlockKind::NoTaste][..], &by_feedback].concat();
    let expected: Vec<BlockKind> = BlockKind::ALL.into_iter().filter(|kind| !unseen.contains(kind)).collect();
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), expected);
    assert!(seen.values().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn a_block_says_what_was_asked_for() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let adult = Video { min_age: Some(18), tags: vec!["Crime".to_owned()], ..video(&mut Random(1), 1) };
    let unknown = Video { min_age: None, ..video(&mut Random(2), 2) };
    engine.add_videos(&[adult, unknown], &CallOptions::default()).unwrap();
    let filter = Filter { viewer_age: Some(12), no_tags: vec!["CRIME".to_owned()], ..Filter::default() };
    let query = Query { filter: Some(filter), ranking: Ranking::Blend, ..Query::for_profile("p00") };
    let found = explain(&engine, "v001", &query);
    assert_eq!((found.blocks[0].kind, found.blocks[0].found, found.blocks[0].asked), (BlockKind::Age, 18.0, 12.0));
    assert_eq!((found.blocks[1].kind, found.blocks[1].text.as_str()), (BlockKind::ForbiddenTag, "CRIME"));
    let said = block_sentence(&found.blocks[0], SentenceLanguage::English);
    assert!(said.contains("18") && said.contains("12"), "{said}");
    assert_eq!(explain(&engine, "v002", &query).blocks[0].kind, BlockKind::AgeUnknown);
    assert_eq!(found.allowed, 0);
}

/// Profiles of a crowd, of which some are asked for lists.
const CROWD: usize = 40;
const VIDEOS: usize = 1_000;

/// The first signal that a reason names is no decoration: without that watch the video stands elsewhere among all. The
/// watched video itself is excluded both times, so that its coming back changes no rank.
#[test]
fn without_the_first_signal_the_rank_is_another() {
    let mut random = Random(0xA076_1D64_78BD_642F);
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let list: Vec<Video> = (0..VIDEOS).map(|number| video(&mut random, number)).collect();
    engine.add_videos(&list, &CallOptions::default()).unwrap();
    let all: Vec<Vec<Event>> = (0..CROWD).map(|profile| did(&mut random, profile, VIDEOS, 12)).collect();
    all.iter().for_each(|events| engine.record(events).unwrap());
    let (mut cases, mut changed) = (0_usize, 0_usize);
    while cases < 300 {
        let profile = random.below(CROWD);
        let ranking = if cases.is_multiple_of(2) { Ranking::Taste } else { Ranking::Blend };
        let query = Query { ranking, ..Query::for_profile(&format!("p{profile:02}")) };
        let id = format!("v{:03}", random.below(VIDEOS));
        let found = explain(&engine, &id, &query);
        let mut named = found.reasons.iter().map(|reason| reason.evidence.video_id.clone()).filter(|id| !id.is_empty());
        let Some(because_id) = named.next().filter(|_| found.rank.is_some()) else { continue };
        let without: Vec<Event> = all[profile].iter().filter(|event| event.video_id != because_id).cloned().collect();
        let query = Query { exclude: vec![because_id], ..query };
        let rank = |events: &[Event]| {
            engine.forget_profile(&query.profile).unwrap();
            engine.record(events).unwrap();
            explain(&engine, &id, &query).rank
        };
        let (before, after) = (rank(&all[profile]), rank(&without));
        assert_eq!(rank(&all[profile]), before, "as it was");
        cases += 1;
        changed += usize::from(before != after);
    }
    assert!(changed * 100 >= cases * 95, "{changed} of {cases}");
}
