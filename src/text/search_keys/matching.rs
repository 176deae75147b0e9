//! A typed text against the keys of a title: which letters may stand for which unit, and how close the two are.
//!
//! A match runs over units that follow each other. Each takes some of the letters: a word all of its own, a character
//! itself or a beginning of any of its readings, and the last one may be left half typed. Since a unit can often take
//! several numbers of letters, the positions reached are kept as sets, one for each kind of spelling, and all of
//! them go on together: every reading of every character counts, and none has to be listed.

use std::cell::Cell;
use std::ops::Range;

use super::distance::{TYPED, prefix_distance};
use super::readings::{readings, typed};
use super::signature::{Needed, Signature};
use super::{Letters, Piece, SearchKeys, Unit, is_ideograph, pieces};
use crate::domain::SearchWays;

/// Letters of a typed text that count.
const MOST_LETTERS: usize = 120;

/// Steps of one comparison, each of some ten nanoseconds: a unit that takes letters from one position on. Titles that
/// people give take a few hundred; what one made to be slow has behind the last step is not compared.
const MOST_STEPS: usize = 20_000;
/// What the distance from one word costs in steps.
const STEPS_OF_DISTANCE: usize = 50;

/// Steps that are left for a comparison.
struct Steps(Cell<usize>);

impl Steps {
    fn all() -> Steps {
        Steps(Cell::new(MOST_STEPS))
    }

    /// Whether so many were left.
    fn take(&self, count: usize) -> bool {
        let left = self.0.get().checked_sub(count);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// How the letters of a match spell the title, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// As it is written.
    Written,
    /// At least one character by its usual reading, or a word by the keys of its letters.
    UsualReading,
    /// At least one character by another of its readings.
    OtherReading,
    /// With one letter too many, missing, wrong or swapped with its neighbour.
    OneMistake,
    TwoMistakes,
}

/// How much of the title a match has, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    Whole,
    Beginning,
    /// From a later word or character on, or word by word.
    Inside,
}

/// How close a title is to what was typed; less is closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Closeness {
    pub spelling: Spelling,
    pub extent: Extent,
    /// Thousandths of the title that were not typed.
    pub rest: u16,
}

/// Thousandths that make a whole.
const WHOLE: usize = 1_000;

impl Closeness {
    /// `taken` is the number of units that the letters took, in thousandths.
    fn new(spelling: Spelling, extent: Extent, taken: usize, keys: &SearchKeys) -> Self {
        let share = taken.div_ceil(keys.units.len()).min(WHOLE);
        Closeness { spelling, extent, rest: (WHOLE - share) as u16 }
    }
}

/// What somebody typed, made ready to be compared with many titles.
#[derive(Debug, Clone)]
pub struct SearchText {
    whole: Run,
    /// The same without its blanks, where it has any.
    joined: Option<Run>,
    /// What stands between blanks, where that is more than one.
    words: Vec<Run>,
    ways: SearchWays,
}

impl SearchText {
    /// None when nothing in the text can be looked for in a title, or when the ways do not lead there.
    pub fn of(text: &str, ways: SearchWays) -> Option<SearchText> {
        let (mut letters, mut starts) = (Vec::new(), vec![0]);
        for piece in pieces(text) {
            match piece {
                Piece::Word(word) => letters.extend(word.chars()),
                Piece::Character { folded, .. } => letters.push(folded),
                Piece::Separator => starts.push(letters.len()),
            }
        }
        letters.truncate(MOST_LETTERS);
        starts.retain(|start| *start < letters.len());
        if letters.is_empty() || !ways.titles() {
            return None;
        }
        // Digits among letters are meant as they are.
        let ways = SearchWays { keypad: ways.keypad && letters.iter().all(char::is_ascii_digit), ..ways };
        let run = |range: Range<usize>, starts: &[usize]| Run::new(&letters[range], starts, ways);
        let ends = starts[1..].iter().copied().chain([letters.len()]);
        let words: Vec<Run> = starts.iter().zip(ends).map(|(start, end)| run(*start..end, &[])).collect();
        let is_one = words.len() == 1;
        Some(SearchText {
            whole: run(0..letters.len(), &starts[1..]),
            joined: (!is_one).then(|| run(0..letters.len(), &[])),
            words: if is_one { Vec::new() } else { words },
            ways,
        })
    }

