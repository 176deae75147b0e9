//! What of the histories goes into a pack. Tables are counted anew rather than copied, since only so it is known how
//! many profiles stand behind each cell, and only so each profile's part can be bounded.

use std::cell::RefCell;
use std::cmp::Reverse;

use super::super::rows::{Growth, Rows};
use super::super::training::{Histories, Viewing};
use super::super::{Item, Items, Profile, Watch};
use super::noise::Random;
use super::{NoisePart, PackOptions, SectionKind};
use crate::domain::{CallOptions, Context, Result};

/// How many growing cells are gathered before they are added, which bounds the memory for them.
const GROWTHS: usize = 1 << 20;

/// One profile's part: the latest of its watches, with their circumstances. In a packing they have the numbers of the pack.
pub struct History {
    watches: Vec<Watch>,
    contexts: Vec<Context>,
}

impl History {
    /// Those of profiles.
    pub fn of_profiles(profiles: &[&Profile], options: &PackOptions) -> Vec<History> {
        let of = |profile: &&Profile| History::latest(profile.history(), options, |place| profile.context(place));
        profiles.iter().map(of).collect()
    }

    /// Those that a training reads.
    pub fn of_histories(histories: &Histories, options: &PackOptions) -> Vec<History> {
        let of = |profile: u32| {
            let context = |place| histories.context(Viewing { profile, place: place as u32 });
            History::latest(histories.history(profile), options, context)
        };
        (0..histories.profiles() as u32).map(of).collect()
    }

    fn latest(history: &[Watch], options: &PackOptions, context: impl Fn(usize) -> Context) -> History {
        let most = options.noise.map_or(usize::MAX, |noise| noise.most_watches as usize);
        let first = history.len().saturating_sub(most);
        History { watches: history[first..].to_vec(), contexts: (first..history.len()).map(context).collect() }
    }
}

/// The histories that a pack is made from, with the items that it may tell. Those have the numbers from 0 on, the most
/// watched first; what may not be told stands behind them.
pub struct Packing<'a> {
    options: &'a PackOptions,
    call: &'a CallOptions,
    histories: Vec<History>,
    profiles: u64,
    /// Of each item of the pack its number in what was learned, and how many profiles watched it.
    told: Vec<Item>,
    watches: Vec<u64>,
    /// Of each item in what was learned its number here.
    numbers: Vec<Item>,
    parts: Vec<NoisePart>,
    random: RefCell<Random>,
}

/// The cells of a table that may be told, and the sums of its rows and columns: without noise those of all cells, so
/// that shares of them stay what they were; with noise those of the cells that are told.
#[derive(Debug, Default)]
pub struct Told {
    /// The columns of each row with their counts, in the order of the columns.
    pub rows: Vec<Vec<(Item, f32)>>,
    pub row_sums: Vec<u64>,
    /// Empty where columns are no items.
    pub column_sums: Vec<u64>,
}

impl Told {
    fn add(&mut self, row: Item, column: Item, count: u64) {
        for (sums, place) in [(&mut self.row_sums, row), (&mut self.column_sums, column)] {
            if let Some(sum) = sums.get_mut(place as usize) {
                *sum += count;
            }
        }
    }
}

/// Cells with how many profiles stand behind them, where the counts do not say.
struct Counted {
    counts: Rows<u32>,
    profiles: Option<Rows<u32>>,
}

