//! What a series is called that has no entry of its own: what the titles of its episodes have in common. Catalogues write
//! the episode behind the series, as in "Dark S1:E2", "庆余年 第二季 第3集" or "Cosmos: The Milky Way"; a series whose
//! episodes have titles of their own stays without one.

use std::collections::{BTreeMap, BTreeSet};

/// What stands between the title of a series and that of an episode.
const SEPARATORS: [&str; 8] = [": ", "：", " - ", " – ", " — ", " | ", "｜", "丨"];

/// What surrounds the parts of a title once they are taken apart.
const EDGES: &[char] =
    &[' ', '\u{3000}', ':', '：', '-', '–', '—', '|', '｜', '丨', ',', '，', '.', '(', '（', '[', '【'];

/// Words before the number of a season or an episode.
const NUMBERED: [&str; 7] = ["season ", "series ", "episode ", "ep. ", "ep ", "ep", "s"];

/// Characters that count seasons and episodes, as in 第二季.
const COUNTED: [char; 6] = ['季', '集', '部', '期', '话', '回'];

/// The title that most of a series' episodes begin with, the longest of several; none where they do not agree. One episode
/// alone tells it by what stands before the number of its season or episode.
pub fn series_title(titles: &[&str]) -> Option<String> {
    if let [title] = titles {
        return before_named_number(title).map(without_edges).filter(|head| !head.is_empty()).map(str::to_owned);
    }
    let mut beginnings: BTreeMap<&str, usize> = BTreeMap::new();
    for title in titles {
        let named = before_named_number(title);
        let head = without_edges(named.or_else(|| before_last_number(title)).unwrap_or(title));
        let shorter = SEPARATORS.iter().flat_map(|separator| head.match_indices(separator));
        let shorter = shorter.map(|(at, _)| without_edges(&head[..at]));
        let of_title: BTreeSet<&str> = shorter.chain([head]).filter(|head| !head.is_empty()).collect();
        of_title.into_iter().for_each(|head| *beginnings.entry(head).or_default() += 1);
    }
    let agreed = beginnings.into_iter().filter(|(_, count)| *count > 1 && 2 * count > titles.len());
    agreed.map(|(head, _)| head).max_by_key(|head| head.len()).map(str::to_owned)
}

fn without_edges(text: &str) -> &str {
    text.trim_start().trim_end_matches(EDGES)
}

/// What stands before the first number of a season or an episode; none where there is no such number.
fn before_named_number(title: &str) -> Option<&str> {
    let mut heads = title.char_indices().skip(1).map(|(at, _)| title.split_at(at));
    let is_head =
        |(before, rest): &(&str, &str)| is_chinese_number(rest) || (before.ends_with(EDGES) && is_number(rest));
    heads.find(is_head).map(|(before, _)| before)
}

/// What stands before a number at the end, as the 3 of "Cosmos 3" or "三体03".
fn before_last_number(title: &str) -> Option<&str> {
    let before = title.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_apart = before.ends_with(EDGES) || before.ends_with(|c: char| !c.is_ascii() && !c.is_numeric());
    Some(before).filter(|before| before.len() < title.len() && is_apart)
}

/// As in 第二季 or 第12集.
fn is_chinese_number(rest: &str) -> bool {
    let Some(number) = rest.strip_prefix('第') else { return false };
    let digits = |c: char| c.is_ascii_digit() || c == ' ' || "一二三四五六七八九十百零两".contains(c);
    let unit = number.trim_start_matches(digits);
    unit.len() < number.len() && unit.starts_with(COUNTED)
}

/// As in S01E02, Season 1, Episode 2 or 1x02.
fn is_number(rest: &str) -> bool {
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let lower: String = rest.chars().take(16).flat_map(char::to_lowercase).collect();
    let is_named = NUMBERED.iter().any(|word| lower.strip_prefix(word).is_some_and(starts_with_digit));
    let season = lower.trim_start_matches(|c: char| c.is_ascii_digit());
    is_named || (season.len() < lower.len() && season.strip_prefix('x').is_some_and(starts_with_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(titles: &[&str]) -> Option<String> {
        series_title(titles)
    }

    #[test]
    fn what_stands_before_the_number_is_the_series() {
        for (titles, expected) in [
            (["Dark S1:E1 Secrets", "Dark S1:E2 Lies"], "Dark"),
            (["Dark S01E01", "Dark S02E01"], "Dark"),
            (["Dark: Season 1: Secrets", "Dark: Season 2: Lies"], "Dark"),
            (["Star Trek: Picard - Season 1", "Star Trek: Picard - Season 2"], "Star Trek: Picard"),
            (["Friends 1x01", "Friends 1x02"], "Friends"),
            (["Cosmos (Episode 1)", "Cosmos (Episode 2)"], "Cosmos"),
            (["Cosmos 1", "Cosmos 2"], "Cosmos"),
            (["庆余年 第一季 第1集", "庆余年 第二季 第12集"], "庆余年"),
            (["庆余年第二季：入京", "庆余年第二季：离京"], "庆余年"),
            (["三体01", "三体02"], "三体"),
        ] {
            assert_eq!(of(&titles).as_deref(), Some(expected), "{titles:?}");
        }
    }

    #[test]
    fn what_most_titles_begin_with_is_the_series() {
        assert_eq!(of(&["Cosmos: The Milky Way", "Cosmos: Lost Worlds", "A trailer"]).as_deref(), Some("Cosmos"));
        assert_eq!(of(&["Star Trek: Picard: One", "Star Trek: Picard: Two"]).as_deref(), Some("Star Trek: Picard"));
        assert_eq!(of(&["航拍中国：新疆", "航拍中国：海南"]).as_deref(), Some("航拍中国"));
        assert_eq!(of(&["News", "News"]).as_deref(), Some("News"));
    }

    #[test]
    fn titles_of_their_own_tell_no_series() {
        for titles in [
            &["The One With the Sonogram", "The One With the Thumb"][..],
            &["Ozymandias", "Felina"],
            &["Secrets: part one", "Lies: part two"],
            &["Cosmos: The Milky Way"],
            &["Ozymandias"],
            &["Room 104"],
            &["S1E1", "S1E2"],
            &["第1集", "第2集"],
            &["", ""],
            &[],
        ] {
            assert_eq!(of(titles), None, "{titles:?}");
        }
        assert_eq!(
            of(&["Dark S1:E1"]).as_deref(),
            Some("Dark"),
            "one episode with the number of a season or episode is enough"
        );
    }
}