    /// Whether it says too little for its meaning to be worth a run of the model: one word of at most two letters, or
    /// of digits.
    pub fn is_keystroke(&self) -> bool {
        let letters = &self.whole.letters;
        let is_short = letters.len() <= 2 && letters.iter().all(char::is_ascii_alphanumeric);
        self.words.is_empty() && (is_short || letters.iter().all(char::is_ascii_digit))
    }

    /// Whether [`SearchText::exact`] may find a title with this signature; mostly the answer is no.
    pub fn may_be(&self, signature: &Signature) -> bool {
        let words = if self.words.is_empty() { std::slice::from_ref(&self.whole) } else { &self.words };
        words.iter().all(|word| signature.has(&word.needed))
    }

    /// Whether [`SearchText::with_mistakes`] may.
    pub fn may_be_with_mistakes(&self, signature: &Signature) -> bool {
        let words = if self.words.is_empty() { std::slice::from_ref(&self.whole) } else { &self.words };
        let may_be = |word: &Run| {
            let nearly =
                || signature.has_pairs(&word.needed, word.letters.len() - 1 - PAIRS_OF_A_MISTAKE * word.mistakes);
            (word.mistakes > 0 && nearly()) || signature.has(&word.needed)
        };
        words.iter().all(may_be) || self.joined.as_ref().is_some_and(|joined| signature.has(&joined.needed))
    }

    /// How close the title is, when all letters are right.
    pub fn exact(&self, keys: &SearchKeys) -> Option<Closeness> {
        let steps = Steps::all();
        let in_any_order = || match self.words.is_empty() || !self.ways.words {
            true => None,
            false => self.word_by_word(keys, |run| Some((run.written(keys, &steps)?, 0))),
        };
        self.whole.best(keys, &steps).or_else(in_any_order)
    }

    /// How close the title is, with one or two mistakes.
    pub fn with_mistakes(&self, keys: &SearchKeys) -> Option<Closeness> {
        if !self.ways.words {
            return None;
        }
        let steps = Steps::all();
        let joined = self.joined.as_ref().and_then(|run| run.best(keys, &steps));
        if let Some(closeness) = joined.filter(|closeness| closeness.spelling == Spelling::Written) {
            return Some(Closeness { spelling: Spelling::OneMistake, ..closeness });
        }
        self.word_by_word(keys, |run| match run.written(keys, &steps) {
            Some(closeness) => Some((closeness, 0)),
            None => run.nearest_word(keys, &steps),
        })
    }

    /// Whether words with mistakes can be found at all.
    pub fn allows_mistakes(&self) -> bool {
        self.ways.words && (self.joined.is_some() || self.whole.mistakes > 0)
    }

    /// All words somewhere in the title, in any order; `find` gives each word's closeness and mistakes.
    fn word_by_word(&self, keys: &SearchKeys, find: impl Fn(&Run) -> Option<(Closeness, usize)>) -> Option<Closeness> {
        let one = std::slice::from_ref(&self.whole);
        let words = if self.words.is_empty() { one } else { &self.words };
        let (mut mistakes, mut taken) = (0, 0);
        for word in words {
            let (closeness, missed) = find(word)?;
            mistakes += missed;
            if mistakes > 2 {
                return None;
            }
            taken += (WHOLE - usize::from(closeness.rest)) * keys.units.len();
        }
        let spelling = match mistakes {
            0 => Spelling::Written,
            1 => Spelling::OneMistake,
            2 => Spelling::TwoMistakes,
            _ => return None,
        };
        Some(Closeness::new(spelling, Extent::Inside, taken, keys))
    }
}

/// Pairs of neighbours that one mistake takes away at most: those of two letters that change places.
const PAIRS_OF_A_MISTAKE: usize = 3;

/// Letters that follow each other.
#[derive(Debug, Clone)]
struct Run {
    letters: Vec<char>,
    /// Bits of the positions at which a unit has to end: blanks, and the end of all.
    ends: u128,
    /// What the initial of a reading has to be among.
    initials: Letters,
    set: Letters,
    needed: Needed,
    /// How many letters may be wrong.
    mistakes: usize,
    ways: SearchWays,
}

