//! The ways in which a search may find a video.

use super::{Error, Result};

/// Which ways a search goes; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchWays {
    /// Words and characters of titles, also with a slip of the finger.
    pub words: bool,
    /// Pinyin of Chinese characters in titles, whole or by initials.
    pub pinyin: bool,
    /// Digits that stand for the letters on a telephone's keys.
    pub keypad: bool,
    /// What the texts of a video mean; takes the model.
    pub meaning: bool,
}

impl SearchWays {
    /// All ways through titles, and not the model.
    pub const TITLES: SearchWays = SearchWays { words: true, pinyin: true, keypad: true, meaning: false };

    /// All ways.
    pub const ALL: SearchWays = SearchWays { meaning: true, ..SearchWays::TITLES };

    /// From a sum of 1 (words), 2 (pinyin), 4 (keypad) and 8 (meaning); none for 0. The numbers are part of the ABI.
    pub fn from_bits(bits: u32) -> Result<Option<SearchWays>> {
        let has = |bit: u32| bits & bit != 0;
        match bits {
            0 => Ok(None),
            1..16 => Ok(Some(SearchWays { words: has(1), pinyin: has(2), keypad: has(4), meaning: has(8) })),
            _ => Err(Error::invalid(format!("search_ways is {bits}; it is a sum of VREC_SEARCH_ values"))),
        }
    }

    /// Whether titles are looked at.
    pub fn titles(self) -> bool {
        self.words || self.pinyin || self.keypad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_name_ways() {
        assert_eq!(SearchWays::from_bits(0).unwrap(), None);
        assert_eq!(SearchWays::from_bits(7).unwrap(), Some(SearchWays::TITLES));
        assert_eq!(SearchWays::from_bits(15).unwrap(), Some(SearchWays::ALL));
        let meaning = SearchWays::from_bits(8).unwrap().unwrap();
        assert!(meaning.meaning && !meaning.titles());
        assert!(SearchWays::from_bits(16).is_err());
    }
}
