//! The three lists: for a profile, for a text, for a video. Each row has its rank, title, score, id and
//! the reason for it in words.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;
use vrec::domain::CallOptions;
use vrec::domain::Context;
use vrec::domain::Field;
use vrec::domain::Filter;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::Recommendation;
use vrec::domain::SearchWays;
use vrec::domain::Watched;
use vrec::engine::Engine;

use crate::arguments::Common;
use crate::arguments::FilterOptions;
use crate::arguments::ListOptions;
use crate::arguments::RecommendOptions;
use crate::arguments::SearchOptions;
use crate::arguments::SimilarOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;
use crate::output::shortened;
use crate::values::name_of;

/// `vrec recommend`.
pub fn recommend(common: &Common, options: RecommendOptions, output: &mut Output) -> Outcome {
    if options.ranking != Ranking::Blend && !options.features.given.is_empty() {
        let failure = Failure::new(Exit::Usage, "features count in lists by all that is known only");
        return Err(failure.hint("Add --ranking blend."));
    }
    let engine = common.open_counting(Use::ReadVectors, options.features.weights()?)?;
    let query = Query {
        ranking: options.ranking,
        now_utc_ms: options.at.unwrap_or(0),
        context: options.context.context(),
        ..query(options.list)
    };
    let list = engine.recommend(&query, &CallOptions::default())?;
    let titles = if list.is_empty() { HashMap::new() } else { titles_of_history(&engine, &query.profile) };
    drop(engine);
    if list.is_empty() {
        let why =
            format!("profile {} has watched and liked nothing so far, or the options leave nothing", query.profile);
        note_nothing(&why, common, output);
    }
    write(&list, &Reasons::Of(titles), output)
}

/// `vrec search`.
pub fn search(common: &Common, options: SearchOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::ReadVectors)?;
    let ways = if options.titles { SearchWays::TITLES } else { SearchWays::ALL };
    let query = Query { search_ways: Some(ways), ..query(options.list) };
    let list = engine.search(&options.text.join(" "), &query, &CallOptions::default())?;
    drop(engine);
    if list.is_empty() {
        match options.titles {
            true => output.note("The list is empty: no title matches, or the options leave none."),
            false => note_nothing("the store has no videos, or the options leave none", common, output),
        }
    }
    write(&list, &Reasons::Asked, output)
}

/// `vrec similar`.
pub fn similar(common: &Common, options: SimilarOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::ReadVectors)?;
    let found = engine.similar(&options.video, &query(options.list), &CallOptions::default());
    drop(engine);
    let list = found.map_err(unknown_video)?;
    if list.is_empty() {
        note_nothing("there is no other video, or the options leave none", common, output);
    }
    write(&list, &Reasons::Asked, output)
}

/// What is known of why a video may stand in a list.
enum Reasons {
    /// The text or video that was asked about, which needs no words.
    Asked,
    /// Videos of a history, with their titles.
    Of(HashMap<String, String>),
}

impl Reasons {
    fn title(&self, id: &str) -> Option<&str> {
        match self {
            Reasons::Asked => None,
            Reasons::Of(titles) => titles.get(id).map(String::as_str).filter(|title| !title.is_empty()),
        }
    }
}

/// An empty list is no failure, but worth a word.
fn note_nothing(why: &str, common: &Common, output: &Output) {
    match common.has_model() {
        true => output.note(&format!("The list is empty: {why}.")),
        false => output.note(
            "The list is empty, and no model was named (--model DIR or VREC_MODEL): videos whose vectors a model made \
             stand in no list without it.",
        ),
    }
}

/// The failure of a call about a video, with the way to its id.
pub fn unknown_video(error: vrec::domain::Error) -> Failure {
    let is_unknown = error.status == vrec::domain::Status::NotFound;
    let failure = Failure::from(error);
    if is_unknown { failure.hint("`vrec search WORDS` lists videos with their ids.") } else { failure }
}

fn query(options: ListOptions) -> Query {
    let watched = match (options.include_watched, options.exclude_watched) {
        (true, _) => Watched::Include,
        (_, true) => Watched::Exclude,
        _ => Watched::Default,
    };
    Query {
        profile: options.profile,
        limit: options.limit,
        min_score: options.min_score,
        watched,
        ranking: Ranking::Taste,
        feature_weights: None,
        new_video_share: Query::NEW_VIDEO_SHARE,
        now_utc_ms: 0,
        context: Context::default(),
        exclude: options.exclude,
        filter: filter(options.filter),
        search_ways: None,
    }
}

