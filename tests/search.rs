//! Searching with a remote control, through the engine: titles by words, characters, pinyin and keypad digits, under
//! the rules that every list keeps, with and without a store, and without any model.

mod support;

use pinyin::ToPinyinMulti;
use proptest::prelude::*;
use vrec::domain::{
    CallOptions, Event, EventKind, Field, Filter, Kind, Query, Recommendation, SearchWays, Status, Video, Watched,
};
use vrec::engine::{Engine, EngineOptions};

use support::StoreFolder;

const TITLES: [(&str, &str); 9] = [
    ("ai", "人工智能"),
    ("rivers", "大江大河"),
    ("chungking", "重庆森林"),
    ("zhenhuan", "甄嬛传"),
    ("infernal-hant", "無間道"),
    ("infernal-hans", "无间道"),
    ("knight", "The Dark Knight"),
    ("interstellar", "Interstellar"),
    ("amelie", "Le Fabuleux Destin d’Amélie Poulain"),
];

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine without a model opens")
}

fn video(id: &str, title: &str) -> Video {
    Video { id: id.to_owned(), title: title.to_owned(), vector: Some(vec![1.0, 0.5]), ..Video::default() }
}

fn add(engine: &Engine, videos: &[Video]) {
    engine.add_videos(videos, &CallOptions::default()).expect("videos are added");
}

fn known() -> Engine {
    let engine = engine();
    add(&engine, &TITLES.map(|(id, title)| video(id, title)));
    engine
}

fn query() -> Query {
    Query::for_profile("viewer")
}

fn list(engine: &Engine, text: &str, query: &Query) -> Vec<Recommendation> {
    engine.search(text, query, &CallOptions::default()).expect("a list")
}

fn ids(engine: &Engine, text: &str, query: &Query) -> String {
    let ids: Vec<String> = list(engine, text, query).into_iter().map(|found| found.id).collect();
    ids.join(" ")
}

#[test]
fn titles_are_found_as_people_type_them() {
    let engine = known();
    for (typed, expected) in [
        ("rgzn", "ai"),
        ("djdh", "rivers"),
        ("cqsl", "chungking"),
        ("zhz", "zhenhuan"),
        ("wjd", "infernal-hans infernal-hant"),
        ("7496", "ai"),
        ("rengong", "ai"),
        ("rengzn", "ai"),
        ("無間道", "infernal-hans infernal-hant"),
        ("无间", "infernal-hans infernal-hant"),
        ("森林", "chungking"),
        ("the dar", "knight"),
        ("KNIGHT", "knight"),
        ("amelie", "amelie"),
        ("interstelalr", "interstellar"),
        ("drak knihgt", ""),
        ("dark knihgt", "knight"),
        ("nothing like it", ""),
    ] {
        assert_eq!((typed, ids(&engine, typed, &query()).as_str()), (typed, expected));
    }
}

#[test]
fn a_place_says_that_the_title_was_found() {
    let found = list(&known(), "rgzn", &query());
    assert_eq!((found[0].title.as_str(), found[0].matched_text.as_str()), ("人工智能", "人工智能"));
    assert_eq!((found[0].matched_field, found[0].because_id.as_str()), (Some(Field::Title), ""));
    assert!(found[0].score > 1.0 && found[0].score <= 2.0 && found[0].matched_score == found[0].score);
}

#[test]
fn a_list_keeps_its_rules() {
    let engine = engine();
    let kinds = [("film", Some(Kind::Movie)), ("show", Some(Kind::Series)), ("clip", None)];
    add(&engine, &kinds.map(|(id, kind)| Video { kind, ..video(id, "人工智能") }));
    let filter = Filter { kinds: vec![Kind::Movie, Kind::Series], ..Filter::default() };
    let films = Query { filter: Some(filter), ..query() };
    assert_eq!(ids(&engine, "rgzn", &query()), "clip film show");
    assert_eq!(ids(&engine, "rgzn", &films), "film show");
    assert_eq!(ids(&engine, "rgzn", &Query { limit: 1, ..films.clone() }), "film");
    assert_eq!(ids(&engine, "rgzn", &Query { exclude: vec!["film".into()], ..films.clone() }), "show");
    let event =
        |kind, id: &str| Event { profile: "viewer".into(), video_id: id.into(), time_utc_ms: 1, ..Event::of(kind) };
    engine.record(&[event(EventKind::Hide, "film"), event(EventKind::Complete, "show")]).unwrap();
    assert_eq!(ids(&engine, "rgzn", &films), "show");
    assert_eq!(ids(&engine, "rgzn", &Query { watched: Watched::Exclude, ..films }), "");
}

#[test]
fn videos_that_change_or_go_are_found_by_what_they_are() {
    let engine = known();
    add(&engine, &[video("ai", "黑客帝国"), video("new", "人工智能")]);
    assert_eq!((ids(&engine, "rgzn", &query()), ids(&engine, "hkdg", &query())), ("new".into(), "ai".into()));
    engine.remove_videos(&["new", "knight"]).unwrap();
    assert_eq!((ids(&engine, "rgzn", &query()), ids(&engine, "dark", &query())), (String::new(), String::new()));
    let ids: Vec<&str> = TITLES.iter().map(|(id, _)| *id).filter(|id| *id != "knight").collect();
    engine.remove_videos(&ids).unwrap();
    assert_eq!(engine.statistics().memory_bytes, self::engine().statistics().memory_bytes);
}

