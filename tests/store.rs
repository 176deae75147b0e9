//! The store through its own interface: what was acknowledged is there, what is damaged is told, and
//! nothing of a forgotten profile stays. Processes that are killed or run out of room are this program
//! again, told by a variable of the test's own what to do.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use vrec::domain::{
    AgeLimit, Company, Context, Device, EpisodePlace, Event, EventKind, HouseholdProfile, Kind, Place, ProfileKind,
    Result, Status, Video, WatchedVideo,
};
use vrec::store::{
    CreatedProfile, DeviceKey, Durability, KeptProfile, OpenOptions, Part, Report, Retention, Store, VectorWrite,
    VideoWrite, Visitor,
};

const WRITING: OpenOptions = OpenOptions { read_only: false, quarantine: false, waiting_events: 65_536 };
const QUARANTINE: OpenOptions = OpenOptions { quarantine: true, ..WRITING };
const READING: OpenOptions = OpenOptions { read_only: true, ..WRITING };
const ROLE: &str = "VREC_STORE_TEST_ROLE";
const FOLDER: &str = "VREC_STORE_TEST_FOLDER";

/// A folder of the test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vrec store {} {number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// The files as they are now, whatever process has them open: what a kill would leave.
    fn copy(&self) -> Folder {
        let copy = Folder::new();
        copy_folder(&self.store(), &copy.store());
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Every file under a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => drop(found.insert(entry.path(), fs::read(entry.path()).unwrap())),
        }
    }
    found
}

/// Everything that was handed over.
#[derive(Debug, Default, Clone, PartialEq)]
struct Content {
    videos: BTreeMap<String, (Video, [u8; 32])>,
    numbers: BTreeMap<i64, String>,
    vectors: BTreeMap<String, Vec<u8>>,
    profiles: Vec<String>,
    kept: BTreeMap<String, KeptProfile>,
    events: BTreeMap<String, Vec<(i64, Event)>>,
    states: BTreeMap<(Option<String>, String), Vec<u8>>,
    settings: BTreeMap<String, Vec<u8>>,
}

impl Visitor for Content {
    fn restart(&mut self) {
        *self = Content::default();
    }

    fn profile(&mut self, profile: &str) -> Result<()> {
        self.profiles.push(profile.to_owned());
        Ok(())
    }

    fn kept_profile(&mut self, profile: &str, kept: KeptProfile) -> Result<()> {
        assert_eq!(self.profiles.last().map(String::as_str), Some(profile), "it comes with its profile");
        self.kept.insert(profile.to_owned(), kept);
        Ok(())
    }

    fn video(&mut self, number: i64, video: Video, text_hash: &[u8; 32]) -> Result<()> {
        self.numbers.insert(number, video.id.clone());
        self.videos.insert(video.id.clone(), (video, *text_hash));
        Ok(())
    }

    fn vector(&mut self, number: i64, payload: &[u8]) -> Result<()> {
        let id = self.numbers[&number].clone();
        assert!(self.vectors.insert(id, payload.to_vec()).is_none(), "a vector was handed over twice");
        Ok(())
    }

    fn events(&mut self, first_sequence: i64, events: &[Event]) -> Result<()> {
        let known = self.events.entry(events[0].profile.clone()).or_default();
        known.extend(events.iter().enumerate().map(|(at, event)| (first_sequence + at as i64, event.clone())));
        Ok(())
    }

    fn state(&mut self, profile: Option<&str>, name: &str, value: &[u8]) -> Result<()> {
        self.states.insert((profile.map(str::to_owned), name.to_owned()), value.to_vec());
        Ok(())
    }

    fn setting(&mut self, name: &str, value: &[u8]) -> Result<()> {
        self.settings.insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}

fn key(byte: u8) -> DeviceKey {
    DeviceKey::new([byte; 32]).unwrap()
}

fn open_with(folder: &Folder, key: Option<&DeviceKey>, options: OpenOptions) -> Result<(Store, Content, Report)> {
    let mut content = Content::default();
    let (store, report) = Store::open(&folder.store(), key, options, &mut content)?;
    Ok((store, content, report))
}

fn open(folder: &Folder) -> (Store, Content) {
    let (store, content, report) = open_with(folder, None, WRITING).unwrap();
    assert!(report.damage.is_empty());
    (store, content)
}

fn status<T>(outcome: Result<T>) -> Status {
    outcome.err().map_or(Status::Ok, |error| error.status)
}

fn video(number: u32) -> Video {
    Video {
        id: format!("video-id-{number}"),
        title: format!("Title of number {number} 标题"),
        description: "About something".into(),
        tags: vec!["tag".into(), format!("tag {number}")],
        comments: vec!["a comment".into()],
        language: "en".into(),
        vector: number.is_multiple_of(2).then(|| vec![0.25, number as f32]),
        kind: Some(Kind::Series),
        min_age: Some(12),
        available_from_utc_ms: Some(-5),
        available_until_utc_ms: None,
        audio_languages: vec!["de".into()],
        subtitle_languages: vec![],
        entitlements: vec!["gold".into()],
        series_id: "a series".into(),
        season_number: 2,
        episode_number: number,
        duration_ms: 3_600_000,
        credits_start_ms: 3_500_000,
    }
}

fn payload(number: u32, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at as u32 * 31 + number * 7) as u8).collect()
}

