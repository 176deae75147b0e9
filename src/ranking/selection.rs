//! A filter against the index of attributes: which rows keep all of its rules, block by block of a
//! bitmap, so that what one rule leaves is still at hand for the next; and which rules a single row breaks, by the same
//! sets, so that both always agree.

use super::attributes::{AttributeIndex, Attributes, Value};
use super::posting::Posting;
use super::reasons::beginning;
use crate::domain::{Block, BlockKind, CallOptions, Filter, Result};
use crate::vectors::Bitmap;

/// See the module.
#[derive(Debug)]
pub struct Selection<'a> {
    index: &'a AttributeIndex,
    filter: &'a Filter,
    rules: Vec<Rule<'a>>,
    /// Rows that cannot be watched at the filter's time.
    unavailable: Vec<u64>,
}

/// Rows keep it that have one of some values, or not a certain other one.
#[derive(Debug)]
struct Rule<'a> {
    /// What a row is left out by that breaks it.
    cause: Cause<'a>,
    any: Vec<&'a Posting>,
    without: Option<&'a Posting>,
}

/// The values that a rule asks for.
#[derive(Debug, Clone, Copy)]
struct Cause<'a> {
    kind: BlockKind,
    asked: &'a [String],
}

impl<'a> Selection<'a> {
    pub fn new(index: &'a AttributeIndex, filter: &'a Filter) -> Self {
        let mut rules = Vec::new();
        let mut any_of = |kind: BlockKind, asked: &'a [String], values: &mut dyn Iterator<Item = Value>| {
            let any = values.filter_map(|value| index.rows(&value)).collect();
            rules.push(Rule { cause: Cause { kind, asked }, any, without: None });
        };
        for tag in filter.all_tags.chunks(1) {
            any_of(BlockKind::MissingTag, tag, &mut tag.iter().map(|tag| Value::tag(tag)));
        }
        let (any, audio, subtitles) = (&filter.any_tags, &filter.audio_languages, &filter.subtitle_languages);
        if !any.is_empty() {
            any_of(BlockKind::AnyTag, any, &mut any.iter().map(|tag| Value::tag(tag)));
        }
        if !audio.is_empty() {
            any_of(BlockKind::AudioLanguage, audio, &mut audio.iter().map(|range| Value::audio(range)));
        }
        if !subtitles.is_empty() {
            any_of(BlockKind::SubtitleLanguage, subtitles, &mut subtitles.iter().map(|range| Value::subtitle(range)));
        }
        if !filter.kinds.is_empty() {
            any_of(BlockKind::Kind, &[], &mut filter.kinds.iter().map(|kind| Value::kind(*kind)));
        }
        if let Some(age) = filter.viewer_age {
            let cause = Cause { kind: BlockKind::Age, asked: &[] };
            rules.push(Rule { cause, any: index.ages_up_to(age).collect(), without: None });
        }
        for tag in filter.no_tags.chunks(1) {
            let cause = Cause { kind: BlockKind::ForbiddenTag, asked: tag };
            let rows = tag.iter().filter_map(|tag| index.rows(&Value::tag(tag)));
            rules.extend(rows.map(|rows| Rule { cause, any: Vec::new(), without: Some(rows) }));
        }
        if let (Some(given), Some(restricted)) = (&filter.entitlements, index.rows(&Value::Restricted)) {
            let any = given.iter().filter_map(|text| index.rows(&Value::Entitlement(text.as_str().into())));
            let cause = Cause { kind: BlockKind::Entitlement, asked: given };
            rules.push(Rule { cause, any: any.collect(), without: Some(restricted) });
        }
        let unavailable = filter.time_utc_ms.map(|time| index.availability().unavailable(time));
        Selection { index, filter, rules, unavailable: unavailable.unwrap_or_default() }
    }

    /// The rules that a row with these attributes breaks, in the order in which they are applied; the last are those of
    /// availability.
    pub fn broken(&self, row: usize, attributes: &Attributes) -> Vec<Block> {
        let broken = self.rules.iter().filter(|rule| !rule.keeps(row));
        let mut blocks: Vec<Block> = broken.map(|rule| self.block(rule.cause, attributes)).collect();
        if let Some(time) = self.filter.time_utc_ms.filter(|time| !self.index.is_available(row, *time)) {
            let availability = self.index.availability();
            let (kind, bound) = match availability.first(row).filter(|first| *first > time) {
                Some(first) => (BlockKind::NotYetAvailable, first),
                None => (BlockKind::Expired, availability.until(row).unwrap_or(time)),
            };
            blocks.push(Block { found: bound as f64, asked: time as f64, ..Block::plain(kind) });
        }
        blocks
    }

    fn block(&self, cause: Cause<'_>, attributes: &Attributes) -> Block {
        match cause.kind {
            BlockKind::Age => {
                let asked = f64::from(self.filter.viewer_age.unwrap_or_default());
                match self.index.min_age(attributes) {
                    Some(age) => Block { found: f64::from(age), asked, ..Block::plain(BlockKind::Age) },
                    None => Block { asked, ..Block::plain(BlockKind::AgeUnknown) },
                }
            }
            BlockKind::Kind => {
                let names: Vec<&str> = self.filter.kinds.iter().map(|kind| kind.name()).collect();
                Block { text: joined(&names.join(", ")), ..Block::plain(BlockKind::Kind) }
            }
            kind => Block { text: joined(&cause.asked.join(", ")), ..Block::plain(kind) },
        }
    }

    /// The rows of `candidates` that keep all rules.
    pub fn select(&self, candidates: &Bitmap, call: &CallOptions) -> Result<Bitmap> {
        if self.rules.iter().any(Rule::is_impossible) {
            return Ok(Bitmap::default());
        }
        let mut in_time = Ok(());
        let selected = Bitmap::from_blocks(candidates.blocks(), |block, words| {
            if in_time.is_ok() {
                words.copy_from_slice(candidates.block(block));
                self.narrow(block, words);
                in_time = call.check();
            }
        });
        in_time.map(|()| selected)
    }

    fn narrow(&self, block: usize, words: &mut [u64]) {
        for rule in &self.rules {
            if words.iter().all(|word| *word == 0) {
                return;
            }
            rule.narrow(block, words);
        }
        let unavailable = self.unavailable.chunks(Bitmap::BLOCK_WORDS).nth(block).unwrap_or_default();
        words.iter_mut().zip(unavailable).for_each(|(word, out)| *word &= !out);
    }
}

impl Rule<'_> {
    fn keeps(&self, row: usize) -> bool {
        let is_any = self.any.iter().any(|rows| rows.contains(row));
        is_any || self.without.is_some_and(|without| !without.contains(row))
    }

    fn is_impossible(&self) -> bool {
        self.any.is_empty() && self.without.is_none()
    }

    fn narrow(&self, block: usize, words: &mut [u64]) {
        if let (None, [Posting::Many(rows)]) = (self.without, &self.any[..]) {
            return words.iter_mut().zip(rows.block(block)).for_each(|(word, kept)| *word &= kept);
        }
        let mut kept = [0; Bitmap::BLOCK_WORDS];
        if let Some(without) = self.without {
            without.or_into(block, &mut kept);
            kept.iter_mut().for_each(|word| *word = !*word);
        }
        self.any.iter().for_each(|rows| rows.or_into(block, &mut kept));
        words.iter_mut().zip(kept).for_each(|(word, kept)| *word &= kept);
    }
}

/// What a block says was asked for.
fn joined(texts: &str) -> String {
    beginning(texts, Block::TEXT_BYTES).to_owned()
}
