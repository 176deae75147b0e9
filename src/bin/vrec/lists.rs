//! The three lists: for a profile, for a text, for a video. Each row has its rank, title, score, id and
//! the reason for it in words, or all of its reasons; and how any one video stands with a profile's list.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;
use vrec::domain::Block;
use vrec::domain::CallOptions;
use vrec::domain::Explanation;
use vrec::domain::ExplorationMethod;
use vrec::domain::Field;
use vrec::domain::Filter;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::Reason;
use vrec::domain::Recommendation;
use vrec::domain::SearchWays;
use vrec::domain::Watched;
use vrec::engine::Engine;
use vrec::ranking::SentenceLanguage;
use vrec::ranking::block_sentence;
use vrec::ranking::reason_sentence;

use crate::arguments::Common;
use crate::arguments::ExplainOptions;
use crate::arguments::ExplorationOptions;
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
use crate::output::printable;
use crate::output::shortened;
use crate::profiles::named_or_current;
use crate::values::Diversity;
use crate::values::name_of;

/// `vrec recommend`.
pub fn recommend(common: &Common, options: RecommendOptions, output: &mut Output) -> Outcome {
    let engine = open(common, &options)?;
    let with_reasons = options.list.reasons;
    let query = query_of(options);
    let query = Query { profile: named_or_current(&engine, Some(&query.profile))?, ..query };
    let list = engine.recommend(&query, &CallOptions::default())?;
    let titles = if list.is_empty() { HashMap::new() } else { titles_of_history(&engine, &query.profile) };
    drop(engine);
    if list.is_empty() {
        let why =
            format!("profile {} has watched and liked nothing so far, or the options leave nothing", query.profile);
        note_nothing(&why, common, output);
    }
    write(&list, &Known::Of(titles), with_reasons, output)
}

fn open(common: &Common, options: &RecommendOptions) -> Outcome<Engine> {
    if options.ranking != Ranking::Blend && !options.features.given.is_empty() {
        let failure = Failure::new(Exit::Usage, "features count in lists by all that is known only");
        return Err(failure.hint("Add --ranking blend."));
    }
    common.open_counting(Use::ReadVectors, options.features.weights()?)
}

fn query_of(options: RecommendOptions) -> Query {
    let (adjustments, exploration) = (options.adjustments, options.exploration);
    Query {
        ranking: match exploration.exploration {
            ExplorationMethod::None => options.ranking,
            // The only one that explores.
            _ => Ranking::Blend,
        },
        now_utc_ms: options.at.unwrap_or(0),
        context: options.context.context(),
        impression_strength: adjustments.impression_strength,
        impression_half_life_ms: adjustments.impression_half_life,
        rotation_seed: adjustments.rotation_seed,
        rules: [adjustments.pin, adjustments.boost, adjustments.bury].concat(),
        rule_budget: adjustments.rule_budget,
        ..explored(varied(query(options.list), options.diversity), exploration)
    }
}

/// The same with places that explore.
pub fn explored(query: Query, options: ExplorationOptions) -> Query {
    Query {
        exploration_method: options.exploration,
        exploration_slots: options.exploration_slots,
        exploration_budget: options.exploration_budget,
        exploration_seed: options.seed,
        ..query
    }
}

/// `vrec explain`.
pub fn explain(common: &Common, options: ExplainOptions, output: &mut Output) -> Outcome {
    let engine = open(common, &options.list)?;
    let query = query_of(options.list);
    let query = Query { profile: named_or_current(&engine, Some(&query.profile))?, ..query };
    let found = engine.explain(&options.video, &query, &CallOptions::default());
    drop(engine);
    let found = found.map_err(unknown_video)?;
    if output.is_json() {
        return output.json(&Explained::new(&found));
    }
    let score = found.score.map_or_else(|| "no score".to_owned(), |score| format!("score {score:+.3}"));
    let rank = found.rank.map_or_else(|| "in no list".to_owned(), |rank| format!("rank {rank} of {}", found.allowed));
    output.bytes(format!("{}: {rank}, {score}\n", printable(&found.title)).as_bytes())?;
    let blocks = found.blocks.iter().map(|block| vec![block_sentence(block, SentenceLanguage::English), String::new()]);
    let reasons = found
        .reasons
        .iter()
        .map(|reason| vec![reason_sentence(reason, SentenceLanguage::English), format!("{:+.3}", reason.weight)]);
    let rows: Vec<Vec<String>> = blocks.chain(reasons).collect();
    if rows.is_empty() {
        return Ok(());
    }
    output.table(&[Column::left("Why"), Column::right("Weight")], &rows)
}

