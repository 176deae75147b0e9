//! What a pack brought, as a base for what is learned at home: unpacking it, taking it under what a household did, and
//! the numbers and places that stay with it.

use std::sync::Arc;

use bytes::Bytes;

use super::training::training_of;
use super::{Knowledge, boxed};
use crate::domain::{CallOptions, Feature, FeatureWeights, Result};
use crate::learning::pack::{self, Base, SectionKind, Unpacked};
use crate::learning::trained::Trained;
use crate::learning::training::damaged;
use crate::learning::{Content, Ease, Factors, HomeEvidence, HomeShare, Item, Profile, Recommender, Trend};

/// A base, and what was known before anything was learned on it.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) base: Arc<Base>,
    home_evidence: HomeEvidence,
    learned: Vec<Box<dyn Recommender>>,
    trend: Trend,
    trained: Trained,
}

impl Knowledge {
    /// What a pack brought, if anything.
    pub fn base(&self) -> Option<&Base> {
        self.base.as_ref().map(|standing| standing.base.as_ref())
    }

    /// The share of the pack's profiles that a watch at home counts as now; none without a pack.
    pub fn home_share(&self) -> Option<f32> {
        self.home_evidence.as_ref().map(HomeEvidence::share)
    }

    /// Another base, or none, is in place with everything on it: the numbers that videos have stay as long as it, since
    /// events know those from before, and so do their places by its content, whatever becomes of their vectors.
    pub fn settle(&mut self) {
        self.settled_items = Some(self.items.len());
        self.items.fix(self.items.len());
        if let Some(content) = &mut self.trained.content {
            content.end_training();
            self.trained_items = self.settled_items;
        }
        let bytes = self.settled_content().save(&self.items);
        self.training = training_of(&bytes);
    }

    /// What of the trained is kept with the numbers.
    fn settled_content(&self) -> Trained {
        let Trained { content, profiles, .. } = &self.trained;
        Trained { content: content.clone(), profiles: *profiles, ..Trained::default() }
    }

    /// What is to be kept of what [`Knowledge::settle`] settled; none where nothing is. With content it is to be kept at
    /// once, as places may be others later.
    pub fn save_settled(&self) -> Option<Vec<u8>> {
        self.settled_items?;
        let training = self.training.to_le_bytes();
        Some([training.as_slice(), &self.settled_content().save(&self.items)].concat())
    }

    /// Whether numbers alone are settled: without videos that only forgotten profiles watched they are to be kept anew.
    pub fn has_settled_numbers_alone(&self) -> bool {
        self.settled_items.is_some() && self.trained.content.is_none()
    }

    /// What [`Knowledge::save_settled`] gave on the same base; to be called before anything is learned.
    pub fn load_settled(&mut self, bytes: &[u8]) -> Result<()> {
        let (training, bytes) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (items, settled) = Trained::load(bytes)?;
        if items.len() < self.items.len() || self.items.ids().zip(items.ids()).any(|(own, kept)| own != kept) {
            return Err(damaged());
        }
        self.settled_items = Some(items.len());
        if self.trained.content.is_some() && settled.content.is_some() {
            (self.trained_items, self.training) = (self.settled_items, u64::from_le_bytes(*training));
            self.trained.content = settled.content;
        }
        self.take_items(items);
        Ok(())
    }

    /// Gives up settled numbers of videos of which nothing is known any more, where numbers alone are settled.
    pub(super) fn settle_fewer(&mut self) -> Vec<Item> {
        if !self.has_settled_numbers_alone() {
            return Vec::new();
        }
        self.settled_items = None;
        let unused = self.release_numbers();
        self.settled_items = Some(self.items.len());
        self.items.fix(self.items.len());
        unused
    }

    /// On a base, with nothing learned yet and no items.
    pub(super) fn on(standing: &Arc<Standing>) -> Knowledge {
        let mut fresh = Knowledge {
            learned: boxed(&standing.learned),
            trend: standing.trend.clone(),
            trained: standing.trained.clone(),
            watched_items: standing.base.items(),
            base: Some(Arc::clone(standing)),
            home_evidence: Some(standing.home_evidence.clone()),
            ..Knowledge::new(&FeatureWeights::NONE)
        };
        fresh.renew_home_weight();
        fresh
    }

    /// What each feature counts, of what [`Knowledge::pack`] gave; none where that does not say.
    pub fn packed_weights(sections: &[(SectionKind, Bytes)]) -> Result<Option<FeatureWeights>> {
        pack::weights(sections)
    }