/// Nothing known for every third.
fn context(number: i64) -> Context {
    let one_of = |count: usize| (number / 3) as usize % count;
    match number % 3 {
        0 => Context::default(),
        _ => Context {
            device: Device::ALL[one_of(Device::ALL.len())],
            place: Place::ALL[one_of(Place::ALL.len())],
            company: Company::ALL[one_of(Company::ALL.len())],
            utc_offset_minutes: (number * 15 % 1_681 - 840) as i16,
        },
    }
}

fn event(profile: &str, number: i64) -> Event {
    Event {
        profile: profile.to_owned(),
        video_id: format!("video-id-{}", number % 7),
        time_utc_ms: 1_700_000_000_000 + number * 1_000,
        position_ms: number * 10,
        duration_ms: 100_000,
        rating: if number % 5 == 0 { 4.5 } else { 0.0 },
        context: context(number),
        watched: watched(number),
        ..Event::of(if number % 5 == 0 { EventKind::Rate } else { EventKind::Progress })
    }
}

/// What the catalogue said of the video; nothing for every second.
fn watched(number: i64) -> Option<Arc<WatchedVideo>> {
    let place = |episode| (number % 4 == 0).then_some(EpisodePlace { season: 0, episode });
    let watched = WatchedVideo {
        kind: Kind::from_code((number % 11) as i32),
        series_id: (number % 3 == 0).then(|| "a series".into()),
        place: place(3),
        duration_ms: 1_800_000,
        credits_start_ms: number,
        last_available: place(u32::MAX),
    };
    (number % 2 == 0).then(|| Arc::new(watched))
}

fn put(store: &Store, numbers: std::ops::Range<u32>) -> Result<()> {
    let videos: Vec<(Video, Vec<u8>)> = numbers.map(|number| (video(number), payload(number, 100))).collect();
    let writes: Vec<VideoWrite<'_>> = videos
        .iter()
        .map(|(video, payload)| VideoWrite {
            video,
            text_hash: [9; 32],
            vector: VectorWrite::New(payload),
            learned: &[],
        })
        .collect();
    store.put_videos(&writes)
}

/// A store with something of everything, in several commits; what it should hold.
fn fill(store: &Store) -> Content {
    put(store, 0..6).unwrap();
    let bare = video(6);
    store
        .put_videos(&[VideoWrite { video: &bare, text_hash: [1; 32], vector: VectorWrite::None, learned: &[] }])
        .unwrap();
    for round in 0..4 {
        let events: Vec<Event> = (0..5).map(|at| event("profile-anna", round * 5 + at)).collect();
        store.record(&events, Durability::Now).unwrap();
        store.record(&[event("profile-bert", round)], Durability::Now).unwrap();
    }
    store.put_state(Some("profile-anna"), "taste", Some(b"learned of anna")).unwrap();
    store.put_state(None, "popularity", Some(b"learned of all")).unwrap();
    store.put_setting("salt", Some(b"grains")).unwrap();
    let mut content = Content::default();
    store.load(&mut content).unwrap();
    content
}

#[test]
fn what_was_stored_comes_back_with_and_without_a_key() {
    for key in [None, Some(key(7))] {
        let folder = Folder::new();
        let (store, empty, _) = open_with(&folder, key.as_ref(), WRITING).unwrap();
        assert_eq!(empty, Content::default());
        let content = fill(&store);
        assert_eq!(content.videos[&video(3).id], (video(3), [9; 32]));
        assert_eq!((content.videos.len(), content.vectors.len()), (7, 6));
        assert_eq!(content.vectors["video-id-4"], payload(4, 100));
        let anna: Vec<(i64, Event)> = (0..20).map(|at| (at, event("profile-anna", at))).collect();
        assert_eq!(content.events["profile-anna"], anna);
        assert_eq!(content.states[&(Some("profile-anna".into()), "taste".into())], b"learned of anna");
        assert_eq!((content.states.len(), content.settings.len()), (2, 1));
        assert_eq!(store.text_hash("video-id-6").unwrap(), Some([1; 32]));
        store.close().unwrap();
        let (store, again, report) = open_with(&folder, key.as_ref(), WRITING).unwrap();
        assert_eq!(again, content);
        assert_eq!((report.videos, report.vectors, report.profiles, report.events), (7, 6, 2, 24));
        assert!(store.verify().unwrap().is_sound());
        drop(store);
        let (store, again, _) = open_with(&folder, key.as_ref(), READING).unwrap();
        assert_eq!(again, content);
        assert_eq!(status(store.put_setting("salt", None)), Status::ReadOnly);
    }
}

