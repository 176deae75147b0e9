//! Packs from end to end: what a service learned changes lists of a set that watched little, what the set's profiles did
//! stays, and hostile or wrong packs leave everything as it was.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use vrec::domain::{
    CallOptions, CancelToken, Error, Event, EventKind, Feature, FeatureWeights, Query, Ranking, Result, Status, Video,
};
use vrec::engine::{
    Engine, EngineOptions, Log, LogLevel, LogSink, PackExport, PackImport, StoreOptions, describe_pack,
};
use vrec::learning::{Noise, PackOptions, SequenceFiles};
use vrec::store::OpenOptions;
use vrec::store::pack_file::{PackFile, PackInfo, PackLimits, PackSection, SigningKey, write_pack};
use vrec::store::whole_file::{read_whole, replace_whole};

const VIDEOS: usize = 40;
const PROFILES: usize = 60;
const NOW: i64 = 1_700_000_000_000;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("vrec-packs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn call() -> CallOptions {
    CallOptions::default()
}

fn weights() -> FeatureWeights {
    FeatureWeights::NONE
        .with(Feature::Transitions, 1.0)
        .with(Feature::ItemNeighbours, 1.0)
        .with(Feature::Popularity, 0.1)
        .with(Feature::Ease, 1.0)
}

fn options(store: Option<&Path>) -> EngineOptions {
    let store =
        store.map(|path| StoreOptions { path: path.to_owned(), device_key: None, open: OpenOptions::default() });
    EngineOptions { feature_weights: Some(weights()), store, ..EngineOptions::default() }
}

/// Those of a host that leaves to the pack what features count.
fn without_weights(store: Option<&Path>) -> EngineOptions {
    EngineOptions { feature_weights: None, ..options(store) }
}

/// An engine with the catalogue; where the store has it already, it is put there again.
fn engine(store: Option<&Path>) -> Engine {
    engine_with(options(store))
}

fn engine_with(options: EngineOptions) -> Engine {
    let engine = Engine::new(options).unwrap();
    engine.add_videos(&(0..VIDEOS).map(video).collect::<Vec<Video>>(), &call()).unwrap();
    engine
}

fn video(number: usize) -> Video {
    Video {
        id: format!("v{number}"),
        title: format!("Video {number}"),
        vector: Some(vec![1.0, number as f32 / VIDEOS as f32]),
        ..Video::default()
    }
}

fn watch(profile: &str, video: usize, at: i64) -> Event {
    Event {
        profile: profile.to_owned(),
        video_id: format!("v{video}"),
        time_utc_ms: NOW + at * 60_000,
        ..Event::of(EventKind::Complete)
    }
}

/// A service whose profiles watch five videos in a row, each group of ten its own, and the first of the group if they
/// come early; `shift` makes another one.
fn service(shift: usize) -> Engine {
    let engine = engine(None);
    for profile in 0..PROFILES {
        let (group, own) = (10 * (profile % 4), profile / 4);
        let in_row = (0..5).map(|at| group + (own + shift + 2 * at) % 10);
        let watched = in_row.chain((own < 8).then_some(group));
        let watches: Vec<Event> =
            (0..).zip(watched).map(|(at, video)| watch(&format!("p{profile}"), video, at)).collect();
        engine.record(&watches).unwrap();
    }
    engine
}

fn key(seed: u8) -> SigningKey {
    SigningKey::new([seed; 32]).unwrap()
}

fn export(number: u64) -> PackExport {
    PackExport {
        line: "films".to_owned(),
        number,
        created_utc_ms: NOW,
        key: key(1),
        learned: PackOptions { least_profiles: 2, ..PackOptions::default() },
        has_vectors: false,
        has_sequence: true,
    }
}

fn pack(engine: &Engine, number: u64) -> Vec<u8> {
    engine.export_pack(&export(number), None, &call()).unwrap()
}

fn trusting(seed: u8) -> PackImport {
    PackImport { trusted_keys: vec![key(seed).public_key()], ..PackImport::default() }
}

fn import(engine: &Engine, bytes: &[u8]) -> Result<PackInfo> {
    engine.import_pack(bytes, &trusting(1), &call())
}

