//! The data of the measurements: videos with their tags, and each user's watches in the order of time with their part in
//! the split `loo` (docs/evaluation.md has the layout of the files).

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// When a user watched which video.
#[derive(Clone, Copy)]
pub struct Event {
    pub user: usize,
    pub video: usize,
    pub time_utc_ms: i64,
    pub part: Part,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Part {
    Train,
    Valid,
    Test,
}

pub struct Data {
    pub ids: Vec<String>,
    pub tags: Vec<Vec<String>>,
    pub users: usize,
    /// In the order of their times.
    pub events: Vec<Event>,
}

impl Data {
    pub fn read(folder: &Path) -> Data {
        let open = |name: &str| MultiGzDecoder::new(File::open(folder.join(name)).expect("a file of the data set"));
        let (mut ids, mut tags) = (Vec::new(), Vec::new());
        for line in BufReader::new(open("videos.jsonl.gz")).lines() {
            let video: serde_json::Value = serde_json::from_str(&line.expect("a line")).expect("a video");
            ids.push(video["id"].as_str().expect("an id").to_owned());
            let named = video["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str());
            tags.push(named.map(str::to_owned).collect());
        }
        let numbers: HashMap<&str, usize> = ids.iter().map(String::as_str).zip(0..).collect();
        let (mut users, mut events) = (HashMap::new(), Vec::new());
        for row in csv::Reader::from_reader(open("splits.csv.gz")).into_records() {
            let row = row.expect("an event");
            let next = users.len();
            let user = *users.entry(row[0].to_owned()).or_insert(next);
            let part = match &row[4] {
                "valid" => Part::Valid,
                "test" => Part::Test,
                _ => Part::Train,
            };
            let time_utc_ms = 1_000 * row[3].parse::<i64>().expect("a time");
            events.push(Event { user, video: numbers[&row[1]], time_utc_ms, part });
        }
        events.sort_by_key(|event| event.time_utc_ms);
        Data { users: users.len(), tags, events, ids }
    }

    /// The tags of at least so many videos, the most common first.
    pub fn common_tags(&self, least: usize) -> Vec<&str> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        self.tags.iter().flatten().for_each(|tag| *counts.entry(tag).or_default() += 1);
        let mut common: Vec<(&str, usize)> = counts.into_iter().filter(|(_, count)| *count >= least).collect();
        common.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        common.into_iter().map(|(tag, _)| tag).collect()
    }
}
