//! The histories of many profiles in a few columns, and from the other side who watched each video and when: what
//! recommenders learn whole histories from. A recommender that learns one event at a time keeps its counts where single
//! cells can change; here all cells of a row are counted at once, in an array as long as there are videos.

use std::sync::Arc;

use super::crew::{Crew, Pieces};
use super::numbers::{Numbers, damaged, put_whole};
use crate::domain::{CallOptions, Company, Context, Device, Error, Place, Result};
use crate::learning::{Item, Observation, Profile, Watch};

/// Rows that one piece of work counts.
const ROWS: usize = 64;

/// Columns of a row that are looked at together.
const COLUMNS: usize = 64;

/// One watch of an item: whose it was, and its place in that one's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewing {
    pub profile: u32,
    pub place: u32,
}

/// See the module. Profiles are numbered from 0 on, and each watched an item at most once. Never changed once made. 24
/// bytes a watch, and 6 more where circumstances are known.
#[derive(Debug, Default)]
pub struct Histories {
    /// Where each profile's history starts, and where the last one ends.
    starts: Vec<usize>,
    watches: Vec<Watch>,
    /// Of each watch; nothing where none are known.
    contexts: Vec<Context>,
    /// Where each item's viewings start, and where the last one's end.
    item_starts: Vec<usize>,
    /// In the order of profiles.
    viewings: Vec<Viewing>,
}

impl Histories {
    /// Estimate of what [`Histories::new`] takes, its input included.
    pub fn bytes(watches: usize, profiles: usize, items: usize) -> usize {
        let of_watch = size_of::<Watch>() + size_of::<Context>() + size_of::<Viewing>();
        let of_lists = profiles.saturating_add(items).saturating_mul(size_of::<usize>());
        watches.saturating_mul(of_watch).saturating_add(of_lists)
    }

    /// Of histories one after the other, each ending at the next start, with the circumstances of each watch or of
    /// none. Items are below `items`.
    pub fn new(starts: Vec<usize>, watches: Vec<Watch>, contexts: Vec<Context>, items: usize) -> Result<Histories> {
        let is_whole = starts.first() == Some(&0) && starts.is_sorted() && starts.last() == Some(&watches.len());
        if !is_whole || !(contexts.is_empty() || contexts.len() == watches.len()) {
            return Err(Error::invalid("starts, watches and contexts do not fit together"));
        }
        if let Some(watch) = watches.iter().find(|watch| watch.item as usize >= items) {
            let item = watch.item;
            return Err(Error::invalid(format!("item is {item}, the number of items is {items}")));
        }
        let mut made = Histories { starts, watches, contexts, item_starts: vec![0; items + 1], viewings: Vec::new() };
        made.find_viewings()?;
        Ok(made)
    }

    /// Of profiles, in their order.
    pub fn of_profiles(profiles: &[&Profile], items: usize) -> Result<Histories> {
        let (mut starts, mut watches, mut contexts) = (vec![0], Vec::new(), Vec::new());
        for profile in profiles {
            watches.extend_from_slice(profile.history());
            contexts.extend((0..profile.history().len()).map(|place| profile.context(place)));
            starts.push(watches.len());
        }
        Histories::new(starts, watches, contexts, items)
    }

    /// The same with the first so many watches of each profile alone, as `length` tells of its number; all of them where
    /// there are no more.
    pub fn shortened(&self, length: impl Fn(u32) -> usize) -> Result<Histories> {
        let (mut starts, mut watches, mut contexts) = (vec![0], Vec::new(), Vec::new());
        for (profile, ends) in (0..).zip(self.starts.windows(2)) {
            let end = ends[1].min(ends[0].saturating_add(length(profile)));
            watches.extend_from_slice(&self.watches[ends[0]..end]);
            contexts.extend_from_slice(self.contexts.get(ends[0]..end).unwrap_or_default());
            starts.push(watches.len());
        }
        Histories::new(starts, watches, contexts, self.items())
    }

