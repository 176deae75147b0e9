//! A home screen: what a caller asks for, and the titled rows it gets back. `docs/home.md` has the rules in words.

use super::video::check_id;
use super::{EpisodePlace, Error, Kind, Query, Recommendation, Result, WatchCardKind, limits};

/// What a row of a home screen holds. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum RowKind {
    /// Started and not finished.
    ContinueWatching = 1,
    /// Next episodes, and new ones of series that the viewer had caught up with.
    NextUp = 2,
    /// Like a film or series that the viewer watched or liked, which is the row's seed.
    BecauseYouWatched = 3,
    /// Like a film or series, which is the row's seed.
    MoreLikeThis = 4,
    /// The blended list of all that is known of the viewer.
    ForYou = 5,
    /// Watched by many in the last days.
    Trending = 6,
    /// Watched by many.
    Popular = 7,
    /// To be watched since a few days, ranked for the viewer.
    NewForYou = 8,
    /// To be watched for a few days only, ranked for the viewer.
    LeavingSoon = 9,
    /// Live events that are on.
    OnNow = 10,
    /// Good ones among what the viewer has not touched.
    Explore = 11,
}

impl RowKind {
    pub const ALL: [RowKind; 11] = [
        RowKind::ContinueWatching,
        RowKind::NextUp,
        RowKind::BecauseYouWatched,
        RowKind::MoreLikeThis,
        RowKind::ForYou,
        RowKind::Trending,
        RowKind::Popular,
        RowKind::NewForYou,
        RowKind::LeavingSoon,
        RowKind::OnNow,
        RowKind::Explore,
    ];

    /// Its name in options: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            RowKind::ContinueWatching => "continue_watching",
            RowKind::NextUp => "next_up",
            RowKind::BecauseYouWatched => "because_you_watched",
            RowKind::MoreLikeThis => "more_like_this",
            RowKind::ForYou => "for_you",
            RowKind::Trending => "trending",
            RowKind::Popular => "popular",
            RowKind::NewForYou => "new_for_you",
            RowKind::LeavingSoon => "leaving_soon",
            RowKind::OnNow => "on_now",
            RowKind::Explore => "explore",
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<RowKind> {
        RowKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }

    /// Whether its rows are about one film or series.
    pub fn has_seed(self) -> bool {
        matches!(self, RowKind::BecauseYouWatched | RowKind::MoreLikeThis)
    }
}

/// One row that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowQuery {
    pub kind: RowKind,
    /// The id of a video or of a series, for kinds that have a seed. Empty: chosen by what the viewer did last.
    pub seed_id: String,
    /// At most this many items, 1 to [`limits::HOME_ITEMS`]; 0: as many as the home query says.
    pub size: usize,
}

impl RowQuery {
    /// A row of this kind with every other value at its default.
    pub fn of(kind: RowKind) -> RowQuery {
        RowQuery { kind, seed_id: String::new(), size: 0 }
    }

    /// The same with a seed.
    #[must_use]
    pub fn with_seed(self, seed_id: &str) -> RowQuery {
        RowQuery { seed_id: seed_id.to_owned(), ..self }
    }

    fn validate(&self) -> Result<()> {
        if self.size > limits::HOME_ITEMS {
            return Err(Error::limit("size", self.size, limits::HOME_ITEMS));
        }
        if self.seed_id.is_empty() {
            return Ok(());
        }
        if !self.kind.has_seed() {
            return Err(Error::invalid(format!(
                "seed_id is given, and rows of kind {} have no seed",
                self.kind.name()
            )));
        }
        check_id("seed_id", &self.seed_id)
    }
}

