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
        let (mut ends, mut starts) = (Vec::new(), Vec::new());
        for unit in &keys.units {
            starts.clear();
            let mut next_ends = Vec::new();
            match *unit {
                Unit::Word { start, end, .. } => {
                    let word = keys.word(start, end);
                    starts.extend(word.chars().next());
                    next_ends.extend(word.chars().next_back());
                    word.chars().zip(word.chars().skip(1)).for_each(|(one, next)| signature.add(one, next));
                }
                Unit::Character { folded, written, .. } => {
                    starts.push(folded);
                    next_ends.push(folded);
                    for reading in readings(folded, written) {
                        signature.add_reading(reading, &mut starts, &mut next_ends);
                    }
                }
            }
            starts.iter().for_each(|start| signature.starts |= start_bit(*start));
            for end in &ends {
                starts.iter().for_each(|start| signature.add(*end, *start));
            }
            ends = next_ends;
        }
        signature
    }

    /// Every beginning of a reading may be followed by the next unit.
    fn add_reading(&mut self, reading: &str, starts: &mut Vec<char>, ends: &mut Vec<char>) {
        let mut before = "";
        for letter in reading.chars().map(typed) {
            let into = if before.is_empty() { &mut *starts } else { &mut *ends };
            letter.chars().for_each(|letter| insert(into, letter));
            letter.chars().for_each(|letter| insert(ends, letter));
            for one in before.chars() {
                letter.chars().for_each(|next| self.add(one, next));
            }
            before = letter;
        }
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

fn insert(letters: &mut Vec<char>, letter: char) {
    if !letters.contains(&letter) {
        letters.push(letter);
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
        assert!(!may_match("7499", "人工智能", true) && !may_match("heat", "The Matrix", false));
        assert_eq!(size_of::<Signature>(), 48);
    }

    #[test]
    fn every_letter_has_its_key() {
        let keys: String = KEYS.chars().filter_map(key_of).filter_map(|key| char::from_digit(key + 2, 10)).collect();
        assert_eq!(keys, "22233344455566677778889999");
    }
}
