//! Item neighbours: videos that the same profiles watched. Each video of a history brings its neighbours,
//! the more the larger the share of their viewers that watched both.
//!
//! Source: Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation algorithms" (2001),
//! with the cosine of Deshpande and Karypis (2004) for watches without ratings, and a shrinkage in the denominator
//! as in Ferrari Dacrema, Cremonesi and Jannach, "Are we really making much progress?" (2019).

use std::sync::Arc;

use bytes::Bytes;

use super::coded_cells::put_cells;
use super::counts::{Counts, Reals};
use super::ease::decayed;
use super::pack::{Base, Packing, PairsBase, SectionKind, Sensitivity, most_missed};
use super::packed::{Packed, ROWS_BETWEEN_CHECKS, Values, damaged as damaged_pack, put_varint};
use super::rows::{Growth, PIECE, Rows};
use super::saved::{Numbers, damaged, put};
use super::training::{Crew, Histories};
use super::{Contribution, HomeWeight, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Error, Feature, Result, Status};

/// The widest window, which bounds what an event and a list cost.
const WIDEST: usize = 200;

/// How many growing cells are gathered before they are added, which bounds the memory for them.
const GROWTHS: usize = 1 << 20;

/// How [`ItemNeighbours`] learns and scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemNeighboursSettings {
    /// How many earlier watches of a profile a watch is paired with, and how many of the last a score starts from: 1 to
    /// 200. Another window learns another state.
    pub window: usize,
    /// What a watch counts beside the one after it, more than 0 and at most 1.
    pub decay: f32,
    /// Added to the denominator of the cosine, 0 or more: takes weight from pairs that few watched.
    pub shrinkage: f32,
}

impl Default for ItemNeighboursSettings {
    /// Chosen on validation data, see docs/recommenders.md.
    fn default() -> ItemNeighboursSettings {
        ItemNeighboursSettings { window: 50, decay: 0.8, shrinkage: 5.0 }
    }
}

/// See the module. Two cells of eight bytes for each pair of videos that a profile watched within its window: at most
/// 16 bytes for each watch and place of the window, and at most the square of the number of videos.
#[derive(Debug, Clone, Default)]
pub struct ItemNeighbours {
    settings: ItemNeighboursSettings,
    counts: Counts,
    /// Of each count its root.
    roots: Reals,
    /// Symmetric: how many watched both, nothing on the diagonal.
    pairs: Rows<u32>,
    base: Option<Arc<NeighboursBase>>,
    home_weight: HomeWeight,
}

/// What a pack brought: the pairs that are missed most.
#[derive(Debug, PartialEq)]
struct NeighboursBase {
    items: Arc<Base>,
    pairs: PairsBase,
}

impl PartialEq for ItemNeighbours {
    fn eq(&self, other: &ItemNeighbours) -> bool {
        let is_same_base = self.base == other.base && self.home_weight == other.home_weight;
        self.settings == other.settings && self.counts == other.counts && self.pairs == other.pairs && is_same_base
    }
}

impl ItemNeighbours {
    /// A window outside its range is taken as the nearest within.
    pub fn new(settings: ItemNeighboursSettings) -> ItemNeighbours {
        let window = settings.window.clamp(1, WIDEST);
        ItemNeighbours { settings: ItemNeighboursSettings { window, ..settings }, ..ItemNeighbours::default() }
    }

    fn of(
        settings: ItemNeighboursSettings,
        counts: Counts,
        pairs: Rows<u32>,
        call: &CallOptions,
    ) -> Result<ItemNeighbours> {
        let mut made = ItemNeighbours { settings, counts, pairs, ..ItemNeighbours::default() };
        made.renew_all_roots(call)?;
        Ok(made)
    }

    /// The last videos, with what each counts.
    fn weighted(&self, viewer: &Viewer<'_>) -> impl Iterator<Item = (Item, f32)> {
        decayed(viewer, self.settings.decay).take(self.settings.window)
    }

    fn renew_root(&mut self, item: Item) {
        self.roots.put(item, self.root_of(item));
    }

