//! One pass over everything a store holds: opens and checks every record, hands it to a [`Visitor`],
//! and notes what is damaged. It changes nothing. Opening a store is this pass; so is verifying it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Connection;

use super::damage::{Damage, Part, Report, Tally};
use super::directory::Directory;
use super::event_records::EventBatch;
use super::failure::corrupt;
use super::keys::{Key, StoreId, TAG_BYTES, Table, tag_of};
use super::profiles::KeptProfile;
use super::records::{NamedRecord, ProfileHead, ProfileRecord, RowSum, StoreHead, VideoRecord, decode};
use super::rows::{ALL_ROWS, SealedRow, read_forgetting, read_rows};
use super::schema::{number_of, profile_of};
use super::state::{ProfileEntry, State, VideoEntry};
use super::vector_file::{Records, VectorFile};
use crate::domain::{Error, Event, NotedEvent, Result, Status, Video};

/// Takes what a store holds, piece by piece: profiles in the order they came into being, then state and settings,
/// videos before their vectors, and last the events, profile by profile in the order they were recorded. An error ends
/// the pass and is its result.
pub trait Visitor {
    /// What was handed over so far does not count: the pass begins again.
    fn restart(&mut self) {}

    fn profile(&mut self, _profile: &str) -> Result<()> {
        Ok(())
    }

    /// What is kept of the profile handed over last, unless that is the default.
    fn kept_profile(&mut self, _profile: &str, _kept: KeptProfile) -> Result<()> {
        Ok(())
    }

    /// `number` names the video in [`Visitor::vector`]; it is never given to another.
    fn video(&mut self, _number: i64, _video: Video, _text_hash: &[u8; 32]) -> Result<()> {
        Ok(())
    }

    /// What is kept of what was learned of the video that is handed over next, unless nothing is.
    fn learned(&mut self, _video_id: &str, _learned: &[u8]) -> Result<()> {
        Ok(())
    }