/// `vrec search`.
pub fn search(common: &Common, options: SearchOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::ReadVectors)?;
    let ways = if options.titles { SearchWays::TITLES } else { SearchWays::ALL };
    let with_reasons = options.list.reasons;
    let query = Query { search_ways: Some(ways), ..query(options.list) };
    let list = engine.search(&options.text.join(" "), &query, &CallOptions::default())?;
    drop(engine);
    if list.is_empty() {
        match options.titles {
            true => output.note("The list is empty: no title matches, or the options leave none."),
            false => note_nothing("the store has no videos, or the options leave none", common, output),
        }
    }
    write(&list, &Known::Asked, with_reasons, output)
}

/// `vrec similar`.
pub fn similar(common: &Common, options: SimilarOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::ReadVectors)?;
    let with_reasons = options.list.reasons;
    let found =
        engine.similar(&options.video, &varied(query(options.list), options.diversity), &CallOptions::default());
    drop(engine);
    let list = found.map_err(unknown_video)?;
    if list.is_empty() {
        note_nothing("there is no other video, or the options leave none", common, output);
    }
    write(&list, &Known::Asked, with_reasons, output)
}

/// What is known of why a video may stand in a list.
enum Known {
    /// The text or video that was asked about, which needs no words.
    Asked,
    /// Videos of a history, with their titles.
    Of(HashMap<String, String>),
}

impl Known {
    fn title(&self, id: &str) -> Option<&str> {
        match self {
            Known::Asked => None,
            Known::Of(titles) => titles.get(id).map(String::as_str).filter(|title| !title.is_empty()),
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
        limit: options.limit,
        min_score: options.min_score,
        watched,
        exclude: options.exclude,
        filter: filter(options.filter),
        ..Query::for_profile(&options.profile.unwrap_or_default())
    }
}

fn varied(query: Query, diversity: Option<Diversity>) -> Query {
    match diversity {
        Some(Diversity { method, strength }) => Query { diversity_method: method, diversity: strength, ..query },
        None => query,
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
    let lines = history.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
    lines.map(|known| (known.video_id, known.title)).collect()
}

/// What is read of a line of a profile's export.
#[derive(Deserialize)]
struct Line {
    video_id: String,
    title: String,
}

fn write(list: &[Recommendation], known: &Known, with_reasons: bool, output: &mut Output) -> Outcome {
    if output.is_json() {
        let rows = list.iter().enumerate();
        let row = |(index, entry)| Row::new(index + 1, entry, known, with_reasons);
        return rows.map(row).try_for_each(|row| output.json(&row));
    }
    if list.is_empty() {
        return Ok(());
    }
    if with_reasons {
        return write_reasons(list.iter(), output);
    }
    let columns =
        [Column::right("#"), Column::left("Title"), Column::right("Score"), Column::left("Why"), Column::whole("Id")];
    let row = |(index, entry): (usize, &Recommendation)| {
        let score = format!("{:+.3}", entry.score);
        vec![(index + 1).to_string(), entry.title.clone(), score, reason(entry, known), entry.id.clone()]
    };
    output.table(&columns, &list.iter().enumerate().map(row).collect::<Vec<_>>())
}

/// A row for each reason, the first of a video with its title.
pub fn write_reasons<'a>(list: impl Iterator<Item = &'a Recommendation>, output: &mut Output) -> Outcome {
    let columns =
        [Column::right("#"), Column::left("Title"), Column::right("Weight"), Column::left("Why"), Column::whole("Id")];
    let of_entry = |(index, entry): (usize, &Recommendation)| {
        let whole = [(index + 1).to_string(), entry.title.clone(), format!("{:+.3}", entry.score), String::new()];
        let whole = whole.into_iter().chain([entry.id.clone()]).collect();
        let reason = |reason: &Reason| {
            let sentence = reason_sentence(reason, SentenceLanguage::English);
            vec![String::new(), String::new(), format!("{:+.3}", reason.weight), sentence, String::new()]
        };
        std::iter::once(whole).chain(entry.reasons.iter().map(reason)).collect::<Vec<Vec<String>>>()
    };
    output.table(&columns, &list.enumerate().flat_map(of_entry).collect::<Vec<_>>())
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
    propensity: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<ReasonRow<'a>>>,
}

/// A reason for programs.
#[derive(Serialize)]
pub struct ReasonRow<'a> {
    kind: &'static str,
    weight: f32,
    video_id: Option<&'a str>,
    text: String,
    english: String,
    chinese: String,
}