#[test]
fn what_is_written_to_a_store_that_was_removed_is_not_acknowledged() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    fill(&store);
    let elsewhere = folder.0.join("moved");
    fs::rename(folder.store(), &elsewhere).unwrap();
    store.record(&[event("profile-anna", 20)], Durability::Now).unwrap();
    fs::remove_dir_all(&elsewhere).unwrap();
    let refused = store.record(&[event("profile-anna", 21)], Durability::Now).unwrap_err();
    assert_eq!(refused.status, Status::Io);
    assert!(refused.message.contains("removed while it is open"), "{refused}");
    assert_eq!(status(store.put_setting("salt", None)), Status::Io);
    assert!(!store.verify().unwrap().is_sound());
    drop(store);
    assert_eq!(open(&folder).1, Content::default(), "a new one takes its place");
}

#[test]
fn what_a_kill_leaves_comes_back() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let content = fill(&store);
    for options in [WRITING, READING] {
        let copy = folder.copy();
        let before = files(&copy.0);
        let (store, again, _) = open_with(&copy, None, options).unwrap();
        assert_eq!(again, content);
        if options.read_only {
            assert!(files(&copy.0) == before);
            drop(store);
            assert!(files(&copy.0) == before);
        }
    }
}

#[test]
fn a_wrong_key_changes_no_file() {
    let folder = Folder::new();
    let (store, _, _) = open_with(&folder, Some(&key(1)), WRITING).unwrap();
    fill(&store);
    let cut = folder.copy();
    store.close().unwrap();
    for folder in [&folder, &cut] {
        let before = files(&folder.0);
        for wrong in [None, Some(key(2))] {
            assert_eq!(status(open_with(folder, wrong.as_ref(), QUARANTINE)), Status::Key);
            assert!(files(&folder.0) == before);
        }
        assert!(open_with(folder, Some(&key(1)), WRITING).is_ok());
    }
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let folder = Folder::new();
    let content = fill(&open(&folder).0);
    for (old, new) in [(None, Some(key(1))), (Some(key(1)), Some(key(2))), (Some(key(2)), None)] {
        let (store, again, _) = open_with(&folder, old.as_ref(), WRITING).unwrap();
        assert_eq!(again, content);
        store.rotate_key(new.as_ref()).unwrap();
        let cut = folder.copy();
        assert_eq!(status(open_with(&cut, old.as_ref(), WRITING)), Status::Key);
        assert_eq!(open_with(&cut, new.as_ref(), WRITING).unwrap().1, content);
    }
}

/// Where bytes are changed: everywhere that is used, thinned out to about `most` places.
fn places(bytes: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..bytes).step_by((bytes / most).max(1))
}

/// Opens a damaged copy: it is either refused, or holds what was written. With leave to quarantine, what it
/// holds was written too, and it opens in peace afterwards.
fn check_damaged(damaged: &Folder, written: &Content, what: &str) -> bool {
    let before = files(&damaged.0);
    let told = match open_with(damaged, None, WRITING) {
        Ok((_, content, _)) => {
            assert!(&content == written, "{what}: silent damage");
            false
        }
        Err(error) => {
            let known = [Status::Corrupt, Status::Key, Status::TooNew];
            assert!(known.contains(&error.status), "{what}: {:?} {error}", error.status);
            assert!(files(&damaged.0) == before, "{what}: refused but changed");
            true
        }
    };
    if !told {
        return false;
    }
    match open_with(damaged, None, QUARANTINE) {
        Ok((store, content, report)) => {
            assert!(!report.damage.is_empty(), "{what}: quarantined without a word");
            check_part(&content, written, what);
            store.record(&[event("profile-anna", 99)], Durability::Now).unwrap();
            put(&store, 20..22).unwrap();
            store.close().unwrap_or_else(|error| panic!("{what}: {error}"));
            let again = open_with(damaged, None, WRITING);
            let (_, again, _) = again.unwrap_or_else(|error| panic!("{what}: not sound after quarantine: {error}"));
            assert_eq!(again.videos.len(), content.videos.len() + 2, "{what}");
        }
        Err(error) => assert!(
            [Status::Corrupt, Status::Key, Status::TooNew].contains(&error.status),
            "{what}: {:?} {error}",
            error.status
        ),
    }
    true
}

fn check_part(found: &Content, written: &Content, what: &str) {
    assert!(found.videos.iter().all(|(id, video)| written.videos.get(id) == Some(video)), "{what}: videos");
    assert!(found.vectors.iter().all(|(id, vector)| written.vectors.get(id) == Some(vector)), "{what}: vectors");
    for (profile, events) in &found.events {
        assert!(events.iter().all(|event| written.events[profile].contains(event)), "{what}: events");
    }
    assert!(found.states.iter().all(|(name, value)| written.states.get(name) == Some(value)), "{what}: states");
    assert!(found.settings.iter().all(|(name, value)| written.settings.get(name) == Some(value)), "{what}: settings");
}