/// One request for a home screen.
#[derive(Debug, Clone, PartialEq)]
pub struct HomeQuery {
    /// Whom the screen is for and what it may hold: the profile, the time, which is required, the circumstances, the
    /// filter, excluded ids, feature weights, the share for new videos, and whether what was watched may stand in it. In
    /// every row but those of cards also boosts, buries, rotation and showings count; for [`RowKind::ForYou`] pins,
    /// diversity and exploration, too. The rest but the ranking is checked, and does not count.
    pub query: Query,
    /// The rows in their order; none: [`HomeQuery::default_rows`].
    pub rows: Vec<RowQuery>,
    /// At most this many rows, the first of those that are filled; none: all that `rows` names, or else
    /// [`HomeQuery::ROW_LIMIT`].
    pub row_limit: Option<usize>,
    /// Items of a row that names no number, 1 to [`limits::HOME_ITEMS`].
    pub row_size: usize,
    /// Rows with fewer items are left out, 1 to [`limits::HOME_ITEMS`].
    pub row_minimum: usize,
    /// For how many days a video is new after it could first be watched, 1 to [`limits::HOME_NEW_DAYS`].
    pub new_days: u32,
    /// How many days before its end a video leaves soon, 1 to [`limits::HOME_LEAVING_DAYS`].
    pub leaving_days: u32,
}

impl HomeQuery {
    /// Rows of a screen where the caller names none.
    pub const ROW_LIMIT: usize = 7;
    /// Items of a row where the caller names no number.
    pub const ROW_SIZE: usize = 25;
    /// Items that a row needs where the caller names no number.
    pub const ROW_MINIMUM: usize = 1;
    pub const NEW_DAYS: u32 = 30;
    pub const LEAVING_DAYS: u32 = 7;

    /// The screen of `profile` at a time, with every other value at its default.
    pub fn for_profile(profile: &str, now_utc_ms: i64) -> HomeQuery {
        HomeQuery {
            query: Query { now_utc_ms, ..Query::for_profile(profile) },
            rows: Vec::new(),
            row_limit: None,
            row_size: HomeQuery::ROW_SIZE,
            row_minimum: HomeQuery::ROW_MINIMUM,
            new_days: HomeQuery::NEW_DAYS,
            leaving_days: HomeQuery::LEAVING_DAYS,
        }
    }

    /// The rows of a screen that names none: what goes on comes first, then what is on now, then what is known of the
    /// viewer, then what holds for a few days, then what everyone watches. More than a screen has places for, since
    /// few viewers fill all of them.
    pub fn default_rows() -> Vec<RowQuery> {
        let kinds = [
            RowKind::ContinueWatching,
            RowKind::NextUp,
            RowKind::OnNow,
            RowKind::BecauseYouWatched,
            RowKind::ForYou,
            RowKind::NewForYou,
            RowKind::LeavingSoon,
            RowKind::Trending,
            RowKind::BecauseYouWatched,
            RowKind::Popular,
            RowKind::Explore,
        ];
        kinds.map(RowQuery::of).into()
    }

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        self.query.validate_without_ranking()?;
        if self.query.now_utc_ms == 0 {
            return Err(Error::invalid("now_utc_ms is 0; a home screen needs its time"));
        }
        if self.rows.len() > limits::HOME_ROWS {
            return Err(Error::limit("the number of rows", self.rows.len(), limits::HOME_ROWS));
        }
        check_range("row_limit", self.row_limit.unwrap_or(1), limits::HOME_ROWS)?;
        check_range("row_size", self.row_size, limits::HOME_ITEMS)?;
        check_range("row_minimum", self.row_minimum, limits::HOME_ITEMS)?;
        check_range("new_days", self.new_days as usize, limits::HOME_NEW_DAYS)?;
        check_range("leaving_days", self.leaving_days as usize, limits::HOME_LEAVING_DAYS)?;
        for (index, row) in self.rows.iter().enumerate() {
            let place = |error: Error| error.within_batch("rows", index, self.rows.len());
            row.validate().map_err(place)?;
            let is_same = |other: &&RowQuery| other.kind == row.kind && other.seed_id == row.seed_id;
            let may_repeat = row.kind == RowKind::BecauseYouWatched && row.seed_id.is_empty();
            if !may_repeat && self.rows[..index].iter().any(|other| is_same(&other)) {
                let message = format!("a row of kind {} with the same seed stands before it", row.kind.name());
                return Err(place(Error::invalid(message)));
            }
        }
        Ok(())
    }
}

