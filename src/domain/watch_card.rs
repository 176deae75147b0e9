//! What a viewer is in the middle of, or comes next, as one card.

use super::EpisodePlace;

/// Why a card is there. The numbers are part of the ABI, and those of Android TV's Watch Next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum WatchCardKind {
    /// Started and not finished.
    Continue = 0,
    /// An episode was finished and this is the next one.
    Next = 1,
    /// The viewer had caught up with the series, and this episode appeared since.
    New = 2,
}

impl WatchCardKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            WatchCardKind::Continue => "continue",
            WatchCardKind::Next => "next",
            WatchCardKind::New => "new",
        }
    }
}

/// One card of one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchCard {
    /// The video to play.
    pub id: String,
    pub title: String,
    pub kind: WatchCardKind,
    /// Where to go on; for live television how long it was viewed. 0 for next and new.
    pub position_ms: i64,
    /// The video's length. 0: unknown, or live television.
    pub duration_ms: i64,
    /// Empty: none.
    pub series_id: String,
    /// None: it has no place in its series.
    pub place: Option<EpisodePlace>,
    /// When the viewer last watched the video, or an episode of its series, as the event told; milliseconds since
    /// 1970-01-01 UTC.
    pub engaged_utc_ms: i64,
}
