//! Videos and their vectors, and named values: what is replaced rather than appended.
//!
//! Vectors are durable in their file before the transaction that refers to them. A replaced vector
//! leaves a dead record; when these are the greater part, the live ones move to a new file.

use std::collections::HashSet;

use prost::Message;

use super::events::new_profile_without_events;
use super::failure::corrupt;
use super::keys::{Key, Table};
use super::records::{NamedRecord, VideoRecord};
use super::scan::not_found;
use super::schema::row_of;
use super::state::{NamedKey, State, VideoEntry};
use super::vector_file::{Record, VectorFile};
use super::writer::{Change, Writer};
use crate::domain::{Error, Result, Video};

/// A video to be stored in place of the one with its id.
#[derive(Debug, Clone, Copy)]
pub struct VideoWrite<'a> {
    pub video: &'a Video,
    /// Hash of the texts that its vector was made from.
    pub text_hash: [u8; 32],
    pub vector: VectorWrite<'a>,
    /// What is kept of what was learned of it; empty for nothing.
    pub learned: &'a [u8],
}

/// What becomes of a video's vector.
#[derive(Debug, Clone, Copy)]
pub enum VectorWrite<'a> {
    /// It has none (yet).
    None,
    /// The one that is stored, if there is one.
    Keep,
    /// This one. All payloads of a store have one length.
    New(&'a [u8]),
}

/// Dead records below this number never make a file be written anew.
const FEW_DEAD: u64 = 1024;
/// Records that are moved at a time.
const MOVED_TOGETHER: usize = 512;