fn check_range(what: &str, value: usize, most: usize) -> Result<()> {
    match value {
        0 => Err(Error::invalid(format!("{what} is 0; it needs at least 1"))),
        _ if value > most => Err(Error::limit(what, value, most)),
        _ => Ok(()),
    }
}

/// One row of a home screen.
#[derive(Debug, Clone, PartialEq)]
pub struct HomeRow {
    pub kind: RowKind,
    /// A stable text that says which title fits, for hosts with translations of their own: the kind's name, or
    /// "because_you_liked" where the seed was liked and not watched.
    pub title_key: &'static str,
    /// The title in English and in Chinese, in simplified characters, the seed's title included.
    pub title_en: String,
    pub title_zh: String,
    /// The film or series that the row is about. Empty: none.
    pub seed_id: String,
    pub seed_title: String,
    /// Never empty.
    pub items: Vec<HomeItem>,
}

/// One tile of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct HomeItem {
    /// The video to press, and why it is there. Its score orders the row, unless the row is of cards, by when they were
    /// engaged with, or of [`RowKind::Explore`], which takes tags in turns; scores of different rows cannot be compared.
    pub recommendation: Recommendation,
    /// Of a row of cards.
    pub card: Option<WatchCardKind>,
    /// Where to go on; 0 unless continued.
    pub position_ms: i64,
    /// 0: unknown, or live television.
    pub duration_ms: i64,
    /// None: unknown.
    pub kind: Option<Kind>,
    /// Empty: it belongs to no series.
    pub series_id: String,
    /// None: it has no place in its series.
    pub place: Option<EpisodePlace>,
    /// Milliseconds since 1970-01-01 UTC. None: ever since.
    pub available_from_utc_ms: Option<i64>,
    /// None: for ever.
    pub available_until_utc_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(change: impl FnOnce(&mut HomeQuery)) -> String {
        let mut query = HomeQuery::for_profile("p", 1);
        change(&mut query);
        query.validate().unwrap_err().message
    }

    #[test]
    fn a_query_is_checked() {
        use RowKind::{BecauseYouWatched, MoreLikeThis, Popular};
        assert_eq!(HomeQuery::for_profile("p", 1).validate(), Ok(()));
        assert_eq!(HomeQuery { rows: HomeQuery::default_rows(), ..HomeQuery::for_profile("p", 1) }.validate(), Ok(()));
        assert_eq!(message(|query| query.query.now_utc_ms = 0), "now_utc_ms is 0; a home screen needs its time");
        assert_eq!(message(|query| query.row_size = 41), "row_size is 41, the limit is 40");
        assert_eq!(message(|query| query.row_minimum = 0), "row_minimum is 0; it needs at least 1");
        assert_eq!(message(|query| query.leaving_days = 8), "leaving_days is 8, the limit is 7");
        assert_eq!(message(|query| query.row_limit = Some(0)), "row_limit is 0; it needs at least 1");
        let rows = |rows: Vec<RowQuery>| message(|query| query.rows = rows);
        assert_eq!(
            rows(vec![RowQuery::of(Popular), RowQuery::of(Popular)]),
            "rows[1]: a row of kind popular with the same seed stands before it"
        );
        assert_eq!(
            rows(vec![RowQuery::of(BecauseYouWatched), RowQuery::of(Popular).with_seed("v")]),
            "rows[1]: seed_id is given, and rows of kind popular have no seed"
        );
        let large = RowQuery { size: 41, ..RowQuery::of(MoreLikeThis) };
        assert_eq!(rows(vec![large, RowQuery::of(Popular)]), "rows[0]: size is 41, the limit is 40");
        assert_eq!(rows(vec![RowQuery::of(MoreLikeThis); 41]), "the number of rows is 41, the limit is 40");
    }
}