impl<'a> ReasonRow<'a> {
    /// Those of a video.
    pub fn all(found: &'a Recommendation) -> Vec<ReasonRow<'a>> {
        found.reasons.iter().map(ReasonRow::new).collect()
    }

    fn new(reason: &'a Reason) -> Self {
        ReasonRow {
            kind: reason.kind.name(),
            weight: reason.weight,
            video_id: Some(reason.evidence.video_id.as_str()).filter(|id| !id.is_empty()),
            text: reason.evidence.text(),
            english: reason_sentence(reason, SentenceLanguage::English),
            chinese: reason_sentence(reason, SentenceLanguage::Chinese),
        }
    }
}

/// An explanation for programs.
#[derive(Serialize)]
struct Explained<'a> {
    id: &'a str,
    title: &'a str,
    rank: Option<usize>,
    allowed: usize,
    score: Option<f32>,
    reasons: Vec<ReasonRow<'a>>,
    blocks: Vec<BlockRow<'a>>,
}

/// What keeps a video out, for programs.
#[derive(Serialize)]
struct BlockRow<'a> {
    kind: &'static str,
    found: f64,
    asked: f64,
    text: &'a str,
    english: String,
    chinese: String,
}

impl<'a> Explained<'a> {
    fn new(found: &'a Explanation) -> Self {
        let block = |block: &'a Block| BlockRow {
            kind: block.kind.name(),
            found: block.found,
            asked: block.asked,
            text: &block.text,
            english: block_sentence(block, SentenceLanguage::English),
            chinese: block_sentence(block, SentenceLanguage::Chinese),
        };
        Explained {
            id: &found.id,
            title: &found.title,
            rank: found.rank,
            allowed: found.allowed,
            score: found.score,
            reasons: found.reasons.iter().map(ReasonRow::new).collect(),
            blocks: found.blocks.iter().map(block).collect(),
        }
    }
}

impl<'a> Row<'a> {
    fn new(rank: usize, entry: &'a Recommendation, titles: &'a Known, with_reasons: bool) -> Self {
        let known = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Row {
            rank,
            id: &entry.id,
            title: &entry.title,
            score: entry.score,
            reason: reason(entry, titles),
            because_id: known(&entry.because_id),
            because_title: titles.title(&entry.because_id),
            matched_field: entry.matched_field.map(|field| name_of(&field)),
            matched_text: known(&entry.matched_text),
            matched_score: entry.matched_score,
            propensity: entry.propensity,
            reasons: with_reasons.then(|| ReasonRow::all(entry)),
        }
    }
}

/// Columns of a matched text that a reason shows.
const MATCH_COLUMNS: usize = 48;

/// Why the video stands in the list.
fn reason(entry: &Recommendation, known: &Known) -> String {
    let text = shortened(&entry.matched_text, MATCH_COLUMNS);
    let matched = match entry.matched_field {
        Some(Field::Title) => "its title is close".to_owned(),
        Some(Field::Description) => format!("its description is close: {text}"),
        Some(Field::Tags) => format!("its tags are close: {text}"),
        Some(Field::Comments) => format!("its comments are close: {text}"),
        None => "its vector is close".to_owned(),
    };
    match known {
        Known::Of(_) if !entry.because_id.is_empty() => {
            let title = known.title(&entry.because_id).unwrap_or(&entry.because_id);
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
            reasons: Vec::new(),
            propensity: 1.0,
        };
        let known = Known::Of(HashMap::from([("w".to_owned(), "Interstellar".to_owned())]));
        assert_eq!(reason(&entry, &known), "because of Interstellar; its tags are close: 科幻, 太空");
        assert_eq!(reason(&entry, &Known::Of(HashMap::new())), "because of w; its tags are close: 科幻, 太空");
        assert_eq!(reason(&entry, &Known::Asked), "its tags are close: 科幻, 太空");
        let brought = Recommendation { matched_field: None, ..entry };
        assert_eq!(reason(&brought, &Known::Asked), "its vector is close");
    }
}