/// The rules that options ask for; none where there are none.
pub fn filter(options: FilterOptions) -> Option<Filter> {
    let asks_entitlements = options.no_entitlement || !options.entitlement.is_empty();
    let filter = Filter {
        time_utc_ms: options.available_at,
        viewer_age: options.max_age,
        entitlements: asks_entitlements.then_some(options.entitlement),
        kinds: options.kind,
        audio_languages: options.audio,
        subtitle_languages: options.subtitles,
        any_tags: options.any_tag,
        all_tags: options.all_tag,
        no_tags: options.no_tag,
    };
    Some(filter).filter(|filter| *filter != Filter::default())
}

/// Titles of the videos that reasons may name: those the profile did anything with.
fn titles_of_history(engine: &Engine, profile: &str) -> HashMap<String, String> {
    let history = engine.export_profile(profile, None).unwrap_or_default();
    let lines = history.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Known>(line).ok());
    lines.map(|known| (known.video_id, known.title)).collect()
}

/// What is read of a line of a profile's export.
#[derive(Deserialize)]
struct Known {
    video_id: String,
    title: String,
}

fn write(list: &[Recommendation], reasons: &Reasons, output: &mut Output) -> Outcome {
    if output.is_json() {
        let rows = list.iter().enumerate();
        return rows.map(|(index, entry)| Row::new(index + 1, entry, reasons)).try_for_each(|row| output.json(&row));
    }
    if list.is_empty() {
        return Ok(());
    }
    let columns =
        [Column::right("#"), Column::left("Title"), Column::right("Score"), Column::left("Why"), Column::whole("Id")];
    let row = |(index, entry): (usize, &Recommendation)| {
        let score = format!("{:+.3}", entry.score);
        vec![(index + 1).to_string(), entry.title.clone(), score, reason(entry, reasons), entry.id.clone()]
    };
    output.table(&columns, &list.iter().enumerate().map(row).collect::<Vec<_>>())
}

/// A row for programs.
#[derive(Serialize)]
struct Row<'a> {
    rank: usize,
    id: &'a str,
    title: &'a str,
    score: f32,
    reason: String,
    because_id: Option<&'a str>,
    because_title: Option<&'a str>,
    matched_field: Option<String>,
    matched_text: Option<&'a str>,
    matched_score: f32,
}

impl<'a> Row<'a> {
    fn new(rank: usize, entry: &'a Recommendation, reasons: &'a Reasons) -> Self {
        let known = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Row {
            rank,
            id: &entry.id,
            title: &entry.title,
            score: entry.score,
            reason: reason(entry, reasons),
            because_id: known(&entry.because_id),
            because_title: reasons.title(&entry.because_id),
            matched_field: entry.matched_field.map(|field| name_of(&field)),
            matched_text: known(&entry.matched_text),
            matched_score: entry.matched_score,
        }
    }
}

/// Columns of a matched text that a reason shows.
const MATCH_COLUMNS: usize = 48;

/// Why the video stands in the list.
fn reason(entry: &Recommendation, reasons: &Reasons) -> String {
    let text = shortened(&entry.matched_text, MATCH_COLUMNS);
    let matched = match entry.matched_field {
        Some(Field::Title) => "its title is close".to_owned(),
        Some(Field::Description) => format!("its description is close: {text}"),
        Some(Field::Tags) => format!("its tags are close: {text}"),
        Some(Field::Comments) => format!("its comments are close: {text}"),
        None => "its vector is close".to_owned(),
    };
    match reasons {
        Reasons::Of(_) if !entry.because_id.is_empty() => {
            let title = reasons.title(&entry.because_id).unwrap_or(&entry.because_id);
            format!("because of {title}; {matched}")
        }
        _ => matched,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_the_video_and_the_field() {
        let entry = Recommendation {
            id: "v".into(),
            title: "流浪地球".into(),
            score: 0.5,
            because_id: "w".into(),
            matched_field: Some(Field::Tags),
            matched_text: "科幻, 太空".into(),
            matched_score: 0.25,
        };
        let known = Reasons::Of(HashMap::from([("w".to_owned(), "Interstellar".to_owned())]));
        assert_eq!(reason(&entry, &known), "because of Interstellar; its tags are close: 科幻, 太空");
        assert_eq!(reason(&entry, &Reasons::Of(HashMap::new())), "because of w; its tags are close: 科幻, 太空");
        assert_eq!(reason(&entry, &Reasons::Asked), "its tags are close: 科幻, 太空");
        let brought = Recommendation { matched_field: None, ..entry };
        assert_eq!(reason(&brought, &Reasons::Asked), "its vector is close");
    }
}