/// Positions among the letters, as bits: reached as written, by usual readings, by others.
type Reached = [u128; 3];
const SPELLINGS: [Spelling; 3] = [Spelling::Written, Spelling::UsualReading, Spelling::OtherReading];

impl Run {
    fn new(letters: &[char], blanks: &[usize], ways: SearchWays) -> Self {
        let mut initials = Letters::default();
        if ways.keypad {
            initials.insert(Letters::on_key(letters[0]));
        }
        if ways.pinyin {
            initials.insert(Letters::one(letters[0]));
        }
        let ends = blanks.iter().chain([&letters.len()]).fold(0, |ends, end| ends | 1 << end);
        let is_of_letters = letters.iter().all(|letter| letter.is_alphabetic() && !is_ideograph(*letter));
        let mistakes = match letters.len() {
            5..=7 if is_of_letters => 1,
            8..=TYPED if is_of_letters => 2,
            _ => 0,
        };
        let set = letters.iter().fold(Letters::default(), |set, letter| Letters(set.0 | Letters::one(*letter).0));
        let needed = Needed::of(letters, ways.keypad);
        Run { letters: letters.to_vec(), ends, initials, set, needed, mistakes, ways }
    }

    /// The closest of all matches with a title by a spelling that the ways allow.
    fn best(&self, keys: &SearchKeys, steps: &Steps) -> Option<Closeness> {
        let begins = |start: &usize| self.can_begin(keys, keys.units[*start]);
        (0..keys.units.len()).filter(begins).filter_map(|start| self.match_from(keys, start, steps)).min()
    }

    /// The same for a match as the title is written: initials in any order would be in too many titles.
    fn written(&self, keys: &SearchKeys, steps: &Steps) -> Option<Closeness> {
        self.best(keys, steps).filter(|closeness| closeness.spelling == Spelling::Written)
    }

    /// Whether the first letter fits; cheap, and mostly the answer is no.
    fn can_begin(&self, keys: &SearchKeys, unit: Unit) -> bool {
        match unit {
            Unit::Word { start, end, .. } => {
                keys.word(start, end).chars().next().is_some_and(|first| self.fit(self.letters[0], first).is_some())
            }
            Unit::Character { folded, initials, .. } => folded == self.letters[0] || initials.meets(self.initials),
        }
    }

    /// The closest match that begins with this unit.
    fn match_from(&self, keys: &SearchKeys, start: usize, steps: &Steps) -> Option<Closeness> {
        // As it is written, it is found by words alone: a reading may be there as well.
        let first = usize::from(!self.ways.words);
        let mut best: Option<Closeness> = None;
        let mut reached: Reached = [1, 0, 0];
        for (index, unit) in keys.units.iter().enumerate().skip(start) {
            let mut next: Reached = [0; 3];
            let mut end_inside_word = None;
            for (spelling, positions) in reached.into_iter().enumerate() {
                for position in bits(positions) {
                    if !steps.take(1) {
                        return best;
                    }
                    let inside = self.take(keys, *unit, position, |length, by| {
                        next[spelling.max(by)] |= 1 << (position + length);
                    });
                    let inside = inside.map(|(by, share)| (spelling.max(by), share)).filter(|(by, _)| *by >= first);
                    end_inside_word = inside.into_iter().chain(end_inside_word).min();
                }
            }
            let whole = start == 0 && index + 1 == keys.units.len();
            let complete = (first..next.len()).find(|by| next[*by] >> self.letters.len() & 1 == 1);
            let ends = complete.map(|by| (by, WHOLE, whole)).into_iter();
            for (by, share, whole) in ends.chain(end_inside_word.map(|(by, share)| (by, share, false))) {
                let extent = match (whole, start) {
                    (true, _) => Extent::Whole,
                    (false, 0) => Extent::Beginning,
                    _ => Extent::Inside,
                };
                let found = Closeness::new(SPELLINGS[by], extent, (index - start) * WHOLE + share, keys);
                best = best.into_iter().chain([found]).min();
            }
            reached = next;
            if reached == [0; 3] {
                break;
            }
        }
        best
    }