    fn root_of(&self, item: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0, |base| base.items.watches_of(item));
        (of_base as f32 + self.home_weight.0 * self.counts.get(item) as f32).sqrt()
    }

    /// Fails with the bounds of the call alone.
    fn renew_all_roots(&mut self, call: &CallOptions) -> Result<()> {
        let of_base = self.base.as_ref().map_or(0, |base| base.items.items());
        let root_of = |item: usize| {
            call.check_every(ROWS_BETWEEN_CHECKS, item)?;
            Ok(self.root_of(item as Item))
        };
        let items = 0..self.counts.len().max(of_base);
        self.roots = Reals::of(&items.map(root_of).collect::<Result<Vec<f32>>>()?);
        Ok(())
    }

    /// The root of how many watched what the viewer did; beside a base without the viewer, who watches nothing twice: of a
    /// video that is left they can be no neighbour.
    fn root_of_watched(&self, item: Item, viewer: &Viewer<'_>) -> f32 {
        let root = self.roots.get(item);
        let Some(base) = self.base.as_ref().filter(|_| viewer.profile.is_some()) else { return root };
        let of_others = self.counts.get(item).saturating_sub(1);
        let sum = base.items.watches_of(item) as f32 + self.home_weight.0 * of_others as f32;
        if sum > 0.0 { sum.sqrt() } else { root }
    }

    /// How many watched both, those of the base included.
    fn both(&self, one: Item, other: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0.0, |base| base.pairs.get(one, other));
        of_base + self.home_weight.0 * self.pairs.count(one, other) as f32
    }

    /// The watches that a watch is paired with.
    fn others<'a>(&self, observation: &'a Observation<'_>) -> impl Iterator<Item = Item> + use<'a> {
        let item = observation.watch.item;
        let last = observation.before.iter().rev().take(self.settings.window).map(|watch| watch.item);
        last.filter(move |other| *other != item)
    }

    /// The shrunk cosine, of the roots of how many watched the one and the other.
    fn cosine(&self, both: f32, one: f32, other: f32) -> f32 {
        both / (one * other + self.settings.shrinkage)
    }
}

impl Recommender for ItemNeighbours {
    fn feature(&self) -> Feature {
        Feature::ItemNeighbours
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.counts.bytes()
            + self.roots.bytes()
            + self.pairs.bytes()
            + self.base.as_ref().map_or(0, |base| base.pairs.bytes())
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        let item = observation.watch.item;
        self.counts.add(item, 1);
        self.renew_root(item);
        for other in self.others(observation) {
            self.pairs.add(item, other, 1);
            self.pairs.add(other, item, 1);
        }
    }

