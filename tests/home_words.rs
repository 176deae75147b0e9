//! What a home screen says: the titles of rows about series, and the reasons of cards in words.

use vrec::domain::{
    CallOptions, Event, EventKind, Filter, HomeQuery, HomeRow, Kind, Query, ReasonKind, RowKind, RowQuery, Video,
};
use vrec::engine::{Engine, EngineOptions};
use vrec::ranking::{SentenceLanguage, reason_sentence};

const NOW: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;

fn engine_of(videos: &[Video]) -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine without a model opens");
    engine.add_videos(videos, &CallOptions::default()).unwrap();
    engine
}

fn episode(number: u32, title: &str) -> Video {
    Video {
        id: format!("e{number}"),
        title: title.to_owned(),
        kind: Some(Kind::Episode),
        series_id: "id-of-the-series".to_owned(),
        season_number: 1,
        episode_number: number,
        vector: Some(vec![1.0, 0.1]),
        duration_ms: HOUR,
        min_age: Some(6),
        ..Video::default()
    }
}

fn film() -> Video {
    Video { id: "film".to_owned(), vector: Some(vec![1.0, 0.2]), min_age: Some(6), ..Video::default() }
}

/// Of another direction, so that the film is more like an episode than videos are on average.
fn others() -> impl Iterator<Item = Video> {
    (0..6).map(|number| Video { id: format!("other {number}"), vector: Some(vec![-1.0, number as f32]), ..film() })
}

fn entry() -> Video {
    Video {
        id: "id-of-the-series".to_owned(),
        title: "The entry".to_owned(),
        kind: Some(Kind::Series),
        series_id: String::new(),
        season_number: 0,
        episode_number: 0,
        ..episode(0, "")
    }
}

fn finishes(engine: &Engine, video_id: &str) {
    let event = Event {
        profile: "p".to_owned(),
        video_id: video_id.to_owned(),
        time_utc_ms: NOW - HOUR,
        ..Event::of(EventKind::Complete)
    };
    engine.record(&[event]).unwrap();
}

fn row(engine: &Engine, kind: RowKind, viewer_age: Option<u32>) -> HomeRow {
    let filter = viewer_age.map(|age| Filter { viewer_age: Some(age), ..Filter::default() });
    let query = Query { filter, now_utc_ms: NOW, ..Query::for_profile("p") };
    let query = HomeQuery { query, rows: vec![RowQuery::of(kind)], ..HomeQuery::for_profile("p", NOW) };
    engine.home(&query, &CallOptions::default()).unwrap().swap_remove(0)
}

/// The titles of the row about the series, of which the first episode was finished.
fn titles(videos: impl IntoIterator<Item = Video>) -> [String; 3] {
    let engine = engine_of(&videos.into_iter().chain([film()]).chain(others()).collect::<Vec<_>>());
    finishes(&engine, "e1");
    let row = row(&engine, RowKind::BecauseYouWatched, None);
    assert_eq!(row.seed_id, "id-of-the-series");
    [row.title_en, row.title_zh, row.seed_title]
}

#[test]
fn a_series_without_an_entry_is_called_by_what_its_episodes_have_in_common() {
    let named =
        |name: &str| [format!("Because you watched “{name}”"), format!("因为你看过《{name}》"), name.to_owned()];
    assert_eq!(titles([episode(1, "Dark S1:E1 Secrets"), episode(2, "Dark S1:E2 Lies")]), named("Dark"));
    assert_eq!(titles([episode(1, "庆余年 第一季 第1集"), episode(2, "庆余年 第一季 第2集")]), named("庆余年"));
    assert_eq!(titles([episode(1, "Secrets"), episode(2, "Lies"), entry()]), named("The entry"));
    let unnamed = ["Because of what you watched", "因为你看过的内容", ""].map(str::to_owned);
    assert_eq!(titles([episode(1, "Secrets"), episode(2, "Lies")]), unnamed, "neither an episode's title nor an id");
}

/// The one reason of the card in a row: its kind, the video that it names, and the sentences.
fn card(engine: &Engine, viewer_age: Option<u32>) -> (ReasonKind, String, [String; 2]) {
    let row = row(engine, RowKind::NextUp, viewer_age);
    let [reason] = &row.items[0].recommendation.reasons[..] else { panic!("{:?}", row.items) };
    assert_eq!((reason.weight, row.items[0].recommendation.score), (0.0, 0.0));
    let sentences = [SentenceLanguage::English, SentenceLanguage::Chinese].map(|of| reason_sentence(reason, of));
    (reason.kind, reason.evidence.video_id.clone(), sentences)
}

#[test]
fn a_next_episode_names_the_one_that_was_finished() {
    let first = Video { min_age: Some(16), ..episode(1, "Secrets") };
    let engine = engine_of(&[first, episode(2, "Lies"), episode(3, "Past")]);
    finishes(&engine, "e1");
    let said = ["The next one after “Secrets”", "《Secrets》之后的下一集"].map(str::to_owned);
    assert_eq!(card(&engine, None), (ReasonKind::Next, "e1".to_owned(), said));
    let untold = ["The next episode", "下一集"].map(str::to_owned);
    assert_eq!(card(&engine, Some(12)), (ReasonKind::Next, "e1".to_owned(), untold), "its title is for older viewers");
}

#[test]
fn a_new_episode_names_its_series() {
    let with = |more: Vec<Video>, titles: [&str; 3]| {
        let engine =
            engine_of(&[episode(1, titles[0]), episode(2, titles[1])].into_iter().chain(more).collect::<Vec<_>>());
        ["e1", "e2"].iter().for_each(|id| finishes(&engine, id));
        engine.add_videos(&[episode(3, titles[2])], &CallOptions::default()).unwrap();
        engine
    };
    let own = ["Secrets", "Lies", "Past"];
    let said = |name: &str| [format!("A new episode of {name}"), format!("{name}有新的一集")];
    let (kind, id) = (ReasonKind::NewEpisode, "id-of-the-series".to_owned());
    let sentences = [said("“The entry”")[0].clone(), said("《The entry》")[1].clone()];
    assert_eq!(card(&with(vec![entry()], own), None), (kind, id, sentences));
    let numbered = with(vec![], ["Dark S1:E1", "Dark S1:E2", "Dark S1:E3"]);
    let sentences = [said("“Dark”")[0].clone(), said("《Dark》")[1].clone()];
    assert_eq!(card(&numbered, None), (kind, String::new(), sentences.clone()));
    assert_eq!(card(&numbered, Some(12)), (kind, String::new(), sentences), "the viewer may see its episodes");
    let untold = ["A new episode of what you watch", "你在追的剧集有更新"].map(str::to_owned);
    assert_eq!(card(&with(vec![], own), None), (kind, String::new(), untold));
}