/// Damages copies of a store one at a time, by `damage`, in every file.
fn damage_everywhere(folder: &Folder, written: &Content, most: usize, damage: impl Fn(&mut Vec<u8>, usize)) -> usize {
    let mut told = 0;
    for (path, bytes) in files(&folder.store()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for place in places(bytes.len(), most) {
            let copy = folder.copy();
            let mut damaged = bytes.clone();
            damage(&mut damaged, place);
            fs::write(copy.store().join(&name), damaged).unwrap();
            told += usize::from(check_damaged(&copy, written, &format!("{name} at {place}")));
        }
    }
    told
}

/// A store as a kill leaves it, with most of it still in the log, and the same closed in order.
fn cut_and_closed() -> ([Folder; 2], Content) {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let content = fill(&store);
    let cut = folder.copy();
    store.close().unwrap();
    ([cut, folder], content)
}

#[test]
fn no_flipped_bit_is_silent() {
    let (folders, content) = cut_and_closed();
    for folder in folders {
        let told = damage_everywhere(&folder, &content, 400, |bytes, at| bytes[at] ^= 1 << (at % 8));
        assert!(told > 100, "only {told} flips were seen");
    }
}

#[test]
fn no_missing_end_is_silent() {
    let (folders, content) = cut_and_closed();
    for folder in folders {
        let told = damage_everywhere(&folder, &content, 60, Vec::truncate);
        assert!(told > 60, "only {told} were seen");
    }
}

#[test]
fn a_database_that_lost_its_end_is_served_with_leave() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    for first in (0..300).step_by(50) {
        put(&store, first..first + 50).unwrap();
    }
    store.close().unwrap();
    let path = folder.store().join("store.sqlite");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 4_096]).unwrap();
    assert_eq!(status(open_with(&folder, None, WRITING)), Status::Corrupt);
    let (store, content, report) = open_with(&folder, None, QUARANTINE).unwrap();
    assert!(report.damage.iter().any(|damage| damage.part == Part::DatabasePages), "{report:?}");
    assert!(content.videos.len() > 200, "{} of 300 videos are left", content.videos.len());
    store.close().unwrap();
    assert_eq!(open(&folder).1.videos.len(), content.videos.len());
}

#[test]
fn no_lost_page_is_silent() {
    let (folders, content) = cut_and_closed();
    for folder in folders {
        let told = damage_everywhere(&folder, &content, 30, |bytes, at| {
            let end = bytes.len().min(at / 512 * 512 + 512);
            bytes[at / 512 * 512..end].fill(0);
        });
        assert!(told > 10, "only {told} were seen");
    }
}

#[test]
fn an_old_file_beside_new_ones_is_seen() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    fill(&store);
    store.close().unwrap();
    let old = files(&folder.store());
    let (store, _) = open(&folder);
    store.record(&[event("profile-bert", 50)], Durability::Now).unwrap();
    put(&store, 8..9).unwrap();
    store.close().unwrap();
    for (path, bytes) in old {
        let copy = folder.copy();
        fs::write(copy.store().join(path.file_name().unwrap()), bytes).unwrap();
        let error = open_with(&copy, None, WRITING).err().unwrap_or_else(|| panic!("{} is old", path.display()));
        assert_eq!(error.status, Status::Corrupt);
        let (_, _, report) = open_with(&copy, None, QUARANTINE).unwrap();
        assert!(report.damage.iter().any(|damage| [Part::OldDatabase, Part::Vectors].contains(&damage.part)));
        open(&copy);
    }
}

#[test]
fn a_creation_that_was_cut_off_is_done_again() {
    let folder = Folder::new();
    open(&folder).0.close().unwrap();
    let page = fs::read(folder.store().join("store.sqlite")).unwrap()[..4096].to_vec();
    let mut torn = page.clone();
    torn[..512].fill(0);
    for left in [Vec::new(), vec![0; 4096], vec![7; 4096], torn, page] {
        let folder = Folder::new();
        fs::create_dir_all(folder.store()).unwrap();
        fs::write(folder.store().join("store.sqlite"), left).unwrap();
        let (store, content) = open(&folder);
        assert_eq!(content, Content::default());
        let content = fill(&store);
        store.close().unwrap();
        assert_eq!(open(&folder).1, content);
    }
}

#[test]
fn a_lost_page_of_marks_costs_nothing_else() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let content = fill(&store);
    store.close().unwrap();
    let path = folder.store().join("store.sqlite");
    let database = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'forgetting'";
    let page: u32 = database.query_row(sql, [], |row| row.get(0)).unwrap();
    database.close().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page as usize - 1) * 4096] ^= 0xff;
    fs::write(&path, bytes).unwrap();
    assert_eq!(status(open_with(&folder, None, WRITING)), Status::Corrupt);
    let (_, found, report) = open_with(&folder, None, QUARANTINE).unwrap();
    assert_eq!(found, content);
    assert!(report.damage.iter().any(|damage| damage.part == Part::DatabasePages));
    assert_eq!(open(&folder).1, content);
}

