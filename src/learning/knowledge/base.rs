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

    /// The same of bytes that tables hold on to, within the bounds of a call, which are looked at before each table.
    pub fn unpack_shared(
        weights: &FeatureWeights,
        sections: &[(SectionKind, Bytes)],
        home_share: HomeShare,
        call: &CallOptions,
    ) -> Result<Unpacked> {
        call.check()?;
        home_share.validate()?;
        let (items, base, packed_weights) = pack::unpack(sections)?;
        let base = Arc::new(base);
        let mut fresh = Knowledge::new(weights);
        for own in &mut fresh.learned {
            call.check()?;
            unpack_into(own.as_mut(), sections, &base)?;
        }
        unpack_into(&mut fresh.trend, sections, &base)?;
        call.check()?;
        let counts = |feature| weights.of(feature) != 0.0;
        let trained = Trained {
            ease: unpacked::<Ease>(sections, &base)?.filter(|_| counts(Feature::Ease)),
            factors: unpacked::<Factors>(sections, &base)?.filter(|_| counts(Feature::Factors)),
            content: unpacked::<Content>(sections, &base)?.filter(|_| counts(Feature::Content)),
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
fn unpack_into(own: &mut dyn Recommender, sections: &[(SectionKind, Bytes)], base: &Arc<Base>) -> Result<()> {
    let Some(kind) = SectionKind::of(own.feature()) else { return own.unpack(&Bytes::new(), base) };
    let section = sections.iter().find(|section| section.0 == kind);
    section.map_or(Ok(()), |(_, bytes)| own.unpack(bytes, base))
}

/// What was trained, where the pack has it.
fn unpacked<R: Recommender + Default>(sections: &[(SectionKind, Bytes)], base: &Arc<Base>) -> Result<Option<R>> {
    let mut own = R::default();
    let kind = SectionKind::of(own.feature());
    let is_there = sections.iter().any(|section| Some(section.0) == kind);
    unpack_into(&mut own, sections, base)?;
    Ok(Some(own).filter(|_| is_there))
}