impl Writer {
    /// Stores all of the videos or, on any error, none.
    pub fn put_videos(&mut self, videos: &[VideoWrite<'_>]) -> Result<()> {
        let mut ids = HashSet::new();
        if let Some(twice) = videos.iter().find(|write| !ids.insert(write.video.id.as_str())) {
            return Err(Error::invalid(format!("id {:?} stands twice in the batch", twice.video.id)));
        }
        self.settle()?;
        self.fit_vector_file(videos, &ids)?;
        let sequence = self.state.head.commit + 1;
        let (entries, slots) = self.plan(videos, sequence);
        self.append_vectors(videos, &entries, sequence)?;
        let number_of_file = self.vectors.number;
        self.commit(|change, state| {
            change.head.vector_file = number_of_file;
            change.head.vector_slots = slots;
            for (write, entry) in videos.iter().zip(&entries) {
                change.head.next_video = change.head.next_video.max(entry.number + 1);
                let record = VideoRecord::new(write.video, &write.text_hash, entry.vector_sequence, write.learned);
                change.put(Table::Videos, entry.number, &state.catalogue, &record.encode_to_vec())?;
            }
            Ok(())
        })?;
        let ids = videos.iter().map(|write| write.video.id.clone());
        self.state.videos.extend(ids.zip(entries));
        self.compact_when_due();
        Ok(())
    }

    /// The entries that the videos will have, and how many records the vector file will.
    fn plan(&self, videos: &[VideoWrite<'_>], sequence: i64) -> (Vec<VideoEntry>, u64) {
        let (mut next_video, mut slot) = (self.state.head.next_video, self.state.head.vector_slots);
        let mut entries = Vec::with_capacity(videos.len());
        for write in videos {
            let known = self.state.videos.get(&write.video.id);
            let number = known.map_or(next_video, |known| known.number);
            next_video += i64::from(known.is_none());
            let text_hash = write.text_hash;
            entries.push(match (write.vector, known) {
                (VectorWrite::New(_), _) => {
                    slot += 1;
                    VideoEntry { number, vector_sequence: sequence, slot: slot - 1, text_hash }
                }
                (VectorWrite::Keep, Some(known)) => VideoEntry { text_hash, ..known.clone() },
                _ => VideoEntry { number, vector_sequence: 0, slot: u64::MAX, text_hash },
            });
        }
        (entries, slot)
    }

    fn append_vectors(&mut self, videos: &[VideoWrite<'_>], entries: &[VideoEntry], sequence: i64) -> Result<()> {
        let records = videos.iter().zip(entries).filter_map(|(write, entry)| match write.vector {
            VectorWrite::New(payload) => Some(Record { video: entry.number, sequence, payload }),
            _ => None,
        });
        let written = self.vectors.append(self.state.head.vector_slots, records)?;
        if written > 0 {
            self.vectors.sync()?;
            self.statistics.vector_bytes += written;
        }
        Ok(())
    }

    /// Makes sure that the vector file takes payloads of this length. Another length is taken up when no vector
    /// of the former stays.
    fn fit_vector_file(&mut self, videos: &[VideoWrite<'_>], ids: &HashSet<&str>) -> Result<()> {
        let mut lengths = videos.iter().filter_map(|write| match write.vector {
            VectorWrite::New(payload) => Some(payload.len()),
            _ => None,
        });
        let Some(length) = lengths.next() else {
            return Ok(());
        };
        if length == 0 || lengths.any(|other| other != length) {
            return Err(Error::invalid("the vectors of a batch are empty or differ in length"));
        }
        if self.vectors.payload_bytes == length {
            return Ok(());
        }
        let stays = |id: &str| !ids.contains(id);
        if self.state.videos.iter().any(|(id, video)| video.vector_sequence != 0 && stays(id))
            || videos.iter().any(|write| matches!(write.vector, VectorWrite::Keep))
        {
            let stored = self.vectors.payload_bytes;
            let message = format!("a vector has {length} bytes, those of the store have {stored}; remove these first");
            return Err(Error::invalid(message));
        }
        let file = self.new_vector_file(length)?;
        self.adopt_vector_file(file, 0, &[])
    }

    fn new_vector_file(&self, payload_bytes: usize) -> Result<VectorFile> {
        let number = self.directory.vector_files()?.last().copied().unwrap_or(0).max(self.vectors.number) + 1;
        VectorFile::create(&self.directory, number, &self.state.store, payload_bytes)
    }

    /// The store goes over to another vector file, in which the videos `moved` have these slots; the old file is
    /// removed. All other videos are without a vector there.
    fn adopt_vector_file(&mut self, file: VectorFile, slots: u64, moved: &[(String, u64)]) -> Result<()> {
        let number = file.number;
        let without: Vec<String> = self
            .state
            .videos
            .iter()
            .filter(|(_, video)| moved.is_empty() && video.vector_sequence != 0)
            .map(|(id, _)| id.clone())
            .collect();
        self.commit_without_vectors(&without, Some((number, slots)))?;
        for (id, slot) in moved {
            if let Some(video) = self.state.videos.get_mut(id) {
                video.slot = *slot;
            }
        }
        let old = std::mem::replace(&mut self.vectors, file);
        self.vectors.note_commit(self.state.head.commit)?;
        self.directory.remove(&self.directory.vectors(old.number))?;
        self.directory.sync()
    }

    /// Rewrites videos so that they have no vector; may change the vector file in the same transaction.
    pub fn commit_without_vectors(&mut self, ids: &[String], file: Option<(u64, u64)>) -> Result<()> {
        self.commit(|change, state| {
            if let Some((number, slots)) = file {
                (change.head.vector_file, change.head.vector_slots) = (number, slots);
            }
            for entry in ids.iter().filter_map(|id| state.videos.get(id)) {
                let mut record = super::load::read_video(change.connection(), state, entry.number)?;
                record.vector_sequence = 0;
                change.put(Table::Videos, entry.number, &state.catalogue, &record.encode_to_vec())?;
            }
            Ok(())
        })?;
        for id in ids {
            if let Some(video) = self.state.videos.get_mut(id) {
                (video.vector_sequence, video.slot) = (0, u64::MAX);
            }
        }
        Ok(())
    }

    /// Removes all of the videos or, when one does not exist, none. Events with them stay.
    pub fn remove_videos(&mut self, ids: &[&str]) -> Result<()> {
        let ids: HashSet<&str> = ids.iter().copied().collect();
        if let Some(unknown) = ids.iter().find(|id| !self.state.videos.contains_key(**id)) {
            return Err(not_found("video", unknown));
        }
        self.commit(|change, state| {
            let rows = ids.iter().filter_map(|id| state.videos.get(*id)).map(|video| video.number);
            rows.into_iter().try_for_each(|row| change.remove(Table::Videos, row))
        })?;
        self.state.videos.retain(|id, _| !ids.contains(id.as_str()));
        self.compact_when_due();
        Ok(())
    }

    fn compact_when_due(&mut self) {
        let slots = self.state.head.vector_slots;
        if slots <= FEW_DEAD {
            return;
        }
        let dead = slots - self.state.live_vectors().min(slots);
        // What the caller asked for is done; a failure here leaves the old file, and is met again next time.
        if dead > FEW_DEAD && dead * 2 > slots {
            let _ = self.compact();
        }
    }

    /// Moves the live vectors to a new file and removes the old one.
    pub fn compact(&mut self) -> Result<()> {
        let mut live: Vec<(u64, String)> = self
            .state
            .videos
            .iter()
            .filter(|(_, video)| video.vector_sequence != 0)
            .map(|(id, video)| (video.slot, id.clone()))
            .collect();
        if live.len() as u64 == self.state.head.vector_slots {
            return Ok(());
        }
        live.sort_unstable();
        let file = self.new_vector_file(self.vectors.payload_bytes)?;
        let moved: Vec<(String, u64)> = live.iter().enumerate().map(|(to, (_, id))| (id.clone(), to as u64)).collect();
        self.move_vectors(&live, &file).inspect_err(|_| self.remove_other_vector_files())?;
        // A file whose adoption fails stays until the store is opened next: the commit may have reached the disk.
        self.adopt_vector_file(file, live.len() as u64, &moved)
    }

    fn move_vectors(&mut self, live: &[(u64, String)], file: &VectorFile) -> Result<()> {
        let mut to = 0;
        for group in live.chunks(MOVED_TOGETHER) {
            let mut payloads = Vec::with_capacity(group.len());
            for (slot, id) in group {
                let video = self.state.videos.get(id).ok_or_else(|| not_found("video", id))?;
                let payload = self.vectors.read(*slot)?.ok_or_else(|| corrupt(format!("vector {slot} is damaged")))?;
                payloads.push((video.number, video.vector_sequence, payload));
            }
            let records = payloads.iter().map(|(video, sequence, payload)| Record {
                video: *video,
                sequence: *sequence,
                payload,
            });
            self.statistics.vector_bytes += file.append(to, records)?;
            to += group.len() as u64;
        }
        file.sync()
    }

    /// Removes vector files that the store does not use: left over from a move that was cut off.
    pub fn remove_other_vector_files(&self) {
        let others = self.directory.vector_files().unwrap_or_default();
        for number in others.into_iter().filter(|number| *number != self.vectors.number) {
            // Tried again when the store is opened next.
            let _ = self.directory.remove(&self.directory.vectors(number));
        }
    }

    /// Stores a named value of a profile or of the store, or removes it.
    pub fn put_named(&mut self, table: Table, profile: Option<&str>, name: &str, value: Option<&[u8]>) -> Result<()> {
        let (row, owner) = self.commit(|change, state| {
            let owner = match profile.map(|id| (id, state.profile(id))) {
                None => None,
                Some((_, Some((number, entry)))) => Some((number, entry.clone())),
                Some((id, None)) => Some(new_profile_without_events(change, state, id)?),
            };
            let (number, key) = owner.as_ref().map_or((0, &state.catalogue), |(number, entry)| (*number, &entry.key));
            let row = put_value(change, state, (table, number, key), name, value)?;
            Ok((row, owner))
        })?;
        let number = owner.as_ref().map_or(0, |(number, _)| *number);
        if let Some((number, entry)) = owner {
            self.state.profile_numbers.insert(entry.id.clone(), number);
            self.state.profiles.insert(number, entry);
        }
        self.note_name((table, number, name.to_owned()), value.map(|_| row));
        Ok(())
    }

    /// Stores named states of the store, or removes them, in one commit.
    pub fn put_states(&mut self, states: &[(&str, Option<&[u8]>)]) -> Result<()> {
        let rows = self.commit(|change, state| {
            let put = |(name, value): &(&str, Option<&[u8]>)| {
                put_value(change, state, (Table::States, 0, &state.catalogue), name, *value)
            };
            states.iter().map(put).collect::<Result<Vec<i64>>>()
        })?;
        for ((name, value), row) in states.iter().zip(rows) {
            self.note_name((Table::States, 0, (*name).to_owned()), value.map(|_| row));
        }
        Ok(())
    }

    /// Remembers in which row a named value stands, or that there is none.
    fn note_name(&mut self, key: NamedKey, row: Option<i64>) {
        match row {
            Some(row) => self.state.names.insert(key, row),
            None => self.state.names.remove(&key),
        };
    }
}

/// Writes a named value of an owner, of whom the table, number and key are given, or removes it; gives its row.
pub(super) fn put_value(
    change: &mut Change<'_>,
    state: &State,
    (table, number, key): (Table, i64, &Key),
    name: &str,
    value: Option<&[u8]>,
) -> Result<i64> {
    let known = state.names.get(&(table, number, name.to_owned())).copied();
    let row = known.unwrap_or_else(|| row_of(number, change.head.next_name));
    change.head.next_name += i64::from(known.is_none());
    match value {
        Some(value) => {
            let record = NamedRecord { name: name.to_owned(), value: value.to_vec() };
            change.put(table, row, key, &record.encode_to_vec()).map(|_| row)
        }
        None => change.remove(table, row).map(|()| row),
    }
}
