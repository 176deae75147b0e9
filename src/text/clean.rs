//! Makes text from catalogues, broadcast listings and viewers uniform, so that the same words give
//! the same vector: mark-up gone, character references resolved, compatibility forms folded (NFKC,
//! Unicode Standard Annex 15), control and invisible characters gone, white space single.

use unicode_normalization::UnicodeNormalization;

/// Returns the cleaned text; empty when nothing readable is left.
pub fn clean(text: &str) -> String {
    let without_markup = strip_markup(text);
    let resolved = html_escape::decode_html_entities(&without_markup);
    let mut cleaned = String::with_capacity(resolved.len());
    let mut space_pending = false;
    for character in resolved.nfkc() {
        if character.is_whitespace() || character.is_control() {
            space_pending = true;
        } else if !is_invisible(character) {
            if space_pending && !cleaned.is_empty() {
                cleaned.push(' ');
            }
            space_pending = false;
            cleaned.push(character);
        }
    }
    cleaned
}

/// Replaces every tag, comment and declaration by a space. A `<` that opens none of these
/// ("a < b", "I <3 it", an unclosed one) is text and stays.
fn strip_markup(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    // Where the last "-->" ends: looking for one behind it again and again would be quadratic.
    let last_comment_end = text.rfind("-->").map_or(0, |start| start + 3);
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let comment_may_close = text.len() - rest.len() < last_comment_end;
        let (replacement, length) = match markup_length(rest, comment_may_close) {
            Some(length) => (' ', length),
            None => ('<', 1),
        };
        kept.push(replacement);
        rest = &rest[length..];
    }
    kept.push_str(rest);
    kept
}

/// The byte length of the mark-up that `text`, starting with `<`, begins with.
fn markup_length(text: &str, comment_may_close: bool) -> Option<usize> {
    if text.starts_with("<!--") {
        return if comment_may_close { text.find("-->").map(|end| end + 3) } else { None };
    }
    let inside = &text[1..];
    if !inside.starts_with(|opener: char| opener.is_ascii_alphabetic() || matches!(opener, '/' | '!' | '?')) {
        return None;
    }
    let end = inside.find(['<', '>'])?;
    inside[end..].starts_with('>').then_some(end + 2)
}

/// Format characters that change no meaning: soft hyphen, zero-width space, bidirectional marks,
/// byte-order mark. Joiners stay: emoji and several scripts need them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
    )
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn markup_and_references_become_text() {
        assert_eq!(clean("<p>Tom &amp; <b>Jerry</b></p>"), "Tom & Jerry");
        assert_eq!(clean("前<!-- 注 <b> -->后<br/>行"), "前 后 行");
        assert_eq!(clean("&lt;b&gt; stays"), "<b> stays");
    }

    #[test]
    fn a_less_than_sign_is_not_markup() {
        for text in ["a < b > c", "I <3 it", "x <y", "1<2", "<", "<<a", "<a <b", "<!-- open"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn compatibility_forms_fold() {
        assert_eq!(clean("４Ｋ　超清（第２版）"), "4K 超清(第2版)");
        assert_eq!(clean("ﬁlm"), "film");
    }

    #[test]
    fn control_and_invisible_characters_vanish() {
        assert_eq!(clean("\u{FEFF} a\u{0}\u{7}b\t\r\nc\u{200B}d \u{202E}e "), "a b cd e");
        assert_eq!(clean("👩\u{200D}🚀"), "👩\u{200D}🚀");
        assert_eq!(clean(" \n\t"), "");
    }

    #[test]
    fn hostile_markup_takes_linear_time() {
        for unclosed in ["<a", "<!--", "<"] {
            let text = unclosed.repeat(200_000);
            assert_eq!(clean(&text), text);
            let closed = clean(&format!("{text}>"));
            assert!(closed.len() <= text.len() + 1);
        }
    }
}
