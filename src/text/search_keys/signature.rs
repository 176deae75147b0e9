//! A few words of bits that tell of most titles at once that they cannot match, so that their keys need not be read:
//! what a match may begin with, and which letters may follow each other, hashed as in Bloom's filters (1970,
//! "Space/time trade-offs in hash coding with allowable errors"). Letters that share a key of the keypad share a bit
//! in a set of their own.

use super::readings::{readings, typed};
use super::{SearchKeys, Unit};

const PAIR_WORDS: usize = 4;

/// What a title's keys may match at all; 48 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signature {
    /// Letters, digits and hashed characters that a unit begins with.
    starts: u64,
    /// Hashed pairs of letters that may follow each other in what is typed.
    pairs: [u64; PAIR_WORDS],
    /// The same of the keypad's keys; all 64 pairs have a bit of their own.
    key_pairs: u64,
}

/// What has to be in a signature for one run of letters to match.
#[derive(Debug, Clone, Default)]
pub struct Needed {
    /// One of these to begin with.
    starts: u64,
    /// Bits of all pairs, in no order; a pair may stand there twice.
    pairs: Vec<u8>,
    key_pairs: u64,
}

impl Signature {
    /// Of a title's keys.
    pub fn of(keys: &SearchKeys) -> Self {
        let mut signature = Signature::default();
        let mut before = Set::default();
        for unit in &keys.units {
            let (starts, ends) = match *unit {
                Unit::Word { start, end, .. } => signature.add_word(keys.word(start, end)),
                Unit::Character { folded, written, .. } => signature.add_readings(folded, written),
            };
            starts.characters().for_each(|start| signature.starts |= start_bit(start));
            before.characters().for_each(|end| starts.characters().for_each(|start| signature.add(end, start)));
            before = ends;
        }
        signature
    }

    /// What a word begins and ends with.
    fn add_word(&mut self, word: &str) -> (Set, Set) {
        word.chars().zip(word.chars().skip(1)).for_each(|(one, next)| self.add(one, next));
        let set = |character: Option<char>| Set::of(character.unwrap_or_default());
        (set(word.chars().next()), set(word.chars().next_back()))
    }

    /// What a character may be typed as begins and ends with: every beginning of a reading will do.
    fn add_readings(&mut self, folded: char, written: char) -> (Set, Set) {
        let (mut starts, mut ends) = (Set::of(folded), Set::of(folded));
        for reading in readings(folded, written) {
            let mut before = "";
            for letter in reading.chars().map(typed) {
                for next in letter.chars() {
                    ends.insert(next);
                    if before.is_empty() {
                        starts.insert(next);
                    }
                    before.chars().for_each(|one| self.add(one, next));
                }
                before = letter;
            }
        }
        (starts, ends)
    }

    fn add(&mut self, one: char, next: char) {
        let bit = pair_bit(one, next);
        self.pairs[usize::from(bit) / 64] |= 1 << (bit % 64);
        if let (Some(one), Some(next)) = (key_of(one), key_of(next)) {
            self.key_pairs |= 1 << (8 * one + next);
        }
    }

    /// Whether a run of letters may match.
    pub fn has(&self, needed: &Needed) -> bool {
        self.starts & needed.starts != 0
            && self.key_pairs & needed.key_pairs == needed.key_pairs
            && needed.pairs.iter().all(|bit| self.has_pair(*bit))
    }

    /// Whether as many of the pairs are there.
    pub fn has_pairs(&self, needed: &Needed, least: usize) -> bool {
        needed.pairs.iter().filter(|bit| self.has_pair(**bit)).count() >= least
    }

    fn has_pair(&self, bit: u8) -> bool {
        self.pairs[usize::from(bit) / 64] >> (bit % 64) & 1 == 1
    }
}

