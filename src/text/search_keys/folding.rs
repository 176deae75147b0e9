//! Folds away what people do not type: case, accents, widths, forms of apostrophes, and whether a Chinese character is
//! written the traditional or the simplified way.
//!
//! The table of characters is OpenCC's (Apache-2.0), one character to one, which is all that comparing takes: both
//! sides are folded alike, so what a character would become in a phrase does not matter. `tests/simplified.rs`
//! writes and checks it.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::super::clean;

/// Lines of a traditional and a simplified character, rising; every character takes three bytes.
const TABLE: &[u8] = include_bytes!("simplified.txt");
const LINE_BYTES: usize = 7;

/// A character as it is compared, and as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folded {
    pub folded: char,
    pub written: char,
}

/// How apostrophes of all forms are folded.
pub const APOSTROPHE: char = '\'';

/// The characters of a text, folded; its mark-up and accents are gone.
pub fn folded(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len());
    for written in clean(text).chars() {
        for small in written.to_lowercase() {
            without_accents(small, |character| unfold(character, written, &mut folded));
        }
    }
    folded
}

/// Takes letters of alphabets apart, and drops what stands above and below them. Other scripts keep their marks,
/// which are letters there.
fn without_accents(character: char, mut take: impl FnMut(char)) {
    match character {
        ..'\u{80}' => take(character),
        ..'\u{2000}' => decompose_canonical(character, |part| {
            if !is_accent(part) {
                take(part);
            }
        }),
        _ => take(character),
    }
}

fn unfold(character: char, written: char, folded: &mut Vec<Folded>) {
    let mut take = |character| folded.push(Folded { folded: character, written });
    let letters = match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ς' => "σ",
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' => return take(APOSTROPHE),
        _ => return take(simplified(character)),
    };
    letters.chars().for_each(take);
}

/// Accents of alphabets, and the vowel points that Hebrew and Arabic are mostly written without.
fn is_accent(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}' | '\u{5C4}'..='\u{5C5}'
            | '\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
    )
}

/// Whether a character stands for itself, in a script that puts no blanks between words: Chinese, and kana.
pub fn is_ideograph(character: char) -> bool {
    matches!(
        character,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312F}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
    ) && character != '・'
}

/// Whether a character belongs to a word.
pub fn is_of_words(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// The simplified form of a traditional character; any other as it is.
fn simplified(character: char) -> char {
    if !is_ideograph(character) || character.len_utf8() != 3 {
        return character;
    }
    let mut bytes = [0; 3];
    character.encode_utf8(&mut bytes);
    let (lines, _) = TABLE.as_chunks::<LINE_BYTES>();
    let found = lines.binary_search_by(|line| line[..3].cmp(&bytes));
    let target = found.ok().and_then(|line| std::str::from_utf8(&lines[line][3..6]).ok());
    target.and_then(|target| target.chars().next()).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        folded(text).into_iter().map(|character| character.folded).collect()
    }

    #[test]
    fn what_people_do_not_type_goes() {
        assert_eq!(fold("CAFÉ Ünïcode Straße Œuvre Łódź Ærø"), "cafe unicode strasse oeuvre lodz aero");
        assert_eq!(fold("Шаповалов Ёлка ΟΔΟΣ"), "шаповалов елка οδοσ");
        assert_eq!(fold("Ｆｕｌｌ　４Ｋ L’Été Don't"), "full 4k l'ete don't");
        assert_eq!(fold("ガンダム 한국"), "ガンダム 한국");
    }

    #[test]
    fn traditional_becomes_simplified() {
        assert_eq!(fold("無間道 後宮甄嬛傳 慶餘年 臥虎藏龍"), "无间道 后宫甄嬛传 庆余年 卧虎藏龙");
        assert_eq!(fold("无间道 卧虎藏龙"), "无间道 卧虎藏龙");
        let written: Vec<char> = folded("無").into_iter().map(|character| character.written).collect();
        assert_eq!(written, ['無']);
    }
}
