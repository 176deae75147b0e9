//! A home screen: titled rows, each with its videos.

use serde::Serialize;
use vrec::domain::CallOptions;
use vrec::domain::HomeItem;
use vrec::domain::HomeQuery;
use vrec::domain::HomeRow;
use vrec::domain::Query;

use crate::arguments::Common;
use crate::arguments::HomeOptions;
use crate::failure::Outcome;
use crate::lists::ReasonRow;
use crate::lists::explored;
use crate::lists::filter;
use crate::lists::unknown_video;
use crate::lists::write_reasons;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;
use crate::output::printable;
use crate::profiles::named_or_current;
use crate::values::name_of;
use crate::values::shown_time;
use crate::watching::clock;
use crate::watching::episode;

/// `vrec home`.
pub fn home(common: &Common, options: HomeOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::ReadVectors)?;
    let usual = HomeQuery::for_profile(&named_or_current(&engine, options.profile.as_deref())?, options.at);
    let query = HomeQuery {
        query: Query {
            context: options.context.context(),
            exclude: options.exclude,
            filter: filter(options.filter),
            ..explored(usual.query, options.exploration)
        },
        rows: options.row,
        row_limit: options.rows,
        row_size: options.size,
        row_minimum: options.minimum,
        new_days: options.new_days,
        leaving_days: options.leaving_days,
    };
    let made = engine.home(&query, &CallOptions::default());
    drop(engine);
    let rows = made.map_err(unknown_video)?;
    if rows.is_empty() {
        output.note("The screen is empty: nobody watched anything, or the options leave nothing.");
    }
    if output.is_json() {
        return rows.iter().map(|row| Row::new(row, options.reasons)).try_for_each(|row| output.json(&row));
    }
    let style = Style { is_chinese: options.chinese, with_reasons: options.reasons };
    rows.iter().enumerate().try_for_each(|(index, row)| write(row, index == 0, style, output))
}

/// How rows are shown to people.
#[derive(Clone, Copy)]
struct Style {
    is_chinese: bool,
    with_reasons: bool,
}

/// A row for programs.
#[derive(Serialize)]
struct Row<'a> {
    row: &'static str,
    title_key: &'static str,
    title_en: &'a str,
    title_zh: &'a str,
    seed_id: Option<&'a str>,
    seed_title: Option<&'a str>,
    items: Vec<Item<'a>>,
}

/// One of its videos.
#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    title: &'a str,
    score: f32,
    propensity: f32,
    because_id: Option<&'a str>,
    card: Option<&'static str>,
    position_ms: i64,
    duration_ms: i64,
    kind: Option<String>,
    series_id: Option<&'a str>,
    season_number: Option<u32>,
    episode_number: Option<u32>,
    available_from_utc_ms: Option<i64>,
    available_until_utc_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<ReasonRow<'a>>>,
}

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl<'a> Row<'a> {
    fn new(row: &'a HomeRow, with_reasons: bool) -> Self {
        Row {
            row: row.kind.name(),
            title_key: row.title_key,
            title_en: &row.title_en,
            title_zh: &row.title_zh,
            seed_id: known(&row.seed_id),
            seed_title: known(&row.seed_title),
            items: row.items.iter().map(|item| Item::new(item, with_reasons)).collect(),
        }
    }
}

impl<'a> Item<'a> {
    fn new(item: &'a HomeItem, with_reasons: bool) -> Self {
        Item {
            id: &item.recommendation.id,
            title: &item.recommendation.title,
            score: item.recommendation.score,
            propensity: item.recommendation.propensity,
            because_id: known(&item.recommendation.because_id),
            card: item.card.map(|card| card.name()),
            position_ms: item.position_ms,
            duration_ms: item.duration_ms,
            kind: item.kind.map(|kind| name_of(&kind)),
            series_id: known(&item.series_id),
            season_number: item.place.map(|place| place.season).filter(|season| *season > 0),
            episode_number: item.place.map(|place| place.episode),
            available_from_utc_ms: item.available_from_utc_ms,
            available_until_utc_ms: item.available_until_utc_ms,
            reasons: with_reasons.then(|| ReasonRow::all(&item.recommendation)),
        }
    }
}

/// The row's title with its videos under it.
fn write(row: &HomeRow, is_first: bool, style: Style, output: &mut Output) -> Outcome {
    let title = if style.is_chinese { &row.title_zh } else { &row.title_en };
    let space = if is_first { "" } else { "\n" };
    output.bytes(format!("{space}{}\n", printable(title)).as_bytes())?;
    if style.with_reasons {
        return write_reasons(row.items.iter().map(|item| &item.recommendation), output);
    }
    let columns =
        [Column::right("#"), Column::left("Title"), Column::left("Episode"), Column::left("Note"), Column::whole("Id")];
    let cells = |(index, item): (usize, &HomeItem)| {
        vec![
            (index + 1).to_string(),
            item.recommendation.title.clone(),
            episode(&item.series_id, item.place),
            note(row, item),
            item.recommendation.id.clone(),
        ]
    };
    output.table(&columns, &row.items.iter().enumerate().map(cells).collect::<Vec<_>>())
}

/// What a tile would say beside its title.
fn note(row: &HomeRow, item: &HomeItem) -> String {
    use vrec::domain::RowKind::{LeavingSoon, NewForYou, OnNow};
    match (item.card, row.kind) {
        (Some(card), _) if item.position_ms > 0 => format!("{} at {}", card.name(), clock(item.position_ms)),
        (Some(card), _) => card.name().to_owned(),
        (None, LeavingSoon | OnNow) => {
            item.available_until_utc_ms.map_or_else(String::new, |until| format!("until {}", shown_time(until)))
        }
        (None, NewForYou) => {
            item.available_from_utc_ms.map_or_else(String::new, |from| format!("since {}", shown_time(from)))
        }
        _ => String::new(),
    }
}
