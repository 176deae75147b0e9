//! What a snapshot knows beside what happens in it: trainings, networks and packs come and go here, and every video
//! gets its number and its places.

use std::sync::Arc;

use super::{Snapshot, VIDEOS_BETWEEN_CHECKS, bytes_of};
use crate::domain::{CallOptions, Result};
use crate::engine::held_networks::{HeldNetwork, HeldNetworks};
use crate::engine::held_packs::HeldPacks;
use crate::learning::{Item, Items, Knowledge, Profile, Sequence, Trained, Unpacked};
use crate::ranking::{Centres, ItemRows};

impl Snapshot {
    /// A training on this begins, see [`Knowledge::begin_training`].
    pub fn begin_training(&mut self) {
        let rows = self.catalogue.live().iter();
        self.knowledge.begin_training(rows.map(|row| self.catalogue.id(row)));
        self.join_videos();
    }

    /// The same on the events of a service, whose videos have these numbers. [`Status::Cancelled`] where a video has
    /// another by now.
    pub fn begin_training_on(&mut self, items: &Items) -> Result<()> {
        self.knowledge.begin_training_on(items)?;
        self.join_videos();
        Ok(())
    }

    /// A training that began came to nothing.
    pub fn give_up_training(&mut self) {
        self.with_fewer_items(Knowledge::give_up_training);
    }

    /// Lets what is known give up numbers of videos, and goes by it everywhere.
    pub(super) fn with_fewer_items(&mut self, change: impl FnOnce(&mut Knowledge) -> Vec<Item>) {
        let before = self.knowledge.items().clone();
        let unused = change(&mut self.knowledge);
        if unused.is_empty() {
            return;
        }
        unused
            .iter()
            .filter_map(|item| self.item_rows.row(*item))
            .collect::<Vec<usize>>()
            .into_iter()
            .for_each(|row| self.item_rows.unlink(row));
        self.renumber_guests(&before);
    }

    /// The histories of guests, of whom nothing is learned, go by the numbers that videos have now; a video without one
    /// leaves them.
    fn renumber_guests(&mut self, before: &Items) {
        let guests = self.profiles.iter().filter(|(id, _)| self.household.is_guest(id));
        let guests: Vec<(Arc<str>, Profile)> = guests.map(|(id, guest)| (Arc::clone(id), guest.clone())).collect();
        let now = self.knowledge.items();
        for (id, mut guest) in guests {
            self.profile_bytes -= bytes_of(&id, &guest);
            guest.renumber(|item| now.number(before.id(item)?));
            self.profile_bytes += bytes_of(&id, &guest);
            self.profiles.insert_mut(id, guest);
        }
    }

    /// Makes the way known between each video of the catalogue and its number.
    fn join_videos(&mut self) {
        let rows: Vec<usize> = self.catalogue.live().iter().collect();
        let items = self.knowledge.items().numbers(&self.catalogue.ids(&rows));
        let pairs: Vec<(Item, usize)> =
            items.into_iter().zip(rows).filter_map(|(item, row)| Some((item?, row))).collect();
        self.item_rows = ItemRows::of(&pairs);
    }

    pub(super) fn join(&mut self, row: usize) {
        if let Some(item) = self.knowledge.items().number(self.catalogue.id(row)) {
            self.item_rows.link(item, row);
        }
    }

    /// Gives a row's video its places by content, unless it waits for its vector, and for the network, and tells its
    /// number.
    pub(super) fn place(&mut self, row: usize) -> Option<Item> {
        let in_sequence = self.place_in_sequence(row);
        let catalogue = &self.catalogue;
        if catalogue.without_vector().contains(row) {
            return in_sequence;
        }
        let vector = catalogue.vectors().values(row);
        let item = self.knowledge.place(catalogue.id(row), &vector, catalogue.tags_of(row)).or(in_sequence)?;
        self.item_rows.link(item, row);
        Some(item)
    }

    fn place_in_sequence(&mut self, row: usize) -> Option<Item> {
        let catalogue = &self.catalogue;
        let vector = (!catalogue.without_vector().contains(row)).then(|| catalogue.vectors().values(row));
        let item = self.knowledge.place_in_sequence(catalogue.id(row), vector.as_deref())?;
        self.item_rows.link(item, row);
        Some(item)
    }

    /// Takes a network of the host's in place of the one that it brought before, or none, with its files where no store
    /// keeps them.
    pub fn set_own_network(
        &mut self,
        own: HeldNetwork,
        own_files: Option<Arc<[u8]>>,
        call: &CallOptions,
    ) -> Result<()> {
        (self.networks.own, self.networks.own_files) = (own, own_files);
        if self.networks.is_any() {
            return self.count_network(call);
        }
        self.with_fewer_items(Knowledge::remove_sequence);
        Ok(())
    }

    /// Gives all videos their numbers, and their places for the network that counts now, where one is open.
    fn count_network(&mut self, call: &CallOptions) -> Result<()> {
        let sequence = self.networks.counting().map(|model| Sequence::new(Arc::clone(model)));
        let rows = self.catalogue.live().iter();
        self.knowledge.set_sequence(sequence, rows.map(|row| self.catalogue.id(row)));
        self.join_videos();
        self.place_all_in_sequence(call)
    }

    /// What the store is to keep of networks, given the files of the host's own, empty without one; none where there is
    /// none at all.
    pub fn sequence_to_keep(&self, own_files: &[u8]) -> Option<Vec<u8>> {
        self.networks.is_any().then(|| self.knowledge.save_sequence(own_files))
    }

