//! The project's own layout: `videos.jsonl`, and the events in `splits.csv`, with a column for each split that
//! has each event's part, or in `events.csv`; `cold_videos.json` names the cold videos.

use std::collections::BTreeSet;
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
use crate::lines::Line;
use crate::lines::Lines;

const VIDEOS: &str = "videos.jsonl";

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
    let mut lines = Lines::new(VIDEOS.to_owned(), Box::new(BufReader::new(open(folder, VIDEOS)?)), None);
    while let Some(line) = lines.next()? {
        let wrong = |why: &str| bad(format!("{VIDEOS}:{}: {why}", lines.number));
        if line == Line::TooLong {
            return Err(wrong("the line is too long"));
        }
        if lines.text.trim_ascii().is_empty() {
            continue;
        }
        let read: VideoLine = serde_json::from_slice(&lines.text).map_err(|error| wrong(&error.to_string()))?;
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
