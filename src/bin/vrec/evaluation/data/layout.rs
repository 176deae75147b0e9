//! The project's own layout: `videos.jsonl`, and the events in `splits.csv`, with a column for each split that
//! has each event's part, or in `events.csv`; `cold_videos.json` names the cold videos.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use vrec::domain::Video;

use super::Split;
use super::bad;
use super::files::Events;
use super::files::FileEvent;
use super::files::Files;
use super::files::Table;
use super::files::cell;
use super::files::exists;
use super::files::open;
use super::files::read_text;
use crate::failure::Outcome;

#[derive(Deserialize)]
struct VideoLine {
    id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    year: Value,
}

/// The events of a file, and whether it says what each is for in the split.
type GivenEvents = (Vec<String>, Vec<FileEvent>, bool);

pub fn read(folder: &Path, split: Split) -> Outcome<Files> {
    let videos = read_videos(folder)?;
    let (users, events, has_parts) = read_events(folder, split, &videos)?;
    let cold_videos = if exists(folder, "cold_videos.json") { Some(read_cold(folder)?) } else { None };
    Ok(Files { videos, users, events, has_parts, cold_videos })
}

fn read_videos(folder: &Path) -> Outcome<Vec<Video>> {
    let mut videos = Vec::new();
    for (index, line) in BufReader::new(open(folder, "videos.jsonl")?).lines().enumerate() {
        let line = line.map_err(|error| bad(format!("videos.jsonl cannot be read: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let read: VideoLine =
            serde_json::from_str(&line).map_err(|error| bad(format!("videos.jsonl:{}: {error}", index + 1)))?;
        let mut tags = read.tags.unwrap_or_default();
        tags.extend(year_tag(&read.year));
        videos.push(Video {
            id: read.id,
            title: read.title.unwrap_or_default(),
            description: read.description.unwrap_or_default(),
            tags,
            ..Video::default()
        });
    }
    Ok(videos)
}

/// A year counts as one more tag, whether it is a number or a text.
fn year_tag(year: &Value) -> Option<String> {
    match year {
        Value::Number(number) => number.as_f64().map(|year| format!("{}", year as i64)),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

fn read_events(folder: &Path, split: Split, videos: &[Video]) -> Outcome<GivenEvents> {
    let name = if exists(folder, "splits.csv") { "splits.csv" } else { "events.csv" };
    let mut table = Table::open(folder, name)?;
    let (user, video) = (Some(table.column("user")?), Some(table.column("video")?));
    let (time, part) = (table.find("timestamp"), table.find(split.name()));
    let mut events = Events::new(name, videos);
    table.rows(|line, row| {
        let ids = (cell(row, user), cell(row, video));
        events.put(line, ids, cell(row, time), part.map(|part| cell(row, Some(part))))
    })?;
    let (users, events) = events.finish();
    Ok((users, events, part.is_some()))
}

fn read_cold(folder: &Path) -> Outcome<BTreeSet<String>> {
    let text = read_text(folder, "cold_videos.json")?;
    serde_json::from_str(&text).map_err(|error| bad(format!("cold_videos.json: {error}")))
}
