//! Making a home screen of one snapshot.

use super::Engine;
use super::lists::{engaged, given, inspiring_history, snapshot_taste};
use crate::domain::{CallOptions, HomeQuery, HomeRow, Result};
use crate::ranking::{HomeViewer, home, withhold_titles};

impl Engine {
    /// A home screen: titled rows in the order asked for, no video in two of them and one card a series. Everything in
    /// them can be watched at the query's time and keeps its filter. Rows with too few items are left out. The same
    /// snapshot, query and time give the same screen. Fails with [`crate::domain::Status::NotFound`] where a row names a
    /// seed that nobody knows.
    pub fn home(&self, query: &HomeQuery, call: &CallOptions) -> Result<Vec<HomeRow>> {
        query.validate()?;
        let snapshot = self.shared.snapshot.load_full();
        let own = snapshot.query_for(&query.query)?;
        let query = &HomeQuery { query: own.into_owned(), ..query.clone() };
        let own = &query.query;
        call.check()?;
        let engaged = engaged(&snapshot, &own.profile, call)?;
        let taste = snapshot_taste(&snapshot, &engaged, call)?;
        let profile = snapshot.profile(&own.profile);
        let history = inspiring_history(profile);
        let blend = given(&snapshot, &history, taste.as_ref(), own, call);
        let viewer = HomeViewer { profile, engaged: &engaged, blend };
        let rows = home(&snapshot.catalogue, &viewer, query, self.searching(), call);
        self.log_pool();
        self.log_sequence(&snapshot);
        let mut rows = rows?;
        let items = rows.iter_mut().flat_map(|row| &mut row.items);
        withhold_titles(&snapshot.catalogue, own, items.flat_map(|item| &mut item.recommendation.reasons));
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Event, EventKind, Field, RowKind, RowQuery, Video};
    use crate::engine::EngineOptions;
    use crate::ranking::{Attributes, CatalogueVideo, FieldPart, Stored, VideoVector};

    const NOW: i64 = 1_700_000_000_000;

    fn film(id: &str) -> Video {
        Video { id: id.to_owned(), available_from_utc_ms: Some(NOW - 1), ..Video::default() }
    }

    /// Videos whose texts wait to be embedded, beside films with vectors.
    fn add(engine: &Engine, waiting: &[&str], with_vector: &[&str]) {
        let entry = |id: &&str| CatalogueVideo {
            id: Arc::from(*id),
            title: String::new(),
            attributes: Attributes::of(&film(id)),
            vector: VideoVector::Pending,
            watched: None,
        };
        let vector = |place: usize| Some(vec![1.0, place as f32 / 10.0]);
        let films: Vec<Video> =
            with_vector.iter().enumerate().map(|(at, id)| Video { vector: vector(at), ..film(id) }).collect();
        engine.add_videos(&films, &CallOptions::default()).unwrap();
        let entries = waiting.iter().map(entry).collect();
        engine.shared.publish(|snapshot| snapshot.put_videos(entries).map(drop), |_| Ok(()), || ()).unwrap();
    }

    fn watch(engine: &Engine, profile: &str, ids: &[&str]) {
        let event = |id: &&str| Event {
            profile: profile.to_owned(),
            video_id: (*id).to_owned(),
            time_utc_ms: NOW - 1,
            ..Event::of(EventKind::Complete)
        };
        engine.record(&ids.iter().map(event).collect::<Vec<_>>()).unwrap();
    }

    fn ids(engine: &Engine, kind: RowKind) -> Vec<String> {
        let query = HomeQuery { rows: vec![RowQuery::of(kind)], ..HomeQuery::for_profile("p", NOW) };
        let rows = engine.home(&query, &CallOptions::default()).unwrap();
        rows.iter().flat_map(|row| &row.items).map(|item| item.recommendation.id.clone()).collect()
    }

    #[test]
    fn a_video_without_a_vector_stands_in_rows_that_need_none() {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        let films: Vec<String> = (0..9).map(|number| format!("film {number}")).collect();
        add(&engine, &["waiting"], &films.iter().map(String::as_str).collect::<Vec<_>>());
        watch(&engine, "p", &["film 0"]);
        (0..9).for_each(|other| watch(&engine, &format!("other {other}"), &["film 0", "waiting"]));
        for kind in [RowKind::Popular, RowKind::Trending, RowKind::NewForYou, RowKind::Explore] {
            assert!(ids(&engine, kind).contains(&"waiting".to_owned()), "{kind:?}");
        }
        for kind in [RowKind::ForYou, RowKind::BecauseYouWatched, RowKind::MoreLikeThis] {
            let found = ids(&engine, kind);
            assert!(!found.is_empty() && !found.contains(&"waiting".to_owned()), "{kind:?}: {found:?}");
        }
    }

    #[test]
    fn a_row_about_a_seed_is_filled_while_texts_wait_to_be_embedded() {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        let films: Vec<String> = (0..9).map(|number| format!("film {number}")).collect();
        add(&engine, &[], &films.iter().map(String::as_str).collect::<Vec<_>>());
        // Their vectors stand for their tags alone, and are nearer to the seed than any film.
        let tags = || FieldPart {
            field: Some(Field::Tags),
            text: "tag".to_owned(),
            group: None,
            weight: 1.0,
            values: Stored::Exact([1.0, 0.0].into()),
        };
        let entry = |number: usize| CatalogueVideo {
            id: Arc::from(format!("waiting {number}")),
            title: String::new(),
            attributes: Attributes::of(&film("waiting")),
            vector: VideoVector::Parts(vec![tags()]),
            watched: None,
        };
        let entries = (0..60).map(entry).collect();
        engine.shared.publish(|snapshot| snapshot.put_videos(entries).map(drop), |_| Ok(()), || ()).unwrap();
        watch(&engine, "p", &["film 0"]);
        let rows = [RowQuery { size: 1, ..RowQuery::of(RowKind::BecauseYouWatched) }].into();
        let query = HomeQuery { rows, ..HomeQuery::for_profile("p", NOW) };
        let rows = engine.home(&query, &CallOptions::default()).unwrap();
        let ids: Vec<&str> = rows[0].items.iter().map(|item| item.recommendation.id.as_str()).collect();
        assert_eq!(ids, ["film 1"]);
    }

    #[test]
    fn a_screen_is_filled_without_any_vector() {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        let all: Vec<String> = (0..60).map(|number| format!("video {number:02}")).collect();
        add(&engine, &all.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        for other in 0..20 {
            let watched = [0, 7, 13].map(|step| all[(other * 3 + step) % 60].as_str());
            watch(&engine, &format!("other {other}"), &watched);
        }
        let screen = |profile| {
            let query = HomeQuery { row_size: 10, ..HomeQuery::for_profile(profile, NOW) };
            engine.home(&query, &CallOptions::default()).unwrap()
        };
        let kinds = |rows: &[HomeRow]| rows.iter().map(|row| row.kind).collect::<Vec<_>>();
        let of_who_is_new = [RowKind::NewForYou, RowKind::Trending, RowKind::Popular, RowKind::Explore];
        assert_eq!(kinds(&screen("nobody")), of_who_is_new);
        watch(&engine, "p", &["video 00"]);
        let rows = screen("p");
        assert_eq!((rows[0].kind, rows[0].seed_id.as_str()), (RowKind::BecauseYouWatched, "video 00"));
        let beside = rows[0].items.iter().map(|item| item.recommendation.id.as_str());
        assert!(beside.clone().count() > 0 && beside.clone().all(|id| id != "video 00"), "by what others watched");
        assert_eq!(kinds(&rows)[1..], of_who_is_new);
    }
}