/// What a profile would see, with scores to the bit.
fn list(engine: &Engine, profile: &str) -> Vec<(String, u32)> {
    let query =
        Query { limit: 10, now_utc_ms: NOW + 1_000_000, ranking: Ranking::Blend, ..Query::for_profile(profile) };
    let found = engine.recommend(&query, &call()).unwrap();
    found.into_iter().map(|item| (item.id, item.score.to_bits())).collect()
}

fn all_lists(engine: &Engine) -> Vec<Vec<(String, u32)>> {
    ["home", "other", "nobody"].iter().map(|profile| list(engine, profile)).collect()
}

/// A household of two that watched little.
fn at_home(engine: &Engine) {
    engine.record(&[watch("home", 3, 0), watch("home", 5, 1), watch("other", 24, 2)]).unwrap();
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T>, status: Status, says: &str) {
    let Error { status: found, message } = outcome.unwrap_err();
    assert!(found == status && message.contains(says), "{found:?}: {message}");
}

#[test]
fn a_pack_helps_a_set_that_watched_little() {
    let set = engine(None);
    at_home(&set);
    let alone = list(&set, "home");
    let info = import(&set, &pack(&service(0), 1)).unwrap();
    assert_eq!((info.line.as_str(), info.number, info.videos), ("films", 1, VIDEOS as u64));
    let with_pack = list(&set, "home");
    assert!(with_pack.len() > 3 && with_pack != alone, "{with_pack:?}");
    // Its group is that of the videos below ten.
    let of_group = with_pack.iter().take(4).filter(|(id, _)| id[1..].parse::<usize>().unwrap() < 10).count();
    assert_eq!(of_group, 4, "{with_pack:?}");
    // What was watched is known as before: an event more moves lists at once.
    set.record(&[watch("home", 12, 3)]).unwrap();
    assert_ne!(list(&set, "home"), with_pack);
    let statistics = set.statistics();
    assert_eq!((statistics.profiles, statistics.events), (2, 4));
}

#[test]
fn reverting_gives_every_list_back() {
    let set = engine(None);
    at_home(&set);
    let alone = all_lists(&set);
    import(&set, &pack(&service(0), 1)).unwrap();
    let first = all_lists(&set);
    import(&set, &pack(&service(3), 2)).unwrap();
    assert_ne!(all_lists(&set), first);
    let described = set.pack_info().unwrap();
    assert_eq!((described.info.number, described.before), (2, Some(1)));
    assert_eq!(set.revert_pack(&call()).unwrap().unwrap().number, 1);
    assert_eq!(all_lists(&set), first);
    assert_eq!(set.revert_pack(&call()).unwrap(), None);
    assert_eq!(all_lists(&set), alone);
    refused(set.revert_pack(&call()), Status::NotFound, "no pack is in use");
    refused(set.pack_info(), Status::NotFound, "no pack is in use");
}

fn cancelled() -> CallOptions {
    let cancel = CancelToken::new();
    cancel.cancel();
    CallOptions { cancel: Some(cancel), ..CallOptions::default() }
}

#[test]
fn a_revert_that_is_ended_changes_nothing() {
    let set = engine(None);
    at_home(&set);
    import(&set, &pack(&service(0), 1)).unwrap();
    import(&set, &pack(&service(3), 2)).unwrap();
    let (lists, described) = (all_lists(&set), set.pack_info().unwrap());
    refused(set.revert_pack(&cancelled()), Status::Cancelled, "cancelled by its token");
    let no_time = CallOptions::with_timeout(std::time::Duration::ZERO);
    refused(set.revert_pack(&no_time), Status::TimedOut, "timeout_ms");
    assert_eq!((all_lists(&set), set.pack_info().unwrap()), (lists, described));
}

#[test]
fn a_pack_that_the_memory_limit_forbids_is_not_unfolded() {
    let bytes = pack(&service(0), 1);
    let set = Engine::new(EngineOptions { memory_limit_bytes: 1_000, ..options(None) }).unwrap();
    refused(import(&set, &bytes), Status::MemoryLimit, "bytes at least, memory_limit_bytes is 1000");
    refused(set.pack_info(), Status::NotFound, "no pack is in use");
}