impl Needed {
    /// By letters that stand for themselves or, with `keypad`, for those on their keys.
    pub fn of(letters: &[char], keypad: bool) -> Self {
        let mut needed = Needed::default();
        let pairs = letters.iter().zip(letters.iter().skip(1));
        if keypad {
            needed.starts = KEYS.chars().filter(|letter| key_of(*letter) == key_of(letters[0])).map(start_bit).sum();
            for (one, next) in pairs {
                if let (Some(one), Some(next)) = (key_of(*one), key_of(*next)) {
                    needed.key_pairs |= 1 << (8 * one + next);
                }
            }
        } else {
            needed.pairs = pairs.map(|(one, next)| pair_bit(*one, *next)).collect();
        }
        needed.starts |= start_bit(letters[0]);
        needed
    }
}

const KEYS: &str = "abcdefghijklmnopqrstuvwxyz";

/// The key of a letter or a digit, from 0 for that of 2 on; 0 and 1 have no letters.
fn key_of(letter: char) -> Option<u32> {
    match letter {
        'a'..='o' => Some((letter as u32 - 'a' as u32) / 3),
        'p'..='s' => Some(5),
        't'..='v' => Some(6),
        'w'..='z' => Some(7),
        '2'..='9' => Some(letter as u32 - '2' as u32),
        _ => None,
    }
}

fn start_bit(start: char) -> u64 {
    const OTHERS: u32 = 64 - 36;
    1 << match start {
        'a'..='z' => start as u32 - 'a' as u32,
        '0'..='9' => 26 + (start as u32 - '0' as u32),
        _ => 36 + start as u32 % OTHERS,
    }
}

/// One of 256 (Fibonacci hashing: Knuth, "The art of computer programming", volume 3, 6.4).
fn pair_bit(one: char, next: char) -> u8 {
    let pair = (one as u32).wrapping_mul(0x9E37_79B1) ^ next as u32;
    (pair.wrapping_mul(0x9E37_79B1) >> 24) as u8
}

/// Some of the letters a to z, and at most one other character.
#[derive(Debug, Clone, Copy, Default)]
struct Set {
    letters: u32,
    other: Option<char>,
}

impl Set {
    fn of(character: char) -> Self {
        let mut set = Set::default();
        match character {
            'a'..='z' => set.insert(character),
            _ => set.other = Some(character),
        }
        set
    }

    /// Takes a letter from a to z.
    fn insert(&mut self, letter: char) {
        self.letters |= 1 << (letter as u32 - 'a' as u32);
    }

    fn characters(self) -> impl Iterator<Item = char> {
        let mut letters = self.letters;
        let next = move || {
            let letter = (letters != 0).then(|| (b'a' + letters.trailing_zeros() as u8) as char)?;
            letters &= letters - 1;
            Some(letter)
        };
        std::iter::from_fn(next).chain(self.other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_match(typed: &str, title: &str, keypad: bool) -> bool {
        let letters: Vec<char> = typed.chars().collect();
        Signature::of(&SearchKeys::of(title).unwrap()).has(&Needed::of(&letters, keypad))
    }

    #[test]
    fn what_matches_passes() {
        for typed in ["rgzn", "rengong", "rengzn", "zn", "人工", "人gzn", "智能"] {
            assert!(may_match(typed, "人工智能", false), "{typed}");
        }
        assert!(may_match("7496", "人工智能", true) && may_match("736466", "人工智能", true));
        assert!(may_match("lvse", "绿色", false) && may_match("luse", "绿色", false));
        assert!(may_match("nightmar", "A Nightmare", false) && may_match("2001", "2001", true));
    }

    #[test]
    fn most_else_does_not() {
        for typed in ["xgzn", "matrix", "间道", "rgzq"] {
            assert!(!may_match(typed, "人工智能", false), "{typed}");
        }
        assert!(!may_match("2496", "人工智能", true) && !may_match("heat", "The Matrix", false));
        assert_eq!(size_of::<Signature>(), 48);
    }

    #[test]
    fn every_letter_has_its_key() {
        let keys: String = KEYS.chars().filter_map(key_of).filter_map(|key| char::from_digit(key + 2, 10)).collect();
        assert_eq!(keys, "22233344455566677778889999");
    }
}