#[test]
fn a_missing_file_is_seen() {
    let (folders, _) = cut_and_closed();
    for folder in folders {
        for path in files(&folder.store()).into_keys() {
            let copy = folder.copy();
            fs::remove_file(copy.store().join(path.file_name().unwrap())).unwrap();
            assert_eq!(status(open_with(&copy, None, WRITING)), Status::Corrupt, "{}", path.display());
        }
    }
}

#[test]
fn a_second_one_is_refused_at_once() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    for options in [WRITING, READING] {
        assert_eq!(status(open_with(&folder, None, options)), Status::Busy);
        assert_eq!(run_child("open", &folder).trim(), "Busy");
    }
    drop(store);
    let readers = [open_with(&folder, None, READING).unwrap(), open_with(&folder, None, READING).unwrap()];
    assert_eq!(run_child("open", &folder).trim(), "Busy");
    drop(readers);
    assert_eq!(run_child("open", &folder).trim(), "Ok");
}

#[test]
fn a_newer_store_is_read_only_when_asked() {
    let folder = Folder::new();
    let content = fill(&open(&folder).0);
    let path = folder.store().join("store.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    bytes[63] += 1; // user_version, whose last byte stands here
    fs::write(&path, &bytes).unwrap();
    assert_eq!(status(open_with(&folder, None, WRITING)), Status::TooNew);
    assert_eq!(open_with(&folder, None, READING).unwrap().1, content);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn callers_share_commits() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let before = store.statistics().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                let profile = format!("profile-{thread}");
                (0..50).for_each(|at| store.record(&[event(&profile, at)], Durability::Now).unwrap());
            });
        }
    });
    let after = store.statistics().unwrap();
    assert_eq!(after.events - before.events, 400);
    assert!(after.commits - before.commits <= 400);
    let cut = folder.copy();
    let (_, content) = open(&cut);
    for thread in 0..8 {
        let events: Vec<i64> = content.events[&format!("profile-{thread}")].iter().map(|(at, _)| *at).collect();
        assert_eq!(events, (0..50).collect::<Vec<i64>>());
    }
}

#[test]
fn events_wait_as_long_as_they_may() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let durable = || open(&folder.copy()).1.events.values().map(Vec::len).sum::<usize>();
    store.record(&[event("a", 0)], Durability::Relaxed).unwrap();
    assert_eq!((store.due(), durable()), (None, 0));
    store.record(&[event("a", 1)], Durability::Within(60_000)).unwrap();
    store.commit_due().unwrap();
    assert_eq!(durable(), 0);
    assert!(store.due().unwrap() <= Instant::now() + Duration::from_secs(60));
    store.record(&[event("a", 2)], Durability::Within(0)).unwrap();
    store.commit_due().unwrap();
    assert_eq!((store.due(), durable()), (None, 3));
    store.record(&[event("a", 3)], Durability::Relaxed).unwrap();
    store.record(&[event("b", 0)], Durability::Now).unwrap();
    assert_eq!(durable(), 5);
    store.record(&[event("a", 4)], Durability::Relaxed).unwrap();
    store.close().unwrap();
    let order: Vec<i64> = open(&folder).1.events["a"].iter().map(|(_, event)| event.position_ms / 10).collect();
    assert_eq!(order, [0, 1, 2, 3, 4]);
}

#[test]
fn a_full_queue_says_so() {
    let folder = Folder::new();
    let options = OpenOptions { waiting_events: 2, ..WRITING };
    let (store, _, _) = open_with(&folder, None, options).unwrap();
    store.record(&[event("a", 0), event("a", 1)], Durability::Relaxed).unwrap();
    assert_eq!(status(store.record(&[event("a", 2)], Durability::Relaxed)), Status::Limit);
    // One that commits takes along what waits.
    store.record(&[event("a", 2), event("a", 3), event("a", 4)], Durability::Now).unwrap();
    assert_eq!((store.statistics().unwrap().events, store.statistics().unwrap().waiting_events), (5, 0));
    store.record(&[event("a", 5), event("a", 6)], Durability::Relaxed).unwrap();
    assert_eq!(status(store.record(&[event("a", 7)], Durability::Relaxed)), Status::Limit);
    store.flush().unwrap();
    assert_eq!(store.statistics().unwrap().events, 7);
}

#[test]
fn a_directory_that_was_moved_touches_no_other() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let (moved, _) = open(&folder);
    put(&moved, 0..4).unwrap();
    std::fs::rename(folder.store(), elsewhere.store()).unwrap();
    let (other, _) = open(&folder);
    put(&other, 0..4).unwrap();
    let before = files(&folder.store());
    moved.record(&[event("a", 0)], Durability::Now).unwrap();
    put(&moved, 0..2).unwrap();
    assert_eq!(status(moved.compact()), Status::Io);
    moved.close().unwrap();
    assert_eq!(files(&folder.store()), before);
    assert_eq!(open(&elsewhere).1.events["a"].len(), 1);
    assert!(other.verify().unwrap().is_sound());
}