#[test]
fn without_a_model_titles_are_found_and_meaning_is_refused() {
    let engine = known();
    let ways = |bits: u32| Query { search_ways: SearchWays::from_bits(bits).unwrap(), ..query() };
    for bits in [0, 1, 3, 7] {
        assert_eq!(ids(&engine, "人工", &ways(bits)), "ai");
    }
    assert_eq!(ids(&engine, "rgzn", &ways(1)), "");
    assert_eq!(ids(&engine, "7496", &ways(3)), "");
    for bits in [8, 15] {
        let refused = engine.search("人工", &ways(bits), &CallOptions::default()).unwrap_err();
        assert_eq!(refused.status, Status::NoEncoder);
    }
    let blank = engine.search(" \n", &query(), &CallOptions::default()).unwrap_err();
    assert_eq!(blank.status, Status::InvalidArgument);
}

#[test]
fn a_title_stands_above_any_threshold_of_meaning() {
    assert_eq!(ids(&known(), "rgzn", &Query { min_score: Some(1.0), ..query() }), "ai");
}

#[test]
fn titles_are_found_after_opening_a_store_again() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    add(&engine, &TITLES.map(|(id, title)| video(id, title)));
    engine.remove_videos(&["ai"]).unwrap();
    add(&engine, &[video("knight", "卧虎藏龙")]);
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    for (typed, expected) in [("zhz", "zhenhuan"), ("rgzn", ""), ("whcl", "knight"), ("dark", "")] {
        assert_eq!((typed, ids(&engine, typed, &query()).as_str()), (typed, expected));
    }
}

/// Words and characters, some of them with several readings, written either way, with signs between them.
fn title() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select("人工智能大江河重慶庆森林甄嬛传傳無无間间道长長行乐樂绿の".chars().collect::<Vec<_>>())
            .prop_map(String::from),
        2 => "[a-zA-Z]{1,9}",
        1 => "[0-9]{1,4}",
        1 => prop::sample::select(vec!["é", "Straße", "Ünal", "don’t", "ＴＶ"]).prop_map(String::from),
        2 => prop::sample::select(vec![" ", ": ", "-", "·", "！"]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// What one letter or character of a title may be typed as: itself, or any of its readings from `letters` letters on.
fn spelled(title: &str, letters: usize, choices: &[usize]) -> String {
    let mut choices = choices.iter().cycle();
    let spell = |character: char| match character.to_pinyin_multi() {
        Some(readings) => {
            let reading = readings.get(choices.next().map_or(0, |choice| choice % readings.count()));
            reading.plain().replace('ü', "v").chars().take(letters).collect()
        }
        None => String::from(character),
    };
    title.chars().map(spell).collect()
}

fn on_keypad(text: &str) -> Option<String> {
    let key = |letter: char| match letter {
        'a'..='z' => "22233344455566677778889999".chars().nth(letter as usize - 'a' as usize),
        _ => letter.is_ascii_digit().then_some(letter),
    };
    text.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).map(key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_title_is_found_by_its_beginnings_its_readings_and_its_keys(
        titles in prop::collection::vec(title(), 1..6),
        choices in prop::collection::vec(0_usize..4, 1..12),
    ) {
        let engine = engine();
        let videos: Vec<Video> = titles.iter().enumerate().map(|(at, title)| video(&at.to_string(), title)).collect();
        add(&engine, &videos);
        for (at, title) in titles.iter().enumerate() {
            let ends = title.char_indices().map(|(at, character)| at + character.len_utf8());
            let mut typed: Vec<String> = ends.map(|end| title[..end].to_uppercase()).collect();
            typed.extend([1, 2, 6].map(|letters| spelled(title, letters, &choices)));
            typed.extend(on_keypad(&spelled(title, 1, &choices)));
            typed.extend(on_keypad(&spelled(title, 6, &choices)));
            for text in typed.iter().filter(|text| text.contains(char::is_alphanumeric)) {
                let found = list(&engine, text, &query());
                let place = found.iter().find(|found| found.id == at.to_string());
                prop_assert!(place.is_some_and(|place| place.score > 1.35), "{:?} does not find {:?}", text, title);
            }
        }
    }

    #[test]
    fn any_text_is_taken_and_lists_are_in_order(
        any in "\\PC{1,40}",
        others in prop::collection::vec("\\PC{0,20}", 0..3),
        titles in prop::collection::vec(title(), 6),
        (first, last) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        // What is typed is mostly in one title at least: a part of it, and every other title begins with the same.
        let characters: Vec<char> = titles[0].chars().collect();
        let start = first.index(characters.len());
        let typed: String = characters[start..=start + last.index(characters.len() - start)].iter().collect();
        let alike = titles[1..].iter().enumerate().map(|(at, title)| format!("{}{title}", if at % 2 == 0 { &typed } else { "" }));
        let titles: Vec<String> = titles[..1].iter().cloned().chain(alike).chain(others).collect();
        let engine = engine();
        let videos: Vec<Video> = titles.iter().enumerate().map(|(at, title)| video(&at.to_string(), title)).collect();
        add(&engine, &videos);
        for text in [&any, &typed] {
            match engine.search(text, &query(), &CallOptions::default()) {
                Ok(found) => {
                    let order = |pair: &[Recommendation]| {
                        (pair[0].score, &pair[1].id) > (pair[1].score, &pair[0].id) || pair[0].score > pair[1].score
                    };
                    prop_assert!(found.windows(2).all(order), "{:?}", found);
                    let is_typed = text == &typed && typed.contains(char::is_alphanumeric);
                    prop_assert!(!is_typed || found.len() >= 3, "{:?} finds {:?} of {:?}", text, found, titles);
                }
                Err(error) => prop_assert_eq!(error.status, Status::InvalidArgument),
            }
        }
    }
}