#[test]
fn a_pack_whose_tables_are_beyond_the_limit_is_refused_before_they_are_made() {
    let service = service(0);
    service.train(&call()).unwrap();
    let bytes = pack(&service, 1);
    let limited = |memory_limit_bytes| Engine::new(EngineOptions { memory_limit_bytes, ..options(None) }).unwrap();
    let told = import(&limited(1), &bytes).unwrap_err().message;
    let least: u64 = told.split(' ').find_map(|word| word.parse().ok()).unwrap();

    let set = limited(0);
    let empty = set.statistics().memory_bytes;
    import(&set, &bytes).unwrap();
    let content = set.pack_info().unwrap().content_bytes;
    assert!(least <= set.statistics().memory_bytes, "what would fit is not refused");
    assert!(empty + content < least - 1, "EASE takes more in memory than in the pack: {empty}, {content}, {least}");

    let set = limited(least - 1);
    refused(import(&set, &bytes), Status::MemoryLimit, "bytes at least");
    refused(set.pack_info(), Status::NotFound, "no pack is in use");
    assert_eq!(set.statistics().memory_bytes, empty);
    // Within the least the tables are made, and found to be more.
    refused(import(&limited(least), &bytes), Status::MemoryLimit, "the engine would hold");
    // Of what the host does not count nothing stays.
    let weights = FeatureWeights::NONE.with(Feature::Transitions, 1.0);
    let other = EngineOptions { feature_weights: Some(weights), memory_limit_bytes: 1, ..options(None) };
    let told = import(&Engine::new(other).unwrap(), &bytes).unwrap_err().message;
    assert!(told.split(' ').find_map(|word| word.parse::<u64>().ok()).unwrap() < least);
}

#[test]
fn sections_of_kinds_that_nobody_reads_are_passed_over() {
    let (whole, info) = (pack(&service(0), 1), PackInfo { line: "films".to_owned(), number: 1, ..PackInfo::default() });
    let file = PackFile::open(&whole, &[key(1).public_key()], &PackLimits::default()).unwrap();
    let known = file.sections(None, &call()).unwrap();
    let unknown = PackSection { kind: 4_000, bytes: vec![0; 1 << 20].into() };
    let sections = [known.as_slice(), &[unknown]].concat();
    let of = |sections: &[PackSection<'_>]| {
        let set = engine(None);
        import(&set, &write_pack(&info, sections, None, &key(1), &call()).unwrap()).unwrap();
        (all_lists(&set), set.statistics().memory_bytes)
    };
    let ((lists, bytes), (lists_without, bytes_without)) = (of(&sections), of(&known));
    assert_eq!(lists, lists_without);
    assert!(bytes < bytes_without + 10_000, "{bytes} and {bytes_without}");
}

#[test]
fn a_pack_comes_back_from_the_store() {
    let folder = Folder::new("store");
    let path = folder.0.join("store");
    let set = engine(Some(&path));
    at_home(&set);
    let alone = all_lists(&set);
    import(&set, &pack(&service(0), 1)).unwrap();
    import(&set, &pack(&service(3), 2)).unwrap();
    let (lists, described) = (all_lists(&set), set.pack_info().unwrap());
    assert!(set.verify().unwrap().damage.is_empty());
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!((all_lists(&set), set.pack_info().unwrap()), (lists, described));
    // It goes back from there, and that stays, too.
    set.revert_pack(&call()).unwrap();
    let first = all_lists(&set);
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!((all_lists(&set), set.pack_info().unwrap().before), (first, None));
    set.revert_pack(&call()).unwrap();
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!(all_lists(&set), alone);
    refused(set.pack_info(), Status::NotFound, "no pack");
}