    fn observe_all(&mut self, observations: &[Observation<'_>]) {
        if let [observation] = observations {
            return self.observe(observation);
        }
        for some in observations.chunks(GROWTHS / 2 / self.settings.window) {
            let mut growths: Vec<Growth> = Vec::with_capacity(GROWTHS.min(2 * self.settings.window * some.len()));
            for observation in some {
                let item = observation.watch.item;
                growths.extend(self.others(observation).flat_map(|other| [(item, other, 1), (other, item, 1)]));
            }
            self.pairs.add_all(&growths, |_, _, _| ());
        }
        for observation in observations {
            self.counts.add(observation.watch.item, 1);
            self.renew_root(observation.watch.item);
        }
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, crew: &Crew, call: &CallOptions) -> Result<()> {
        let window = self.settings.window;
        let pairs = histories.count_rows(crew, call, move |history, place, counts| {
            let (before, after) = (&history[place.saturating_sub(window)..place], &history[place + 1..]);
            before.iter().chain(after.iter().take(window)).for_each(|other| counts.add(*other, 1));
        })?;
        *self = ItemNeighbours::of(self.settings, Counts::of(histories.viewers()), Rows::of(&pairs), call)?;
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        let item = observation.watch.item;
        self.counts.remove(item, 1);
        self.renew_root(item);
        for other in self.others(observation) {
            self.pairs.remove(item, other, 1);
            self.pairs.remove(other, item, 1);
        }
    }

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let is_ready = self.base.as_ref().is_none_or(|base| base.pairs.make_rows(viewer.call).is_ok());
        if !is_ready {
            return;
        }
        let (roots, of_home) = (self.roots.all(), self.home_weight.0);
        for (watched, weight) in self.weighted(viewer) {
            let root = self.root_of_watched(watched, viewer);
            if let Some(base) = &self.base {
                base.pairs.each(watched, |item, both| {
                    if let Some((score, other)) = scores.get_mut(item as usize).zip(roots.get(item as usize)) {
                        *score += weight * self.cosine(both, root, *other);
                    }
                });
            }
            for piece in self.pairs.pieces(watched) {
                // Divided side by side, and only then spread.
                let mut cosines = [0.0; PIECE];
                for (cosine, (item, _)) in cosines.iter_mut().zip(piece) {
                    *cosine = roots.get(*item as usize).copied().unwrap_or(f32::INFINITY);
                }
                for (cosine, (_, both)) in cosines.iter_mut().zip(piece) {
                    *cosine = weight * self.cosine(of_home * *both as f32, root, *cosine);
                }
                for (cosine, (item, _)) in cosines.iter().zip(piece) {
                    if let Some(score) = scores.get_mut(*item as usize) {
                        *score += cosine;
                    }
                }
            }
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let root = self.roots.get(item);
        let mut largest: Option<Contribution> = None;
        for (because, weight) in self.weighted(viewer) {
            // No cosine is larger than 1, and the weights fall.
            if largest.is_some_and(|largest| largest.score > weight) {
                break;
            }
            let both = self.both(because, item);
            if both == 0.0 {
                continue;
            }
            let score = weight * self.cosine(both, self.root_of_watched(because, viewer), root);
            if largest.is_none_or(|largest| score >= largest.score) {
                largest = Some(Contribution { because, score });
            }
        }
        largest
    }

    /// The window, the counts, and of each pair the cell above the diagonal.
    fn save(&self) -> Vec<u8> {
        let above = |item: Item| self.pairs.row(item).filter(move |(other, _)| *other > item).collect();
        let upper = Rows::of(&(0..self.pairs.len() as Item).map(above).collect::<Vec<_>>());
        let mut bytes = Vec::new();
        put(&mut bytes, self.settings.window as u32);
        self.counts.save(&mut bytes);
        upper.save(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::of(bytes);
        if numbers.take()? as usize != self.settings.window {
            return Err(Error::new(Status::InvalidArgument, "item neighbours were learned with another window"));
        }
        let counts = Counts::load(&mut numbers)?;
        let upper: Rows<u32> = Rows::load(&mut numbers)?;
        numbers.end()?;
        let mut pairs = vec![Vec::new(); counts.len()];
        for item in 0..upper.len() as Item {
            for (other, both) in upper.row(item) {
                if other <= item || u64::from(both) > counts.get(item).min(counts.get(other)) {
                    return Err(damaged());
                }
                pairs[item as usize].push((other, both));
                pairs[other as usize].push((item, both));
            }
        }
        let (settings, base, home_weight) = (self.settings, self.base.take(), self.home_weight);
        *self =
            ItemNeighbours { settings, counts, roots: Reals::default(), pairs: Rows::of(&pairs), base, home_weight };
        self.renew_all_roots(&CallOptions::UNBOUNDED)
    }

    fn sensitivity(&self, most_watches: u32) -> Option<Sensitivity> {
        let pairs = (0..most_watches as usize).map(|place| place.min(self.settings.window) as u64).sum();
        Some(Sensitivity { total: pairs, largest: 1, cells: pairs })
    }

    /// The window, and the pairs that are missed most. Scores go from the one to the other and back.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        let window = self.settings.window;
        let told = packing.tell(SectionKind::ItemNeighbours, false, None, |before, watch, _, growths| {
            let others = before.iter().rev().take(window).map(|other| other.item);
            growths.extend(others.map(|other| (other.max(watch.item), other.min(watch.item), 1)));
        })?;
        let roots: Vec<f32> = packing.watches().iter().map(|count| (*count as f32).sqrt()).collect();
        let loss = |one: Item, (other, both): &(Item, f32)| {
            let cosine = self.cosine(*both, roots[one as usize], roots[*other as usize]);
            let of = |item: Item| packing.watches()[item as usize] as f32;
            (of(one) + of(*other)) * cosine * cosine
        };
        let rows = most_missed(told.rows, packing.most_pairs(), loss);
        let mut bytes = Vec::new();
        put_varint(&mut bytes, window as u64);
        put_cells(&mut bytes, Values::Counts, &rows);
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let (found, own) = (packed.varint()?, self.settings.window as u64);
        if found != own {
            let message = format!("item neighbours were packed with a window of {found}, this version reads {own}");
            let is_window = (1..=WIDEST as u64).contains(&found);
            return Err(if is_window { Error::new(Status::TooNew, message) } else { damaged_pack() });
        }
        let pairs = PairsBase::load(Values::Counts, &mut packed, base.items())?;
        packed.end()?;
        self.base = Some(Arc::new(NeighboursBase { items: Arc::clone(base), pairs }));
        self.renew_all_roots(call)
    }

    fn set_home_weight(&mut self, weight: HomeWeight) {
        self.home_weight = weight;
        let at_home = (0..self.counts.len() as Item).filter(|item| self.counts.get(*item) > 0);
        at_home.collect::<Vec<Item>>().into_iter().for_each(|item| self.renew_root(item));
    }
}
