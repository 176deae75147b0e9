//! The titles of rows, ready in English and in simplified Chinese, and the keys by which hosts find titles of their own.

use crate::domain::RowKind;
use crate::ranking::sentences::{SentenceLanguage, quoted};

const LANGUAGES: [SentenceLanguage; 2] = [SentenceLanguage::English, SentenceLanguage::Chinese];

/// What stands above a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub key: &'static str,
    pub english: String,
    pub chinese: String,
    /// Empty: none.
    pub seed_id: String,
    pub seed_title: String,
}

/// What the viewer did with a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    Watched,
    Liked,
}

impl Title {
    /// That of a row without a seed.
    pub fn of(kind: RowKind) -> Title {
        let (english, chinese) = match kind {
            RowKind::ContinueWatching => ("Continue watching", "继续观看"),
            RowKind::NextUp => ("Next up", "接下来看"),
            RowKind::BecauseYouWatched => ("Because of what you watched", "因为你看过的内容"),
            RowKind::MoreLikeThis => ("More like this", "相似推荐"),
            RowKind::ForYou => ("For you", "为你推荐"),
            RowKind::Trending => ("Trending now", "近期热播"),
            RowKind::Popular => ("Popular", "热门"),
            RowKind::NewForYou => ("New for you", "为你上新"),
            RowKind::LeavingSoon => ("Leaving soon", "即将下线"),
            RowKind::OnNow => ("On now", "正在播出"),
            RowKind::Explore => ("Explore", "探索发现"),
        };
        Title {
            key: kind.name(),
            english: english.to_owned(),
            chinese: chinese.to_owned(),
            seed_id: String::new(),
            seed_title: String::new(),
        }
    }

    /// That of a row like what the viewer watched or liked. A seed without a title is not named.
    pub fn because(touch: Touch, seed_id: &str, seed_title: &str) -> Title {
        let [english, chinese] = LANGUAGES.map(|language| quoted(seed_title, language));
        let (key, of_english, of_chinese) = match touch {
            Touch::Watched => (RowKind::BecauseYouWatched.name(), "Because you watched", "因为你看过"),
            Touch::Liked => ("because_you_liked", "Because you liked", "因为你喜欢"),
        };
        let (unnamed_english, unnamed_chinese) = match touch {
            Touch::Watched => ("Because of what you watched", "因为你看过的内容"),
            Touch::Liked => ("Because of what you liked", "因为你喜欢的内容"),
        };
        Title {
            key,
            english: english.map_or_else(|| unnamed_english.to_owned(), |name| format!("{of_english} {name}")),
            chinese: chinese.map_or_else(|| unnamed_chinese.to_owned(), |name| format!("{of_chinese}{name}")),
            seed_id: seed_id.to_owned(),
            seed_title: seed_title.to_owned(),
        }
    }

    /// That of a row like a film or series.
    pub fn more_like(seed_id: &str, seed_title: &str) -> Title {
        let unnamed = Title::of(RowKind::MoreLikeThis);
        let [english, chinese] = LANGUAGES.map(|language| quoted(seed_title, language));
        Title {
            english: english.map_or(unnamed.english, |name| format!("More like {name}")),
            chinese: chinese.map_or(unnamed.chinese, |name| format!("与{name}相似")),
            seed_id: seed_id.to_owned(),
            seed_title: seed_title.to_owned(),
            ..Title::of(RowKind::MoreLikeThis)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_both_titles() {
        for kind in RowKind::ALL {
            let title = Title::of(kind);
            assert!(title.english.is_ascii() && !title.english.is_empty() && !title.chinese.is_ascii(), "{kind:?}");
        }
    }

    #[test]
    fn a_seed_is_named() {
        let title = Title::because(Touch::Watched, "v1", "流浪地球");
        assert_eq!(
            (title.english.as_str(), title.chinese.as_str()),
            ("Because you watched “流浪地球”", "因为你看过《流浪地球》")
        );
        assert_eq!(Title::because(Touch::Liked, "v1", "Heat").key, "because_you_liked");
        let nested = Title::more_like("v1", "《流浪\u{202e}\n地球》");
        assert_eq!(
            (nested.english.as_str(), nested.chinese.as_str()),
            ("More like “《流浪 地球》”", "与《流浪 地球》相似")
        );
        let unnamed = Title::because(Touch::Watched, "v1", "");
        assert_eq!(
            (unnamed.english.as_str(), unnamed.chinese.as_str()),
            ("Because of what you watched", "因为你看过的内容")
        );
        assert_eq!(Title::more_like("v1", "").english, "More like this");
        assert!(Title::more_like("v1", &"x".repeat(4_096)).english.chars().count() < 100);
    }
}
