//! Which videos stand on the screen already, and by which video a candidate is shown. No video stands in two rows, and
//! of a series there is one card: its own entry, where the catalogue has one, or else the episode to watch next.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::screen::{Row, Screen};
use crate::domain::{EpisodePlace, Kind, Result, WatchedVideo};
use crate::ranking::Catalogue;
use crate::ranking::exploration::Showing;
use crate::vectors::{Bitmap, Scored};

/// Candidates that a row asks for at first, for each of its places: several may be of one series.
pub const ASKED_FOR_A_TILE: usize = 4;

/// How often a row asks for more candidates, twice as many each time, where those it got are shown already.
const SEARCHES: usize = 4;

/// What a screen has one card of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Series(Arc<str>),
    /// A video of no series, by its row.
    Video(usize),
}

/// By which video a candidate may be shown.
#[derive(Debug, Clone, Copy)]
pub enum Face<'b> {
    /// By any of its series.
    Any,
    /// By one of its series that is among these rows.
    Within(&'b Bitmap),
    /// By itself.
    Itself,
}

/// A place on the screen.
#[derive(Debug, Clone)]
pub struct Tile {
    /// The video to press.
    pub row: usize,
    /// The candidate that brought it up.
    pub member: usize,
    pub score: f32,
    pub subject: Subject,
}

impl Tile {
    /// The candidate with its score.
    pub fn scored<'c>(&self, catalogue: &'c Catalogue) -> Scored<'c> {
        Scored { row: self.member, score: self.score, key: catalogue.id(self.member) }
    }
}

/// See the module.
pub struct Dealer<'a> {
    screen: &'a Screen<'a>,
    dealt: HashSet<Subject>,
    /// Their rows, as far as their series tell them.
    gone: Bitmap,
    /// Entries of series whose id is not that of the series.
    entries: OnceCell<HashMap<Arc<str>, usize>>,
}