    /// Tells `taken` of every number of letters that a unit can take from a position on, and by which spelling. Where
    /// the letters end inside a word, returns the spelling and the share of the word that was typed.
    fn take(
        &self,
        keys: &SearchKeys,
        unit: Unit,
        position: usize,
        mut taken: impl FnMut(usize, usize),
    ) -> Option<(usize, usize)> {
        let letters = self.letters.get(position..self.end_after(position)).filter(|letters| !letters.is_empty())?;
        match unit {
            Unit::Word { start, end, .. } => {
                let word = keys.word(start, end);
                let (mut length, mut by) = (0, 0);
                for (letter, other) in letters.iter().zip(word.chars()) {
                    by = by.max(self.fit(*letter, other)?);
                    length += 1;
                }
                let word_length = word.chars().count();
                if length == word_length {
                    taken(length, by);
                } else if position + length == self.letters.len() {
                    return Some((by, length * WHOLE / word_length));
                }
            }
            Unit::Character { folded, written, initials } => {
                if letters[0] == folded {
                    taken(1, 0);
                }
                let first = self.letters_of(letters[0]);
                if letters.len() == 1 && initials.meets(first) {
                    taken(1, if initials.marked().meets(first) { 1 } else { 2 });
                } else if initials.meets(first) {
                    for (number, reading) in readings(folded, written).enumerate() {
                        let fits =
                            letters.iter().zip(reading.chars()).take_while(|pair| self.fits_reading(*pair.0, pair.1));
                        (1..=fits.count()).for_each(|length| taken(length, if number == 0 { 1 } else { 2 }));
                    }
                }
            }
        }
        None
    }

    /// The end of the letters that one unit may take from a position on.
    fn end_after(&self, position: usize) -> usize {
        let later = self.ends >> (position + 1);
        if later == 0 { position } else { position + 1 + later.trailing_zeros() as usize }
    }

    /// By which spelling a typed letter stands for one of a word; none when it does not.
    fn fit(&self, letter: char, other: char) -> Option<usize> {
        if letter == other {
            return Some(0);
        }
        (self.ways.keypad && Letters::on_key(letter).meets(Letters::one(other))).then_some(1)
    }

    fn fits_reading(&self, letter: char, other: char) -> bool {
        let typed = typed(other);
        (self.ways.pinyin && typed.contains(letter))
            || (self.ways.keypad && Letters::on_key(letter).meets(Letters::of(typed)))
    }

    /// The letters of readings that a typed one may stand for.
    fn letters_of(&self, letter: char) -> Letters {
        let mut letters = if self.ways.pinyin { Letters::one(letter) } else { Letters::default() };
        if self.ways.keypad {
            letters.insert(Letters::on_key(letter));
        }
        letters
    }

    /// The word of a title that is nearest to these letters, with its mistakes.
    fn nearest_word(&self, keys: &SearchKeys, steps: &Steps) -> Option<(Closeness, usize)> {
        if self.mistakes == 0 {
            return None;
        }
        let distance = |unit: &Unit| match *unit {
            Unit::Word { start, end, letters }
                if self.set.missing_in(letters) <= self.mistakes as u32 && steps.take(STEPS_OF_DISTANCE) =>
            {
                prefix_distance(&self.letters, keys.word(start, end), self.mistakes)
            }
            _ => None,
        };
        let mistakes = keys.units.iter().filter_map(distance).min()?;
        Some((Closeness::new(Spelling::OneMistake, Extent::Inside, WHOLE, keys), mistakes))
    }
}

