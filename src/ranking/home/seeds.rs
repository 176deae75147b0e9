//! The films and series that rows are about: those that the caller names, and for the others what the viewer watched or
//! liked last. Episodes seed as their series. Of two rows the second takes what is unlike the first, so that they differ.

use super::dealer::{Dealer, Subject};
use super::screen::Screen;
use super::titles::Touch;
use super::unknown_seed;
use crate::domain::{Result, RowKind, RowQuery};
use crate::learning::{Engagement, Watch};
use crate::ranking::{is_of_age, permitted_rows};
use crate::vectors::{Bitmap, dot, normalise};

/// Films and series, of those watched last, that rows are made about.
const RECENT: usize = 20;

/// Watches looked at for them: whoever watches a series has many of one.
const WATCHES: usize = 200;

/// Episodes of a series that say what it is like, where it has no entry of its own that does.
const EPISODES: usize = 8;

/// What a seed counts beside the one that was watched after it, when the next row chooses among them.
const RECENCY: f32 = 0.9;

/// See the module.
#[derive(Debug, Clone)]
pub struct Seed {
    pub subject: Subject,
    /// Of the film or of the series' entry; of a series without one, the id of the series.
    pub id: String,
    /// Its title; of a series without an entry, what the titles of its episodes have in common. Empty: none.
    pub title: String,
    /// The row of the video that stands for it where reasons name one.
    pub row: usize,
    /// Of unit length; none where nothing of it has a vector.
    pub vector: Option<Vec<f32>>,
    /// As the end of a history: the film, or the episodes of the series that were watched.
    pub watches: Vec<Watch>,
    /// None where the viewer neither watched nor liked it.
    pub touch: Option<Touch>,
}

/// See the module.
pub struct Seeds {
    /// For each row that is asked for the one that it names.
    named: Vec<Option<Seed>>,
    /// Which of these rows name one.
    names: Vec<bool>,
    /// What the viewer watched or liked, the last first, without those that have a row.
    recent: Vec<Seed>,
    /// What the viewer picked or watched last.
    last_chosen: Option<Seed>,
    used: Vec<Seed>,
}

impl Seeds {
    /// Fails where a row names what is no video and no series.
    pub fn of(screen: &Screen<'_>, dealer: &Dealer<'_>, asked: &[RowQuery]) -> Result<Seeds> {
        let has_seeds = asked.iter().any(|row| row.kind.has_seed());
        let watched = if has_seeds { watched(screen, dealer) } else { Vec::new() };
        // A title that the viewer may not see is in no row's title.
        let is_of_age = |(_, row): &(Subject, usize)| is_of_age(screen.catalogue, &screen.query.query, *row);
        let named = |(index, row): (usize, &RowQuery)| {
            let subject = Some(&row.seed_id).filter(|id| !id.is_empty()).map(|id| {
                let found = subject_of_id(screen, dealer, id);
                found.ok_or_else(|| unknown_seed(index, asked.len(), id))
            });
            subject.transpose().map(|named| {
                named.filter(is_of_age).and_then(|(subject, row)| seed(screen, dealer, &watched, subject, row))
            })
        };
        let named: Vec<Option<Seed>> = asked.iter().enumerate().map(named).collect::<Result<_>>()?;
        let names = asked.iter().map(|row| !row.seed_id.is_empty()).collect();
        let mut seeds = Seeds { named, names, recent: Vec::new(), last_chosen: None, used: Vec::new() };
        if asked.iter().any(|row| row.kind.has_seed() && row.seed_id.is_empty()) {
            let own = &screen.query.query;
            let permitted = permitted_rows(screen.catalogue, screen.viewer.engaged, own, false, screen.call)?;
            seeds.recent = recent(screen, dealer, &watched, &permitted);
            seeds.last_chosen = last_chosen(screen, dealer, &watched, &permitted);
        }
        let has_row = |seed: &Seed| seeds.named.iter().flatten().any(|named| named.subject == seed.subject);
        let recent = std::mem::take(&mut seeds.recent);
        let recent: Vec<Seed> = recent.into_iter().filter(|seed| !has_row(seed)).collect();
        Ok(Seeds { recent, ..seeds })
    }