    fn find_viewings(&mut self) -> Result<()> {
        let starts = &mut self.item_starts;
        self.watches.iter().for_each(|watch| starts[watch.item as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        self.viewings = vec![Viewing { profile: 0, place: 0 }; self.watches.len()];
        for (profile, ends) in (0..).zip(self.starts.windows(2)) {
            for (place, watch) in (0..).zip(&self.watches[ends[0]..ends[1]]) {
                let item = watch.item as usize;
                if next[item] > self.item_starts[item] && self.viewings[next[item] - 1].profile == profile {
                    return Err(Error::invalid(format!("profile {profile} watched item {item} twice")));
                }
                self.viewings[next[item]] = Viewing { profile, place };
                next[item] += 1;
            }
        }
        Ok(())
    }

    pub fn profiles(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn items(&self) -> usize {
        self.item_starts.len().saturating_sub(1)
    }

    /// Number of watches of all profiles.
    pub fn watches(&self) -> usize {
        self.watches.len()
    }

    /// What a profile watched, oldest first.
    pub fn history(&self, profile: u32) -> &[Watch] {
        &self.watches[self.starts[profile as usize]..self.starts[profile as usize + 1]]
    }

    /// All histories, in the order of profiles.
    pub fn all(&self) -> Vec<&[Watch]> {
        self.starts.windows(2).map(|ends| &self.watches[ends[0]..ends[1]]).collect()
    }

    /// The circumstances of a watch.
    pub fn context(&self, viewing: Viewing) -> Context {
        let at = self.starts[viewing.profile as usize] + viewing.place as usize;
        self.contexts.get(at).copied().unwrap_or_default()
    }

    /// Who watched an item, in the order of profiles.
    pub fn viewings(&self, item: Item) -> &[Viewing] {
        &self.viewings[self.item_starts[item as usize]..self.item_starts[item as usize + 1]]
    }

    /// How many watched each item.
    pub fn viewers(&self) -> impl Iterator<Item = u64> {
        self.item_starts.windows(2).map(|ends| (ends[1] - ends[0]) as u64)
    }

    /// The watch of a viewing.
    pub fn watch(&self, viewing: Viewing) -> Watch {
        self.watches[self.starts[viewing.profile as usize] + viewing.place as usize]
    }

    /// How many profiles, items and circumstances there are, the length of each history; the item of each watch and its
    /// time, the lower half first; the circumstances of each, the codes in one number and the minutes in one.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        [self.profiles(), self.items(), self.contexts.len()]
            .iter()
            .for_each(|count| put_whole(&mut bytes, *count as u32));
        self.starts.windows(2).for_each(|ends| put_whole(&mut bytes, (ends[1] - ends[0]) as u32));
        for watch in &self.watches {
            put_whole(&mut bytes, watch.item);
            put_whole(&mut bytes, watch.time_utc_ms as u32);
            put_whole(&mut bytes, (watch.time_utc_ms >> 32) as u32);
        }
        for context in &self.contexts {
            let codes = [0, context.device as u8, context.place as u8, context.company as u8];
            put_whole(&mut bytes, u32::from_be_bytes(codes));
            put_whole(&mut bytes, i32::from(context.utc_offset_minutes) as u32);
        }
        bytes
    }

    /// [`Status::Corrupt`](crate::domain::Status::Corrupt) for bytes that [`Histories::save`] never gives. Takes memory in
    /// proportion to them, and 8 bytes an item.
    pub fn load(bytes: &[u8]) -> Result<Histories> {
        let mut numbers = Numbers::new(bytes)?;
        let [profiles, items, known] = [numbers.whole()?, numbers.whole()?, numbers.whole()?];
        let mut starts: Vec<usize> = vec![0];
        for _ in 0..profiles {
            starts.push(starts[starts.len() - 1] + numbers.whole()? as usize);
        }
        let mut watches = Vec::new();
        for _ in 0..starts[starts.len() - 1] {
            let [item, low, high] = [numbers.whole()?, numbers.whole()?, numbers.whole()?];
            watches.push(Watch { item, time_utc_ms: (u64::from(high) << 32 | u64::from(low)) as i64 });
        }
        let mut contexts = Vec::new();
        for _ in 0..known {
            contexts.push(context_of(numbers.whole()?, numbers.whole()?).ok_or_else(damaged)?);
        }
        numbers.end()?;
        Histories::new(starts, watches, contexts, items as usize).map_err(|_| damaged())
    }

    /// All watches as they are learned one by one: profile by profile.
    pub fn observations(&self) -> impl Iterator<Item = Observation<'_>> {
        (0..self.profiles() as u32).flat_map(|profile| self.observations_of(profile))
    }

    /// The watches of one profile as they are learned one by one.
    pub fn observations_of(&self, profile: u32) -> impl Iterator<Item = Observation<'_>> {
        let history = self.history(profile);
        (0..history.len()).map(move |place| Observation {
            profile,
            before: &history[..place],
            watch: history[place],
            context: self.context(Viewing { profile, place: place as u32 }),
        })
    }

    /// For each item the cells of its row: what `count` adds for each of its viewings, given the items of the history
    /// that it stands in and its place there.
    pub fn count_rows(
        self: &Arc<Self>,
        crew: &Crew,
        call: &CallOptions,
        count: impl Fn(&[Item], usize, &mut RowCounts) + Send + Sync + 'static,
    ) -> Result<Vec<Vec<(Item, u32)>>> {
        let histories = Arc::clone(self);
        // Histories are read again and again: without the times a quarter of the bytes.
        let items: Vec<Item> = self.watches.iter().map(|watch| watch.item).collect();
        let pieces = Pieces { count: self.items().div_ceil(ROWS), units: self.items() };
        let rows = crew.map(pieces, call, move |piece| {
            let mut counts = RowCounts::new(histories.items());
            let row = |item: usize| {
                for Viewing { profile, place } in histories.viewings(item as Item) {
                    let history = histories.starts[*profile as usize]..histories.starts[*profile as usize + 1];
                    count(&items[history], *place as usize, &mut counts);
                }
                counts.take()
            };
            Ok((piece * ROWS..histories.items().min((piece + 1) * ROWS)).map(row).collect::<Vec<_>>())
        })?;
        Ok(rows.into_iter().flatten().collect())
    }
}

