//! What queries filter by: for each value of an attribute the rows that have it, and when each row can be watched. Also
//! what rules and profiles name videos by: tags and series. Part of the catalogue: cloning is cheap and shares
//! everything, and a change copies only what it touches.

use std::sync::Arc;

use rpds::{HashTrieMapSync, VectorSync};

use super::availability::{Availability, Window};
use super::posting::Posting;
use super::tag_index::normal;
use crate::domain::{Filter, Kind, Video};

/// One value of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Kind(i32),
    MinAge(u8),
    /// A language range that the sound matches, in small letters.
    Audio(Arc<str>),
    Subtitle(Arc<str>),
    /// The video needs an entitlement.
    Restricted,
    Entitlement(Arc<str>),
    /// In its normal form.
    Tag(Arc<str>),
    /// The id of the series that it belongs to.
    Series(Arc<str>),
}

impl Value {
    pub fn kind(kind: Kind) -> Self {
        Value::Kind(kind as i32)
    }

    pub fn audio(range: &str) -> Self {
        Value::Audio(range.to_ascii_lowercase().into())
    }

    pub fn subtitle(range: &str) -> Self {
        Value::Subtitle(range.to_ascii_lowercase().into())
    }

    pub fn tag(tag: &str) -> Self {
        Value::Tag(normal(tag).into())
    }

    pub fn series(id: &str) -> Self {
        Value::Series(id.into())
    }

    fn text(&self) -> &str {
        match self {
            Value::Audio(text)
            | Value::Subtitle(text)
            | Value::Entitlement(text)
            | Value::Tag(text)
            | Value::Series(text) => text,
            Value::Kind(_) | Value::MinAge(_) | Value::Restricted => "",
        }
    }
}

/// What a video's owner says that queries filter by.
#[derive(Debug, Clone)]
pub enum Attributes {
    /// As described.
    Described(Box<Description>),
    /// The numbers of its values in the index that knows them.
    Indexed(Box<[u32]>),
}

#[derive(Debug, Clone)]
pub struct Description {
    values: Vec<Value>,
    window: Window,
}

impl Default for Attributes {
    fn default() -> Self {
        Attributes::Indexed(Box::default())
    }
}

impl Attributes {
    pub fn of(video: &Video) -> Self {
        let mut values = Vec::new();
        values.extend(video.kind.map(Value::kind));
        values.extend(video.min_age.map(Value::MinAge));
        let ranges = |tags: &[String], value: fn(&str) -> Value| {
            tags.iter().flat_map(|tag| ranges(tag).map(value)).collect::<Vec<Value>>()
        };
        values.extend(ranges(&video.audio_languages, Value::audio));
        values.extend(ranges(&video.subtitle_languages, Value::subtitle));
        values.extend(video.entitlements.first().map(|_| Value::Restricted));
        values.extend(video.entitlements.iter().map(|text| Value::Entitlement(text.as_str().into())));
        values.extend(video.tags.iter().map(|tag| Value::tag(tag)).filter(|tag| !tag.text().is_empty()));
        values.extend(Some(video.series_id.as_str()).filter(|id| !id.is_empty()).map(Value::series));
        values.sort_unstable();
        values.dedup();
        let window = Window::new(video.available_from_utc_ms, video.available_until_utc_ms);
        Attributes::Described(Box::new(Description { values, window }))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Attributes::Described(_) => 0,
            Attributes::Indexed(numbers) => size_of_val(&**numbers),
        }
    }
}

/// The language ranges that a tag matches by basic filtering (RFC 4647, section 3.3.1): itself, what
/// stands before each of its hyphens, and the wildcard.
fn ranges(tag: &str) -> impl Iterator<Item = &str> {
    let prefixes = tag.match_indices('-').map(|(end, _)| &tag[..end]);
    prefixes.chain([tag, Filter::ANY_LANGUAGE])
}

/// The rows with a value, and the value, by which its number is found.
#[derive(Debug, Clone)]
struct Entry {
    value: Value,
    rows: Posting,
}

impl Entry {
    /// What the entry's places in the two persistent structures cost, roughly.
    const FIXED_BYTES: usize = 256;