/// The numbers of the bits that are set.
fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, title: &str) -> Option<(Spelling, Extent)> {
        let (text, keys) = (SearchText::of(text, SearchWays::TITLES)?, SearchKeys::of(title)?);
        let found = text.exact(&keys).or_else(|| text.with_mistakes(&keys))?;
        Some((found.spelling, found.extent))
    }

    const USUAL: Spelling = Spelling::UsualReading;
    const OTHER: Spelling = Spelling::OtherReading;

    #[test]
    fn initials_find_chinese_titles() {
        for (typed, title, spelling) in [
            ("rgzn", "人工智能", USUAL),
            ("djdh", "大江大河", USUAL),
            ("cqsl", "重庆森林", OTHER),
            ("zhz", "甄嬛传", OTHER),
            ("wjd", "無間道", USUAL),
            ("wjd", "无间道", USUAL),
            ("7496", "人工智能", USUAL),
        ] {
            let found = find(typed, title);
            assert_eq!((typed, found), (typed, Some((spelling, Extent::Whole))));
        }
        assert_eq!(find("zqsl", "重庆森林"), Some((USUAL, Extent::Whole)));
        assert_eq!(find("rgzk", "人工智能"), None);
        assert_eq!(find("7490", "人工智能"), None);
    }

    #[test]
    fn pinyin_is_typed_whole_by_initials_or_half_and_half() {
        for typed in ["rengongzhineng", "rengzn", "rgzhineng", "rgzhn", "ren gong zhi neng", "RenGong"] {
            let found = find(typed, "人工智能").map(|found| found.0);
            assert_eq!((typed, found), (typed, Some(USUAL)));
        }
        assert_eq!(find("rengon", "人工智能"), Some((USUAL, Extent::Beginning)));
        assert_eq!(find("zhineng", "人工智能"), Some((USUAL, Extent::Inside)));
        assert_eq!(find("73646649446364", "人工智能"), Some((USUAL, Extent::Whole)));
        assert_eq!(find("xian", "西安"), Some((USUAL, Extent::Whole)));
        assert_eq!(find("xi'an", "西安"), Some((USUAL, Extent::Whole)));
        for typed in ["lvse", "luse", "ls"] {
            assert_eq!((typed, find(typed, "绿色").map(|found| found.1)), (typed, Some(Extent::Whole)));
        }
        // A blank ends a syllable.
        assert_eq!(find("re ng", "人工"), None);
        assert_eq!(find("gengong", "人工"), None);
    }

    #[test]
    fn characters_match_whichever_way_they_are_written() {
        for (typed, title) in
            [("無間道", "无间道"), ("无间道", "無間道"), ("後宮甄嬛傳", "后宫甄嬛传"), ("庆余年", "慶餘年")]
        {
            assert_eq!(find(typed, title), Some((Spelling::Written, Extent::Whole)));
        }
        assert_eq!(find("人工", "人工智能"), Some((Spelling::Written, Extent::Beginning)));
        assert_eq!(find("森林", "重慶森林"), Some((Spelling::Written, Extent::Inside)));
        assert_eq!(find("人工zn", "人工智能"), Some((USUAL, Extent::Whole)));
        for typed in ["智人", "zn rg", "the d"] {
            assert_eq!((typed, find(typed, "人工智能大河")), (typed, None));
        }
        assert_eq!(find("哈利波特", "哈利·波特与魔法石"), Some((Spelling::Written, Extent::Beginning)));
    }

    #[test]
    fn words_match_by_their_beginnings() {
        let title = "The Dark Knight: Café";
        assert_eq!(find("the dark knight cafe", title), Some((Spelling::Written, Extent::Whole)));
        assert_eq!(find("THE D", title), Some((Spelling::Written, Extent::Beginning)));
        for typed in ["knig", "dark kn", "knight dark", "dar kni", "CAFÉ"] {
            assert_eq!((typed, find(typed, title)), (typed, Some((Spelling::Written, Extent::Inside))));
        }
        assert_eq!(find("ight", title), None);
        assert_eq!(find("thedark", title), Some((Spelling::Written, Extent::Beginning)));
        assert_eq!(find("xzj", "X战警"), Some((USUAL, Extent::Whole)));
        assert_eq!(find("4328", "Heat"), Some((USUAL, Extent::Whole)));
        assert_eq!(find("2001", "2001 A Space Odyssey"), Some((Spelling::Written, Extent::Beginning)));
    }

    #[test]
    fn a_slip_of_the_finger_is_forgiven_in_longer_words() {
        let title = "Interstellar Matrix Spiderman";
        for typed in ["interstelar", "intersetllar", "matirx", "mattrix", "spider man", "interstellar matrx"] {
            assert_eq!((typed, find(typed, title)), (typed, Some((Spelling::OneMistake, Extent::Inside))));
        }
        assert_eq!(find("intrestelar", title).map(|found| found.0), Some(Spelling::TwoMistakes));
        for typed in ["martix reloaded", "mxtrxx", "mart", "interstellar 1"] {
            assert_eq!((typed, find(typed, title)), (typed, None));
        }
    }

    #[test]
    fn ways_are_kept() {
        let find = |typed: &str, title: &str, bits: u32| {
            let text = SearchText::of(typed, SearchWays::from_bits(bits).unwrap().unwrap())?;
            let keys = SearchKeys::of(title)?;
            text.exact(&keys).or_else(|| text.with_mistakes(&keys))
        };
        assert!(find("rgzn", "人工智能", 1).is_none() && find("rgzn", "人工智能", 2).is_some());
        assert!(find("7496", "人工智能", 3).is_none() && find("7496", "人工智能", 4).is_some());
        assert!(find("人工", "人工智能", 2).is_none() && find("人工", "人工智能", 1).is_some());
        // What stands there as it was typed hides no reading.
        for (typed, title) in [("ai", "AI 爱"), ("a", "A爱"), ("wo", "World 我"), ("hei", "Heirs 黑")] {
            let by = |ways| find(typed, title, ways).map(|found| found.spelling);
            assert_eq!((typed, by(2), by(3)), (typed, Some(USUAL), Some(Spelling::Written)));
        }
        assert!(find("matirx", "Matrix", 6).is_none());
        assert!(find("matrix", "Matrix", 8).is_none());
    }

    #[test]
    fn what_says_too_little_is_a_keystroke() {
        let is_keystroke = |text: &str| SearchText::of(text, SearchWays::TITLES).unwrap().is_keystroke();
        assert!(["r", "re", "7496"].iter().all(|text| is_keystroke(text)));
        assert!(!["war", "爱", "a b"].iter().any(|text| is_keystroke(text)));
        assert!(SearchText::of(" !? ", SearchWays::TITLES).is_none());
    }

    #[test]
    fn an_article_before_an_apostrophe_is_a_word_of_its_own() {
        for (title, found_by) in [
            ("L'Art d'aimer", ["art", "aimer", "l'art", "lart", "L’ART DAIMER", "art d'aimer"]),
            ("Nell’anno dell'amore", ["anno", "amore", "nellanno", "nell'an", "dellamore", "anno dell"]),
        ] {
            for typed in found_by {
                let spelling = find(typed, title).map(|found| found.0);
                assert_eq!((typed, spelling), (typed, Some(Spelling::Written)), "{title}");
            }
        }
        assert_eq!(find("t", "Don't"), None, "nobody looks for the end of a short form");
        assert_eq!(find("dont", "Don't"), Some((Spelling::Written, Extent::Whole)));
    }

    #[test]
    fn a_title_made_to_be_slow_takes_a_bounded_number_of_steps() {
        let (title, typed) = ("abcdefgh ".repeat(113), "abdcefgh ".repeat(13));
        let (text, keys) = (SearchText::of(&typed, SearchWays::ALL).unwrap(), SearchKeys::of(&title).unwrap());
        let steps = Steps::all();
        assert_eq!(text.word_by_word(&keys, |run| run.nearest_word(&keys, &steps)), None);
        assert_eq!(
            steps.0.get(),
            MOST_STEPS - 3 * keys.units.len() * STEPS_OF_DISTANCE,
            "three words with a mistake are enough"
        );
        assert_eq!(text.with_mistakes(&keys), None);
        // Where none is left nothing more is found, and nothing is compared.
        let steps = Steps(Cell::new(STEPS_OF_DISTANCE + 1));
        assert!(text.words[0].nearest_word(&keys, &steps).is_some(), "by the first unit");
        assert!(text.words[0].nearest_word(&keys, &steps).is_none());
        let exact = SearchText::of(&"abcdefgh ".repeat(13), SearchWays::ALL).unwrap();
        assert!(
            exact.whole.best(&keys, &Steps::all()).is_some() && exact.whole.best(&keys, &Steps(Cell::new(2))).is_none()
        );
    }

    #[test]
    fn texts_of_any_length_are_taken() {
        let long = "字a1 ".repeat(500);
        let (text, keys) = (SearchText::of(&long, SearchWays::ALL).unwrap(), SearchKeys::of(&long).unwrap());
        assert!(text.exact(&keys).is_some());
        let letters = "z".repeat(500);
        let readings = SearchText::of(&letters, SearchWays::ALL).unwrap();
        assert!(readings.exact(&SearchKeys::of(&"中".repeat(200)).unwrap()).is_some());
    }
}