#[test]
fn a_forgetting_that_failed_can_be_tried_again() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    store.record(&[event("a", 0), event("b", 0)], Durability::Now).unwrap();
    // No folder of the store's, so it cannot be removed as one.
    let in_the_way = folder.store().join("damaged-1");
    std::fs::write(&in_the_way, "").unwrap();
    assert_eq!(status(store.forget_profile("a")), Status::Io);
    assert_eq!(status(store.forget_profile("a")), Status::Io);
    assert_eq!(status(store.forget_profile("nobody")), Status::NotFound);
    std::fs::remove_file(&in_the_way).unwrap();
    store.forget_profile("a").unwrap();
    assert_eq!(status(store.forget_profile("a")), Status::NotFound);
    assert_eq!(store.profiles().unwrap(), ["b"]);
    store.close().unwrap();
    assert_eq!(open(&folder).1.profiles, ["b"]);
}

#[test]
fn nothing_of_a_forgotten_profile_stays() {
    for key in [None, Some(key(3))] {
        let folder = Folder::new();
        let (store, _, _) = open_with(&folder, key.as_ref(), WRITING).unwrap();
        fill(&store);
        // What a thief with the flash and, where there is none, the keys on it could open: nothing sealed may stay.
        let events = |folder: &Folder| {
            let mut seen = Content::default();
            let (store, _) = Store::open(&folder.store(), key.as_ref(), READING, &mut seen).unwrap();
            drop(store);
            seen
        };
        let sealed_before = sealed_parts(&folder.copy(), key.as_ref());
        assert!(sealed_before.len() > 5);
        store.forget_profile("profile-anna").unwrap();
        assert_eq!(status(store.forget_profile("profile-anna")), Status::NotFound);
        let cut = folder.copy();
        let left = events(&cut);
        assert_eq!((left.profiles.as_slice(), left.events.len()), (["profile-bert".to_owned()].as_slice(), 1));
        assert_eq!(left.states.len(), 1);
        for (path, bytes) in files(&cut.store()) {
            for text in ["profile-anna", "learned of anna", "video-id-", "Title of number"] {
                assert!(!contains(&bytes, text.as_bytes()), "{text} in {}", path.display());
            }
            for sealed in &sealed_before {
                assert!(!contains(&bytes, sealed), "sealed bytes in {}", path.display());
            }
        }
        store.record(&[event("profile-anna", 0)], Durability::Now).unwrap();
        assert!(store.verify().unwrap().is_sound());
    }
}

#[test]
fn what_is_kept_of_profiles_comes_back_and_goes_with_them() {
    let folder = Folder::new();
    let key = key(5);
    let (store, _, _) = open_with(&folder, Some(&key), WRITING).unwrap();
    fill(&store);
    let kept = |id: &str, is_current| {
        let (name, kind) = (format!("name of {id}"), ProfileKind::Child);
        let profile = HouseholdProfile { id: id.to_owned(), name, kind, age_limit: AgeLimit::Years(6) };
        KeptProfile { created: Some(CreatedProfile { profile, order: 3 }), is_current }
    };
    let (cara, bert) = (kept("profile-cara", true), kept("profile-bert", false));
    let writes = [("profile-cara", cara.clone()), ("profile-bert", bert.clone())];
    store.put_profiles(&writes, &[("household", b"1")]).unwrap();
    // Without events, and with what was learned of it only.
    store.put_state(Some("profile-dora"), "taste", Some(b"learned of dora")).unwrap();
    let only_current = KeptProfile { created: None, is_current: true };
    store
        .put_profiles(&[("profile-dora", only_current.clone()), ("profile-cara", kept("profile-cara", false))], &[])
        .unwrap();
    store.record(&[event("profile-cara", 0)], Durability::Now).unwrap();
    store.close().unwrap();
    let (store, content, report) = open_with(&folder, Some(&key), WRITING).unwrap();
    assert_eq!(content.profiles, ["profile-anna", "profile-bert", "profile-cara", "profile-dora"]);
    let expected =
        [("profile-bert", bert), ("profile-cara", kept("profile-cara", false)), ("profile-dora", only_current)];
    assert_eq!(content.kept, BTreeMap::from(expected.map(|(id, kept)| (id.to_owned(), kept))));
    assert_eq!((report.profiles, report.events, content.settings["household"].as_slice()), (4, 25, b"1".as_slice()));
    assert!(store.verify().unwrap().is_sound());
    store.rotate_key(None).unwrap();
    store.forget_profile("profile-cara").unwrap();
    store.put_profiles(&[("profile-dora", KeptProfile::default())], &[]).unwrap();
    store.close().unwrap();
    let (store, content) = open(&folder);
    assert_eq!((content.kept.len(), content.profiles.len()), (1, 3));
    drop(store);
    let (store, _, _) = open_with(&folder, None, READING).unwrap();
    assert_eq!(status(store.put_profiles(&[("profile-eve", KeptProfile::default())], &[])), Status::ReadOnly);
}