    fn bytes(&self) -> usize {
        Self::FIXED_BYTES + self.value.text().len() + self.rows.bytes()
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct AttributeIndex {
    numbers: HashTrieMapSync<Value, u32>,
    /// By the number of their values.
    entries: VectorSync<Option<Entry>>,
    /// Numbers that no value has any more.
    free: VectorSync<u32>,
    availability: Availability,
    /// Rows seen so far, which decides how postings are kept.
    rows: usize,
    entry_bytes: usize,
}

impl Default for AttributeIndex {
    fn default() -> Self {
        AttributeIndex {
            numbers: HashTrieMapSync::new_sync(),
            entries: VectorSync::new_sync(),
            free: VectorSync::new_sync(),
            availability: Availability::default(),
            rows: 0,
            entry_bytes: 0,
        }
    }
}

impl AttributeIndex {
    pub fn bytes(&self) -> usize {
        self.entry_bytes + self.availability.bytes()
    }

    /// The rows with this value.
    pub fn rows(&self, value: &Value) -> Option<&Posting> {
        let number = *self.numbers.get(value)?;
        self.entries.get(number as usize)?.as_ref().map(|entry| &entry.rows)
    }

    /// The minimum ages that videos have, up to this one.
    pub fn ages_up_to(&self, age: u32) -> impl Iterator<Item = &Posting> {
        let most = u8::try_from(age).unwrap_or(u8::MAX);
        (0..=most).filter_map(|age| self.rows(&Value::MinAge(age)))
    }

    pub fn availability(&self) -> &Availability {
        &self.availability
    }

    /// From when on a row's video can be watched, milliseconds since 1970-01-01 UTC; none: always.
    pub fn available_from(&self, row: usize) -> Option<i64> {
        self.availability.first(row)
    }

    /// Whether a row's video can be watched at a time.
    pub fn is_available(&self, row: usize, time_utc_ms: i64) -> bool {
        self.availability.contains(row, time_utc_ms)
    }

    /// The tags among a video's attributes.
    pub fn tags<'a>(&'a self, attributes: &'a Attributes) -> impl Iterator<Item = &'a str> {
        self.counted_tags(attributes).map(|(tag, _)| tag)
    }

    /// The same with how many rows have each.
    pub fn counted_tags<'a>(&'a self, attributes: &'a Attributes) -> impl Iterator<Item = (&'a str, usize)> {
        let numbers = match attributes {
            Attributes::Indexed(numbers) => &numbers[..],
            Attributes::Described(_) => &[],
        };
        numbers.iter().filter_map(|number| {
            let entry = self.entries.get(*number as usize)?.as_ref()?;
            match &entry.value {
                Value::Tag(tag) => Some((tag.as_ref(), entry.rows.count())),
                _ => None,
            }
        })
    }

    /// Of the tags among both videos' attributes the one that fewest rows have, the first by its text of several.
    pub fn shared_tag<'a>(&'a self, one: &Attributes, other: &Attributes) -> Option<&'a str> {
        let (Attributes::Indexed(one), Attributes::Indexed(other)) = (one, other) else { return None };
        let shared = one.iter().filter(|number| other.contains(number));
        let tags = shared.filter_map(|number| {
            let entry = self.entries.get(*number as usize)?.as_ref()?;
            let Value::Tag(tag) = &entry.value else { return None };
            Some((entry.rows.count(), tag.as_ref()))
        });
        tags.min().map(|(_, tag)| tag)
    }

    /// The least age of a video's attributes, in years; none where it is not known.
    pub fn min_age(&self, attributes: &Attributes) -> Option<u8> {
        let numbers = match attributes {
            Attributes::Indexed(numbers) => &numbers[..],
            Attributes::Described(_) => &[],
        };
        numbers.iter().find_map(|number| match self.entries.get(*number as usize)?.as_ref()?.value {
            Value::MinAge(age) => Some(age),
            _ => None,
        })
    }

    /// Takes a row's attributes in and returns them as [`AttributeIndex::remove`] takes them.
    pub fn add(&mut self, row: usize, attributes: Attributes) -> Attributes {
        let Attributes::Described(description) = attributes else {
            return attributes;
        };
        self.rows = self.rows.max(row + 1);
        self.availability.set(row, description.window);
        Attributes::Indexed(description.values.into_iter().map(|value| self.add_value(row, value)).collect())
    }

    /// Takes them out, but for the row's window: that goes when the row is used again, and mostly it is
    /// the same one then.
    pub fn remove(&mut self, row: usize, attributes: &Attributes) {
        if let Attributes::Indexed(numbers) = attributes {
            numbers.iter().for_each(|number| self.remove_value(row, *number));
        }
    }

    fn add_value(&mut self, row: usize, value: Value) -> u32 {
        let number = self.numbers.get(&value).copied().unwrap_or_else(|| self.add_entry(value));
        let rows = self.rows;
        self.change(number, |posting| posting.insert(row, rows));
        number
    }

    fn remove_value(&mut self, row: usize, number: u32) {
        let rows = self.rows;
        self.change(number, |posting| posting.remove(row, rows));
        let Some(Some(entry)) = self.entries.get(number as usize).filter(|entry| is_unused(entry)) else {
            return;
        };
        self.entry_bytes -= entry.bytes();
        self.numbers.remove_mut(&entry.value);
        self.entries.set_mut(number as usize, None);
        self.free.push_back_mut(number);
    }

    fn add_entry(&mut self, value: Value) -> u32 {
        let entry = Entry { value: value.clone(), rows: Posting::default() };
        self.entry_bytes += entry.bytes();
        let number = match self.free.last().copied() {
            Some(number) => {
                self.free.drop_last_mut();
                self.entries.set_mut(number as usize, Some(entry));
                number
            }
            None => {
                self.entries.push_back_mut(Some(entry));
                self.entries.len() as u32 - 1
            }
        };
        self.numbers.insert_mut(value, number);
        number
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Posting)) {
        if let Some(Some(entry)) = self.entries.get_mut(number as usize) {
            self.entry_bytes -= entry.bytes();
            change(&mut entry.rows);
            self.entry_bytes += entry.bytes();
        }
    }
}

