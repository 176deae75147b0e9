//! Rows of videos that can be watched since a short time, for a short time, or just now. Ranked for the viewer by all
//! features; for one of whom nothing is known, by how many watched them and by how new or urgent they are. Videos
//! without a vector take part: what others watched ranks them, too.

use super::best_first::best_first;
use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{HomeRow, Kind, Reason, ReasonKind, Recommendation, Result};
use crate::ranking::new_videos::Mixed;
use crate::ranking::reasons::in_order;
use crate::vectors::{Bitmap, Scored};

const DAY_MS: i64 = 86_400_000;

/// Most videos that a row ranks; of more, the newest or those that leave first.
const RANKED: usize = 2_048;

/// Rows scored between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 64;

/// Days after which being new, and days before its end at which leaving, counts half for who is not known.
const HALF_DAYS: f64 = 7.0;

/// What began within the query's days, whichever episode of a series it was.
pub fn new_for_you(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let now = screen.now_utc_ms();
    let windows = screen.catalogue.attributes().availability();
    let mut rows = windows.begun_between(now.saturating_sub(i64::from(screen.query.new_days) * DAY_MS), now);
    rows.and(&screen.open);
    let age = |row: usize| now.saturating_sub(windows.first(row).unwrap_or(i64::MIN));
    ranked(screen, dealer, (row, ReasonKind::NewForYou), &rows, Face::Any, age)
}

/// What ends within the query's days, and can still be watched: the video to press leaves itself.
pub fn leaving_soon(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let now = screen.now_utc_ms();
    let windows = screen.catalogue.attributes().availability();
    let mut rows = windows.ending_between(now, now.saturating_add(i64::from(screen.query.leaving_days) * DAY_MS));
    rows.and(&screen.open);
    let left = |row: usize| windows.until(row).unwrap_or(i64::MAX).saturating_sub(now);
    ranked(screen, dealer, (row, ReasonKind::LeavingSoon), &rows, Face::Within(&rows), left)
}

/// Live events whose window holds the query's time, each by itself: the event that is on, not its series.
pub fn on_now(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let now = screen.now_utc_ms();
    let windows = screen.catalogue.attributes().availability();
    let rows = screen.of_kind(&screen.allowed, Kind::LiveEvent)?;
    let age = |row: usize| now.saturating_sub(windows.first(row).unwrap_or(i64::MIN));
    ranked(screen, dealer, (row, ReasonKind::OnNow), &rows, Face::Itself, age)
}

/// A row of the best of `rows`; `distance` is how far their time is from now, in milliseconds.
fn ranked(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    (row, reason): (Row, ReasonKind),
    rows: &Bitmap,
    face: Face<'_>,
    distance: impl Fn(usize) -> i64,
) -> Result<Option<HomeRow>> {
    let score = |row: usize| match screen.knows_viewer() {
        true => screen.scores.scored(row).score,
        false => unknown_viewer_score(screen.watches_of(row), distance(row)),
    };
    let mut nearest: Vec<usize> = rows.iter().collect();
    if nearest.len() > RANKED {
        let key = |row: &usize| (distance(*row), screen.catalogue.id(*row));
        nearest.select_nth_unstable_by(RANKED, |one, other| key(one).cmp(&key(other)));
        nearest.truncate(RANKED);
    }
    let mut scored = Vec::with_capacity(nearest.len());
    for rows in nearest.chunks(ROWS_BETWEEN_CHECKS) {
        screen.call.check()?;
        scored.extend(rows.iter().map(|row| (*row, score(*row))));
    }
    let find = |left: &Bitmap, limit: usize| {
        let left = scored.iter().filter(|(row, _)| left.contains(*row)).copied();
        Ok(best_first(screen.catalogue, left.collect(), limit))
    };
    let Some(tiles) = dealer.fill(row, rows, face, find)? else { return Ok(None) };
    let scored: Vec<_> = tiles.iter().map(|tile: &Tile| tile.scored(screen.catalogue)).collect();
    let recommendations = match screen.knows_viewer() {
        true => explained(screen, scored, reason)?,
        false => scored.iter().map(|scored| screen.plainly(scored, reason)).collect(),
    };
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}

/// The reasons of their scores, and the row's own, which adds nothing.
fn explained(screen: &Screen<'_>, list: Vec<Scored<'_>>, reason: ReasonKind) -> Result<Vec<Recommendation>> {
    let listed = Mixed { list, kept: Vec::new(), pinned: Vec::new() };
    let explained = screen.scores.explained(&listed, None, screen.call)?;
    let with_own = |mut found: Recommendation| {
        found.reasons.push(Reason::plain(reason, 0.0));
        Recommendation { reasons: in_order(found.reasons), ..found }
    };
    Ok(explained.into_iter().map(with_own).collect())
}

/// log₂(1 + watches) + 2^(−distance / 7 days).
fn unknown_viewer_score(watches: u64, distance_ms: i64) -> f32 {
    let days = distance_ms as f64 / DAY_MS as f64;
    ((1.0 + watches as f64).log2() + (-days / HALF_DAYS).exp2()) as f32
}
