//! What an engine finds in its store when it opens: the catalogue with its vectors, the profiles with
//! what their events taught, and the videos that still wait for a vector. No model runs.

use std::mem;
use std::sync::Arc;

use super::held_networks::HeldNetwork;
use super::held_packs::{HeldPack, HeldPacks, STATE as PACK, STATE_BEFORE as PACK_BEFORE, STATE_NUMBERS as NUMBERS};
use super::meaning::Meaning;
use super::packs::{sections_to_unpack, unpacked};
use super::sequence::{KIND, SEQUENCE};
use super::snapshot::Snapshot;
use super::stored_videos::decode;
use super::training::STATE;
use crate::domain::{CallOptions, Error, NotedEvent, Result, Video};
use crate::store::pack_file::KeptPack;
use crate::store::{KeptProfile, Visitor};

/// Under which name the store keeps what the catalogue subtracts from vectors.
pub const CENTRES: &str = "centres";

/// Videos that enter the catalogue together: what is due once a batch is worth more than one video.
const VIDEOS_AT_ONCE: usize = 4_096;

/// Gathers what a store hands over.
pub struct Opening<'m> {
    meaning: &'m Meaning,
    empty: Snapshot,
    snapshot: Snapshot,
    /// Videos until their vectors come: mostly at once.
    videos: Vec<(i64, Option<Read>)>,
    /// Whether they stand in the order of their numbers.
    is_sorted: bool,
    ready: Vec<(Video, crate::ranking::VideoVector)>,
    /// Those whose vector does not count any more.
    stale: Vec<Video>,
    /// What was learned elsewhere or trained here, until all of it is there.
    states: States,
    trained_damage: Option<Error>,
    pack_damage: Option<Error>,
    networks: KeptNetworks,
}

/// What was found.
pub struct Opened {
    pub snapshot: Snapshot,
    /// Videos in it that wait for a vector.
    pub waiting: Vec<Video>,
    /// Why what was trained could not be read, where it could not.
    pub trained_damage: Option<Error>,
    /// The same of the packs.
    pub pack_damage: Option<Error>,
    /// To be opened now that everything else is there.
    pub networks: KeptNetworks,
}

/// The files of networks, as they are kept.
#[derive(Default)]
pub struct KeptNetworks {
    /// That of the host.
    pub own: Option<Result<Vec<u8>>>,
    /// That of the pack in use.
    pub of_pack: Option<Vec<u8>>,
}

/// States of the store itself, by what they are.
#[derive(Default)]
struct States {
    trained: Option<Vec<u8>>,
    pack: Option<KeptPack>,
    pack_before: Option<KeptPack>,
    numbers: Option<Vec<u8>>,
    sequence: Option<Vec<u8>>,
}

/// A video and the hash of the texts that its vector was made from.
type Read = (Video, [u8; 32]);

impl<'m> Opening<'m> {
    /// Into an empty snapshot.
    pub fn new(meaning: &'m Meaning, empty: Snapshot) -> Self {
        let snapshot = empty.clone();
        Opening {
            meaning,
            empty,
            snapshot,
            videos: Vec::new(),
            is_sorted: true,
            ready: Vec::new(),
            stale: Vec::new(),
            states: States::default(),
            trained_damage: None,
            pack_damage: None,
            networks: KeptNetworks::default(),
        }
    }

    /// Puts everything that follows on the pack in use, then on what was trained on it.
    fn enter_states(&mut self) {
        let States { trained, pack, pack_before, numbers, sequence } = mem::take(&mut self.states);
        if let Some(pack) = pack {
            self.pack_damage = self.enter_packs(&pack, pack_before.as_ref()).err().or(self.pack_damage.take());
        }
        if let Some(numbers) = numbers {
            // Where they cannot be read videos get others, and their places anew.
            let _ = self.snapshot.load_settled(&numbers);
        }
        if let Some(trained) = trained {
            self.trained_damage = self.snapshot.load_trained(&trained).err();
        }
        if let Some(sequence) = sequence {
            let own = self.snapshot.load_sequence_numbers(&sequence).map(<[u8]>::to_vec);
            self.networks.own = Some(own).filter(|own| !own.as_ref().is_ok_and(Vec::is_empty));
        }
    }

    fn enter_packs(&mut self, pack: &KeptPack, before: Option<&KeptPack>) -> Result<()> {
        let call = CallOptions::default();
        let sections = sections_to_unpack(pack, &call)?;
        let network = sections.iter().find(|section| section.kind == KIND).map(|section| section.bytes.to_vec());
        let base = unpacked(self.snapshot.weights_of_host.as_ref(), sections, &call)?;
        let packs = HeldPacks {
            in_use: Some(Arc::new(HeldPack::new(pack)?)),
            before: before.map(|before| HeldPack::new(before).map(Arc::new)).transpose()?,
        };
        self.snapshot.rebase(Some(base), packs, HeldNetwork::None, &CallOptions::default())?;
        self.networks.of_pack = network;
        Ok(())
    }

