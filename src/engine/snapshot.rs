//! One state of an engine, complete and immutable once published. Cloning shares everything.

use std::sync::Arc;

use rpds::HashTrieMapSync;

use crate::domain::{Error, Event, EventKind, Result, Status, limits};
use crate::learning::{Engagement, Profile};
use crate::ranking::{Catalogue, CatalogueVideo, VideoVector};

/// See the module.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub catalogue: Catalogue,
    profiles: HashTrieMapSync<Arc<str>, Profile>,
    profile_bytes: usize,
    pub events: u64,
}

/// What an entry of the persistent maps costs beyond its key, roughly.
const PROFILE_BYTES: usize = 192;
const ENGAGEMENT_BYTES: usize = size_of::<Engagement>() + 96;

impl Snapshot {
    pub fn new(dimensions: usize) -> Self {
        Snapshot {
            catalogue: Catalogue::new(dimensions),
            profiles: HashTrieMapSync::new_sync(),
            profile_bytes: 0,
            events: 0,
        }
    }

    pub fn bytes(&self) -> usize {
        self.catalogue.bytes() + self.profile_bytes
    }

    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.profiles.get(id)
    }

    pub fn profile_count(&self) -> usize {
        self.profiles.size()
    }

    pub fn put_videos(&mut self, videos: Vec<CatalogueVideo>) -> Result<()> {
        for video in &videos {
            self.check_dimensions(video)?;
        }
        let most = self.catalogue.len() + videos.len();
        if most > limits::VIDEOS {
            return Err(Error::limit("the number of videos", most, limits::VIDEOS));
        }
        if !self.catalogue.put_all(videos) {
            return Err(Error::invalid("a video's vector equals the mean of its language and has no direction left"));
        }
        Ok(())
    }

    /// Two writers may both have brought a first vector, of different lengths.
    fn check_dimensions(&self, video: &CatalogueVideo) -> Result<()> {
        let expected = self.catalogue.matrix().dimensions();
        match &video.vector {
            VideoVector::Brought(vector) if expected != 0 && vector.len() != expected => Err(Error::invalid(format!(
                "the vector of {:?} has {} elements, this engine's vectors have {expected}",
                video.id,
                vector.len()
            ))),
            _ => Ok(()),
        }
    }

    pub fn remove_videos(&mut self, ids: &[&str]) -> Result<()> {
        for (index, id) in ids.iter().enumerate() {
            if !self.catalogue.remove(id) {
                return Err(unknown_video(id).within(&format!("ids[{index}]")));
            }
        }
        Ok(())
    }

    pub fn record(&mut self, events: &[Event]) -> Result<()> {
        for (index, event) in events.iter().enumerate() {
            self.record_one(event).map_err(|error| error.within(&format!("events[{index}]")))?;
        }
        Ok(())
    }

    fn record_one(&mut self, event: &Event) -> Result<()> {
        self.events += 1;
        let known = self.profiles.get(event.profile.as_str());
        let mut profile = known.cloned().unwrap_or_default();
        if known.is_none() {
            self.profile_bytes += PROFILE_BYTES + event.profile.len();
        }
        if event.kind != EventKind::Search {
            if self.catalogue.row(&event.video_id).is_none() {
                return Err(unknown_video(&event.video_id));
            }
            if profile.observe(event) {
                self.profile_bytes += ENGAGEMENT_BYTES + event.video_id.len();
            }
        }
        self.profiles.insert_mut(Arc::from(event.profile.as_str()), profile);
        Ok(())
    }
}

fn unknown_video(id: &str) -> Error {
    Error::new(Status::NotFound, format!("{id:?} is no video of this engine"))
}
