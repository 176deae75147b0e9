//! Events of a made-up service for the benchmarks of recommending: a few videos are watched by many, and each profile
//! watches mostly within the clusters it likes. The same seed gives the same events everywhere.

use std::collections::HashSet;

use vrec::domain::{Event, EventKind};

/// A linear congruential generator (Knuth, "The art of computer programming", volume 2, 3.3.4), upper bits.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Uniform from 0 to below 1.
    pub fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f32) as usize).min(count - 1)
    }
}

/// How much of what there is.
#[derive(Clone, Copy)]
pub struct Shape {
    pub profiles: usize,
    pub videos: usize,
    pub events: usize,
    pub clusters: usize,
}

impl Shape {
    pub fn cluster(&self, video: usize) -> usize {
        video % self.clusters
    }

    /// A video for someone who likes a cluster: three of four from it, and low numbers far more often than high ones.
    pub fn draw(&self, random: &mut Random, liked: usize) -> usize {
        let rank = random.unit().powi(3) * self.videos as f32;
        let video = (rank as usize).min(self.videos - 1);
        if random.unit() < 0.25 {
            return video;
        }
        (video / self.clusters * self.clusters + liked % self.clusters).min(self.videos - 1)
    }
}

pub fn video(number: usize) -> String {
    format!("video-{number:05}")
}

pub fn event(profile: usize, watched: usize, minute: i64) -> Event {
    Event {
        profile: format!("profile-{profile:05}"),
        video_id: video(watched),
        time_utc_ms: 1_700_000_000_000 + minute * 60_000,
        ..Event::of(EventKind::Complete)
    }
}

/// The profile and the video of each event, in their order; no video twice by one profile. Some profiles watch ten times
/// as much as others, and each likes three clusters.
pub fn draw_all(shape: Shape, seed: u64) -> Vec<(usize, usize)> {
    let mut random = Random::new(seed);
    let mut watched: Vec<HashSet<usize>> = vec![HashSet::new(); shape.profiles];
    let mut drawn = Vec::with_capacity(shape.events);
    while drawn.len() < shape.events {
        let profile = ((random.unit().powf(1.5) * shape.profiles as f32) as usize).min(shape.profiles - 1);
        let liked = [7, 11, 13][random.below(3)] * profile;
        let new = (0..32).map(|_| shape.draw(&mut random, liked)).find(|video| !watched[profile].contains(video));
        if let Some(video) = new {
            watched[profile].insert(video);
            drawn.push((profile, video));
        }
    }
    drawn
}