    /// See [`Knowledge::load_sequence_numbers`].
    pub fn load_sequence_numbers<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8]> {
        let files = self.knowledge.load_sequence_numbers(bytes)?;
        self.join_videos();
        Ok(files)
    }

    /// The networks whose numbers were loaded, as far as they could be opened.
    pub fn restore_networks(&mut self, networks: HeldNetworks) -> Result<()> {
        self.networks = networks;
        let Some(model) = self.networks.counting() else { return Ok(()) };
        self.knowledge.restore_sequence(Sequence::new(Arc::clone(model)));
        self.place_all_in_sequence(&CallOptions::default())
    }

    fn place_all_in_sequence(&mut self, call: &CallOptions) -> Result<()> {
        for (done, row) in Arc::clone(&self.catalogue).live().iter().enumerate() {
            call.check_every(VIDEOS_BETWEEN_CHECKS, done)?;
            self.place_in_sequence(row);
        }
        Ok(())
    }

    /// Takes what was trained on an earlier snapshot (see [`Knowledge::set_trained`]), and gives all videos their
    /// places by it.
    pub fn set_trained(&mut self, trained: Trained, on: &Snapshot) -> Result<()> {
        self.knowledge.set_trained(trained, &on.knowledge)?;
        for row in Arc::clone(&self.catalogue).live().iter() {
            self.place(row);
        }
        self.knowledge.end_training();
        Ok(())
    }

    /// Puts everything on another pack, or on none: profiles are learned again on it, and all videos get their places.
    pub fn rebase(
        &mut self,
        base: Option<Unpacked>,
        packs: HeldPacks,
        network: HeldNetwork,
        call: &CallOptions,
    ) -> Result<()> {
        let of_pack = base.as_ref().and_then(|base| base.weights);
        self.weights = self.weights_of_host.or(of_pack).unwrap_or_default();
        let knowledge = base.map_or_else(|| Knowledge::new(&self.weights), |base| base.knowledge);
        // By their numbers, which do not depend on the order of a map.
        let mut profiles: Vec<(Arc<str>, Profile)> =
            self.profiles.iter().map(|(id, profile)| (Arc::clone(id), profile.clone())).collect();
        profiles.sort_unstable_by_key(|(_, profile)| profile.number());
        let (ids, mut profiles): (Vec<Arc<str>>, Vec<Profile>) = profiles.into_iter().unzip();
        self.knowledge.adopt(knowledge, &mut profiles, call)?;
        self.profiles = ids.into_iter().zip(profiles).collect();
        self.profile_bytes = self.profiles.iter().map(|(id, profile)| bytes_of(id, profile)).sum();
        self.packs = packs;
        self.join_videos();
        self.networks.of_pack = network;
        if self.networks.is_any() {
            self.count_network(call)?;
        }
        self.place_new_videos(call)
    }

    /// See [`Knowledge::settle`].
    pub fn settle(&mut self) {
        self.knowledge.settle();
    }

    /// See [`Knowledge::load_settled`].
    pub fn load_settled(&mut self, bytes: &[u8]) -> Result<()> {
        self.knowledge.load_settled(bytes)?;
        self.join_videos();
        Ok(())
    }

    /// See [`Knowledge::load_trained`].
    pub fn load_trained(&mut self, bytes: &[u8]) -> Result<()> {
        self.knowledge.load_trained(bytes)?;
        self.join_videos();
        Ok(())
    }

    /// See [`Knowledge::save_trained`].
    pub fn save_trained(&mut self) -> Vec<u8> {
        self.knowledge.save_trained()
    }

    /// What is kept with each video that has one of these numbers, see [`Knowledge::save_place`].
    pub fn save_places(&self, items: &[Option<Item>]) -> Vec<Vec<u8>> {
        items.iter().map(|item| item.map_or_else(Vec::new, |item| self.knowledge.save_place(item))).collect()
    }

    /// See [`Knowledge::load_place`].
    pub fn load_place(&mut self, id: &str, bytes: &[u8]) -> Result<()> {
        self.knowledge.load_place(id, bytes)
    }

    /// What [`Snapshot::changed_centres`] gave, before any of the videos come back.
    pub fn restore_centres(&mut self, bytes: &[u8], maker: &[u8]) {
        if let Some(centres) = Centres::load(bytes, maker) {
            Arc::make_mut(&mut self.catalogue).restore_centres(centres);
        }
    }

    /// All videos are back.
    pub fn end_restoring(&mut self) -> Result<()> {
        Arc::make_mut(&mut self.catalogue).end_restoring();
        self.place_new_videos(&CallOptions::default())
    }

    /// What the catalogue subtracts from vectors, unless that is the same `before`; none where it is nothing.
    pub fn changed_centres(&self, before: &Snapshot, maker: &[u8]) -> Option<Option<Vec<u8>>> {
        let (centres, before) = (self.catalogue.centres(), before.catalogue.centres());
        let is_same = (centres.renewals(), centres.is_empty()) == (before.renewals(), before.is_empty());
        (!is_same).then(|| (!centres.is_empty()).then(|| centres.save(maker)))
    }

    /// Gives places by content to videos that have none, as a store from before places were kept has them.
    fn place_new_videos(&mut self, call: &CallOptions) -> Result<()> {
        if self.knowledge.trained().content.is_none() {
            return Ok(());
        }
        for (done, row) in Arc::clone(&self.catalogue).live().iter().enumerate() {
            call.check_every(VIDEOS_BETWEEN_CHECKS, done)?;
            if !self.knowledge.has_place(self.catalogue.id(row)) {
                self.place(row);
            }
        }
        Ok(())
    }
}
