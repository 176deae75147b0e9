//! What is handed on: sections for a pack, and what noise on them costs.

use super::Knowledge;
use super::training::ANONYMOUS_PROFILES;
use crate::domain::{CallOptions, Error, Feature, Result};
use crate::learning::pack::{self, History, PackOptions, Packing, SectionKind, Sections, Sensitivity};
use crate::learning::training::Histories;
use crate::learning::{NoisePart, Profile, Recommender};

impl Knowledge {
    /// What these profiles taught, in sections for a pack; `profiles` are all that learned from, in the order of their
    /// numbers. What was trained on fewer than 20 profiles stays out. [`Status::InvalidArgument`] for options out of
    /// range, and on a base: what was trained came with it, and is not this household's to tell.
    pub fn pack(&self, options: &PackOptions, profiles: &[&Profile], call: &CallOptions) -> Result<Sections> {
        self.pack_from(options, History::of_profiles(profiles, options), call)
    }

    /// The same of what was trained on these histories.
    pub(in crate::learning) fn pack_histories(
        &self,
        options: &PackOptions,
        histories: &Histories,
        call: &CallOptions,
    ) -> Result<Sections> {
        self.pack_from(options, History::of_histories(histories, options), call)
    }

    fn pack_from(&self, options: &PackOptions, histories: Vec<History>, call: &CallOptions) -> Result<Sections> {
        if self.base.is_some() {
            let message = "what is known here stands on a pack, and is not packed again; revert the pack first, \
                or train on the events of a service and pack that";
            return Err(Error::invalid(message));
        }
        let parts = self.noise_account(options)?;
        let packing = Packing::new(options, histories, &self.items, parts, call)?;
        let trained_on_few = self.trained.profiles < ANONYMOUS_PROFILES;
        let is_trained = |feature| matches!(feature, Feature::Ease | Feature::Factors | Feature::Content);
        let told = self.recommenders().filter(|own| !(trained_on_few && is_trained(own.feature())));
        pack::pack(&packing, &self.items, told)
    }

    /// What the noise of `options` costs, table by table; nothing without noise. Refuses options out of range.
    pub fn noise_account(&self, options: &PackOptions) -> Result<Vec<NoisePart>> {
        options.validate()?;
        let Some(noise) = options.noise else { return Ok(Vec::new()) };
        let of = |own: &dyn Recommender| Some((SectionKind::of(own.feature())?, own.sensitivity(noise.most_watches)?));
        let tables: Vec<(SectionKind, Sensitivity)> = self.recommenders().filter_map(of).collect();
        Ok(noise.parts(&[&[noise.items_sensitivity()], tables.as_slice()].concat()))
    }
}
