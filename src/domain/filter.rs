//! Which videos a query may return at all, by what their owner says of them.

use super::video::{Kind, check_id, check_language, check_length};
use super::{Error, Result, limits};

/// Hard rules: a video that breaks one is not returned, whatever its score. The default has none. All
/// rules that are set hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only videos available at this time, milliseconds since 1970-01-01 UTC: from
    /// `available_from_utc_ms` on and before `available_until_utc_ms`.
    pub time_utc_ms: Option<i64>,
    /// In years. Only videos whose minimum age is known and not above it.
    pub viewer_age: Option<u32>,
    /// What the viewer may watch. Only videos that need no entitlement or one of these.
    pub entitlements: Option<Vec<String>>,
    /// Only videos of one of these kinds; empty: of any kind and of none.
    pub kinds: Vec<Kind>,
    /// Only videos with sound in one of these, as language ranges of RFC 4647, section 2.1: `zh`
    /// stands for `zh-Hans` as well, `*` for any language. Empty: any language and none.
    pub audio_languages: Vec<String>,
    /// The same of subtitles.
    pub subtitle_languages: Vec<String>,
    /// Only videos with at least one of these tags. Capitals and blanks around a tag do not matter.
    pub any_tags: Vec<String>,
    /// Only videos with all of these.
    pub all_tags: Vec<String>,
    /// Only videos with none of these.
    pub no_tags: Vec<String>,
}

impl Filter {
    /// The language range that every language matches.
    pub const ANY_LANGUAGE: &str = "*";

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        let texts = [
            ("entitlements", self.entitlements.as_deref().unwrap_or_default()),
            ("audio_languages", &self.audio_languages),
            ("subtitle_languages", &self.subtitle_languages),
            ("any_tags", &self.any_tags),
            ("all_tags", &self.all_tags),
            ("no_tags", &self.no_tags),
        ];
        check_length("the number of kinds", self.kinds.len(), limits::FILTER_VALUES)?;
        for (what, list) in texts {
            check_length(&format!("the number of {what}"), list.len(), limits::FILTER_VALUES)?;
            for (index, text) in list.iter().enumerate() {
                check_value(what, text).map_err(|error| error.within(&format!("{what}[{index}]")))?;
            }
        }
        Ok(())
    }
}

fn check_value(list: &str, text: &str) -> Result<()> {
    match list {
        "entitlements" => check_id("an entitlement", text),
        "audio_languages" | "subtitle_languages" if text == Filter::ANY_LANGUAGE => Ok(()),
        "audio_languages" | "subtitle_languages" => check_language(text),
        _ if text.trim().is_empty() => Err(Error::invalid("a tag is blank")),
        _ => check_length("a tag, in bytes,", text.len(), limits::TEXT_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_checked_by_its_own_rule() {
        let list = |text: &str| vec![text.to_owned()];
        let good = Filter {
            entitlements: Some(list("sport package")),
            audio_languages: list("*"),
            subtitle_languages: list("zh-Hans"),
            any_tags: list("science fiction"),
            ..Filter::default()
        };
        assert_eq!(good.validate(), Ok(()));
        let refused = [
            (Filter { entitlements: Some(list("")), ..good.clone() }, "entitlements[0]: an entitlement is empty"),
            (Filter { audio_languages: list("zh_CN"), ..good.clone() }, "audio_languages[0]: "),
            (Filter { no_tags: list(" "), ..good.clone() }, "no_tags[0]: a tag is blank"),
            (Filter { kinds: vec![Kind::Movie; 1_025], ..good }, "the number of kinds is 1025, the limit is 1024"),
        ];
        for (filter, message) in refused {
            let error = filter.validate().unwrap_err();
            assert!(error.message.starts_with(message), "{error}");
        }
    }
}
