//! What the catalogue said of a video at the time when an event told that it was played. Kept with the event, so that
//! watch states come out the same when they are made from the events again, whatever became of the video since: episodes
//! of television leave their catalogues after days, and the next one is to be found all the same.

use std::sync::Arc;

use super::Kind;

/// Where an episode stands in its series: by season, then by episode, both from 1 on. Season 0 is that of a series
/// without seasons. An episode without a number has no place, and no special has one: what has no season in a series
/// that has seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodePlace {
    pub season: u32,
    pub episode: u32,
}

impl EpisodePlace {
    /// Behind all others.
    pub const LAST: EpisodePlace = EpisodePlace { season: u32::MAX, episode: u32::MAX };
}

/// See the module. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchedVideo {
    pub kind: Option<Kind>,
    /// None: it belongs to no series.
    pub series_id: Option<Arc<str>>,
    /// Where it stands there.
    pub place: Option<EpisodePlace>,
    /// 0: unknown.
    pub duration_ms: i64,
    /// 0: unknown.
    pub credits_start_ms: i64,
    /// The last place of the series that could be watched then: what came later was new to who had watched that one.
    pub last_available: Option<EpisodePlace>,
}