impl<'a> Packing<'a> {
    /// `parts` are what the noise of the options costs, table by table.
    pub fn new(
        options: &'a PackOptions,
        histories: Vec<History>,
        items: &Items,
        parts: Vec<NoisePart>,
        call: &'a CallOptions,
    ) -> Result<Packing<'a>> {
        let profiles = histories.iter().filter(|history| !history.watches.is_empty()).count() as u64;
        let mut packing = Packing {
            options,
            call,
            histories,
            profiles,
            told: Vec::new(),
            watches: Vec::new(),
            numbers: Vec::new(),
            parts,
            random: RefCell::new(Random::of_system()),
        };
        packing.tell_items(items)?;
        Ok(packing)
    }

    /// Finds the items that may be told, and numbers all.
    fn tell_items(&mut self, items: &Items) -> Result<()> {
        let mut watches = vec![0_u64; items.len()];
        for watch in self.histories.iter().flat_map(|history| &history.watches) {
            watches[watch.item as usize] += 1;
        }
        let part = self.part(SectionKind::Items).copied();
        if let Some(part) = part {
            let random = self.random.get_mut();
            for count in watches.iter_mut().filter(|count| **count > 0) {
                self.call.check()?;
                let noisy = part.noisy(*count, random)?;
                *count = if noisy < part.threshold { 0 } else { noisy as u64 };
            }
            self.profiles = part.noisy(self.profiles, random)?.max(1) as u64;
        }
        let least = u64::from(self.options.least_profiles);
        let may_be_told = |item: &Item| watches[*item as usize] >= least;
        let (mut told, others): (Vec<Item>, Vec<Item>) = (0..items.len() as Item).partition(may_be_told);
        told.sort_by_key(|item| (Reverse(watches[*item as usize]), items.id(*item).unwrap_or_default()));
        self.numbers = vec![0; items.len()];
        told.iter().chain(&others).zip(0..).for_each(|(item, number)| self.numbers[*item as usize] = number);
        self.watches = told.iter().map(|item| watches[*item as usize]).collect();
        self.told = told;
        for watch in self.histories.iter_mut().flat_map(|history| &mut history.watches) {
            watch.item = self.numbers[watch.item as usize];
        }
        Ok(())
    }

    pub fn options(&self) -> &PackOptions {
        self.options
    }

    /// How many cells transitions keep.
    pub fn most_transitions(&self) -> usize {
        self.options.transitions_per_item.saturating_mul(self.items())
    }

    /// How many pairs item neighbours keep.
    pub fn most_pairs(&self) -> usize {
        self.options.pairs_per_item.saturating_mul(self.items())
    }

    /// How many pairs EASE keeps a weight of.
    pub fn most_weight_pairs(&self) -> usize {
        self.options.weights_per_item.saturating_mul(self.items())
    }

    /// How many profiles there are.
    pub fn profiles(&self) -> u64 {
        self.profiles
    }

    /// How many items the pack has.
    pub fn items(&self) -> usize {
        self.told.len()
    }

    /// Whether what was trained goes in: there is no account of what it tells.
    pub fn has_trained(&self) -> bool {
        self.options.noise.is_none()
    }

    /// Of each item of the pack how many profiles watched it.
    pub fn watches(&self) -> &[u64] {
        &self.watches
    }

    /// Of each item of the pack its number in what was learned.
    pub fn told_items(&self) -> impl Iterator<Item = Item> {
        self.told.iter().copied()
    }

    /// The number in the pack of an item in what was learned; none of one that may not be told.
    pub fn number(&self, item: Item) -> Option<Item> {
        self.numbers.get(item as usize).copied().filter(|number| (*number as usize) < self.items())
    }

    fn part(&self, kind: SectionKind) -> Option<&NoisePart> {
        self.parts.iter().find(|part| part.kind == kind)
    }

    /// The cells of a table that may be told. `of` appends the cells that a watch grows, after the watches before it: each
    /// cell of a profile once, all by 1 unless the table `is_weighted`. Rows are items; so are columns, unless they are
    /// `columns` others. Looks at the deadline and the cancel token.
    pub fn tell(
        &self,
        kind: SectionKind,
        is_weighted: bool,
        columns: Option<usize>,
        of: impl Fn(&[Watch], &Watch, Context, &mut Vec<Growth>),
    ) -> Result<Told> {
        let counted = self.counted(is_weighted, of)?;
        let column_sums = vec![0; if columns.is_none() { self.items() } else { 0 }];
        let columns = columns.unwrap_or(self.items());
        let rows = vec![Vec::new(); self.items()];
        let mut told = Told { rows, row_sums: vec![0; self.items()], column_sums };
        let mut random = self.random.borrow_mut();
        for row in 0..counted.counts.len() as Item {
            self.call.check()?;
            for (column, count) in counted.counts.row(row) {
                let known = self.known(&counted, (row, column), count, kind, &mut random)?;
                let is_item = (row as usize) < self.items() && (column as usize) < columns;
                if self.parts.is_empty() || (known.is_some() && is_item) {
                    told.add(row, column, known.unwrap_or(u64::from(count)));
                }
                if let Some(count) = known.filter(|_| is_item) {
                    told.rows[row as usize].push((column, count as f32));
                }
            }
        }
        Ok(told)
    }

    /// What of a cell may be told.
    fn known(
        &self,
        counted: &Counted,
        (row, column): (Item, Item),
        count: u32,
        kind: SectionKind,
        random: &mut Random,
    ) -> Result<Option<u64>> {
        if let Some(part) = self.part(kind) {
            let noisy = part.noisy(u64::from(count), random)?;
            return Ok(u64::try_from(noisy).ok().filter(|_| noisy >= part.threshold));
        }
        let profiles = counted.profiles.as_ref().map_or(count, |profiles| profiles.count(row, column));
        Ok((profiles >= self.options.least_profiles).then_some(u64::from(count)))
    }

    fn counted(&self, is_weighted: bool, of: impl Fn(&[Watch], &Watch, Context, &mut Vec<Growth>)) -> Result<Counted> {
        let empty = || Rows::of(&[]);
        let mut counted = Counted { counts: empty(), profiles: is_weighted.then(empty) };
        let mut growths = Vec::new();
        for history in &self.histories {
            self.call.check()?;
            for (place, watch) in history.watches.iter().enumerate() {
                let context = history.contexts.get(place).copied().unwrap_or_default();
                of(&history.watches[..place], watch, context, &mut growths);
                if growths.len() >= GROWTHS {
                    counted.add(&mut growths);
                }
            }
        }
        counted.add(&mut growths);
        Ok(counted)
    }
}

impl Counted {
    fn add(&mut self, growths: &mut Vec<Growth>) {
        self.counts.add_all(growths, |_, _, _| ());
        if let Some(profiles) = &mut self.profiles {
            growths.iter_mut().for_each(|growth| growth.2 = 1);
            profiles.add_all(growths, |_, _, _| ());
        }
        growths.clear();
    }
}