    /// What [`Knowledge::pack`] gave, as a base for what is learned from then on; features that do not count in `weights`
    /// are left out. A watch at home counts as those of a share of the pack's profiles, and as one at least.
    /// [`Status::Corrupt`] for bytes that were never packed.
    pub fn unpack(
        weights: &FeatureWeights,
        sections: &[(SectionKind, &[u8])],
        home_share: HomeShare,
    ) -> Result<Unpacked> {
        let copied = sections.iter().map(|(kind, bytes)| (*kind, Bytes::copy_from_slice(bytes)));
        Knowledge::unpack_shared(weights, &copied.collect::<Vec<_>>(), home_share, &CallOptions::default())
    }

    /// The same of bytes that tables hold on to, within the bounds of a call, which are looked at as tables are made, every
    /// some thousand rows.
    pub fn unpack_shared(
        weights: &FeatureWeights,
        sections: &[(SectionKind, Bytes)],
        home_share: HomeShare,
        call: &CallOptions,
    ) -> Result<Unpacked> {
        call.check()?;
        home_share.validate()?;
        let (items, base, packed_weights) = pack::unpack(sections, call)?;
        let base = Arc::new(base);
        let mut fresh = Knowledge::new(weights);
        for own in &mut fresh.learned {
            unpack_into(own.as_mut(), sections, &base, call)?;
        }
        unpack_into(&mut fresh.trend, sections, &base, call)?;
        let counts = |feature| weights.of(feature) != 0.0;
        let trained = Trained {
            ease: unpacked::<Ease>(sections, &base, call)?.filter(|_| counts(Feature::Ease)),
            factors: unpacked::<Factors>(sections, &base, call)?.filter(|_| counts(Feature::Factors)),
            content: unpacked::<Content>(sections, &base, call)?.filter(|_| counts(Feature::Content)),
            profiles: usize::try_from(base.profiles).unwrap_or(usize::MAX),
        };
        let Knowledge { learned, trend, .. } = fresh;
        let home_evidence = HomeEvidence::new(Arc::clone(&base), home_share);
        let standing = Arc::new(Standing { base, home_evidence, learned, trend, trained });
        // Places by another pack's content are not taken for those by this one's.
        let content = sections.iter().find(|section| section.0 == SectionKind::Content);
        let training = content.map_or(0, |(_, bytes)| training_of(bytes));
        let knowledge = Knowledge { items, training, ..Knowledge::on(&standing) };
        Ok(Unpacked { knowledge, weights: packed_weights })
    }

    /// Takes another base, or none, in place of this one: `new` has learned nothing yet. The histories of all profiles,
    /// guests among them, get the numbers that videos have there, and are learned again; what their choices taught
    /// stays. `new` as it is on return is what was [`Knowledge::unpack`]ed, with what this household taught on top.
    /// Looks at the bounds of the call before each profile; where it ends there, this is as it was, and `profiles` are
    /// of no use.
    pub fn adopt(&mut self, mut new: Knowledge, profiles: &mut [Profile], call: &CallOptions) -> Result<()> {
        let mut is_watched = vec![false; self.items.len()];
        let learned = profiles.iter().filter(|profile| profile.number().is_some());
        learned.flat_map(Profile::history).for_each(|watch| is_watched[watch.item as usize] = true);
        let watched = (0..).zip(&is_watched).filter(|(_, is_watched)| **is_watched);
        watched.filter_map(|(item, _)| self.items.id(item)).for_each(|id| {
            new.items.number_or_new(id);
        });
        for profile in profiles.iter_mut() {
            profile.renumber(|item| new.items.number(self.items.id(item)?));
        }
        new.numbers = self.numbers;
        new.forgotten = self.forgotten;
        for profile in &*profiles {
            call.check()?;
            new.learn_all_of(profile);
        }
        *self = new;
        Ok(())
    }

    /// Learns a whole history that has its numbers.
    fn learn_all_of(&mut self, profile: &Profile) {
        if profile.number().is_none() || profile.history().is_empty() {
            return;
        }
        self.profiles += 1;
        (0..).zip(profile.history()).for_each(|(place, watch)| self.count_watch(watch.item, place));
        let watches: Vec<(&Profile, usize)> = (0..profile.history().len()).map(|place| (profile, place)).collect();
        self.learn(&watches);
    }
}

/// Hands a recommender its part of a pack; one whose part is missing learns from nothing.
fn unpack_into(
    own: &mut dyn Recommender,
    sections: &[(SectionKind, Bytes)],
    base: &Arc<Base>,
    call: &CallOptions,
) -> Result<()> {
    call.check()?;
    let Some(kind) = SectionKind::of(own.feature()) else { return own.unpack(&Bytes::new(), base, call) };
    let section = sections.iter().find(|section| section.0 == kind);
    section.map_or(Ok(()), |(_, bytes)| own.unpack(bytes, base, call))
}

