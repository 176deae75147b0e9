//! How one video stands with a query: its score, its rank and the reasons, or what keeps it out of the list.

use super::Reason;

/// What keeps a video out of a list. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum BlockKind {
    /// Its minimum age is above the viewer's.
    Age = 1,
    /// Its minimum age is not known, and the viewer's is checked.
    AgeUnknown = 2,
    NotYetAvailable = 3,
    Expired = 4,
    /// It needs an entitlement that the viewer has not.
    Entitlement = 5,
    /// No sound in a language asked for.
    AudioLanguage = 6,
    /// No subtitles in a language asked for.
    SubtitleLanguage = 7,
    /// It is of no kind asked for.
    Kind = 8,
    /// It has none of the tags of which one is asked for.
    AnyTag = 9,
    /// It lacks a tag.
    MissingTag = 10,
    /// It has a tag that is left out.
    ForbiddenTag = 11,
    /// The profile hid it.
    Hidden = 12,
    /// The profile watched it.
    Watched = 13,
    /// The query names it.
    Excluded = 14,
    /// Its texts wait to become a vector, and its tags say nothing yet.
    NoVector = 15,
    /// Its score is below the query's.
    BelowMinScore = 16,
    /// The profile has liked and watched nothing, and the list is by its taste alone.
    NoTaste = 17,
    /// The profile hid its series.
    HiddenSeries = 18,
    /// The profile snoozed it or its series.
    Snoozed = 19,
}

impl BlockKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [BlockKind; 19] = [
        BlockKind::Age,
        BlockKind::AgeUnknown,
        BlockKind::NotYetAvailable,
        BlockKind::Expired,
        BlockKind::Entitlement,
        BlockKind::AudioLanguage,
        BlockKind::SubtitleLanguage,
        BlockKind::Kind,
        BlockKind::AnyTag,
        BlockKind::MissingTag,
        BlockKind::ForbiddenTag,
        BlockKind::Hidden,
        BlockKind::Watched,
        BlockKind::Excluded,
        BlockKind::NoVector,
        BlockKind::BelowMinScore,
        BlockKind::NoTaste,
        BlockKind::HiddenSeries,
        BlockKind::Snoozed,
    ];

    /// Its name in files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            BlockKind::Age => "age",
            BlockKind::AgeUnknown => "age_unknown",
            BlockKind::NotYetAvailable => "not_yet_available",
            BlockKind::Expired => "expired",
            BlockKind::Entitlement => "entitlement",
            BlockKind::AudioLanguage => "audio_language",
            BlockKind::SubtitleLanguage => "subtitle_language",
            BlockKind::Kind => "kind",
            BlockKind::AnyTag => "any_tag",
            BlockKind::MissingTag => "missing_tag",
            BlockKind::ForbiddenTag => "forbidden_tag",
            BlockKind::Hidden => "hidden",
            BlockKind::Watched => "watched",
            BlockKind::Excluded => "excluded",
            BlockKind::NoVector => "no_vector",
            BlockKind::BelowMinScore => "below_min_score",
            BlockKind::NoTaste => "no_taste",
            BlockKind::HiddenSeries => "hidden_series",
            BlockKind::Snoozed => "snoozed",
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<BlockKind> {
        BlockKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }
}

/// One cause that keeps a video out of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: BlockKind,
    /// What the video has, as its kind says: years for an age, milliseconds since 1970-01-01 UTC for availability, the
    /// score for a threshold; else 0.
    pub found: f64,
    /// What the query asks for, in the same unit.
    pub asked: f64,
    /// What was asked for in words: a tag, or languages, kinds and tags joined with ", "; else empty. At most
    /// [`Block::TEXT_BYTES`].
    pub text: String,
}

impl Block {
    /// Of what was asked for in words.
    pub const TEXT_BYTES: usize = 256;

    /// One that its kind says all of.
    pub fn plain(kind: BlockKind) -> Block {
        Block { kind, found: 0.0, asked: 0.0, text: String::new() }
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub id: String,
    pub title: String,
    /// As the query would score it, blocked or not; none for one without a vector, or where there is no taste to score by.
    pub score: Option<f32>,
    /// Its place among all videos that are not blocked, from 1 on, in the order of the query's list; none when blocked.
    pub rank: Option<usize>,
    /// How many videos are not blocked, whatever their score.
    pub allowed: usize,
    /// What sums to the score, the largest first; none without a score.
    pub reasons: Vec<Reason>,
    /// All that keeps it out of the list; empty: nothing does.
    pub blocks: Vec<Block>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back() {
        for (code, kind) in (1..).zip(BlockKind::ALL) {
            assert_eq!((kind as i32, BlockKind::from_code(code)), (code, Some(kind)));
        }
        assert_eq!([0, 20, -1].map(BlockKind::from_code), [None; 3]);
    }
}
