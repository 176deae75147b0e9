//! Which of a few known languages a text is written in. The set is small (those whose means the
//! model's manifest carries), so detection is asked only to tell these apart.

use whatlang::{Detector, Lang};

/// Tells apart the languages it was made for.
#[derive(Debug)]
pub struct LanguageDetector {
    detector: Detector,
    languages: Vec<(Lang, String)>,
}

impl LanguageDetector {
    /// A detector for these primary language subtags ("zh", "en"); ones it does not know are
    /// never detected.
    pub fn new<'a>(languages: impl IntoIterator<Item = &'a str>) -> Self {
        let languages: Vec<(Lang, String)> =
            languages.into_iter().filter_map(|tag| Some((lang_of(tag)?, tag.to_owned()))).collect();
        let allowed = languages.iter().map(|(lang, _)| *lang).collect();
        LanguageDetector { detector: Detector::with_allowlist(allowed), languages }
    }

    /// The primary subtag of the language `text` is most likely written in; none when the text
    /// has no letters of any known language's script.
    pub fn detect(&self, text: &str) -> Option<&str> {
        let lang = self.detector.detect_lang(text)?;
        self.languages.iter().find(|(known, _)| *known == lang).map(|(_, tag)| tag.as_str())
    }
}

/// The primary language subtag of a BCP 47 tag, in lower case: `zh-Hant-TW` gives `zh`.
pub fn primary_language(tag: &str) -> String {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    primary.to_ascii_lowercase()
}

/// ISO 639-1 (as BCP 47 uses) to the detector's own list, which follows ISO 639-3.
fn lang_of(tag: &str) -> Option<Lang> {
    const TWO_LETTERS: [(&str, Lang); 14] = [
        ("zh", Lang::Cmn),
        ("en", Lang::Eng),
        ("ja", Lang::Jpn),
        ("ko", Lang::Kor),
        ("fr", Lang::Fra),
        ("de", Lang::Deu),
        ("es", Lang::Spa),
        ("pt", Lang::Por),
        ("it", Lang::Ita),
        ("ru", Lang::Rus),
        ("ar", Lang::Ara),
        ("hi", Lang::Hin),
        ("tr", Lang::Tur),
        ("vi", Lang::Vie),
    ];
    TWO_LETTERS.iter().find(|(code, _)| *code == tag).map(|(_, lang)| *lang).or_else(|| Lang::from_code(tag))
}

#[cfg(test)]
mod tests {
    use super::{LanguageDetector, primary_language};

    #[test]
    fn chinese_and_english_are_told_apart() {
        let detector = LanguageDetector::new(["zh", "en"]);
        assert_eq!(detector.detect("人工智能入门"), Some("zh"));
        assert_eq!(detector.detect("Python编程从入门到精通"), Some("zh"));
        assert_eq!(detector.detect("無間道"), Some("zh"));
        assert_eq!(detector.detect("Gravity"), Some("en"));
        assert_eq!(detector.detect("The Wandering Earth"), Some("en"));
        assert_eq!(detector.detect("🎉 2024"), None);
        assert_eq!(detector.detect(""), None);
    }

    #[test]
    fn primary_subtags() {
        assert_eq!(primary_language("zh-Hant-TW"), "zh");
        assert_eq!(primary_language("EN"), "en");
        assert_eq!(primary_language(""), "");
    }
}