/// The sealed rows of the first profile: its key, name, head, state and events.
fn sealed_parts(folder: &Folder, key: Option<&DeviceKey>) -> Vec<Vec<u8>> {
    // Closing brings the log into the database, where SQLite can be asked.
    Store::open(&folder.store(), key, WRITING, &mut ()).unwrap().0.close().unwrap();
    let database = rusqlite::Connection::open(folder.store().join("store.sqlite")).unwrap();
    let mut parts = Vec::new();
    for (table, rows) in [("keys", "id = 1"), ("profiles", "id = 1"), ("heads", "id = 1"), ("events", "id >> 40 = 1")] {
        let mut statement = database.prepare(&format!("SELECT sealed FROM {table} WHERE {rows}")).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        parts.extend(rows.map(|row| row.unwrap()[..24].to_vec()));
    }
    parts
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn old_events_go_and_the_rest_still_verifies() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    for batch in 0..10 {
        let events: Vec<Event> = (0..4).map(|at| event("a", batch * 4 + at)).collect();
        store.record(&events, Durability::Now).unwrap();
    }
    let now = event("a", 40).time_utc_ms;
    assert_eq!(store.retain(&Retention::default(), now).unwrap(), 0);
    let limits = Retention { max_events: Some(33), ..Retention::default() };
    assert_eq!(store.retain(&limits, now).unwrap(), 4);
    let limits = Retention { max_age_ms: Some(28_500), ..Retention::default() };
    assert_eq!(store.retain(&limits, now).unwrap(), 8);
    store.record(&[event("a", 40)], Durability::Now).unwrap();
    store.close().unwrap();
    let (_, content) = open(&folder);
    let kept: Vec<(i64, Event)> = (12..=40).map(|at| (at, event("a", at))).collect();
    assert_eq!(content.events["a"], kept);
}

#[test]
fn replaced_vectors_are_compacted_away() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    put(&store, 0..700).unwrap();
    put(&store, 0..700).unwrap();
    store.remove_videos(&["video-id-5"]).unwrap();
    assert_eq!(status(store.remove_videos(&["video-id-6", "video-id-5"])), Status::NotFound);
    assert_eq!(store.statistics().unwrap().dead_vector_slots, 701);
    let changed = Video { title: "Changed".into(), ..video(6) };
    store
        .put_videos(&[VideoWrite { video: &changed, text_hash: [9; 32], vector: VectorWrite::Keep, learned: &[] }])
        .unwrap();
    let mut before = Content::default();
    store.load(&mut before).unwrap();
    assert_eq!(before.vectors.len(), 699);
    store.compact().unwrap();
    assert_eq!(store.statistics().unwrap().dead_vector_slots, 0);
    assert_eq!(open(&folder.copy()).1, before);
    // Now by itself.
    put(&store, 10..700).unwrap();
    put(&store, 10..700).unwrap();
    let statistics = store.statistics().unwrap();
    assert!(statistics.dead_vector_slots < 1_024, "{statistics:?}");
    let mut after = Content::default();
    store.load(&mut after).unwrap();
    assert_eq!(after.vectors, before.vectors);
    store.close().unwrap();
    assert_eq!(open(&folder).1, after);
}

#[test]
fn vectors_change_their_length_together_only() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    put(&store, 0..2).unwrap();
    let longer = payload(1, 200);
    let write = |video| VideoWrite { video, text_hash: [2; 32], vector: VectorWrite::New(&longer), learned: &[] };
    let (first, second) = (video(0), video(1));
    assert_eq!(status(store.put_videos(&[write(&first)])), Status::InvalidArgument);
    store.put_videos(&[write(&first), write(&second)]).unwrap();
    store.close().unwrap();
    let (_, content) = open(&folder);
    assert_eq!(content.vectors.values().collect::<Vec<_>>(), [&longer, &longer]);
}

// --- other processes ----------------------------------------------------------------------------

/// This program again, as what `role` says; its output without the test harness's.
fn child(role: &str, folder: &Folder) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_process_of_the_test", "--nocapture", "--test-threads=1", "-q"]);
    command.env(ROLE, role).env(FOLDER, &folder.0).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

fn answers(output: &str) -> String {
    output
        .lines()
        .filter_map(|line| line.split_once("answer "))
        .map(|(_, answer)| {
            format!(
                "{answer}
"
            )
        })
        .collect()
}

fn run_child(role: &str, folder: &Folder) -> String {
    let output = child(role, folder).output().unwrap();
    assert!(output.status.success(), "{role}: {}", String::from_utf8_lossy(&output.stdout));
    answers(&String::from_utf8_lossy(&output.stdout))
}

/// Does nothing unless another test started this program for it.
#[test]
fn a_process_of_the_test() {
    let (Ok(role), Some(folder)) = (std::env::var(ROLE), std::env::var_os(FOLDER)) else {
        return;
    };
    let folder = std::mem::ManuallyDrop::new(Folder(folder.into()));
    match role.as_str() {
        "open" => println!("answer {:?}", status(open_with(&folder, None, WRITING))),
        "record" => record_for_ever(&folder),
        "fill" => fill_until_full(&folder),
        "fork" => refuse_the_forked(&folder),
        _ => panic!("no role {role}"),
    }
}