impl<'a> Dealer<'a> {
    pub fn new(screen: &'a Screen<'a>) -> Dealer<'a> {
        Dealer { screen, dealt: HashSet::new(), gone: Bitmap::default(), entries: OnceCell::new() }
    }

    /// What a row's video is one of, or is.
    pub fn subject(&self, row: usize) -> Subject {
        subject(self.screen.catalogue, row)
    }

    /// Fills a row from what `find` finds among `candidates`: for a set of rows and a number, at most that many of them,
    /// best first. None where the row has too few items; otherwise nothing of it stands in a later one.
    pub fn fill<'c>(
        &mut self,
        row: Row,
        candidates: &Bitmap,
        face: Face<'_>,
        find: impl FnMut(&Bitmap, usize) -> Result<Vec<Scored<'c>>>,
    ) -> Result<Option<Vec<Tile>>> {
        let tiles = self.tiles(row.size, candidates, face, find)?;
        Ok(self.deal(row, tiles))
    }

    /// What of `rows` does not stand on the screen, as far as series tell it.
    pub fn left(&self, rows: &Bitmap) -> Bitmap {
        let mut left = rows.clone();
        left.and_not(&self.gone);
        left
    }

    /// At most `most` places for what `find` finds, as [`Dealer::fill`] asks it; none of them is taken.
    pub fn tiles<'c>(
        &self,
        most: usize,
        candidates: &Bitmap,
        face: Face<'_>,
        mut find: impl FnMut(&Bitmap, usize) -> Result<Vec<Scored<'c>>>,
    ) -> Result<Vec<Tile>> {
        let mut left = self.left(candidates);
        let (mut tiles, mut seen) = (Vec::new(), HashSet::new());
        let mut wanted = ASKED_FOR_A_TILE * most;
        for _ in 0..SEARCHES {
            if left.is_empty() {
                break;
            }
            let found = find(&left, wanted)?;
            for candidate in &found {
                let subject = self.subject(candidate.row);
                left.remove(candidate.row);
                if self.dealt.contains(&subject) || !seen.insert(subject.clone()) {
                    continue;
                }
                self.remove(&subject, &mut left);
                let is_shown =
                    |row: &usize| self.gone.contains(*row) || tiles.iter().any(|tile: &Tile| tile.row == *row);
                if let Some(shown) = self.face(candidate.row, &subject, face).filter(|row| !is_shown(row)) {
                    tiles.push(Tile { row: shown, member: candidate.row, score: candidate.score, subject });
                }
            }
            if tiles.len() >= most || found.len() < wanted {
                break;
            }
            wanted *= 2;
        }
        tiles.truncate(most);
        Ok(tiles)
    }

    /// The place of a candidate by any of its series; none where that stands on the screen, or may not.
    pub fn tile(&self, candidate: &Scored<'_>) -> Option<Tile> {
        let subject = self.subject(candidate.row);
        let row = self.face(candidate.row, &subject, Face::Any)?;
        let stands = self.dealt.contains(&subject) || self.gone.contains(row);
        (!stands).then_some(Tile { row, member: candidate.row, score: candidate.score, subject })
    }

    /// Takes the tiles' subjects, where they are enough for a row.
    pub fn deal(&mut self, row: Row, tiles: Vec<Tile>) -> Option<Vec<Tile>> {
        if tiles.len() < row.minimum {
            return None;
        }
        for tile in &tiles {
            self.rows_of(&tile.subject).into_iter().for_each(|row| self.gone.insert(row));
            self.gone.insert(tile.row);
            self.dealt.insert(tile.subject.clone());
        }
        Some(tiles)
    }

    pub fn has_dealt(&self, subject: &Subject) -> bool {
        self.dealt.contains(subject)
    }

    /// Takes the rows of a subject out, as far as its series tells them: the rest is passed over when it is found.
    pub fn remove(&self, subject: &Subject, rows: &mut Bitmap) {
        self.rows_of(subject).into_iter().for_each(|row| rows.remove(row));
    }

    fn rows_of(&self, subject: &Subject) -> Vec<usize> {
        match subject {
            Subject::Video(row) => vec![*row],
            Subject::Series(id) => {
                let episodes = self.screen.catalogue.series().episodes(id).into_iter();
                episodes.flat_map(|episodes| episodes.rows()).chain(self.entry(id)).collect()
            }
        }
    }

    /// The video by which a candidate is shown; none where its subject is hidden, seen to the end, or in progress.
    fn face(&self, row: usize, subject: &Subject, face: Face<'_>) -> Option<usize> {
        let allowed = &self.screen.allowed;
        let is_within = |row: &usize| match face {
            Face::Within(rows) => rows.contains(*row),
            Face::Any | Face::Itself => true,
        };
        let itself = Some(row).filter(|row| allowed.contains(*row));
        let Subject::Series(id) = subject else { return itself.filter(is_within) };
        let is_hidden = |id: &str| self.screen.watching().is_some_and(|watching| watching.is_hidden(id));
        let entry = self.entry(id);
        let is_refused = |row: usize| self.screen.open.contains(row) && !allowed.contains(row);
        if is_hidden(id) || entry.is_some_and(is_refused) {
            return None;
        }
        if let Face::Itself = face {
            return itself;
        }
        let entry = entry.filter(|row| allowed.contains(*row));
        match self.episode(id) {
            Episode::None => entry.into_iter().chain(itself).find(is_within),
            Episode::Next(next) if allowed.contains(next) => entry.into_iter().chain([next]).find(is_within),
            Episode::Next(_) | Episode::AllSeen => None,
        }
    }

    /// The row of a series' own entry: a video of kind series that has the series' id, or names it.
    pub fn entry(&self, series_id: &str) -> Option<usize> {
        let catalogue = self.screen.catalogue;
        let is_series =
            |row: &usize| catalogue.watched_video(*row).is_some_and(|known| known.kind == Some(Kind::Series));
        catalogue.row(series_id).filter(is_series).or_else(|| self.entries().get(series_id).copied())
    }

    fn entries(&self) -> &HashMap<Arc<str>, usize> {
        self.entries.get_or_init(|| {
            let catalogue = self.screen.catalogue;
            let rows = self.screen.of_kind(catalogue.live(), Kind::Series).unwrap_or_default();
            let mut entries: HashMap<Arc<str>, usize> = HashMap::new();
            for row in rows.iter() {
                let Subject::Series(id) = subject(catalogue, row) else { continue };
                let known = entries.entry(id).or_insert(row);
                if catalogue.id(row) < catalogue.id(*known) {
                    *known = row;
                }
            }
            entries
        })
    }

    /// The episode to watch next of those that can be watched now: the first unseen one past the last that was
    /// finished, or else the first unseen one.
    fn episode(&self, series_id: &str) -> Episode {
        let Some(episodes) = self.screen.catalogue.series().episodes(series_id) else { return Episode::None };
        let is_open = |(_, row): &(EpisodePlace, usize)| self.screen.open.contains(*row);
        let series = self.screen.watching().and_then(|watching| watching.series(series_id));
        let is_unseen = |place: EpisodePlace| series.is_none_or(|series| !series.has_seen(place));
        let Some((first, _)) = episodes.in_order().find(is_open) else { return Episode::None };
        let last = series.and_then(|series| series.last_finished);
        let mut past_last = last.into_iter().flat_map(|last| episodes.after(last.place)).filter(is_open);
        let next = past_last.find(|(place, _)| is_unseen(*place));
        let next = next.or_else(|| episodes.in_order().filter(is_open).find(|(place, _)| is_unseen(*place)));
        let place = match next {
            Some((place, _)) => place,
            None if self.screen.leaves_out_watched() => return Episode::AllSeen,
            None => first,
        };
        // Of several editions the one with the least id, as on cards.
        let editions = episodes.at(place).filter(|row| self.screen.open.contains(*row));
        editions.min_by_key(|row| self.screen.catalogue.id(*row)).map_or(Episode::None, Episode::Next)
    }
}

impl Showing for Dealer<'_> {
    fn pressed(&self, row: usize) -> Option<usize> {
        self.tile(&Scored { row, score: 0.0, key: "" }).map(|tile| tile.row)
    }

    fn series(&self, row: usize) -> Option<Arc<str>> {
        match self.subject(row) {
            Subject::Series(id) => Some(id),
            Subject::Video(_) => None,
        }
    }
}

/// See [`Dealer::episode`].
enum Episode {
    /// No episode with a place can be watched now.
    None,
    AllSeen,
    Next(usize),
}

/// What a row's video is one of, or is.
pub fn subject(catalogue: &Catalogue, row: usize) -> Subject {
    let Some(video) = catalogue.video(row) else { return Subject::Video(row) };
    match video.watched.as_deref() {
        // An entry that has episodes of its own is the card of these, whatever it belongs to itself.
        Some(WatchedVideo { kind: Some(Kind::Series), .. }) if catalogue.series().episodes(&video.id).is_some() => {
            Subject::Series(Arc::clone(&video.id))
        }
        Some(WatchedVideo { series_id: Some(id), .. }) => Subject::Series(Arc::clone(id)),
        Some(WatchedVideo { kind: Some(Kind::Series), .. }) => Subject::Series(Arc::clone(&video.id)),
        _ => Subject::Video(row),
    }
}
