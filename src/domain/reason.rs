//! Why a video has its score: reasons whose weights sum to it, each with what speaks for it.

use super::{Company, Device, Feature, Field, Place};

/// What a reason is. The numbers are part of the ABI; those of features are the features' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub enum ReasonKind {
    /// See [`Feature::Transitions`], and so on up to the sequence.
    Transitions = 0,
    ItemNeighbours = 1,
    UserNeighbours = 2,
    Ease = 3,
    Factors = 4,
    GraphWalk = 5,
    Popularity = 6,
    Trend = 7,
    Context = 8,
    Content = 9,
    Taste = 10,
    Attention = 11,
    Interests = 12,
    Freshness = 13,
    Sequence = 14,
    /// Like the video that was asked about.
    Similar = 32,
    /// The title matches what was typed.
    Title = 33,
    /// A text is near the meaning of what was searched for.
    Text = 34,
    /// The service puts it forward.
    Boost = 48,
    /// The service holds it back.
    Bury = 49,
    /// The service gives it a place.
    Pin = 50,
    /// It was shown before and passed over.
    Impressions = 51,
    /// Its turn, among videos that take turns.
    Rotation = 52,
    /// A place that the list keeps for videos that nobody watched; its weight is 0.
    NewPlace = 53,
    /// It makes the list more varied, or less.
    Diversity = 54,
    /// A place in which the list finds out what the viewer thinks of such videos; its weight is 0.
    ExplorePlace = 55,
    /// Started and not finished.
    Continue = 64,
    /// The next episode.
    Next = 65,
    /// An episode that appeared since the viewer had caught up.
    NewEpisode = 66,
    /// Not to be watched much longer.
    LeavingSoon = 67,
    /// On air at the time of the list.
    OnNow = 68,
    /// Appeared since the viewer was last here.
    NewForYou = 69,
    /// Off the viewer's usual ways.
    Explore = 70,
}

impl ReasonKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [ReasonKind; 33] = [
        ReasonKind::Transitions,
        ReasonKind::ItemNeighbours,
        ReasonKind::UserNeighbours,
        ReasonKind::Ease,
        ReasonKind::Factors,
        ReasonKind::GraphWalk,
        ReasonKind::Popularity,
        ReasonKind::Trend,
        ReasonKind::Context,
        ReasonKind::Content,
        ReasonKind::Taste,
        ReasonKind::Attention,
        ReasonKind::Interests,
        ReasonKind::Freshness,
        ReasonKind::Sequence,
        ReasonKind::Similar,
        ReasonKind::Title,
        ReasonKind::Text,
        ReasonKind::Boost,
        ReasonKind::Bury,
        ReasonKind::Pin,
        ReasonKind::Impressions,
        ReasonKind::Rotation,
        ReasonKind::NewPlace,
        ReasonKind::Diversity,
        ReasonKind::ExplorePlace,
        ReasonKind::Continue,
        ReasonKind::Next,
        ReasonKind::NewEpisode,
        ReasonKind::LeavingSoon,
        ReasonKind::OnNow,
        ReasonKind::NewForYou,
        ReasonKind::Explore,
    ];

    /// Its name in files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            ReasonKind::Transitions => Feature::Transitions.name(),
            ReasonKind::ItemNeighbours => Feature::ItemNeighbours.name(),
            ReasonKind::UserNeighbours => Feature::UserNeighbours.name(),
            ReasonKind::Ease => Feature::Ease.name(),
            ReasonKind::Factors => Feature::Factors.name(),
            ReasonKind::GraphWalk => Feature::GraphWalk.name(),
            ReasonKind::Popularity => Feature::Popularity.name(),
            ReasonKind::Trend => Feature::Trend.name(),
            ReasonKind::Context => Feature::Context.name(),
            ReasonKind::Content => Feature::Content.name(),
            ReasonKind::Taste => Feature::Taste.name(),
            ReasonKind::Attention => Feature::Attention.name(),
            ReasonKind::Interests => Feature::Interests.name(),
            ReasonKind::Freshness => Feature::Freshness.name(),
            ReasonKind::Sequence => Feature::Sequence.name(),
            ReasonKind::Similar => "similar",
            ReasonKind::Title => "title",
            ReasonKind::Text => "text",
            ReasonKind::Boost => "boost",
            ReasonKind::Bury => "bury",
            ReasonKind::Pin => "pin",
            ReasonKind::Impressions => "impressions",
            ReasonKind::Rotation => "rotation",
            ReasonKind::NewPlace => "new_place",
            ReasonKind::Diversity => "diversity",
            ReasonKind::ExplorePlace => "explore_place",
            ReasonKind::Continue => "continue",
            ReasonKind::Next => "next",
            ReasonKind::NewEpisode => "new_episode",
            ReasonKind::LeavingSoon => "leaving_soon",
            ReasonKind::OnNow => "on_now",
            ReasonKind::NewForYou => "new_for_you",
            ReasonKind::Explore => "explore",
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<ReasonKind> {
        ReasonKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }
}

