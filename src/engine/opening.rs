//! What an engine finds in its store when it opens: the catalogue with its vectors, the profiles with
//! what their events taught, and the videos that still wait for a vector. No model runs.

use std::mem;

use super::meaning::Meaning;
use super::snapshot::Snapshot;
use super::stored_videos::decode;
use super::training::STATE;
use crate::domain::{Error, NotedEvent, Result, Video};
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
    /// Why what was trained could not be read, where it could not.
    pub trained_damage: Option<Error>,
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
            trained_damage: None,
        }
    }

    /// The snapshot, and the videos in it that wait for a vector.
    pub fn finish(mut self) -> Result<(Snapshot, Vec<Video>)> {
        self.enter_ready()?;
        let mut waiting = mem::take(&mut self.stale);
        self.videos.sort_by_key(|(number, _)| *number);
        waiting.extend(mem::take(&mut self.videos).into_iter().filter_map(|(_, read)| read).map(|(video, _)| video));
        let entries = waiting.iter().map(|video| self.meaning.pending_video(video, None)).collect();
        self.snapshot.restore_videos(entries)?;
        self.snapshot.end_restoring();
        Ok((self.snapshot, waiting))
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
        self.is_sorted &= self.videos.last().is_none_or(|(last, _)| *last < number);
        self.videos.push((number, Some((video, *text_hash))));
        Ok(())
    }

    /// A place that cannot be read is found anew.
    fn learned(&mut self, video_id: &str, learned: &[u8]) -> Result<()> {
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

    /// What was trained, and what is subtracted from vectors. Damaged, it is as if it had never been: it can be trained
    /// again, and is found again.
    fn state(&mut self, profile: Option<&str>, name: &str, value: &[u8]) -> Result<()> {
        match (profile, name) {
            (None, STATE) => self.trained_damage = self.snapshot.load_trained(value).err(),
            (None, CENTRES) => self.snapshot.restore_centres(value, &self.meaning.maker()),
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
        // What choices teach of which nothing was noted depends on the videos that were chosen among.
        self.enter_ready()?;
        self.snapshot.restore(&events);
        Ok(())
    }
}