fn context_of(codes: u32, minutes: u32) -> Option<Context> {
    let [none, device, place, company] = codes.to_be_bytes().map(i32::from);
    let context = Context {
        device: Device::from_code(device)?,
        place: Place::from_code(place)?,
        company: Company::from_code(company)?,
        utc_offset_minutes: i16::try_from(minutes as i32).ok()?,
    };
    (none == 0 && context.validate().is_ok()).then_some(context)
}

/// The counts of one row while they grow.
pub struct RowCounts {
    counts: Vec<u32>,
    /// Of each so many columns whether any was counted: what a row does not have is passed over.
    touched: Vec<bool>,
    /// What a row is gathered in.
    cells: Vec<(Item, u32)>,
}

impl RowCounts {
    fn new(columns: usize) -> RowCounts {
        let blocks = columns.div_ceil(COLUMNS);
        RowCounts { counts: vec![0; blocks * COLUMNS], touched: vec![false; blocks], cells: Vec::new() }
    }

    /// Adds to a cell; a count that would grow past its largest value stays there.
    pub fn add(&mut self, column: Item, count: u32) {
        let cell = &mut self.counts[column as usize];
        *cell = cell.saturating_add(count);
        self.touched[column as usize / COLUMNS] = true;
    }

    /// The cells in the order of their columns; the next row starts at 0.
    fn take(&mut self) -> Vec<(Item, u32)> {
        self.cells.clear();
        let blocks = (0..).step_by(COLUMNS).zip(self.counts.chunks_mut(COLUMNS)).zip(&mut self.touched);
        for ((first, counts), touched) in blocks {
            if std::mem::take(touched) {
                self.cells.extend((first..).zip(counts.iter().copied()).filter(|cell| cell.1 > 0));
                counts.fill(0);
            }
        }
        self.cells.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(item: Item) -> Watch {
        Watch { item, time_utc_ms: 0 }
    }

    #[test]
    fn both_sides_tell_the_same() {
        let watches = [1, 0, 2, 2].map(watch).to_vec();
        let histories = Histories::new(vec![0, 3, 3, 4], watches, Vec::new(), 4).unwrap();
        assert_eq!((histories.profiles(), histories.items(), histories.watches()), (3, 4, 4));
        let of = |item| histories.viewings(item).iter().map(|v| (v.profile, v.place)).collect::<Vec<_>>();
        assert_eq!([of(0), of(1), of(2), of(3)], [vec![(0, 1)], vec![(0, 0)], vec![(0, 2), (2, 0)], vec![]]);
        assert_eq!(histories.viewers().collect::<Vec<_>>(), [1, 1, 2, 0]);
        let befores: Vec<usize> = histories.observations().map(|seen| seen.before.len()).collect();
        assert_eq!(befores, [0, 1, 2, 0]);
    }

    #[test]
    fn saved_histories_are_the_same_and_damaged_ones_refused() {
        let watches = vec![Watch { item: 1, time_utc_ms: -5 }, Watch { item: 0, time_utc_ms: i64::MAX }];
        let contexts =
            vec![Context { device: Device::Tv, utc_offset_minutes: -840, ..Context::default() }, Context::default()];
        let saved = Histories::new(vec![0, 2], watches.clone(), contexts.clone(), 2).unwrap().save();
        let loaded = Histories::load(&saved).unwrap();
        assert_eq!((&loaded.watches, &loaded.contexts, loaded.save() == saved), (&watches, &contexts, true));
        for cut in 0..saved.len() {
            assert!(Histories::load(&saved[..cut]).is_err(), "{cut}");
        }
        let place = saved.len() - 16;
        let damaged = [&saved[..place], &[1, 2, 3, 4], &saved[place + 4..]].concat();
        assert!(Histories::load(&damaged).is_err());
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let of = |starts: &[usize], items: &[Item]| {
            Histories::new(starts.to_vec(), items.iter().map(|item| watch(*item)).collect(), Vec::new(), 2)
        };
        assert!(of(&[0, 2], &[0, 1]).is_ok());
        for (starts, items) in
            [(&[0, 1][..], &[0, 1][..]), (&[], &[]), (&[0, 3, 2], &[0, 1]), (&[0, 2], &[0, 2]), (&[0, 2], &[1, 1])]
        {
            assert!(of(starts, items).is_err(), "{starts:?} {items:?}");
        }
        assert!(Histories::new(vec![0, 2], vec![watch(0), watch(1)], vec![Context::default()], 2).is_err());
    }

    #[test]
    fn a_count_stays_at_its_largest() {
        let mut counts = RowCounts::new(3);
        [(2, u32::MAX - 1), (2, 5), (0, 1)].into_iter().for_each(|(column, count)| counts.add(column, count));
        assert_eq!(counts.take(), [(0, 1), (2, u32::MAX)]);
        assert_eq!(counts.take(), []);
    }
}
