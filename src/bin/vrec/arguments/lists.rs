//! Options of lists, of home screens, and of what keeps a video out of them.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use vrec::domain::ExplorationMethod;
use vrec::domain::HomeQuery;
use vrec::domain::Kind;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::RowQuery;
use vrec::domain::Rule;

use super::events::ContextOptions;
use super::events::FeatureOptions;
use crate::values;

/// Which videos a list may hold, and how many.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Whose history counts; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// At most so many videos
    #[arg(long, short = 'n', default_value_t = vrec::domain::Query::DEFAULT_LIMIT)]
    pub limit: usize,
    /// Only videos with at least this score, -1 to 1
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    pub min_score: Option<f32>,
    /// Keep watched videos in the list
    #[arg(long, conflicts_with = "exclude_watched")]
    pub include_watched: bool,
    /// Leave watched videos out of the list
    #[arg(long)]
    pub exclude_watched: bool,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    /// Show all reasons of each video, with their weights, which sum to its score
    #[arg(long)]
    pub reasons: bool,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// What a profile's list is ordered by, and for when and where it is.
#[derive(Debug, Args)]
pub struct RecommendOptions {
    /// What orders the list: taste, or blend, which is all that is known
    #[arg(long, value_name = "NAME", default_value = "taste", value_parser = values::ranking)]
    pub ranking: Ranking,
    /// When it is for: a date, a time such as 2026-01-31T20:15:00Z, or now; without it, the profile's last watch
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_hyphen_values = true)]
    pub at: Option<i64>,
    /// How the list is kept from being all alike, and how strongly, 0 to 1: mmr:0.5, cluster_quotas:0.5 or dpp:0.5
    #[arg(long, value_name = "METHOD:STRENGTH", value_parser = values::diversity)]
    pub diversity: Option<values::Diversity>,
    #[command(flatten)]
    pub exploration: ExplorationOptions,
    #[command(flatten)]
    pub features: FeatureOptions,
    #[command(flatten)]
    pub adjustments: AdjustmentOptions,
    #[command(flatten)]
    pub context: ContextOptions,
    #[command(flatten)]
    pub list: ListOptions,
}

/// Places that find out what the viewer thinks of other videos.
#[derive(Debug, Args)]
#[command(next_help_heading = "Places that find out what the viewer thinks of other videos")]
pub struct ExplorationOptions {
    /// How they are filled: linucb, thompson, or none; with --ranking blend, which it stands for, or in the row for_you
    #[arg(long, value_name = "METHOD", default_value = "none", value_parser = values::exploration)]
    pub exploration: ExplorationMethod,
    /// How many there are
    #[arg(long, value_name = "PLACES", default_value_t = Query::EXPLORATION_SLOTS)]
    pub exploration_slots: usize,
    /// The largest share of the list's lead over average videos that they may cost, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = Query::EXPLORATION_BUDGET)]
    pub exploration_budget: f32,
    /// What is drawn by: the same number gives the same list
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
}

/// What is added to scores.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is added to scores")]
pub struct AdjustmentOptions {
    /// How far a video sinks that was shown five times and passed over, in deviations; 0: not at all
    #[arg(long, value_name = "DEVIATIONS", default_value_t = Query::IMPRESSION_STRENGTH)]
    pub impression_strength: f32,
    /// After which a showing counts half
    #[arg(long, value_name = "LENGTH", default_value = "7d", value_parser = values::length)]
    pub impression_half_life: i64,
    /// Videos that score nearly the same take turns by this number, such as that of the day
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub rotation_seed: u64,
    /// Put a video at a position of the list, such as 1=film-interstellar-2014
    #[arg(long, value_name = "POSITION=VIDEO", value_parser = values::pin)]
    pub pin: Vec<Rule>,
    /// Raise a video, tag:TAG or series:SERIES, by 1 deviation or another number of them
    #[arg(long, value_name = "WHAT[=DEVIATIONS]", value_parser = values::boost)]
    pub boost: Vec<Rule>,
    /// Lower them
    #[arg(long, value_name = "WHAT[=DEVIATIONS]", value_parser = values::bury)]
    pub bury: Vec<Rule>,
    /// Most places for videos that are there only because of one of these; without it, a quarter of the list
    #[arg(long, value_name = "PLACES")]
    pub rule_budget: Option<usize>,
}

