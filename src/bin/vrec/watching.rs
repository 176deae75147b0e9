//! What a profile is in the middle of, as cards: what to continue, and which episodes are next or new.

use serde::Serialize;
use vrec::domain::CallOptions;
use vrec::domain::EpisodePlace;
use vrec::domain::Query;
use vrec::domain::WatchCard;

use crate::arguments::Common;
use crate::arguments::WatchingOptions;
use crate::failure::Outcome;
use crate::lists::filter;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;
use crate::profiles::named_or_current;
use crate::values::shown_time;

/// `vrec watching`.
pub fn watching(common: &Common, options: WatchingOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Read)?;
    let query = Query {
        limit: options.limit,
        now_utc_ms: options.at,
        exclude: options.exclude,
        filter: filter(options.filter),
        ..Query::for_profile(&named_or_current(&engine, options.profile.as_deref())?)
    };
    let cards = engine.watch_next(&query, &CallOptions::default())?;
    drop(engine);
    if cards.is_empty() {
        output.note(&format!("Profile {} is in the middle of nothing.", query.profile));
    }
    if output.is_json() {
        return cards.iter().map(Row::new).try_for_each(|row| output.json(&row));
    }
    if cards.is_empty() {
        return Ok(());
    }
    let columns = [
        Column::left("What"),
        Column::left("Title"),
        Column::left("Episode"),
        Column::right("At"),
        Column::left("Watched"),
        Column::whole("Id"),
    ];
    output.table(&columns, &cards.iter().map(cells).collect::<Vec<_>>())
}

/// A row for programs.
#[derive(Serialize)]
struct Row<'a> {
    card: &'static str,
    id: &'a str,
    title: &'a str,
    position_ms: i64,
    duration_ms: i64,
    series_id: Option<&'a str>,
    season_number: Option<u32>,
    episode_number: Option<u32>,
    engaged_utc_ms: i64,
}

impl<'a> Row<'a> {
    fn new(card: &'a WatchCard) -> Self {
        Row {
            card: card.kind.name(),
            id: &card.id,
            title: &card.title,
            position_ms: card.position_ms,
            duration_ms: card.duration_ms,
            series_id: Some(card.series_id.as_str()).filter(|id| !id.is_empty()),
            season_number: card.place.map(|place| place.season).filter(|season| *season > 0),
            episode_number: card.place.map(|place| place.episode),
            engaged_utc_ms: card.engaged_utc_ms,
        }
    }
}

fn cells(card: &WatchCard) -> Vec<String> {
    let position = if card.position_ms == 0 { String::new() } else { clock(card.position_ms) };
    vec![
        card.kind.name().to_owned(),
        card.title.clone(),
        episode(&card.series_id, card.place),
        position,
        shown_time(card.engaged_utc_ms),
        card.id.clone(),
    ]
}

/// An episode's series, season and number, as far as it has them.
pub fn episode(series_id: &str, place: Option<EpisodePlace>) -> String {
    match place {
        Some(place) if place.season > 0 => format!("{series_id} {}×{:02}", place.season, place.episode),
        Some(place) => format!("{series_id} {}", place.episode),
        None => series_id.to_owned(),
    }
}

/// Hours, minutes and seconds.
pub fn clock(ms: i64) -> String {
    let seconds = ms / 1_000;
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_shown_as_on_a_clock() {
        assert_eq!([0, 59_999, 3_600_000, 45_296_000].map(clock), ["0:00:00", "0:00:59", "1:00:00", "12:34:56"]);
    }
}
