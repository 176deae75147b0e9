//! What is to be done with a data set: the events to learn from, the users to ask, and what each is to be offered.

use super::data::Data;
use super::data::DataEvent;
use super::data::Part;
use super::data::Split;
use super::data::by_user;
use super::data::is_held_out;

/// Users with fewer events to learn from are left out.
pub const LEAST_EVENTS: usize = 3;

/// A user who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub user: usize,
    /// The videos to be found; none of them is among those learned from the user.
    pub wanted: Vec<usize>,
    /// The time of the first event to be found; 0 where the data set has no times.
    pub now_utc_ms: i64,
}

/// One measurement.
#[derive(Debug)]
pub struct Task<'a> {
    pub data: &'a Data,
    /// In their order.
    pub learned: Vec<DataEvent>,
    pub asked: Vec<Asked>,
    /// Of each video whether it is new: everything about it but its texts is hidden.
    pub cold: Option<Vec<bool>>,
    /// Of each video whether it is not in the catalogue at all.
    pub absent: Vec<bool>,
}

impl<'a> Task<'a> {
    /// What the split asks for in the end.
    pub fn test(data: &'a Data) -> Task<'a> {
        let learned = |part| matches!(part, Part::Train | Part::Valid);
        Task::of(data, &data.events, (learned, Part::Test), data.cold.clone(), None)
    }

    /// The same with nothing but the events to train with: on the validation part where there is one, else on a part of
    /// the training events cut off by the rule of the split. Cold videos are another tenth, and the split's own are absent.
    pub fn validation(data: &'a Data, split: Split) -> Task<'a> {
        if data.events.iter().any(|event| event.part == Part::Valid) {
            return Task::of(data, &data.events, (|part| part == Part::Train, Part::Valid), None, None);
        }
        Task::drawn(data, split, 1)
    }

    /// Cut number `cut` for tuning, from events to train with and validate on alone. In `cold` another tenth of the videos
    /// for each cut; else of each user the last event but `cut` is to be found, and the later ones are left out.
    pub fn inner(data: &'a Data, split: Split, cut: usize) -> Task<'a> {
        if split == Split::Cold {
            return Task::drawn(data, split, 1 + cut as u64);
        }
        let mut events = known(data);
        for places in by_user(&events) {
            for (from_end, place) in places.iter().rev().take(cut + 1).enumerate() {
                events[*place].part = if from_end == cut { Part::Valid } else { Part::Drop };
            }
        }
        Task::of(data, &events, (|part| part == Part::Train, Part::Valid), None, None)
    }

    fn drawn(data: &'a Data, split: Split, draw: u64) -> Task<'a> {
        let mut events = known(data);
        let mut cold = None;
        if split == Split::Cold {
            let mut held_out = vec![false; data.videos.len()];
            events.iter().for_each(|event| held_out[event.video] = is_held_out(&data.videos[event.video].id, draw));
            cold = Some(held_out);
        }
        split.cut(&mut events, Part::Valid, data.has_times, cold.as_deref());
        let absent = cold.as_ref().and(data.cold.clone());
        Task::of(data, &events, (|part| part == Part::Train, Part::Valid), cold, absent)
    }

    fn of(
        data: &'a Data,
        events: &[DataEvent],
        (is_learned, to_find): (impl Fn(Part) -> bool, Part),
        cold: Option<Vec<bool>>,
        absent: Option<Vec<bool>>,
    ) -> Task<'a> {
        let learned: Vec<DataEvent> = events.iter().filter(|event| is_learned(event.part)).copied().collect();
        let asked = asked(events, &learned, to_find);
        let absent = absent.unwrap_or_else(|| vec![false; data.videos.len()]);
        Task { data, learned, asked, cold, absent }
    }

    /// How many users watched each video.
    pub fn watches(&self) -> Vec<u32> {
        let mut counts = vec![0; self.data.videos.len()];
        self.learned.iter().for_each(|event| counts[event.video] += 1);
        counts
    }

    /// Users with an event to learn from.
    pub fn learned_users(&self) -> usize {
        by_user(&self.learned).iter().filter(|events| !events.is_empty()).count()
    }

    /// How many videos the catalogue has.
    pub fn catalogue_size(&self) -> usize {
        self.absent.iter().filter(|absent| !**absent).count()
    }
}

/// The events to train with and to validate on.
fn known(data: &Data) -> Vec<DataEvent> {
    data.events.iter().filter(|event| matches!(event.part, Part::Train | Part::Valid)).copied().collect()
}

fn asked(events: &[DataEvent], learned: &[DataEvent], to_find: Part) -> Vec<Asked> {
    let mut watched = vec![Vec::new(); by_user(events).len()];
    learned.iter().for_each(|event| watched[event.user].push(event.video));
    watched.iter_mut().for_each(|videos| videos.sort_unstable());
    let of_user = |(user, places): (usize, Vec<usize>)| {
        let found = places.iter().map(|place| events[*place]).filter(|event| event.part == to_find);
        let new = found.filter(|event| watched[user].binary_search(&event.video).is_err());
        let new: Vec<DataEvent> = new.collect();
        let mut wanted: Vec<usize> = new.iter().map(|event| event.video).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let now_utc_ms = new.iter().map(|event| event.time_utc_ms).min()?;
        (watched[user].len() >= LEAST_EVENTS).then_some(Asked { user, wanted, now_utc_ms })
    };
    by_user(events).into_iter().enumerate().filter_map(of_user).collect()
}

#[cfg(test)]
mod tests {
    use vrec::domain::Video;

    use super::*;

    /// One user with eight events in order, of which the last is for the test and the one before for validation.
    fn data() -> Data {
        let part = |video| match video {
            7 => Part::Test,
            6 => Part::Valid,
            _ => Part::Train,
        };
        let event = |video| DataEvent { user: 0, video, time_utc_ms: 10 * video as i64, part: part(video) };
        let video = |number| Video { id: format!("v{number}"), ..Video::default() };
        Data {
            videos: (0..8).map(video).collect(),
            users: vec!["u".to_owned()],
            events: (0..8).map(event).collect(),
            cold: None,
            has_times: true,
        }
    }

    fn learned(task: &Task<'_>) -> Vec<usize> {
        task.learned.iter().map(|event| event.video).collect()
    }

    #[test]
    fn the_test_may_learn_from_validation_but_not_the_other_way() {
        let data = data();
        let test = Task::test(&data);
        assert_eq!(learned(&test), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(test.asked, [Asked { user: 0, wanted: vec![7], now_utc_ms: 70 }]);
        let validation = Task::validation(&data, Split::Loo);
        assert_eq!(learned(&validation), [0, 1, 2, 3, 4, 5]);
        assert_eq!(validation.asked[0].wanted, [6]);
    }

    #[test]
    fn inner_cuts_drop_what_came_later() {
        let data = data();
        let cut = Task::inner(&data, Split::Loo, 0);
        assert_eq!((learned(&cut), cut.asked[0].wanted.clone()), (vec![0, 1, 2, 3, 4, 5], vec![6]));
        let cut = Task::inner(&data, Split::Loo, 3);
        assert_eq!((learned(&cut), cut.asked[0].wanted.clone()), (vec![0, 1, 2], vec![3]));
        assert!(Task::inner(&data, Split::Loo, 4).asked.is_empty(), "two events are too few");
    }

    #[test]
    fn a_video_watched_again_is_not_asked_for() {
        let mut data = data();
        data.events[7].video = 2;
        assert!(Task::test(&data).asked.is_empty());
    }

    #[test]
    fn validation_of_the_cold_split_never_sees_the_cold_videos() {
        let mut data = data();
        data.videos = (0..400).map(|number| Video { id: format!("v{number}"), ..Video::default() }).collect();
        let event = |video| DataEvent { user: 0, video, time_utc_ms: 0, part: Part::Train };
        data.events = (0..400).map(event).collect();
        data.events[5].part = Part::Test;
        data.cold = Some((0..400).map(|video| video == 5).collect());
        let task = Task::validation(&data, Split::Cold);
        assert!(task.absent[5] && task.catalogue_size() == 399);
        let cold = task.cold.as_ref().unwrap();
        assert!(!cold[5] && task.asked[0].wanted.iter().all(|video| cold[*video]));
        assert!(task.learned.iter().all(|event| !cold[event.video] && event.video != 5));
        assert_ne!(Task::inner(&data, Split::Cold, 1).cold, task.cold);
    }
}