/// Records events and says so after each, until it is killed.
fn record_for_ever(folder: &Folder) {
    let (store, content) = open(folder);
    let first = content.events.get("a").map_or(0, Vec::len) as i64;
    for at in first.. {
        store.record(&[event("a", at)], Durability::Now).unwrap();
        println!("answer {at}");
        if at % 7 == 0 {
            let number = (at / 7 % 100) as u32;
            put(&store, number..number + 1).unwrap();
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let folder = Folder::new();
    let (mut acknowledged, mut cycles) = (-1, 0);
    while cycles < 25 {
        let mut process = child("record", &folder).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        for _ in 0..3 + cycles * 5 {
            let line = lines.by_ref().find_map(|line| line.split_once("answer ").map(|(_, at)| at.to_owned()));
            acknowledged = line.expect("the process records").parse().unwrap();
        }
        process.kill().unwrap();
        // What it said before it died counts, too.
        let said = lines.filter_map(|line| line.split_once("answer ").map(|(_, at)| at.parse().ok())).flatten();
        acknowledged = said.last().unwrap_or(acknowledged);
        process.wait().unwrap();
        let (_, content) = open(&folder);
        let events = &content.events["a"];
        assert!(events.len() as i64 > acknowledged, "{} events, {acknowledged} acknowledged", events.len());
        assert!(events.iter().enumerate().all(|(at, found)| *found == (at as i64, event("a", at as i64))));
        cycles += 1;
    }
}

/// Writes until files may grow no more, and goes on serving.
fn fill_until_full(folder: &Folder) {
    let (store, _) = open(folder);
    let mut recorded = 0;
    let mut failures = 0;
    // A commit that fails makes room in the log: the disk is full when several fail in a row.
    while failures < 3 {
        let events: Vec<Event> = (0..32).map(|at| event("a", recorded + at)).collect();
        match store.record(&events, Durability::Now) {
            Ok(()) => (recorded, failures) = (recorded + 32, 0),
            Err(error) => {
                assert_eq!(error.status, Status::DiskFull, "{error}");
                failures += 1;
            }
        }
    }
    let events: Vec<Event> = (0..32).map(|at| event("a", recorded + at)).collect();
    store.record(&events, Durability::Relaxed).unwrap();
    assert!(store.flush().is_err());
    assert_eq!(store.statistics().unwrap().waiting_events, 32);
    assert_eq!(store.profiles().unwrap(), ["a"]);
    println!("answer {recorded}");
}

/// In the child every call is refused, and dropping the store touches no file.
fn refuse_the_forked(folder: &Folder) {
    let (store, _) = open(folder);
    store.record(&[event("a", 0)], Durability::Relaxed).unwrap();
    let before = files(&folder.store());
    // SAFETY: the test's own process; its child ends without returning to the harness.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = status(store.flush()) == Status::Forked && status(store.profiles()) == Status::Forked;
        drop(store);
        // SAFETY: ends the process.
        unsafe { libc::_exit(if refused { 0 } else { 1 }) };
    }
    let mut outcome = -1;
    // SAFETY: waits for the child made above.
    unsafe { libc::waitpid(child, &raw mut outcome, 0) };
    assert!(files(&folder.store()) == before);
    store.close().unwrap();
    println!("answer {outcome}");
}

#[test]
fn a_forked_process_is_refused() {
    let folder = Folder::new();
    assert_eq!(run_child("fork", &folder).trim(), "0");
    assert_eq!(open(&folder).1.events["a"].len(), 1);
}

#[test]
fn a_full_disk_fails_writes_only() {
    let folder = Folder::new();
    let program = std::env::current_exe().unwrap();
    // Blocks of 512 bytes; without the signal, writing fails with EFBIG.
    let script = "trap '' XFSZ; ulimit -f 600; exec \"$0\" --exact a_process_of_the_test --nocapture -q";
    let output = Command::new("sh").args(["-c", script]).arg(program).env(ROLE, "fill").env(FOLDER, &folder.0).output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let answers = answers(&text);
    let recorded: usize = answers.trim().parse().unwrap();
    assert!(recorded > 1_000);
    let (store, content) = open(&folder);
    assert_eq!(content.events["a"].len(), recorded);
    store.record(&[event("a", 0)], Durability::Now).unwrap();
}

#[test]
fn events_cost_little_flash() {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    let before = store.statistics().unwrap();
    for commit in 0..2_000 {
        let events: Vec<Event> = (0..32).map(|at| event("profile", commit * 32 + at)).collect();
        store.record(&events, Durability::Now).unwrap();
    }
    let after = store.statistics().unwrap();
    let bytes = (after.bytes_written() - before.bytes_written()) / (after.events - before.events);
    assert!(after.checkpoints > before.checkpoints);
    assert!(bytes <= 512, "{bytes} bytes an event");
}
