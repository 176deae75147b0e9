//! What a title is found by when somebody types on a remote control: its words, its Chinese characters, and the
//! pinyin of all readings of each. A title becomes a short row of units; a typed text is matched against such rows
//! (`matching.rs`), so that nothing has to be listed in advance: neither prefixes nor the product of all readings.
//! Signatures (`signature.rs`) pass over most titles without a look at their units.
//!
//! Case, accents, widths and the difference between traditional and simplified characters go before (`folding.rs`).

mod distance;
mod folding;
mod matching;
mod readings;
mod signature;

pub use matching::{Closeness, Extent, SearchText, Spelling};
pub use signature::Signature;

use folding::{APOSTROPHE, Folded, folded, is_ideograph, is_of_words};
use readings::{initials, usual_initial};

/// Units of a title that are searched; nobody types more.
const UNITS: usize = 128;

/// Bytes of a title's words that are kept.
const WORD_BYTES: usize = 1_024;

/// The units of one title. Built once, when the title is known; 12 bytes a unit and the words' text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchKeys {
    units: Box<[Unit]>,
    /// The words, one behind the other.
    words: Box<str>,
}

/// What a match may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A run of letters and digits: where it stands among the words, and which letters it has.
    Word { start: u16, end: u16, letters: Letters },
    /// A character that stands for itself: how it is compared, how it is written, and what its readings begin with.
    Character { folded: char, written: char, initials: Letters },
}

impl SearchKeys {
    /// The keys of a title as its owner writes it; none when it has neither letter nor digit.
    pub fn of(title: &str) -> Option<SearchKeys> {
        let (mut units, mut words) = (Vec::new(), String::new());
        for piece in pieces(title).take(UNITS) {
            match piece {
                Piece::Word(mut word) => {
                    word.truncate(word.floor_char_boundary(WORD_BYTES - words.len()));
                    let start = words.len() as u16;
                    words.push_str(&word);
                    units.push(Unit::Word { start, end: words.len() as u16, letters: Letters::of(&word) });
                }
                Piece::Separator => {}
                Piece::Character { folded, written } => {
                    let mut initials = initials(folded, written);
                    initials.mark(usual_initial(written));
                    units.push(Unit::Character { folded, written, initials });
                }
            }
        }
        (!units.is_empty()).then(|| SearchKeys { units: units.into(), words: words.into() })
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.units) + self.words.len()
    }

    fn word(&self, start: u16, end: u16) -> &str {
        self.words.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// A text cut where a match may begin.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    Character {
        folded: char,
        written: char,
    },
    /// At least one blank or sign.
    Separator,
}

/// What French and Italian put before an apostrophe: the word behind it is looked for without it, and so is a word of its
/// own. Any other apostrophe is no more than left out.
const ELIDED: [&str; 22] = [
    "l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quelqu", "un", "all", "dall", "dell",
    "nell", "sull", "coll", "quest", "quell",
];

/// The pieces of a text; separators stand between others only.
fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let mut is_separated = false;
    for Folded { folded, written } in folded(text) {
        let is_character = is_ideograph(folded);
        if folded == APOSTROPHE {
            if ELIDED.contains(&word.as_str()) {
                flush(&mut word, &mut is_separated, &mut pieces);
            }
            continue;
        }
        if !is_character && is_of_words(folded) {
            word.push(folded);
            continue;
        }
        flush(&mut word, &mut is_separated, &mut pieces);
        if is_character {
            separate(&mut is_separated, &mut pieces);
            pieces.push(Piece::Character { folded, written });
        } else {
            is_separated = !pieces.is_empty();
        }
    }
    flush(&mut word, &mut is_separated, &mut pieces);
    pieces.into_iter()
}

fn flush(word: &mut String, is_separated: &mut bool, pieces: &mut Vec<Piece>) {
    if !word.is_empty() {
        separate(is_separated, pieces);
        pieces.push(Piece::Word(std::mem::take(word)));
    }
}

fn separate(is_separated: &mut bool, pieces: &mut Vec<Piece>) {
    if std::mem::take(is_separated) {
        pieces.push(Piece::Separator);
    }
}

/// A set of the letters a to z; one more member stands for all other characters. One of the letters may be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Letters(u32);

impl Letters {
    const OTHER: u32 = 26;
    /// Where the marked letter's number stands, counted from 1.
    const MARK: u32 = 27;
    const MEMBERS: u32 = (1 << Letters::MARK) - 1;

    fn of(text: &str) -> Self {
        Letters(text.chars().fold(0, |set, character| set | Letters::one(character).0))
    }

    fn one(character: char) -> Self {
        match character {
            'a'..='z' => Letters(1 << (character as u32 - 'a' as u32)),
            _ => Letters(1 << Letters::OTHER),
        }
    }

    /// The letters on a key of a telephone's keypad (ITU-T E.161); none for what is no such key.
    fn on_key(digit: char) -> Self {
        match digit {
            '2' => Letters::of("abc"),
            '3' => Letters::of("def"),
            '4' => Letters::of("ghi"),
            '5' => Letters::of("jkl"),
            '6' => Letters::of("mno"),
            '7' => Letters::of("pqrs"),
            '8' => Letters::of("tuv"),
            '9' => Letters::of("wxyz"),
            _ => Letters::default(),
        }
    }

    fn insert(&mut self, other: Letters) {
        self.0 |= other.0;
    }

    fn mark(&mut self, letter: Option<char>) {
        let number = letter.filter(char::is_ascii_lowercase).map_or(0, |letter| letter as u32 - 'a' as u32 + 1);
        self.0 = self.0 & Letters::MEMBERS | number << Letters::MARK;
    }

    /// The marked letter alone.
    fn marked(self) -> Self {
        Letters((1 << (self.0 >> Letters::MARK)) >> 1)
    }

    fn meets(self, other: Letters) -> bool {
        self.0 & other.0 & Letters::MEMBERS != 0
    }

    /// How many members of this set another has not.
    fn missing_in(self, other: Letters) -> u32 {
        (self.0 & !other.0 & Letters::MEMBERS).count_ones()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |piece| match piece {
            Piece::Word(word) => word,
            Piece::Character { folded, .. } => folded.to_string(),
            Piece::Separator => "|".to_owned(),
        };
        pieces(text).map(show).collect()
    }

    #[test]
    fn a_text_is_cut_where_a_match_may_begin() {
        assert_eq!(shown("  WALL·E: <b>Café</b> "), ["wall", "|", "e", "|", "cafe"]);
        assert_eq!(shown("無間道II"), ["无", "间", "道", "ii"]);
        assert_eq!(shown("Don't X戰警 3"), ["dont", "|", "x", "战", "警", "|", "3"]);
        assert_eq!(shown("…!"), [] as [&str; 0]);
    }

    #[test]
    fn a_unit_is_small_and_a_title_of_any_length_is_taken() {
        assert_eq!(size_of::<Unit>(), 12);
        assert!(SearchKeys::of(" — ").is_none());
        let long = "word 字".repeat(700);
        let keys = SearchKeys::of(&long).unwrap();
        assert!(keys.units.len() <= UNITS && keys.bytes() < 4_096);
        assert!(SearchKeys::of(&"x".repeat(4_096)).is_none_or(|keys| keys.bytes() < 4_096));
    }
}