    fn vector(&mut self, _number: i64, _payload: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Events of one profile; `first_sequence` counts the profile's events from 0 on.
    fn events(&mut self, _first_sequence: i64, _events: &[Event]) -> Result<()> {
        Ok(())
    }

    /// The same with what was noted of them, for who asks for it.
    fn noted_events(&mut self, first_sequence: i64, events: Vec<NotedEvent>) -> Result<()> {
        let events: Vec<Event> = events.into_iter().map(|noted| noted.event).collect();
        self.events(first_sequence, &events)
    }

    /// Learned state of a profile, or of the whole store.
    fn state(&mut self, _profile: Option<&str>, _name: &str, _value: &[u8]) -> Result<()> {
        Ok(())
    }

    fn setting(&mut self, _name: &str, _value: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Takes nothing.
impl Visitor for () {}

/// What a pass found: the store as far as it is sound, and what has to go into quarantine.
pub(super) struct Scan {
    pub state: State,
    pub report: Report,
    /// None: missing or damaged as a whole.
    pub vectors: Option<VectorFile>,
    pub bad_rows: Vec<(Table, i64)>,
    /// Videos whose rows speak of a vector that is not there.
    pub without_vector: Vec<String>,
    pub forgetting: Vec<i64>,
    /// Rows could not be reached: the database has to be written anew.
    pub has_bad_pages: bool,
}

struct Pass<'a, 'f> {
    connection: &'a Connection,
    visitor: &'a mut dyn Visitor,
    state: State,
    keys: HashMap<i64, Key>,
    /// Ids and entries by number; into the state's map once their vectors are found.
    videos: Vec<(String, VideoEntry)>,
    vectors: Option<Vectors<'f>>,
    forgetting: BTreeSet<i64>,
    damage: Vec<Damage>,
    bad_rows: Vec<(Table, i64)>,
    bad_pages: u64,
    /// The store's head as it was written; none when it is damaged.
    written: Option<StoreHead>,
    heads: BTreeMap<i64, (ProfileHead, [u8; TAG_BYTES])>,
    newest: i64,
}

/// The way through the vector file, beside the videos' rows: both mostly stand in the order of the videos' numbers, so
/// that a video and its vector are handed over together.
struct Vectors<'f> {
    records: Records<'f>,
    /// Records that count.
    slots: u64,
    /// Among the videos read, the one whose vector is expected next.
    next: usize,
    damaged: u64,
    newest: i64,
}

impl<'f> Vectors<'f> {
    fn new(file: &'f VectorFile, slots: u64) -> Self {
        Vectors { records: file.records(), slots, next: 0, damaged: 0, newest: 0 }
    }
}

/// Reads all of a store whose wrapping key was checked.
pub(super) fn scan(
    connection: &Connection,
    directory: &Directory,
    (store, wrapping): (StoreId, Key),
    read_only: bool,
    visitor: &mut dyn Visitor,
) -> Result<Scan> {
    // Without these marks rows of half forgotten profiles are damaged ones: their keys are gone.
    let (forgetting, bad_pages) = match read_forgetting(connection) {
        Err(error) if error.status == Status::Corrupt => (Vec::new(), 1),
        read => (read?, 0),
    };
    let file;
    let mut pass = Pass {
        connection,
        visitor,
        state: State::new(store, wrapping.clone(), wrapping),
        keys: HashMap::new(),
        videos: Vec::new(),
        vectors: None,
        forgetting: forgetting.iter().copied().collect(),
        damage: Vec::new(),
        bad_rows: Vec::new(),
        bad_pages,
        written: None,
        heads: BTreeMap::new(),
        newest: 0,
    };
    pass.keys()?;
    let Some(catalogue) = pass.keys.remove(&0) else {
        return Err(corrupt("the key of the catalogue is damaged: nothing of the store can be read"));
    };
    pass.state.catalogue = catalogue;
    pass.heads()?;
    pass.profiles()?;
    file = pass.vector_file(directory, read_only)?;
    let slots = pass.written.as_ref().map_or(u64::MAX, |head| head.vector_slots);
    pass.vectors = file.as_ref().map(|file| Vectors::new(file, slots));
    pass.named(Table::States, Part::States)?;
    pass.named(Table::Settings, Part::Settings)?;
    pass.videos()?;
    pass.events()?;
    let found = pass.finish(forgetting)?;
    Ok(Scan { vectors: file, ..found })
}

impl Pass<'_, '_> {
    /// Goes over one table: `each` opens a row or says no. Damage is tallied as `part`; returns the sum over
    /// the sound rows.
    fn table(
        &mut self,
        table: Table,
        part: Part,
        mut each: impl FnMut(&mut Self, i64, i64, &[u8]) -> Result<bool>,
    ) -> Result<RowSum> {
        let (mut present, mut sound, mut tally) = (RowSum::default(), RowSum::default(), Tally::default());
        let connection = self.connection;
        let bad_pages = read_rows(connection, table, ALL_ROWS, |SealedRow { id, content }| {
            let opened = match content {
                Some((sequence, sealed)) => {
                    if self.is_forgotten(table, id) {
                        return Ok(());
                    }
                    let tag = tag_of(sealed);
                    let is_store_head = table == Table::Heads && id == 0;
                    if !is_store_head {
                        present.add(&tag);
                    }
                    let opened = each(self, id, sequence, sealed)?;
                    if opened {
                        self.newest = self.newest.max(sequence);
                    }
                    if opened && !is_store_head {
                        sound.add(&tag);
                    }
                    opened
                }
                None => false,
            };
            if !opened {
                tally.add(format_args!("row {id}"));
                self.bad_rows.push((table, id));
            }
            Ok(())
        })?;
        self.bad_pages += bad_pages;
        let had_bad_rows = !tally.is_empty();
        tally.into_damage(part, &mut self.damage);
        if let Some(expected) = self.written.as_mut().and_then(|head| head.sum_mut(table))
            && *expected != present
            && !had_bad_rows
        {
            let place = format!("{} records read where {} were written last", present.count, expected.count);
            self.damage.push(Damage { part, count: expected.count.abs_diff(present.count), place });
        }
        Ok(sound)
    }

    /// Rows of a profile whose key is destroyed and whose rows are still being deleted.
    fn is_forgotten(&self, table: Table, row: i64) -> bool {
        let profile = match table {
            Table::Events | Table::States => profile_of(row),
            Table::Heads | Table::Profiles | Table::Keys => row,
            Table::Videos | Table::Settings => return false,
        };
        self.forgetting.contains(&profile)
    }

    fn keys(&mut self) -> Result<()> {
        self.table(Table::Keys, Part::Profiles, |pass, row, sequence, sealed| {
            let place = pass.state.place(Table::Keys, row, sequence);
            let key = Key::unwrap(&pass.state.wrapping, &place, sealed);
            Ok(key.map(|key| pass.keys.insert(row, key)).is_some())
        })?;
        Ok(())
    }

    fn heads(&mut self) -> Result<()> {
        let sound = self.table(Table::Heads, Part::ProfileHeads, |pass, row, sequence, sealed| {
            let place = pass.state.place(Table::Heads, row, sequence);
            if row == 0 {
                let plain = pass.state.catalogue.open(&place, sealed);
                pass.written = plain.map(|plain| decode("the store's head", &plain)).transpose()?;
                // The head's own row is told apart below.
                return Ok(true);
            }
            let Some(plain) = pass.keys.get(&row).and_then(|key| key.open(&place, sealed)) else {
                return Ok(false);
            };
            pass.heads.insert(row, (decode("a profile's head", &plain)?, tag_of(sealed)));
            Ok(true)
        })?;
        self.state.head.profile_heads = sound;
        match &self.written {
            Some(head) => self.newest = self.newest.max(head.commit),
            None => {
                self.damage.push(Damage { part: Part::StoreHead, count: 0, place: "heads row 0".to_owned() });
                self.bad_rows.push((Table::Heads, 0));
            }
        }
        Ok(())
    }

    fn profiles(&mut self) -> Result<()> {
        let sound = self.table(Table::Profiles, Part::Profiles, |pass, row, sequence, sealed| {
            let place = pass.state.place(Table::Profiles, row, sequence);
            let Some(key) = pass.keys.remove(&row) else {
                return Ok(false);
            };
            let Some(plain) = key.open(&place, sealed) else {
                return Ok(false);
            };
            let NamedRecord { name: id, value } = decode("a profile", &plain)?;
            pass.visitor.profile(&id)?;
            if !value.is_empty() {
                let record: ProfileRecord = decode("what is kept of a profile", &value)?;
                pass.visitor.kept_profile(&id, record.into_kept(&id)?)?;
            }
            pass.state.profile_numbers.insert(id.clone(), row);
            pass.state.profiles.insert(row, ProfileEntry { id, key, head: ProfileHead::empty(), head_tag: None });
            Ok(true)
        })?;
        self.state.head.profiles = sound;
        for (number, _) in self.keys.drain() {
            // Its row is lost with its id, which the sums have told.
            self.bad_rows.push((Table::Keys, number));
            if let Some((_, tag)) = self.heads.remove(&number) {
                self.bad_rows.push((Table::Heads, number));
                self.state.head.profile_heads.remove(&tag);
            }
        }
        Ok(())
    }

    fn videos(&mut self) -> Result<()> {
        let (mut plain, mut is_ascending) = (Vec::new(), true);
        let sound = self.table(Table::Videos, Part::Videos, |pass, row, sequence, sealed| {
            let place = pass.state.place(Table::Videos, row, sequence);
            if !pass.state.catalogue.open_into(&place, sealed, &mut plain) {
                return Ok(false);
            }
            let record: VideoRecord = decode("a video", &plain)?;
            let text_hash = record.text_hash()?;
            let entry = VideoEntry { number: row, vector_sequence: record.vector_sequence, slot: u64::MAX, text_hash };
            is_ascending &= pass.videos.last().is_none_or(|(_, last)| last.number < row);
            pass.videos.push((record.id.clone(), entry));
            if !record.learned.is_empty() {
                pass.visitor.learned(&record.id, &record.learned)?;
            }
            pass.visitor.video(row, record.into_video()?, &text_hash)?;
            // Rows come out of order from damaged pages only.
            if is_ascending { pass.take_vectors(row).map(|()| true) } else { Ok(true) }
        })?;
        self.state.head.videos = sound;
        self.videos.sort_by_key(|(_, video)| video.number);
        self.take_vectors(i64::MAX)
    }

    /// Goes on through the vector file up to the vector of a video that was not read yet.
    fn take_vectors(&mut self, read_up_to: i64) -> Result<()> {
        let Some(vectors) = &mut self.vectors else {
            return Ok(());
        };
        while let Some((slot, record)) = vectors.records.peek()? {
            let counts = slot < vectors.slots;
            match record {
                Some(record) if counts && record.video > read_up_to => return Ok(()),
                Some(record) => {
                    vectors.newest = vectors.newest.max(record.sequence);
                    let at = place_of(&self.videos, vectors.next, record.video);
                    if let Some((_, video)) = self.videos.get_mut(at).filter(|_| counts)
                        && (video.number, video.vector_sequence) == (record.video, record.sequence)
                    {
                        video.slot = slot;
                        vectors.next = at + 1;
                        self.visitor.vector(record.video, record.payload)?;
                    }
                }
                None => vectors.damaged += u64::from(counts),
            }
            vectors.records.skip();
        }
        Ok(())
    }

    fn named(&mut self, table: Table, part: Part) -> Result<()> {
        let sound = self.table(table, part, |pass, row, sequence, sealed| {
            let place = pass.state.place(table, row, sequence);
            let number = profile_of(row);
            let owner = pass.state.profiles.get(&number);
            let key = if number == 0 { Some(&pass.state.catalogue) } else { owner.map(|owner| &owner.key) };
            let Some(plain) = key.and_then(|key| key.open(&place, sealed)) else {
                return Ok(false);
            };
            let record: NamedRecord = decode("a named record", &plain)?;
            match table {
                Table::Settings => pass.visitor.setting(&record.name, &record.value)?,
                _ => pass.visitor.state(owner.map(|owner| owner.id.as_str()), &record.name, &record.value)?,
            }
            pass.state.names.insert((table, number, record.name), row);
            Ok(true)
        })?;
        if let Some(sum) = self.state.head.sum_mut(table) {
            *sum = sound;
        }
        Ok(())
    }

    fn events(&mut self) -> Result<()> {
        for (number, profile) in &mut self.state.profiles {
            let written = self.heads.get(number);
            let base = written.map_or_else(|| vec![0; 32], |(head, _)| head.base.clone());
            profile.head = ProfileHead { events: 0, next_sequence: 0, chain: base.clone(), base };
        }
        let mut hit = BTreeSet::new();
        self.table(Table::Events, Part::EventBatches, |pass, row, sequence, sealed| {
            let place = pass.state.place(Table::Events, row, sequence);
            let Some(profile) = pass.state.profiles.get_mut(&profile_of(row)) else {
                return Ok(false);
            };
            let Some(plain) = profile.key.open(&place, sealed) else {
                hit.insert(profile_of(row));
                return Ok(false);
            };
            let batch: EventBatch = decode("a batch of events", &plain)?;
            let events = batch.into_events(&profile.id)?;
            profile.head.extend(number_of(row), events.len() as u64, &tag_of(sealed));
            pass.visitor.noted_events(number_of(row), events)?;
            Ok(true)
        })?;
        self.compare_heads(&hit);
        Ok(())
    }

    /// What each log comes to against what its head says. Logs with damaged batches are told already.
    fn compare_heads(&mut self, hit: &BTreeSet<i64>) {
        let mut tally = Tally::default();
        for (number, profile) in &mut self.state.profiles {
            let found = &mut profile.head;
            match self.heads.get(number) {
                Some((written, _)) => {
                    // Sequence numbers go on after dropped events.
                    found.next_sequence = found.next_sequence.max(written.next_sequence);
                    if found != written && !hit.contains(number) {
                        let events = (found.events, written.events);
                        tally.add(format_args!("profile {number}: {} events read of {}", events.0, events.1));
                    }
                }
                None => tally.add(format_args!("profile {number}: no head, {} events read", found.events)),
            }
        }
        tally.into_damage(Part::ProfileHeads, &mut self.damage);
    }

    /// Everything but the vector file.
    fn finish(mut self, forgetting: Vec<i64>) -> Result<Scan> {
        self.complete_head();
        let without_vector = self.without_vector();
        let unused_damaged_vectors = self.compare_vectors()?.saturating_sub(without_vector.len() as u64);
        self.state.videos = std::mem::take(&mut self.videos).into_iter().collect();
        if self.bad_pages > 0 {
            let place = "store.sqlite".to_owned();
            self.damage.push(Damage { part: Part::DatabasePages, count: self.bad_pages, place });
        }
        let state = self.state;
        let report = Report {
            videos: state.videos.len() as u64,
            vectors: state.live_vectors() - without_vector.len() as u64,
            profiles: state.profiles.len() as u64,
            events: state.events(),
            damage: self.damage,
            database: Vec::new(),
            unused_damaged_vectors,
            half_forgotten: 0,
        };
        let has_bad_pages = self.bad_pages > 0;
        let bad_rows = self.bad_rows;
        Ok(Scan { state, report, vectors: None, bad_rows, without_vector, forgetting, has_bad_pages })
    }

    /// The store's head: as written, or made up from what was found.
    fn complete_head(&mut self) {
        let found = &mut self.state.head;
        let after = |largest: Option<i64>| largest.unwrap_or(0) + 1;
        let written = self.written.clone().unwrap_or_default();
        found.commit = if self.written.is_some() { written.commit } else { self.newest };
        found.vector_slots = written.vector_slots;
        let last = self.videos.last().map(|(_, video)| video.number);
        found.next_video = written.next_video.max(after(last));
        found.next_profile = written.next_profile.max(after(self.state.profiles.keys().next_back().copied()));
        let names = self.state.names.values().map(|row| number_of(*row)).max();
        found.next_name = written.next_name.max(after(names));
    }

    /// The vector file that the head names, or its damage.
    fn vector_file(&mut self, directory: &Directory, read_only: bool) -> Result<Option<VectorFile>> {
        let number = match &self.written {
            Some(head) => head.vector_file,
            None => directory.vector_files()?.last().copied().unwrap_or(0),
        };
        self.state.head.vector_file = number;
        match VectorFile::open(directory, number, &self.state.store, read_only) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.status == Status::Corrupt => {
                self.damage.push(Damage { part: Part::VectorFile, count: 0, place: error.message });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Videos whose rows speak of a vector that was not found.
    fn without_vector(&mut self) -> Vec<String> {
        let mut tally = Tally::default();
        let is_without = |video: &VideoEntry| video.vector_sequence != 0 && video.slot == u64::MAX;
        let without = self.videos.iter().filter(|(_, video)| is_without(video));
        let ids = without.map(|(id, video)| {
            tally.add(format_args!("of the video in row {}", video.number));
            id.clone()
        });
        let ids = ids.collect();
        tally.into_damage(Part::Vectors, &mut self.damage);
        ids
    }

    /// What the vector file says of commits against what the database says; returns how many committed records are
    /// damaged.
    fn compare_vectors(&mut self) -> Result<u64> {
        let Some(Vectors { records, newest, damaged, .. }) = self.vectors.take() else {
            return Ok(0);
        };
        if self.written.is_none() {
            self.state.head.vector_slots = records.slot();
        }
        let (file, commit) = (records.file(), self.state.head.commit);
        // One commit may have been cut off between its vectors and its rows.
        let newest = file.noted_commit()?.max(newest - 1);
        if newest > commit {
            let count = (newest - commit) as u64;
            let place = format!("store.sqlite ends with commit {commit}, vectors-{}.vrec knows {newest}", file.number);
            self.damage.push(Damage { part: Part::OldDatabase, count, place });
            self.newest = newest;
            self.state.head.commit = newest;
        }
        Ok(damaged)
    }
}

/// Where a video stands in a list in the order of numbers, or would stand; `expected` is looked at first.
fn place_of(videos: &[(String, VideoEntry)], expected: usize, number: i64) -> usize {
    match videos.get(expected) {
        Some((_, video)) if video.number == number => expected,
        _ => videos.partition_point(|(_, video)| video.number < number),
    }
}

/// What a caller asked for is not there.
pub(super) fn not_found(what: &str, id: &str) -> Error {
    Error::new(Status::NotFound, format!("{what} {id:?} is not in the store"))
}