    /// A pack as it was kept; nothing where it cannot be read.
    fn pack(&mut self, value: &[u8]) -> Option<KeptPack> {
        KeptPack::decode(value).map_err(|error| self.pack_damage = Some(error)).ok()
    }

    /// Once the store has handed over all it has.
    pub fn finish(mut self) -> Result<Opened> {
        self.enter_states();
        self.enter_ready()?;
        let mut waiting = mem::take(&mut self.stale);
        self.videos.sort_by_key(|(number, _)| *number);
        waiting.extend(mem::take(&mut self.videos).into_iter().filter_map(|(_, read)| read).map(|(video, _)| video));
        let entries = waiting.iter().map(|video| self.meaning.pending_video(video, None)).collect();
        self.snapshot.restore_videos(entries)?;
        self.snapshot.end_restoring()?;
        let Opening { snapshot, trained_damage, pack_damage, networks, .. } = self;
        Ok(Opened { snapshot, waiting, trained_damage, pack_damage, networks })
    }

    /// Takes the video with this number, where it waits for its vector.
    fn take(&mut self, number: i64) -> Option<Read> {
        match self.videos.last() {
            Some((last, _)) if *last == number => self.videos.pop()?.1,
            _ => {
                if !self.is_sorted {
                    self.videos.sort_by_key(|(number, _)| *number);
                    self.is_sorted = true;
                }
                let at = self.videos.binary_search_by_key(&number, |(number, _)| *number).ok()?;
                self.videos[at].1.take()
            }
        }
    }

    fn enter_ready(&mut self) -> Result<()> {
        let ready = mem::take(&mut self.ready);
        if ready.is_empty() {
            return Ok(());
        }
        let entries = ready.into_iter().map(|(video, vector)| self.meaning.entry(&video, vector));
        self.snapshot.restore_videos(entries.collect()).map(drop)
    }
}

impl Visitor for Opening<'_> {
    fn restart(&mut self) {
        *self = Opening::new(self.meaning, self.empty.clone());
    }

    fn video(&mut self, number: i64, video: Video, text_hash: &[u8; 32]) -> Result<()> {
        self.enter_states();
        self.is_sorted &= self.videos.last().is_none_or(|(last, _)| *last < number);
        self.videos.push((number, Some((video, *text_hash))));
        Ok(())
    }

    /// A place that cannot be read is found anew.
    fn learned(&mut self, video_id: &str, learned: &[u8]) -> Result<()> {
        self.enter_states();
        let _ = self.snapshot.load_place(video_id, learned);
        Ok(())
    }

    fn vector(&mut self, number: i64, payload: &[u8]) -> Result<()> {
        let Some((video, hash)) = self.take(number) else {
            return Ok(());
        };
        match decode(self.meaning, &video, &hash, payload)? {
            Some(vector) => self.ready.push((video, vector)),
            None => self.stale.push(video),
        }
        if self.ready.len() >= VIDEOS_AT_ONCE { self.enter_ready() } else { Ok(()) }
    }

    /// What was trained, packs, and what is subtracted from vectors. Damaged, it is as if it had never been: it can be
    /// trained or imported again, and is found again.
    fn state(&mut self, profile: Option<&str>, name: &str, value: &[u8]) -> Result<()> {
        match name {
            _ if profile.is_some() => {}
            STATE => self.states.trained = Some(value.to_vec()),
            PACK => self.states.pack = self.pack(value),
            PACK_BEFORE => self.states.pack_before = self.pack(value),
            NUMBERS => self.states.numbers = Some(value.to_vec()),
            CENTRES => self.snapshot.restore_centres(value, &self.meaning.maker()),
            SEQUENCE => self.states.sequence = Some(value.to_vec()),
            _ => {}
        }
        Ok(())
    }

    fn profile(&mut self, profile: &str) -> Result<()> {
        self.snapshot.restore_profile(profile);
        Ok(())
    }

    fn kept_profile(&mut self, profile: &str, kept: KeptProfile) -> Result<()> {
        self.snapshot.household.restore(profile, kept);
        Ok(())
    }

    fn setting(&mut self, name: &str, _value: &[u8]) -> Result<()> {
        self.snapshot.household.restore_setting(name);
        Ok(())
    }

    fn noted_events(&mut self, _first_sequence: i64, events: Vec<NotedEvent>) -> Result<()> {
        self.enter_states();
        // What choices teach of which nothing was noted depends on the videos that were chosen among.
        self.enter_ready()?;
        self.snapshot.restore(&events);
        Ok(())
    }
}
