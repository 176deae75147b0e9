//! A filter against the index of attributes: which rows keep all of its rules, block by block of a
//! bitmap, so that what one rule leaves is still at hand for the next.

use super::attributes::{AttributeIndex, Value};
use super::posting::Posting;
use crate::domain::{CallOptions, Filter, Result};
use crate::vectors::Bitmap;

/// See the module.
#[derive(Debug)]
pub struct Selection<'a> {
    rules: Vec<Rule<'a>>,
    /// Rows that cannot be watched at the filter's time.
    unavailable: Vec<u64>,
}

/// Rows keep it that have one of some values, or not a certain other one.
#[derive(Debug, Default)]
struct Rule<'a> {
    any: Vec<&'a Posting>,
    without: Option<&'a Posting>,
}

impl<'a> Selection<'a> {
    pub fn new(index: &'a AttributeIndex, filter: &Filter) -> Self {
        let mut rules = Vec::new();
        let mut any_of = |values: &mut dyn Iterator<Item = Value>| {
            rules.push(Rule { any: values.filter_map(|value| index.rows(&value)).collect(), without: None });
        };
        for tag in &filter.all_tags {
            any_of(&mut [Value::tag(tag)].into_iter());
        }
        if !filter.any_tags.is_empty() {
            any_of(&mut filter.any_tags.iter().map(|tag| Value::tag(tag)));
        }
        if !filter.kinds.is_empty() {
            any_of(&mut filter.kinds.iter().map(|kind| Value::kind(*kind)));
        }
        if !filter.audio_languages.is_empty() {
            any_of(&mut filter.audio_languages.iter().map(|range| Value::audio(range)));
        }
        if !filter.subtitle_languages.is_empty() {
            any_of(&mut filter.subtitle_languages.iter().map(|range| Value::subtitle(range)));
        }
        if let Some(age) = filter.viewer_age {
            rules.push(Rule { any: index.ages_up_to(age).collect(), without: None });
        }
        for tag in &filter.no_tags {
            rules.extend(index.rows(&Value::tag(tag)).map(|rows| Rule { any: Vec::new(), without: Some(rows) }));
        }
        if let (Some(given), Some(restricted)) = (&filter.entitlements, index.rows(&Value::Restricted)) {
            let any = given.iter().filter_map(|text| index.rows(&Value::Entitlement(text.as_str().into())));
            rules.push(Rule { any: any.collect(), without: Some(restricted) });
        }
        let unavailable = filter.time_utc_ms.map(|time| index.availability().unavailable(time));
        Selection { rules, unavailable: unavailable.unwrap_or_default() }
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