#[test]
fn a_delta_does_what_the_whole_pack_does() {
    let folder = Folder::new("delta");
    let path = folder.0.join("store");
    let set = engine(Some(&path));
    at_home(&set);
    let (first, second) = (pack(&service(0), 1), pack(&service(3), 2));
    let delta = service(3).export_pack(&export(2), Some(&first), &call()).unwrap();
    assert!(delta.len() < second.len(), "{} and {}", delta.len(), second.len());
    refused(import(&set, &delta), Status::Base, "there is none");
    import(&set, &first).unwrap();
    import(&set, &delta).unwrap();
    let with_delta = all_lists(&set);
    // The delta's number and the whole pack's are the same pack to the next delta.
    let third = service(5).export_pack(&export(3), Some(&second), &call()).unwrap();
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!(all_lists(&set), with_delta);
    import(&set, &third).unwrap();
    let whole = engine(None);
    at_home(&whole);
    import(&whole, &second).unwrap();
    assert_eq!(all_lists(&whole), with_delta);
    import(&whole, &pack(&service(5), 3)).unwrap();
    assert_eq!(all_lists(&whole), all_lists(&set));

    let other = engine(None);
    import(&other, &pack(&service(9), 1)).unwrap();
    refused(import(&other, &delta), Status::Base, "there is number 1 of \"films\"");
    let to_delta = service(0).export_pack(&export(3), Some(&delta), &call());
    refused(to_delta, Status::InvalidArgument, "base: it is a delta itself");
    let of_another_key = PackExport { key: key(2), ..export(3) };
    refused(service(0).export_pack(&of_another_key, Some(&first), &call()), Status::Signature, "base: ");
}

#[test]
fn threads_that_change_packs_at_once_know_of_each_other() {
    let folder = Folder::new("threads");
    let set = engine(Some(&folder.0.join("store")));
    let packs = [1, 2, 3].map(|number| pack(&service(number as usize), number));
    let known = [Status::Older, Status::NotFound, Status::Cancelled];
    let change = |thread: usize| {
        for round in 0..60 {
            let done = match (thread + round) % 3 {
                0 => set.revert_pack(&call()).map(drop),
                _ => import(&set, &packs[(thread + round / 2) % 3]).map(drop),
            };
            assert!(done.as_ref().err().is_none_or(|error| known.contains(&error.status)), "{done:?}");
        }
    };
    std::thread::scope(|scope| (0..3).for_each(|thread| drop(scope.spawn(move || change(thread)))));
}

#[test]
fn vectors_that_could_not_be_read_are_refused_with_their_pack() {
    let info = PackInfo { line: "films".to_owned(), number: 1, ..PackInfo::default() };
    let whole = pack(&service(0), 1);
    let file = PackFile::open(&whole, &[key(1).public_key()], &PackLimits::default()).unwrap();
    let mut with_vectors = file.sections(None, &call()).unwrap();
    with_vectors.push(PackSection { kind: 100, bytes: vec![4, 0, 0, 0, 9].into() });
    let damaged = write_pack(&info, &with_vectors, None, &key(1), &call()).unwrap();
    refused(import(&engine(None), &damaged), Status::Corrupt, "the vectors of the pack are damaged");
}