    /// Whether the row with this place among those asked for names a seed, known or not.
    pub fn is_named(&self, index: usize) -> bool {
        self.names.get(index).copied().unwrap_or_default()
    }

    /// What it names.
    pub fn named(&self, index: usize) -> Option<&Seed> {
        self.named.get(index).and_then(Option::as_ref)
    }

    /// The next seed to try for a row of this kind that names none.
    pub fn next(&mut self, kind: RowKind) -> Option<Seed> {
        if kind == RowKind::MoreLikeThis { self.next_chosen() } else { self.next_watched() }
    }

    /// What was watched or liked last, then what is lately watched and unlike the seeds of rows before; each is given once.
    fn next_watched(&mut self) -> Option<Seed> {
        let unlike = |seed: &Seed| {
            let likeness = |used: &Seed| match (&seed.vector, &used.vector) {
                (Some(one), Some(other)) => dot(one, other),
                _ => 0.0,
            };
            1.0 - self.used.iter().map(likeness).fold(0.0, f32::max)
        };
        let recency = std::iter::successors(Some(1.0), |weight| Some(weight * RECENCY));
        let rated: Vec<f32> =
            self.recent.iter().zip(recency).map(|(seed, weight): (_, f32)| weight * unlike(seed)).collect();
        // The first of equal ones.
        let best = (0..rated.len()).rev().max_by(|one, other| rated[*one].total_cmp(&rated[*other]))?;
        Some(self.recent.remove(best))
    }

    /// What was picked or watched last, unless a row is about it already.
    fn next_chosen(&mut self) -> Option<Seed> {
        let chosen = self.last_chosen.take();
        let is_used = |seed: &Seed| self.used.iter().any(|used| used.subject == seed.subject);
        match chosen.filter(|seed| !is_used(seed)) {
            Some(seed) => {
                self.recent.retain(|other| other.subject != seed.subject);
                Some(seed)
            }
            None => self.next_watched(),
        }
    }

    /// A row is about it.
    pub fn put_used(&mut self, seed: Seed) {
        self.used.push(seed);
    }
}

/// What an id names, with the row that stands for it.
fn subject_of_id(screen: &Screen<'_>, dealer: &Dealer<'_>, id: &str) -> Option<(Subject, usize)> {
    if let Some(row) = screen.catalogue.row(id) {
        return Some((dealer.subject(row), row));
    }
    let first = screen.catalogue.series().episodes(id)?.rows().next()?;
    Some((dealer.subject(first), first))
}

/// A row's video that the viewer watched or liked.
type Watched = (usize, Subject);

/// What the viewer watched or liked last, the last first.
fn watched(screen: &Screen<'_>, dealer: &Dealer<'_>) -> Vec<Watched> {
    let latest = screen.blend().viewer.history.iter().rev().take(WATCHES);
    let rows = latest.filter_map(|watch| screen.blend().item_rows.row(watch.item));
    rows.map(|row| (row, dealer.subject(row))).collect()
}

/// The last films and series that the viewer still speaks for, as far as they may be shown.
fn recent(screen: &Screen<'_>, dealer: &Dealer<'_>, watched: &[Watched], permitted: &Bitmap) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = Vec::new();
    for (row, subject) in watched.iter().filter(|(row, _)| permitted.contains(*row)) {
        let is_known = seeds.iter().any(|seed| seed.subject == *subject);
        if is_known || is_hidden(screen, dealer, subject) || !engagement(screen, *row).is_some_and(speaks_for) {
            continue;
        }
        seeds.extend(seed(screen, dealer, watched, subject.clone(), *row));
        if seeds.len() == RECENT {
            break;
        }
    }
    seeds
}

fn last_chosen(screen: &Screen<'_>, dealer: &Dealer<'_>, watched: &[Watched], permitted: &Bitmap) -> Option<Seed> {
    let row = screen.catalogue.row(screen.profile?.last_chosen()?).filter(|row| permitted.contains(*row))?;
    let is_refused = |engagement: &Engagement| engagement.is_liked() == Some(false) || engagement.is_seed_hidden();
    let subject = dealer.subject(row);
    if engagement(screen, row).is_some_and(is_refused) || is_hidden(screen, dealer, &subject) {
        return None;
    }
    seed(screen, dealer, watched, subject, row)
}

