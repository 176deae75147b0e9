//! Reading a folder of data: `videos.jsonl`, and `splits.csv` with each event's part in each split, as they
//! are or gzipped.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use vrec::domain::Video;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;

/// What an event is for in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Train,
    Valid,
    Test,
    Drop,
}

/// One event: numbers of its user and its video.
#[derive(Debug, Clone, Copy)]
pub struct DataEvent {
    pub user: usize,
    pub video: usize,
    pub time_utc_ms: i64,
    pub part: Part,
}

/// A data set under one of its splits.
pub struct Data {
    pub videos: Vec<Video>,
    pub users: Vec<String>,
    /// In the order of their times; events of one moment stay as the file has them.
    pub events: Vec<DataEvent>,
}

#[derive(Deserialize)]
struct VideoLine {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    tags: Vec<String>,
}

impl Data {
    pub fn read(folder: &Path, split: &str) -> Outcome<Data> {
        let videos = read_videos(folder)?;
        let numbers: HashMap<&str, usize> =
            videos.iter().enumerate().map(|(at, video)| (video.id.as_str(), at)).collect();
        let (users, events) = read_events(folder, split, &numbers)?;
        Ok(Data { videos, users, events })
    }
}

fn read_videos(folder: &Path) -> Outcome<Vec<Video>> {
    let mut videos = Vec::new();
    for (index, line) in BufReader::new(open(folder, "videos.jsonl")?).lines().enumerate() {
        let line = line.map_err(|error| bad(format!("videos.jsonl cannot be read: {error}")))?;
        let read: VideoLine =
            serde_json::from_str(&line).map_err(|error| bad(format!("videos.jsonl:{}: {error}", index + 1)))?;
        videos.push(Video {
            id: read.id,
            title: read.title,
            description: read.description,
            tags: read.tags,
            ..Video::default()
        });
    }
    Ok(videos)
}

fn read_events(folder: &Path, split: &str, numbers: &HashMap<&str, usize>) -> Outcome<(Vec<String>, Vec<DataEvent>)> {
    let mut reader = csv::Reader::from_reader(open(folder, "splits.csv")?);
    let header = reader.headers().map_err(|error| bad(format!("splits.csv: {error}")))?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|column| column == name);
        found.ok_or_else(|| bad(format!("splits.csv has no column {name:?}; its columns are {header:?}")))
    };
    let (user, video, time, part) = (column("user")?, column("video")?, column("timestamp")?, column(split)?);
    let (mut users, mut known) = (Vec::new(), HashMap::new());
    let mut events = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let wrong = |what: String| bad(format!("splits.csv:{}: {what}", index + 2));
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let name = record[user].to_owned();
        let number = *known.entry(name).or_insert_with_key(|name| {
            users.push(name.clone());
            users.len() - 1
        });
        let seconds: i64 = record[time].parse().map_err(|error| wrong(format!("timestamp: {error}")))?;
        events.push(DataEvent {
            user: number,
            video: *numbers.get(&record[video]).ok_or_else(|| wrong(format!("no video {:?}", &record[video])))?,
            time_utc_ms: seconds.saturating_mul(1_000),
            part: part_of(&record[part]).ok_or_else(|| wrong(format!("part {:?}", &record[part])))?,
        });
    }
    events.sort_by_key(|event| event.time_utc_ms);
    Ok((users, events))
}

fn part_of(text: &str) -> Option<Part> {
    match text {
        "train" => Some(Part::Train),
        "valid" => Some(Part::Valid),
        "test" => Some(Part::Test),
        "drop" | "" => Some(Part::Drop),
        _ => None,
    }
}

fn open(folder: &Path, name: &str) -> Outcome<Box<dyn Read>> {
    if let Ok(file) = File::open(folder.join(name)) {
        return Ok(Box::new(file));
    }
    let gzipped = folder.join(format!("{name}.gz"));
    let file = File::open(&gzipped).map_err(|error| {
        let message = format!("neither {name} nor {name}.gz in {} can be read: {error}", folder.display());
        Failure::new(Exit::NotFound, message)
    })?;
    Ok(Box::new(MultiGzDecoder::new(file)))
}

fn bad(message: String) -> Failure {
    Failure::new(Exit::BadInput, message)
}