fn is_unused(entry: &Option<Entry>) -> bool {
    entry.as_ref().is_some_and(|entry| entry.rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> Video {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Video {
            kind: Some(Kind::Movie),
            min_age: Some(12),
            available_from_utc_ms: Some(5),
            audio_languages: list(&["zh-Hans-CN", "zh-TW"]),
            entitlements: list(&["sport"]),
            tags: list(&["Space ", "space", " ", "科幻"]),
            ..Video::default()
        }
    }

    #[test]
    fn values_come_and_go() {
        let mut index = AttributeIndex::default();
        let count = |index: &AttributeIndex, value: Value| index.rows(&value).map_or(0, Posting::count);
        let first = index.add(0, Attributes::of(&described()));
        let second = index.add(1, Attributes::of(&Video { min_age: Some(0), ..described() }));
        let before = index.clone();
        for range in ["zh", "zh-Hans", "ZH-hans-cn", "zh-tw", "*"] {
            assert_eq!((range, count(&index, Value::audio(range))), (range, 2));
        }
        assert_eq!((count(&index, Value::audio("z")), count(&index, Value::subtitle("*"))), (0, 0));
        assert_eq!((count(&index, Value::tag("SPACE")), count(&index, Value::Restricted)), (2, 2));
        assert_eq!((index.ages_up_to(11).count(), index.ages_up_to(4_000).count()), (1, 2));
        index.remove(0, &first);
        assert_eq!((count(&index, Value::MinAge(12)), count(&index, Value::kind(Kind::Movie))), (0, 1));
        index.remove(1, &second);
        assert!(index.numbers.is_empty() && index.entry_bytes == 0);
        let again = index.add(1, Attributes::of(&described()));
        assert_eq!(index.entries.len(), before.entries.len(), "numbers are used again");
        index.remove(1, &again);
        assert_eq!((count(&before, Value::tag("科幻")), index.entry_bytes), (2, 0));
    }
}