/// Whether a series is put away, or one of its videos is to inspire nothing: then the whole of it seeds no row.
fn is_hidden(screen: &Screen<'_>, dealer: &Dealer<'_>, subject: &Subject) -> bool {
    let Subject::Series(id) = subject else { return false };
    let mut refused = screen.viewer.engaged.iter().filter(|engaged| engaged.engagement.is_seed_hidden());
    screen.watching().is_some_and(|watching| watching.is_hidden(id))
        || refused.any(|engaged| dealer.subject(engaged.row) == *subject)
}

fn engagement<'a>(screen: &Screen<'a>, row: usize) -> Option<&'a Engagement> {
    screen.profile?.engagement(screen.catalogue.id(row))
}

fn speaks_for(engagement: &Engagement) -> bool {
    engagement.speaks_for() && !engagement.is_seed_hidden() && engagement.is_liked() != Some(false)
}

/// `row` is the video itself, or one of the series.
fn seed(screen: &Screen<'_>, dealer: &Dealer<'_>, watched: &[Watched], subject: Subject, row: usize) -> Option<Seed> {
    let (entry, series_id) = match &subject {
        Subject::Series(id) => (dealer.entry(id), Some(id)),
        Subject::Video(_) => (Some(row), None),
    };
    let members = members(watched, &subject, row);
    let video = screen.catalogue.video(entry.unwrap_or(row))?;
    let has_vector = |row: &usize| screen.catalogue.has_own_vector(*row);
    let of_entry = entry.filter(has_vector).map(|row| screen.catalogue.vectors().values(row).into_owned());
    let touches: Vec<Touch> = members.iter().chain(&entry).filter_map(|row| touch(screen, *row)).collect();
    let is_watched = touches.contains(&Touch::Watched);
    Some(Seed {
        id: match (entry, series_id) {
            (None, Some(id)) => id.to_string(),
            _ => video.id.to_string(),
        },
        title: match (entry, series_id) {
            (None, Some(id)) => screen.title_of_episodes(id).unwrap_or_default(),
            _ => video.title.clone(),
        },
        row: entry.unwrap_or(row),
        vector: of_entry.or_else(|| mean_vector(screen, &members)),
        watches: members.iter().rev().filter_map(|row| watch(screen, *row)).collect(),
        touch: if is_watched { Some(Touch::Watched) } else { touches.first().copied() },
        subject,
    })
}

/// The video itself; of a series the episodes that the viewer watched last, the last first, or else `row`.
fn members(watched: &[Watched], subject: &Subject, row: usize) -> Vec<usize> {
    if let Subject::Video(_) = subject {
        return vec![row];
    }
    let of_series = watched.iter().filter(|(_, other)| other == subject).map(|(row, _)| *row);
    let watched: Vec<usize> = of_series.take(EPISODES).collect();
    if watched.is_empty() { vec![row] } else { watched }
}

fn mean_vector(screen: &Screen<'_>, rows: &[usize]) -> Option<Vec<f32>> {
    let vectors = screen.catalogue.vectors();
    let mut sum = vec![0.0; vectors.dimensions()];
    for row in rows.iter().filter(|row| screen.catalogue.has_own_vector(**row)) {
        sum.iter_mut().zip(vectors.values(*row).iter()).for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut sum).then_some(sum)
}

fn watch(screen: &Screen<'_>, row: usize) -> Option<Watch> {
    Some(Watch { item: screen.blend().item_rows.item(row)?, time_utc_ms: screen.now_utc_ms() })
}

fn touch(screen: &Screen<'_>, row: usize) -> Option<Touch> {
    let engagement = engagement(screen, row).filter(|engagement| speaks_for(engagement))?;
    Some(if engagement.is_watched() { Touch::Watched } else { Touch::Liked })
}