#[test]
fn what_is_refused_changes_nothing_and_says_why() {
    let folder = Folder::new("refused");
    let path = folder.0.join("store");
    let set = engine(Some(&path));
    at_home(&set);
    let (first, second) = (pack(&service(0), 4), pack(&service(3), 5));
    import(&set, &first).unwrap();
    let (lists, described) = (all_lists(&set), set.pack_info().unwrap());

    refused(set.import_pack(&second, &trusting(2), &call()), Status::Signature, "none of the 1 trusted keys");
    refused(
        set.import_pack(&second, &PackImport::default(), &call()),
        Status::InvalidArgument,
        "trusted_keys is empty",
    );
    let keys = PackImport { trusted_keys: vec![key(1).public_key(); 17], ..PackImport::default() };
    refused(set.import_pack(&second, &keys, &call()), Status::Limit, "17, the limit is 16");
    refused(import(&set, b"no pack at all"), Status::Corrupt, "vrecpack");
    refused(import(&set, &second[..second.len() - 1]), Status::Corrupt, "cut short");
    for (format, status, said) in [(3, Status::TooNew, "format 3"), (1, Status::Older, "format 2 alone; make it anew")]
    {
        let mut other = second.clone();
        other[8] = format;
        refused(import(&set, &other), status, said);
    }
    let small = PackLimits { file_bytes: 100, ..PackLimits::default() };
    refused(set.import_pack(&second, &PackImport { limits: small, ..trusting(1) }, &call()), Status::Limit, "is 100");
    let small = PackLimits { content_bytes: 100, ..PackLimits::default() };
    refused(set.import_pack(&second, &PackImport { limits: small, ..trusting(1) }, &call()), Status::Limit, "is 100");
    for number in [3, 4] {
        refused(import(&set, &pack(&service(3), number)), Status::Older, "number 4 is in use already");
    }
    let of_series = PackExport { line: "series".to_owned(), ..export(9) };
    let of_series = service(3).export_pack(&of_series, None, &call()).unwrap();
    refused(import(&set, &of_series), Status::InvalidArgument, "of line \"series\", not \"films\"");
    refused(set.import_pack(&second, &trusting(1), &cancelled()), Status::Cancelled, "cancelled");
    for at in (0..second.len()).step_by(97) {
        let mut flipped = second.clone();
        flipped[at] ^= 4;
        assert!(import(&set, &flipped).is_err(), "byte {at}");
    }

    assert_eq!((all_lists(&set), set.pack_info().unwrap()), (lists.clone(), described.clone()));
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!((all_lists(&set), set.pack_info().unwrap()), (lists, described));
    // The host may change lines, when it says so.
    let series = PackImport { line: Some("series".to_owned()), ..trusting(1) };
    assert_eq!(set.import_pack(&of_series, &series, &call()).unwrap().line, "series");
}

#[test]
fn a_store_that_is_only_read_takes_no_pack() {
    let folder = Folder::new("read-only");
    let path = folder.0.join("store");
    drop(engine(Some(&path)));
    let mut only_read = options(Some(&path));
    only_read.store.as_mut().unwrap().open.read_only = true;
    let set = Engine::new(only_read).unwrap();
    refused(import(&set, &pack(&service(0), 1)), Status::ReadOnly, "reading only");
}

#[test]
fn forgetting_a_profile_leaves_the_pack() {
    let set = engine(None);
    import(&set, &pack(&service(0), 1)).unwrap();
    let nobody = list(&set, "nobody");
    at_home(&set);
    set.forget_profile("home").unwrap();
    set.forget_profile("other").unwrap();
    assert_eq!(list(&set, "nobody"), nobody);
}

#[test]
fn what_was_trained_here_goes_and_can_be_trained_again_without_a_pack() {
    let folder = Folder::new("trained");
    let path = folder.0.join("store");
    let set = engine(Some(&path));
    at_home(&set);
    set.train(&call()).unwrap();
    let trained = all_lists(&set);
    import(&set, &pack(&service(0), 1)).unwrap();
    let with_pack = all_lists(&set);
    drop(set);
    let set = Engine::new(options(Some(&path))).unwrap();
    assert_eq!(all_lists(&set), with_pack);
    let no_time = CallOptions::with_timeout(std::time::Duration::ZERO);
    refused(set.train(&no_time), Status::InvalidArgument, "without the pack it can be trained");
    set.revert_pack(&call()).unwrap();
    set.train(&call()).unwrap();
    assert_eq!(all_lists(&set), trained);
}

