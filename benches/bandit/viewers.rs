//! Made-up viewers whose taste drifts, and a catalogue for them. A viewer likes two topics at a time; now and then one of
//! them gives way to another. The same seed gives the same viewers, and the same luck to whatever lists they are shown.

use vrec::domain::Video;

pub const DIMENSIONS: usize = 32;
const TOPICS: usize = 30;
pub const VIDEOS: usize = 3_000;
/// Lists after which a viewer takes up another topic.
const BETWEEN_DRIFTS: usize = 40;

/// A linear congruential generator (Knuth, "The art of computer programming", volume 2, 3.3.4), upper bits.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
        (0..4).for_each(|_| {
            random.unit();
        });
        random
    }

    /// Uniform from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count - 1)
    }
}

/// Videos around topics, each with its vector.
pub struct World {
    pub vectors: Vec<Vec<f32>>,
    topics: Vec<Vec<f32>>,
}

fn unit_vector(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

fn cosine(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(a, b)| f64::from(a * b)).sum()
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut random = Random::new(seed);
        let mut drawn = |_| unit_vector((0..DIMENSIONS).map(|_| random.unit() as f32 - 0.5).collect());
        let topics: Vec<Vec<f32>> = (0..TOPICS).map(&mut drawn).collect();
        let of_topic = |video: usize| {
            let noise = drawn(video);
            unit_vector(topics[video % TOPICS].iter().zip(noise).map(|(topic, other)| topic + 0.7 * other).collect())
        };
        let vectors = (0..VIDEOS).map(of_topic).collect();
        World { vectors, topics }
    }

    pub fn videos(&self) -> Vec<Video> {
        let video = |(number, vector): (usize, &Vec<f32>)| Video {
            id: id(number),
            title: format!("Video {number}"),
            vector: Some(vector.clone()),
            ..Video::default()
        };
        self.vectors.iter().enumerate().map(video).collect()
    }
}

pub fn id(number: usize) -> String {
    format!("video-{number:04}")
}

/// The number in an id.
pub fn number(id: &str) -> usize {
    id.trim_start_matches("video-").parse().expect("an id of ours")
}

/// One viewer; what it likes is a function of the seed and of how many lists it was shown.
#[derive(Clone)]
pub struct Viewer {
    topics: Vec<usize>,
    drift: Random,
    luck: Random,
    lists: usize,
    pub watched: Vec<bool>,
}

impl Viewer {
    pub fn new(seed: u64) -> Viewer {
        let mut drift = Random::new(seed);
        let first = drift.below(TOPICS);
        let second = (first + 1 + drift.below(TOPICS - 1)) % TOPICS;
        let lists = drift.below(BETWEEN_DRIFTS);
        let luck = Random::new(seed ^ 0xff00);
        Viewer { topics: vec![first, second], drift, luck, lists, watched: vec![false; VIDEOS] }
    }

    /// The chance that a video appeals: one in fifty for any, and up to two in five for what is liked.
    fn appeal(&self, world: &World, video: usize) -> f64 {
        let near = self.topics.iter().map(|topic| cosine(&world.vectors[video], &world.topics[*topic]));
        0.02 + 0.38 * ((near.fold(0.0, f64::max) - 0.4) / 0.6).clamp(0.0, 1.0)
    }

    /// The chance that something of a list is chosen.
    pub fn worth(&self, world: &World, list: &[usize]) -> f64 {
        1.0 - list.iter().map(|video| 1.0 - self.appeal(world, *video)).product::<f64>()
    }

    /// The same of the best list that there is.
    pub fn best_worth(&self, world: &World, places: usize) -> f64 {
        let mut appeals: Vec<f64> =
            (0..VIDEOS).filter(|video| !self.watched[*video]).map(|video| self.appeal(world, video)).collect();
        appeals.sort_by(|a, b| b.total_cmp(a));
        1.0 - appeals.iter().take(places).map(|appeal| 1.0 - appeal).product::<f64>()
    }

    /// One of those that appeal, if any does; the taste may drift afterwards.
    pub fn choose(&mut self, world: &World, list: &[usize]) -> Option<usize> {
        let appeals: Vec<f64> = list.iter().map(|video| self.appeal(world, *video)).collect();
        let appealing: Vec<usize> = list
            .iter()
            .zip(appeals)
            .filter(|(_, appeal)| self.luck.unit() < *appeal)
            .map(|(video, _)| *video)
            .collect();
        let chosen = (!appealing.is_empty()).then(|| appealing[self.luck.below(appealing.len())]);
        chosen.into_iter().for_each(|video| self.watched[video] = true);
        self.lists += 1;
        if self.lists.is_multiple_of(BETWEEN_DRIFTS) {
            let gone = self.drift.below(self.topics.len());
            self.topics[gone] = self.drift.below(TOPICS);
        }
        chosen
    }

    /// A video that it likes at the beginning.
    pub fn liked(&mut self) -> usize {
        loop {
            let topic = self.topics[self.drift.below(2)];
            let video = self.drift.below(VIDEOS / TOPICS) * TOPICS + topic;
            if !self.watched[video] {
                self.watched[video] = true;
                return video;
            }
        }
    }
}
