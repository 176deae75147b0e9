//! How a Chinese character is read: the pinyin of all its readings, the usual one first, without tones.
//!
//! The readings are those of the pinyin-data project, by way of the crate `pinyin`. The traditional and the simplified
//! form of a character may be read differently (乾 qián, 干 gān), so both forms' readings count.

use pinyin::{Pinyin, PinyinMulti, ToPinyinMulti};

use super::Letters;

/// The readings of a character; none for what has no pinyin. `written` is its form in the title, `folded` the
/// simplified one.
pub fn readings(folded: char, written: char) -> impl Iterator<Item = &'static str> {
    let others = (folded != written).then(|| folded.to_pinyin_multi()).flatten();
    let all = written.to_pinyin_multi().into_iter().flat_map(PinyinMulti::into_iter);
    all.chain(others.into_iter().flat_map(PinyinMulti::into_iter)).map(Pinyin::plain)
}

/// What the readings of a character begin with.
pub fn initials(folded: char, written: char) -> Letters {
    let mut letters = Letters::default();
    readings(folded, written).filter_map(|reading| reading.chars().next()).for_each(|first| {
        letters.insert(Letters::of(typed(first)));
    });
    letters
}

/// What the usual reading of a character begins with.
pub fn usual_initial(written: char) -> Option<char> {
    readings(written, written).next()?.chars().next()
}

/// The letters that a letter of pinyin is typed as, any one of them: ü has no key, and people type u or v.
pub fn typed(letter: char) -> &'static str {
    match letter {
        'ü' => "uv",
        'ê' => "e",
        'a'..='z' => {
            let at = (letter as u32 - 'a' as u32) as usize;
            &"abcdefghijklmnopqrstuvwxyz"[at..=at]
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(character: char) -> Vec<&'static str> {
        readings(character, character).collect()
    }

    #[test]
    fn all_readings_are_known_and_the_usual_one_comes_first() {
        assert_eq!(all('传'), ["chuan", "zhuan"]);
        assert_eq!(all('行')[..2], ["xing", "hang"]);
        assert_eq!(all('a'), [] as [&str; 0]);
        assert!(initials('传', '傳').meets(Letters::of("z")) && initials('传', '传').meets(Letters::of("c")));
        let both: Vec<&str> = readings('干', '乾').collect();
        assert!(both[0] == "qian" && both.contains(&"gan"), "{both:?}");
    }

    #[test]
    fn u_with_two_dots_is_typed_as_u_or_v() {
        assert_eq!(all('绿')[0], "lü");
        assert_eq!((typed('ü'), typed('l'), typed('ê')), ("uv", "l", "e"));
    }
}
