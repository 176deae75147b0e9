//! Data sets: what their files hold (`layout.rs`, `movielens.rs`, read by `files.rs`), and how events are cut into
//! those to learn from and those to find (`split.rs`).

mod files;
mod layout;
mod movielens;
mod split;

use std::path::Path;

use vrec::domain::Video;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use files::Files;

pub use split::Part;
pub use split::Split;
pub use split::by_user;
pub use split::is_held_out;

/// One event: numbers of its user and its video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataEvent {
    pub user: usize,
    pub video: usize,
    /// 0 for all events where the data set has no times.
    pub time_utc_ms: i64,
    pub part: Part,
}

/// A data set under one of its splits.
#[derive(Debug)]
pub struct Data {
    pub videos: Vec<Video>,
    pub users: Vec<String>,
    /// In the order of their times; events of one moment, and all where there are no times, as the files have them.
    pub events: Vec<DataEvent>,
    /// Of each video whether its events are to be found, all of them; only in the split `cold`.
    pub cold: Option<Vec<bool>>,
    pub has_times: bool,
}

impl Data {
    /// Reads a folder in any of the known layouts.
    pub fn read(folder: &Path, split: Split) -> Outcome<Data> {
        Data::of(Files::read(folder, split)?, split)
    }

    /// As [`Data::read`], without any event that is to be found in the end, or that was dropped: what is chosen from
    /// the rest has not seen them.
    pub fn read_without_test(folder: &Path, split: Split) -> Outcome<Data> {
        let mut data = Data::read(folder, split)?;
        data.events.retain(|event| matches!(event.part, Part::Train | Part::Valid));
        Ok(data)
    }

    fn of(files: Files, split: Split) -> Outcome<Data> {
        let first = files.events.first().and_then(|event| event.seconds);
        let has_times = files.events.iter().any(|event| event.seconds.is_some_and(|time| Some(time) != first));
        let time = |seconds: Option<i64>| seconds.filter(|_| has_times).unwrap_or(0).saturating_mul(1_000);
        let mut given: Vec<(DataEvent, Option<Part>)> = files
            .events
            .iter()
            .map(|event| {
                let (user, video) = (event.user, event.video);
                (DataEvent { user, video, time_utc_ms: time(event.seconds), part: Part::Train }, event.part)
            })
            .collect();
        given.sort_by_key(|(event, _)| event.time_utc_ms);
        let mut events: Vec<DataEvent> = given.iter().map(|(event, _)| *event).collect();
        let cold = (split == Split::Cold).then(|| cold_videos(&files));
        if files.has_parts {
            events.iter_mut().zip(&given).for_each(|(event, (_, part))| event.part = part.unwrap_or(Part::Drop));
        } else {
            split.cut(&mut events, Part::Test, has_times, cold.as_deref());
        }
        if events.is_empty() {
            return Err(bad("the data set has no events".to_owned()));
        }
        Ok(Data { videos: files.videos, users: files.users, events, cold, has_times })
    }
}

/// The videos of the file that names them, or those that the given parts hold back, or a fixed tenth.
fn cold_videos(files: &Files) -> Vec<bool> {
    if let Some(named) = &files.cold_videos {
        return files.videos.iter().map(|video| named.contains(&video.id)).collect();
    }
    let mut cold = vec![false; files.videos.len()];
    if files.has_parts {
        files.events.iter().filter(|event| event.part == Some(Part::Test)).for_each(|event| cold[event.video] = true);
    } else {
        cold.iter_mut().zip(&files.videos).for_each(|(cold, video)| *cold = split::is_held_out(&video.id, 0));
    }
    cold
}

/// What is wrong with a data set.
pub fn bad(message: String) -> Failure {
    Failure::new(Exit::BadInput, message)
}

#[cfg(test)]
mod tests {
    use super::files::FileEvent;
    use super::*;

    fn files(rows: &[(usize, usize, Option<i64>)], videos: usize) -> Files {
        let video = |number| Video { id: format!("v{number}"), ..Video::default() };
        let event = |(user, video, seconds): &(usize, usize, Option<i64>)| FileEvent {
            user: *user,
            video: *video,
            seconds: *seconds,
            part: None,
        };
        Files {
            videos: (0..videos).map(video).collect(),
            users: vec!["a".to_owned(), "b".to_owned()],
            events: rows.iter().map(event).collect(),
            has_parts: false,
            cold_videos: None,
        }
    }

    #[test]
    fn times_order_events_and_without_them_the_file_does() {
        let order = |data: Data| data.events.iter().map(|event| event.video).collect::<Vec<_>>();
        let timed = Data::of(files(&[(0, 0, Some(9)), (0, 1, Some(3)), (0, 2, Some(3))], 3), Split::Loo).unwrap();
        assert!(timed.has_times);
        assert_eq!(order(timed), [1, 2, 0]);
        for missing in [None, Some(0), Some(7)] {
            let data = Data::of(files(&[(0, 2, missing), (0, 0, missing), (0, 1, missing)], 3), Split::Loo).unwrap();
            assert!(!data.has_times);
            assert_eq!(data.events[0].time_utc_ms, 0);
            assert_eq!(order(data), [2, 0, 1]);
        }
    }

    #[test]
    fn cold_videos_are_those_named_or_a_fixed_tenth() {
        let rows: Vec<_> = (0..2_000).map(|video| (0, video, Some(video as i64))).collect();
        let mut named = files(&rows, 2_000);
        named.cold_videos = Some(["v7".to_owned()].into());
        let data = Data::of(named, Split::Cold).unwrap();
        let is_test = |event: &&DataEvent| event.part == Part::Test;
        assert_eq!(data.events.iter().filter(is_test).map(|event| event.video).collect::<Vec<_>>(), [7]);
        let data = Data::of(files(&rows, 2_000), Split::Cold).unwrap();
        let held_out = data.events.iter().filter(is_test).count();
        assert!((150..250).contains(&held_out), "{held_out}");
    }
}