/// Which video, in which list.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// Id of the video
    pub video: String,
    #[command(flatten)]
    pub list: RecommendOptions,
}

/// Whose cards, and when.
#[derive(Debug, Args)]
pub struct WatchingOptions {
    /// Whose cards; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// When they are for: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = values::time, allow_hyphen_values = true)]
    pub at: i64,
    /// At most so many cards
    #[arg(long, short = 'n', default_value_t = vrec::domain::Query::DEFAULT_LIMIT)]
    pub limit: usize,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// Whose home screen, for when, and which rows.
#[derive(Debug, Args)]
pub struct HomeOptions {
    /// Whose screen; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// When it is for: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = values::time, allow_hyphen_values = true)]
    pub at: i64,
    /// A row, in its place; with a video or series that it is about after an equals sign
    #[arg(long, value_name = "KIND[=VIDEO]", value_parser = values::row)]
    pub row: Vec<RowQuery>,
    /// At most so many rows; without it, all that are named, or 7
    #[arg(long, value_name = "COUNT")]
    pub rows: Option<usize>,
    /// At most so many videos in a row
    #[arg(long, value_name = "COUNT", default_value_t = HomeQuery::ROW_SIZE)]
    pub size: usize,
    /// Leave out rows with fewer videos
    #[arg(long, value_name = "COUNT", default_value_t = HomeQuery::ROW_MINIMUM)]
    pub minimum: usize,
    /// For how many days videos are new
    #[arg(long, value_name = "DAYS", default_value_t = HomeQuery::NEW_DAYS)]
    pub new_days: u32,
    /// How many days before their end videos leave soon
    #[arg(long, value_name = "DAYS", default_value_t = HomeQuery::LEAVING_DAYS)]
    pub leaving_days: u32,
    /// Titles of rows in Chinese
    #[arg(long)]
    pub chinese: bool,
    /// Show all reasons of each video, with their weights, which sum to its score
    #[arg(long)]
    pub reasons: bool,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub exploration: ExplorationOptions,
    #[command(flatten)]
    pub context: ContextOptions,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// Rules that every listed video keeps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Only videos that keep these rules")]
pub struct FilterOptions {
    /// Of these kinds: movie, series, season, episode, live_event, clip, music, course, advert, other
    #[arg(long, value_delimiter = ',', value_parser = values::video_kind)]
    pub kind: Vec<Kind>,
    /// For viewers of this age: videos of unknown minimum age are left out
    #[arg(long, value_name = "YEARS", visible_alias = "viewer-age")]
    pub max_age: Option<u32>,
    /// Available at this time: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_hyphen_values = true)]
    pub available_at: Option<i64>,
    /// Open to a viewer with these entitlements
    #[arg(long, value_name = "NAME")]
    pub entitlement: Vec<String>,
    /// Open to a viewer without any entitlement
    #[arg(long, conflicts_with = "entitlement")]
    pub no_entitlement: bool,
    /// With sound in one of these languages, such as zh or en-GB
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    pub audio: Vec<String>,
    /// With subtitles in one of these languages
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    pub subtitles: Vec<String>,
    /// With at least one of these tags
    #[arg(long, value_name = "TAG")]
    pub any_tag: Vec<String>,
    /// With all of these tags
    #[arg(long, value_name = "TAG")]
    pub all_tag: Vec<String>,
    /// With none of these tags
    #[arg(long, value_name = "TAG")]
    pub no_tag: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SearchOptions {
    /// What to search for
    #[arg(required = true)]
    pub text: Vec<String>,
    /// Look at titles alone, as for a keystroke: takes no model
    #[arg(long)]
    pub titles: bool,
    #[command(flatten)]
    pub list: ListOptions,
}

#[derive(Debug, Args)]
pub struct SimilarOptions {
    /// Id of the video
    pub video: String,
    /// How the list is kept from being all alike, and how strongly, 0 to 1: mmr:0.5, cluster_quotas:0.5 or dpp:0.5
    #[arg(long, value_name = "METHOD:STRENGTH", value_parser = values::diversity)]
    pub diversity: Option<values::Diversity>,
    #[command(flatten)]
    pub list: ListOptions,
}