/// What was trained, where the pack has it.
fn unpacked<R: Recommender + Default>(
    sections: &[(SectionKind, Bytes)],
    base: &Arc<Base>,
    call: &CallOptions,
) -> Result<Option<R>> {
    let mut own = R::default();
    let kind = SectionKind::of(own.feature());
    let is_there = sections.iter().any(|section| Some(section.0) == kind);
    unpack_into(&mut own, sections, base, call)?;
    Ok(Some(own).filter(|_| is_there))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::domain::{CancelToken, Status};
    use crate::learning::coded_cells::put_cells;
    use crate::learning::packed::{
        ROWS_BETWEEN_CHECKS, Values, put_matrix, put_numbers, put_real, put_text, put_varint, put_varints,
    };

    /// A loop over so many rows looks at the call three times.
    const ROWS: usize = 2 * ROWS_BETWEEN_CHECKS + 100;
    const LOOKS: usize = 3;

    fn bytes_of(put: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes);
        bytes
    }

    fn put_ids(bytes: &mut Vec<u8>) {
        put_varint(bytes, ROWS as u64);
        (0..ROWS).for_each(|number| put_text(bytes, &format!("number {number}")));
    }

    fn put_sums(bytes: &mut Vec<u8>) {
        put_varints(bytes, &[9; ROWS]);
    }

    /// A cell in each row but the first.
    fn put_rows(bytes: &mut Vec<u8>, values: Values) {
        let row = |row: usize| (row > 0).then_some((0, 3.0)).into_iter().collect();
        put_cells(bytes, values, &(0..ROWS).map(row).collect::<Vec<Vec<(Item, f32)>>>());
    }

    fn put_column(bytes: &mut Vec<u8>) {
        put_matrix(bytes, Array2::ones((ROWS, 1)).view());
    }

    /// A section of each kind that has rows, and how many loops over them make what it holds.
    fn sections() -> Vec<(SectionKind, Vec<u8>, usize)> {
        let of_cells = 3;
        let section = |kind: SectionKind, loops: usize, put: fn(&mut Vec<u8>)| (kind, bytes_of(put), loops);
        vec![
            // Their ids, the table of these, how many watched each.
            section(SectionKind::Items, 3, |bytes| {
                put_varint(bytes, 50);
                put_ids(bytes);
                put_sums(bytes);
            }),
            // The sums of rows and of columns, the cells, the damping of columns.
            section(SectionKind::Transitions, 2 + of_cells + 1, |bytes| {
                put_sums(bytes);
                put_sums(bytes);
                put_rows(bytes, Values::Counts);
            }),
            // The cells, and the roots.
            section(SectionKind::ItemNeighbours, of_cells + 1, |bytes| {
                put_varint(bytes, 50);
                put_rows(bytes, Values::Counts);
            }),
            section(SectionKind::Trend, of_cells, |bytes| {
                put_varint(bytes, 7);
                put_rows(bytes, Values::Counts);
            }),
            // The cells and their sums.
            section(SectionKind::Context, of_cells + 1, |bytes| put_rows(bytes, Values::Amounts)),
            // The scales, the pairs, those from the other side in two loops, and the rows of both.
            section(SectionKind::Ease, 1 + of_cells + 3, |bytes| {
                put_real(bytes, 0.9);
                put_numbers(bytes, Values::Amounts, &[1.0; ROWS]);
                put_rows(bytes, Values::Weights);
            }),
            // The vectors, and their squares.
            section(SectionKind::Factors, 2, |bytes| {
                (0..3).for_each(|_| put_real(bytes, 1.0));
                put_varint(bytes, 1);
                put_column(bytes);
            }),
            // Two halves of the map, and the tags.
            section(SectionKind::Content, 3, |bytes| {
                [1, ROWS as u64, 2].into_iter().for_each(|count| put_varint(bytes, count));
                put_column(bytes);
                put_column(bytes);
                (0..2).for_each(|_| put_real(bytes, 0.0));
                put_ids(bytes);
            }),
        ]
    }

    /// What a section holds as a table, all others being empty.
    fn table_bytes(kind: SectionKind, bytes: &[u8], base: &Arc<Base>) -> usize {
        let (sections, call) = ([(kind, Bytes::copy_from_slice(bytes))], CallOptions::default());
        let trained = [
            unpacked::<Ease>(&sections, base, &call).unwrap().map(|own| own.bytes()),
            unpacked::<Factors>(&sections, base, &call).unwrap().map(|own| own.bytes()),
            unpacked::<Content>(&sections, base, &call).unwrap().map(|own| own.bytes()),
        ];
        let Knowledge { mut learned, mut trend, .. } =
            Knowledge::new(&FeatureWeights::default().with(Feature::Context, 1.0));
        unpack_into(&mut trend, &sections, base, &call).unwrap();
        learned.iter_mut().for_each(|own| unpack_into(own.as_mut(), &sections, base, &call).unwrap());
        let learned: usize = learned.iter().map(|own| own.bytes()).sum();
        trained.into_iter().flatten().sum::<usize>() + trend.bytes() + learned
    }

    /// The same sections with rows of so many cells in turns.
    fn with_rows(kind: SectionKind, lengths: &[usize]) -> Vec<u8> {
        let row = |row: usize| (0..lengths[row % lengths.len()].min(row)).map(|column| (column as Item, 3.0)).collect();
        let rows: Vec<Vec<(Item, f32)>> = (0..ROWS).map(row).collect();
        bytes_of(|bytes| match kind {
            SectionKind::Transitions => {
                put_sums(bytes);
                put_sums(bytes);
                put_cells(bytes, Values::Counts, &rows);
            }
            SectionKind::Context => put_cells(bytes, Values::Amounts, &rows),
            SectionKind::Ease => {
                put_real(bytes, 0.9);
                put_numbers(bytes, Values::Amounts, &[1.0; ROWS]);
                put_cells(bytes, Values::Weights, &rows);
            }
            // The window, or the days of a span.
            _ => {
                put_varint(bytes, 50);
                put_cells(bytes, Values::Counts, &rows);
            }
        })
    }

    #[test]
    fn no_table_takes_less_than_is_reckoned_with_before_it_is_made() {
        let all = sections();
        let call = CallOptions::default();
        let (items, base, _) = pack::unpack(&[(SectionKind::Items, all[0].1.clone().into())], &call).unwrap();
        let base = Arc::new(base);
        let check = |kind: SectionKind, bytes: &[u8], found: usize| {
            let least = kind.least_table_bytes(bytes.len() as u64) as usize;
            assert!(least <= found, "{kind:?} of {} bytes: {least} and {found}", bytes.len());
            assert!(4 * least >= found || bytes.len() < 10 * ROWS, "{kind:?} of {}: {least}, {found}", bytes.len());
        };
        check(SectionKind::Items, &all[0].1, items.bytes() + base.bytes());
        for (kind, bytes, _) in &all[1..] {
            check(*kind, bytes, table_bytes(*kind, bytes, &base));
            if matches!(kind, SectionKind::Factors | SectionKind::Content) {
                continue;
            }
            for lengths in [&[0][..], &[40], &[0, 1, 2, 40], &[127, 130, 300]] {
                // Of the columns of context no more.
                let most = if *kind == SectionKind::Context { 40 } else { usize::MAX };
                let lengths: Vec<usize> = lengths.iter().map(|length| *length.min(&most)).collect();
                let bytes = with_rows(*kind, &lengths);
                check(*kind, &bytes, table_bytes(*kind, &bytes, &base));
            }
        }
        assert_eq!(SectionKind::Weights.least_table_bytes(1_000), 0);
        assert_eq!(SectionKind::Ease.least_table_bytes(10), 0);
    }

    /// Unpacks these sections, and tells how often the call was looked at.
    fn unpack(sections: &[&(SectionKind, Vec<u8>, usize)], cancelled_at: usize) -> Result<usize> {
        let sections: Vec<(SectionKind, Bytes)> =
            sections.iter().map(|(kind, bytes, _)| (*kind, bytes.clone().into())).collect();
        let weights = FeatureWeights::default().with(Feature::Context, 1.0);
        let token = CancelToken::at_look(cancelled_at);
        let call = CallOptions { cancel: Some(token.clone()), ..CallOptions::default() };
        Knowledge::unpack_shared(&weights, &sections, HomeShare::Learned, &call).map(|_| token.looks())
    }

    #[test]
    fn every_table_is_made_within_the_bounds_of_a_call() {
        let all = sections();
        let (items, others) = all.split_first().unwrap();
        // 50 profiles, one item, the length of its id, the id, one count: watched once.
        let one_item = (SectionKind::Items, vec![50, 1, 1, b'a', 1, 1], 0);
        let looks_without_rows = unpack(&[&one_item], usize::MAX).unwrap() - items.2;
        let looks_of_items = unpack(&[items], usize::MAX).unwrap();
        assert_eq!(looks_of_items - looks_without_rows, items.2 * LOOKS);
        for other in others {
            let (kind, _, loops) = other;
            let looks = unpack(&[items, other], usize::MAX).unwrap();
            let own = looks - looks_of_items;
            // Squares of vectors are looked at more often.
            assert!(own == loops * LOOKS || (*kind == SectionKind::Factors && own > 100 * LOOKS), "{kind:?}: {own}");
            for look in (0..looks).step_by(looks / 8 + 1) {
                let error = unpack(&[items, other], look).unwrap_err();
                assert_eq!(error.status, Status::Cancelled, "{kind:?} at look {look}");
            }
        }
    }
}