#[test]
fn features_count_as_the_host_says_or_else_the_pack() {
    let folder = Folder::new("weights");
    let path = folder.0.join("store");
    let of_pack = FeatureWeights::NONE.with(Feature::Popularity, 0.5).with(Feature::Transitions, 2.0);
    let learned = PackOptions { weights: of_pack, ..export(1).learned };
    let weighted = |number| PackExport { learned: learned.clone(), ..export(number) };
    let bytes = service(0).export_pack(&weighted(1), None, &call()).unwrap();

    let set = engine_with(without_weights(Some(&path)));
    at_home(&set);
    let alone = all_lists(&set);
    assert_eq!(set.feature_weights(), FeatureWeights::default());
    import(&set, &bytes).unwrap();
    assert_eq!(set.feature_weights(), of_pack);
    let with_pack = all_lists(&set);
    // The host that says the same has the same lists; popularity counts, which by default does not.
    let same = engine_with(EngineOptions { feature_weights: Some(of_pack), ..options(None) });
    at_home(&same);
    import(&same, &bytes).unwrap();
    assert_eq!(with_pack, all_lists(&same));
    let by_popularity = Query {
        ranking: Ranking::Blend,
        feature_weights: Some(FeatureWeights::only(Feature::Popularity)),
        ..Query::for_profile("home")
    };
    assert!(!set.recommend(&by_popularity, &call()).unwrap().is_empty(), "the query's weights come first");
    drop(set);
    let set = Engine::new(without_weights(Some(&path))).unwrap();
    assert_eq!((set.feature_weights(), all_lists(&set)), (of_pack, with_pack));
    set.revert_pack(&call()).unwrap();
    assert_eq!((set.feature_weights(), all_lists(&set)), (FeatureWeights::default(), alone));

    let told = engine(None);
    import(&told, &bytes).unwrap();
    assert_eq!(told.feature_weights(), weights(), "the host's own weights count whatever the pack says");
}

#[test]
fn videos_have_their_places_whenever_they_came() {
    let folder = Folder::new("places");
    let path = folder.0.join("store");
    let content = FeatureWeights::only(Feature::Content);
    let counting = |store| EngineOptions { feature_weights: Some(content), ..options(store) };
    let service = engine_with(counting(None));
    for profile in 0..PROFILES {
        let watches: Vec<Event> =
            (0..5).map(|at| watch(&format!("p{profile}"), (profile + at) % VIDEOS, at as i64)).collect();
        service.record(&watches).unwrap();
    }
    service.train(&call()).unwrap();
    let bytes = pack(&service, 1);
    let before = engine_with(counting(Some(&path)));
    import(&before, &bytes).unwrap();
    let after = Engine::new(counting(None)).unwrap();
    import(&after, &bytes).unwrap();
    let videos: Vec<Video> = (0..VIDEOS).map(video).collect();
    after.add_videos(&videos, &call()).unwrap();
    [&before, &after].into_iter().for_each(at_home);
    let lists = all_lists(&before);
    assert!(!lists[0].is_empty(), "videos that were there when the pack came have their places");
    assert_eq!(all_lists(&after), lists);
    drop(before);
    assert_eq!(all_lists(&Engine::new(counting(Some(&path))).unwrap()), lists);
}

/// A pack with one more section, signed again.
fn with_section(bytes: &[u8], kind: u32, content: Vec<u8>) -> Vec<u8> {
    let file = PackFile::open(bytes, &trusting(1).trusted_keys, &PackLimits::default()).unwrap();
    let mut sections = file.sections(None, &call()).unwrap();
    sections.push(PackSection { kind, bytes: content.into() });
    write_pack(file.info(), &sections, None, &key(1), &call()).unwrap()
}

const NETWORK: u32 = 101;