impl From<Feature> for ReasonKind {
    fn from(feature: Feature) -> ReasonKind {
        match feature {
            Feature::Transitions => ReasonKind::Transitions,
            Feature::ItemNeighbours => ReasonKind::ItemNeighbours,
            Feature::UserNeighbours => ReasonKind::UserNeighbours,
            Feature::Ease => ReasonKind::Ease,
            Feature::Factors => ReasonKind::Factors,
            Feature::GraphWalk => ReasonKind::GraphWalk,
            Feature::Popularity => ReasonKind::Popularity,
            Feature::Trend => ReasonKind::Trend,
            Feature::Context => ReasonKind::Context,
            Feature::Content => ReasonKind::Content,
            Feature::Taste => ReasonKind::Taste,
            Feature::Attention => ReasonKind::Attention,
            Feature::Interests => ReasonKind::Interests,
            Feature::Freshness => ReasonKind::Freshness,
            Feature::Sequence => ReasonKind::Sequence,
        }
    }
}

/// Three hours of the viewer's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartOfDay {
    /// From midnight on, and so on every three hours.
    Night,
    EarlyMorning,
    Morning,
    LateMorning,
    EarlyAfternoon,
    Afternoon,
    Evening,
    LateEvening,
}

impl PartOfDay {
    /// In the order of the day.
    pub const ALL: [PartOfDay; 8] = [
        PartOfDay::Night,
        PartOfDay::EarlyMorning,
        PartOfDay::Morning,
        PartOfDay::LateMorning,
        PartOfDay::EarlyAfternoon,
        PartOfDay::Afternoon,
        PartOfDay::Evening,
        PartOfDay::LateEvening,
    ];

    fn name(self) -> &'static str {
        match self {
            PartOfDay::Night => "night",
            PartOfDay::EarlyMorning => "early_morning",
            PartOfDay::Morning => "morning",
            PartOfDay::LateMorning => "late_morning",
            PartOfDay::EarlyAfternoon => "early_afternoon",
            PartOfDay::Afternoon => "afternoon",
            PartOfDay::Evening => "evening",
            PartOfDay::LateEvening => "late_evening",
        }
    }
}

/// One of the circumstances of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circumstance {
    /// By the viewer's clock.
    Time {
        is_weekend: bool,
        part_of_day: PartOfDay,
    },
    Device(Device),
    Place(Place),
    Company(Company),
}

impl Circumstance {
    /// Its name in files: `weekday_evening`, `device_tv`, `place_bedroom`, `company_family`.
    pub fn name(self) -> String {
        match self {
            Circumstance::Time { is_weekend: true, part_of_day } => format!("weekend_{}", part_of_day.name()),
            Circumstance::Time { is_weekend: false, part_of_day } => format!("weekday_{}", part_of_day.name()),
            Circumstance::Device(device) => format!("device_{}", device.name()),
            Circumstance::Place(place) => format!("place_{}", place.name()),
            Circumstance::Company(company) => format!("company_{}", company.name()),
        }
    }
}

/// What speaks for a reason, as far as it is one thing. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// The watched video that brought most of the reason, or the video that was asked about; empty: none.
    pub video_id: String,
    /// Its title, as it was given.
    pub video_title: String,
    /// The tag that it shares with the recommended video; empty: none.
    pub tag: String,
    /// The field of the recommended video that the reason is the part of.
    pub field: Option<Field>,
    /// What the field says, from its beginning on, at most [`Evidence::TEXT_BYTES`].
    pub field_text: String,
    pub circumstance: Option<Circumstance>,
}

impl Evidence {
    /// Of a field's text that is kept.
    pub const TEXT_BYTES: usize = 256;

    /// A video, watched or asked about.
    pub fn video(id: &str, title: &str) -> Evidence {
        Evidence { video_id: id.to_owned(), video_title: title.to_owned(), ..Evidence::default() }
    }

    /// The one text that says most: the tag, the circumstance's name, what the field says, or the video's title.
    pub fn text(&self) -> String {
        match self.circumstance {
            _ if !self.tag.is_empty() => self.tag.clone(),
            Some(circumstance) => circumstance.name(),
            None if self.field.is_some() => self.field_text.clone(),
            None => self.video_title.clone(),
        }
    }
}

/// One term of a score. Those of a video sum to its score; a negative one speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub kind: ReasonKind,
    pub weight: f32,
    pub evidence: Evidence,
}

impl Reason {
    /// One without anything in particular that speaks for it.
    pub fn plain(kind: ReasonKind, weight: f32) -> Reason {
        Reason { kind, weight, evidence: Evidence::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_keep_their_numbers_and_names() {
        for feature in Feature::ALL {
            let kind = ReasonKind::from(feature);
            assert_eq!((kind as i32, kind.name()), (feature as i32, feature.name()));
        }
        for kind in ReasonKind::ALL {
            assert_eq!(ReasonKind::from_code(kind as i32), Some(kind));
        }
        assert!(ReasonKind::ALL.is_sorted_by(|one, next| (*one as i32) < *next as i32));
        assert_eq!([-1, 15, 31, 35, 71].map(ReasonKind::from_code), [None; 5]);
    }

    #[test]
    fn the_text_says_most() {
        let video = Evidence::video("v", "Heat");
        assert_eq!(video.text(), "Heat");
        assert_eq!(Evidence { tag: "crime".to_owned(), ..video.clone() }.text(), "crime");
        let field = Evidence { field: Some(Field::Description), field_text: "A thief".to_owned(), ..video };
        assert_eq!(field.text(), "A thief");
        let time = Circumstance::Time { is_weekend: false, part_of_day: PartOfDay::Evening };
        assert_eq!(Evidence { circumstance: Some(time), ..Evidence::default() }.text(), "weekday_evening");
        assert_eq!(Circumstance::Device(Device::Tv).name(), "device_tv");
    }
}
