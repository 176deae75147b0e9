//! What an engine finds in its store when it opens: the catalogue with its vectors, the profiles with
//! what their events taught, and the videos that still wait for a vector. No model runs.

use std::collections::HashMap;
use std::mem;

use super::meaning::Meaning;
use super::snapshot::Snapshot;
use super::stored_videos::decode;
use crate::domain::{Event, Result, Video};
use crate::store::Visitor;

/// Videos that enter the catalogue together: what is due once a batch is worth more than one video.
const VIDEOS_AT_ONCE: usize = 4_096;

/// Gathers what a store hands over.
pub struct Opening<'m> {
    meaning: &'m Meaning,
    empty: Snapshot,
    snapshot: Snapshot,
    /// Videos whose vectors are still to come.
    videos: HashMap<i64, (Video, [u8; 32])>,
    ready: Vec<(Video, crate::ranking::VideoVector)>,
    /// Those whose vector does not count any more.
    stale: Vec<Video>,
}

impl<'m> Opening<'m> {
    /// Into an empty snapshot.
    pub fn new(meaning: &'m Meaning, empty: Snapshot) -> Self {
        let snapshot = empty.clone();
        Opening { meaning, empty, snapshot, videos: HashMap::new(), ready: Vec::new(), stale: Vec::new() }
    }

    /// The snapshot, and the videos in it that wait for a vector.
    pub fn finish(mut self) -> Result<(Snapshot, Vec<Video>)> {
        self.enter_ready()?;
        let mut waiting = mem::take(&mut self.stale);
        let mut without: Vec<(i64, Video)> = self.videos.drain().map(|(number, (video, _))| (number, video)).collect();
        without.sort_unstable_by_key(|(number, _)| *number);
        waiting.extend(without.into_iter().map(|(_, video)| video));
        let entries = waiting.iter().map(|video| self.meaning.pending_video(video, None)).collect();
        self.snapshot.put_videos(entries)?;
        Ok((self.snapshot, waiting))
    }

    fn enter_ready(&mut self) -> Result<()> {
        let ready = mem::take(&mut self.ready);
        let entries = ready.into_iter().map(|(video, vector)| self.meaning.entry(&video, vector));
        self.snapshot.put_videos(entries.collect())
    }
}

impl Visitor for Opening<'_> {
    fn restart(&mut self) {
        *self = Opening::new(self.meaning, self.empty.clone());
    }

    fn video(&mut self, number: i64, video: Video, text_hash: &[u8; 32]) -> Result<()> {
        self.videos.insert(number, (video, *text_hash));
        Ok(())
    }

    fn vector(&mut self, number: i64, payload: &[u8]) -> Result<()> {
        let Some((video, hash)) = self.videos.remove(&number) else {
            return Ok(());
        };
        match decode(self.meaning, &video, &hash, payload)? {
            Some(vector) => self.ready.push((video, vector)),
            None => self.stale.push(video),
        }
        if self.ready.len() >= VIDEOS_AT_ONCE { self.enter_ready() } else { Ok(()) }
    }

    fn profile(&mut self, profile: &str) -> Result<()> {
        self.snapshot.restore_profile(profile);
        Ok(())
    }

    fn events(&mut self, _first_sequence: i64, events: &[Event]) -> Result<()> {
        self.snapshot.restore(events);
        Ok(())
    }
}