fn network_files() -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-sequence");
    SequenceFiles::read_folder(folder.into()).unwrap().to_bytes()
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl LogSink for Heard {
    fn log(&self, _: LogLevel, message: &str) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

/// The ONNX Runtime is not there in these tests; tests/c/sequence.c has it.
#[test]
fn a_network_that_nothing_can_run_leaves_the_pack_usable() {
    let folder = Folder::new("network");
    let path = folder.0.join("store");
    let heard = Arc::new(Heard::default());
    let logged = || EngineOptions { log: Log::new(LogLevel::Warning, heard.clone()), ..options(Some(&path)) };
    let set = engine_with(logged());
    at_home(&set);
    let plain = pack(&service(0), 1);
    let bytes = with_section(&plain, NETWORK, network_files());
    assert!(describe_pack(&bytes, &trusting(1)).unwrap().has_sequence);
    assert!(!describe_pack(&plain, &trusting(1)).unwrap().has_sequence);
    import(&set, &bytes).unwrap();
    let warned = || heard.0.lock().unwrap().iter().filter(|said| said.contains("the sequence of the pack")).count();
    assert_eq!((warned(), set.sequence_name()), (1, None));
    assert!(set.pack_info().unwrap().has_sequence);
    let without = engine(None);
    at_home(&without);
    import(&without, &plain).unwrap();
    assert_eq!(all_lists(&set), all_lists(&without));
    drop(set);
    let set = Engine::new(logged()).unwrap();
    assert_eq!((warned(), all_lists(&set)), (2, all_lists(&without)));
    set.revert_pack(&call()).unwrap();
}

#[test]
fn a_pack_with_a_hostile_network_is_refused() {
    let set = engine(None);
    at_home(&set);
    let lists = all_lists(&set);
    let (plain, whole) = (pack(&service(0), 1), network_files());
    let network = |bytes: Vec<u8>| import(&set, &with_section(&plain, NETWORK, bytes));
    for (bytes, status) in [
        (Vec::new(), Status::Corrupt),
        (b"no network".to_vec(), Status::Corrupt),
        (whole[..whole.len() / 2].to_vec(), Status::Corrupt),
        ([&whole[..], &[0; 4]].concat(), Status::Corrupt),
    ] {
        refused(network(bytes), status, "the network of the pack: ");
    }
    for at in (0..whole.len()).step_by(61) {
        let mut flipped = whole.clone();
        flipped[at] ^= 8;
        // Bytes that fill up are nobody's.
        if let Err(error) = network(flipped) {
            assert!(error.message.starts_with("the network of the pack: "), "{at}: {error}");
        } else {
            set.revert_pack(&call()).unwrap();
        }
    }
    // Files whose hashes are right, and whose tables do not fit together.
    refused(network(retold(r#""width": 8"#, r#""width": 9"#)), Status::ModelInvalid, "the items");
    refused(network(retold(r#""width": 8"#, r#""width": 100000"#)), Status::ModelInvalid, "width");
    refused(network(retold(r#""text_dimensions": 4"#, r#""text_dimensions": 5"#)), Status::ModelInvalid, "projection");
    let bytes = with_section(&plain, NETWORK, whole);
    let limits = PackLimits {
        content_bytes: describe_pack(&plain, &trusting(1)).unwrap().content_bytes,
        ..PackLimits::default()
    };
    let small = PackImport { limits, ..trusting(1) };
    refused(set.import_pack(&bytes, &small, &call()), Status::Limit, "the content");
    assert_eq!(all_lists(&set), lists);
    refused(set.pack_info(), Status::NotFound, "no pack");
}

/// The files of the network with another manifest, which names the same hashes.
fn retold(before: &str, after: &str) -> Vec<u8> {
    let whole = network_files();
    let length = u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize;
    let manifest = std::str::from_utf8(&whole[4..4 + length]).unwrap();
    assert!(manifest.contains(before));
    let manifest = manifest.replace(before, after);
    let mut bytes = (manifest.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(manifest.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend_from_slice(&whole[(4 + length).next_multiple_of(4)..]);
    bytes
}

/// The files of the network with another step, whose hash the manifest tells.
fn with_step(step: &[u8]) -> Vec<u8> {
    let whole = network_files();
    let length = u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize;
    let mut manifest: serde_json::Value = serde_json::from_slice(&whole[4..4 + length]).unwrap();
    let mut rest = &whole[(4 + length).next_multiple_of(4)..];
    let old_length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
    rest = &rest[(4 + old_length).next_multiple_of(4)..];
    let hash: String = Sha256::digest(step).iter().map(|byte| format!("{byte:02x}")).collect();
    let told = &mut manifest["files"]["step"];
    (told["bytes"], told["sha256"]) = (step.len().into(), hash.into());
    let manifest = manifest.to_string();
    let mut bytes = Vec::new();
    for part in [manifest.as_bytes(), step] {
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    [&bytes, rest].concat()
}

/// Whether anything here can run it or not. tests/c/hostile_networks.c has many more, and runs what is let through.
#[test]
fn a_step_that_may_take_any_time_is_refused_without_a_runtime() {
    let set = engine(None);
    at_home(&set);
    let (lists, plain) = (all_lists(&set), pack(&service(0), 1));
    let import_step = |step: &[u8]| import(&set, &with_section(&plain, NETWORK, with_step(step)));
    // A model whose graph has one node, of the operator Loop.
    refused(import_step(b"\x3a\x08\x0a\x06\x22\x04Loop"), Status::ModelInvalid, "holds the operator Loop");
    let of_empty_nodes = [&b"\x3a\x80\x80\x40"[..], &[0x0a, 0].repeat(1 << 19)].concat();
    refused(import_step(&of_empty_nodes), Status::ModelInvalid, "bytes beside its weights");
    refused(import_step(b"no model"), Status::ModelInvalid, "not an ONNX model");
    refused(set.pack_info(), Status::NotFound, "no pack");
    assert_eq!(all_lists(&set), lists);
    let sound = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-sequence/step.onnx")).unwrap();
    import_step(&sound).unwrap();
}

#[test]
fn a_file_is_described_before_it_is_taken() {
    let bytes = pack(&service(0), 7);
    let described = describe_pack(&bytes, &trusting(1)).unwrap();
    assert_eq!((described.info.number, described.info.created_utc_ms, described.before), (7, NOW, None));
    assert_eq!(described.stored_bytes, bytes.len() as u64);
    assert_eq!(described.key, key(1).public_key().bytes());
    refused(describe_pack(&bytes, &trusting(2)), Status::Signature, "trusted keys");
}

#[test]
fn exports_say_what_they_cannot_do() {
    let service = service(0);
    let with_vectors = PackExport { has_vectors: true, ..export(1) };
    refused(service.export_pack(&with_vectors, None, &call()), Status::InvalidArgument, "vectors need a store");
    refused(service.export_pack(&export(0), None, &call()), Status::InvalidArgument, "number is 0");
    let no_line = PackExport { line: String::new(), ..export(1) };
    refused(service.export_pack(&no_line, None, &call()), Status::InvalidArgument, "line is empty");
    refused(engine(None).export_pack(&export(1), None, &call()), Status::NotFound, "no profile watched");
    let set = engine(None);
    import(&set, &pack(&service, 1)).unwrap();
    at_home(&set);
    refused(set.export_pack(&export(2), None, &call()), Status::InvalidArgument, "revert the pack first");
}

/// The same watches give the same pack, without noise; with it the header says what it comes to.
#[test]
fn noise_is_in_the_header() {
    assert_eq!(pack(&service(0), 1), pack(&service(0), 1));
    let noise = Noise { epsilon: 4.0, delta: 1e-3, most_watches: 5 };
    let learned = PackOptions { noise: Some(noise), ..export(1).learned };
    let noisy =
        || service(0).export_pack(&PackExport { learned: learned.clone(), ..export(1) }, None, &call()).unwrap();
    let bytes = noisy();
    // What is left of so few profiles may come out alike once in some ten times.
    assert!((0..20).any(|_| noisy() != bytes), "noise that comes again is none");
    let said = describe_pack(&bytes, &trusting(1)).unwrap().info.noise.unwrap();
    assert_eq!((said.epsilon, said.delta, said.most_watches), (4.0, 1e-3, 5));
    let set = engine(None);
    import(&set, &bytes).unwrap();
}

#[test]
fn files_are_read_and_replaced_as_a_whole() {
    let folder = Folder::new("files");
    let path = folder.0.join("a.pack");
    refused(read_whole(&path, 10), Status::NotFound, "a.pack");
    replace_whole(&path, b"first").unwrap();
    replace_whole(&path, b"second").unwrap();
    assert_eq!(read_whole(&path, 6).unwrap(), b"second");
    refused(read_whole(&path, 5), Status::Limit, "6 bytes, the limit is 5");
    refused(read_whole(&folder.0, 10), Status::InvalidArgument, "is no file");
    refused(replace_whole(Path::new("/"), b""), Status::InvalidArgument, "is no file");
    let link = folder.0.join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    refused(replace_whole(&link, b"third"), Status::InvalidArgument, "is no file");
    std::fs::remove_file(&link).unwrap();
    assert!(replace_whole(&folder.0.join("none/a.pack"), b"").is_err());
    let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["a.pack"]);
}
