//! What hostile packs come to, at the level of the file: each is refused with its reason, before anything of it counts.

use prost::Message;
use sha2::{Digest, Sha256};

use super::header::{BaseHeader, Header, NoiseHeader, SectionHeader};
use super::writer::{compress, signed};
use super::*;
use crate::domain::CallOptions;

const KINDS: [u32; 3] = [1, 2, 7];

fn key(seed: u8) -> SigningKey {
    SigningKey::new([seed; PACK_KEY_BYTES]).unwrap()
}

fn info(number: u64) -> PackInfo {
    PackInfo {
        line: "films".to_owned(),
        number,
        created_utc_ms: 1_700_000_000_000,
        videos: 3,
        encoder: vec![7; 8],
        noise: Some(PackNoise { epsilon: 2.0, delta: 1e-6, most_watches: 100 }),
        ..PackInfo::default()
    }
}

/// Numbers that look random, and others that repeat.
fn sections(seed: u32) -> Vec<PackSection<'static>> {
    let mut state = seed;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let bytes = [(0..50_000).map(|_| random()).collect(), vec![9; 10_000], Vec::new()];
    KINDS.into_iter().zip(bytes).map(|(kind, bytes)| PackSection { kind, bytes: bytes.into() }).collect()
}

fn whole(number: u64, sections: &[PackSection<'_>]) -> Vec<u8> {
    write_pack(&info(number), sections, None, &key(1), &CallOptions::default()).unwrap()
}

fn open(bytes: &[u8]) -> Result<PackFile<'_>> {
    PackFile::open(bytes, &[key(2).public_key(), key(1).public_key()], &PackLimits::default())
}

fn read(bytes: &[u8]) -> Result<Vec<PackSection<'_>>> {
    open(bytes)?.sections(None, &CallOptions::default())
}

fn kept(bytes: &[u8]) -> KeptPack {
    let file = open(bytes).unwrap();
    let call = CallOptions::default();
    file.keep(&file.sections(None, &call).unwrap(), &call).unwrap()
}

fn all_of(pack: &KeptPack) -> Vec<PackSection<'_>> {
    pack.sections_of(|_| true, &CallOptions::default()).unwrap()
}

fn header_bytes(pack: &[u8]) -> usize {
    u32::from_le_bytes(*pack[12..].first_chunk().unwrap()) as usize
}

/// The same pack with another header, signed again.
fn with_header(bytes: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let (header, bodies) = bytes[SIGNED_FROM..].split_at(header_bytes(bytes));
    let mut header = Header::decode(header).unwrap();
    change(&mut header);
    [signed(&header.encode_to_vec(), &key(1)), bodies.to_vec()].concat()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T>, status: Status, says: &str) {
    let error = outcome.unwrap_err();
    assert!(error.status == status && error.message.contains(says), "{:?}: {}", error.status, error.message);
}

#[test]
fn a_pack_comes_back_as_it_was() {
    let sections = sections(1);
    let bytes = whole(3, &sections);
    assert_eq!(bytes, whole(3, &sections), "the same pack has other bytes");
    let file = open(&bytes).unwrap();
    assert_eq!((file.info(), file.key()), (&info(3), &key(1).public_key()));
    assert_eq!(file.content_bytes(), 60_000);
    assert_eq!(read(&bytes).unwrap(), sections);
    let kept = kept(&bytes);
    let again = KeptPack::decode(&kept.encode()).unwrap();
    assert_eq!((again.info(), all_of(&again)), (&info(3), sections));
    assert_eq!((again.section(2).unwrap().unwrap(), again.section(5).unwrap()), (vec![9; 10_000].into(), None));
    assert_eq!(again.key().unwrap(), key(1).public_key());
}

#[test]
fn a_delta_is_small_and_needs_its_base() {
    let (first, mut second) = (sections(1), sections(1));
    second[0].bytes.to_mut()[25_000] ^= 1;
    second[2].bytes = b"new".into();
    let base = kept(&whole(1, &first));
    let delta = write_pack(&info(2), &second, Some(&base), &key(1), &CallOptions::default()).unwrap();
    assert!(delta.len() < 1_000, "{} bytes for one that changed", delta.len());
    let file = open(&delta).unwrap();
    let read = file.sections(Some(&base), &CallOptions::default()).unwrap();
    assert_eq!(read, second);
    // As it is kept it stands alone, and the next delta stands on it.
    let kept_delta = KeptPack::decode(&file.keep(&read, &CallOptions::default()).unwrap().encode()).unwrap();
    assert_eq!(all_of(&kept_delta), second);
    let third = write_pack(&info(3), &first, Some(&kept_delta), &key(1), &CallOptions::default()).unwrap();
    let third = open(&third).unwrap();
    assert_eq!(third.sections(Some(&kept_delta), &CallOptions::default()).unwrap(), first);
    // So it does where the set before took that pack as a whole.
    let same = kept(&whole(2, &second));
    assert_eq!(same.identity(), kept_delta.identity());
    assert_eq!(third.sections(Some(&same), &CallOptions::default()).unwrap(), first);

    let other = kept(&whole(1, &second));
    let call = CallOptions::default();
    refused(file.sections(None, &call), Status::Base, "number 1 of \"films\", and there is none");
    refused(file.sections(Some(&other), &call), Status::Base, "there is number 1 of \"films\"");
    let number = write_pack(&info(1), &second, Some(&base), &key(1), &call);
    refused(number, Status::InvalidArgument, "a delta leads to a later pack");
    let line = PackInfo { line: "series".to_owned(), ..info(2) };
    refused(write_pack(&line, &second, Some(&base), &key(1), &call), Status::InvalidArgument, "that of the base");
}

#[test]
fn kinds_that_nobody_reads_are_never_unfolded() {
    let call = CallOptions::default();
    let (first, mut second) = (sections(1), sections(1));
    second[1].bytes = b"new".into();
    // What stands in the file is checked, and no more.
    let garbled = with_header(&whole(1, &first), |header| header.sections[1].content_xxh3[0] ^= 1);
    let read = open(&garbled).unwrap().sections_of(|kind| kind != 2, None, &call).unwrap();
    assert_eq!(read, [first[0].clone(), first[2].clone()]);
    let mut flipped = whole(1, &first);
    let header = Header::decode(&flipped[SIGNED_FROM..][..header_bytes(&flipped)]).unwrap();
    let body = SIGNED_FROM + header_bytes(&flipped) + header.sections[0].stored_bytes as usize;
    flipped[body] ^= 1;
    let found = open(&flipped).unwrap().sections_of(|kind| kind != 2, None, &call);
    refused(found, Status::Corrupt, "section 2 is not the one");

    // A whole pack is kept with all it has, a delta without them; they do not become something else.
    let base = kept(&whole(1, &first));
    assert_eq!(base.section(2).unwrap().unwrap(), first[1].bytes);
    let delta = write_pack(&info(2), &second, Some(&base), &key(1), &call).unwrap();
    let delta = open(&delta).unwrap();
    let read = delta.sections_of(|kind| kind != 2, Some(&base), &call).unwrap();
    let kept_delta = KeptPack::decode(&delta.keep(&read, &call).unwrap().encode()).unwrap();
    assert_eq!((all_of(&kept_delta), kept_delta.section(2).unwrap()), (read, None));
    let whole_base = kept(&whole(2, &second));
    let third = write_pack(&info(3), &first, Some(&whole_base), &key(1), &call).unwrap();
    let third = open(&third).unwrap();
    assert_eq!(
        third.sections_of(|kind| kind != 2, Some(&kept_delta), &call).unwrap(),
        [first[0].clone(), first[2].clone()]
    );
    refused(third.sections(Some(&kept_delta), &call), Status::Base, "section 2 of the base was not kept");
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let sections = [PackSection { kind: 1, bytes: b"what was learned".into() }];
    let bytes = whole(1, &sections);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let status = read(&flipped).expect_err("a flipped byte was not found").status;
        let expected: &[Status] = match at {
            0..8 => &[Status::Corrupt],
            8..12 => &[Status::TooNew],
            12..16 => &[Status::Limit, Status::Corrupt, Status::Signature],
            at if at < SIGNED_FROM + header_bytes(&bytes) => &[Status::Signature],
            _ => &[Status::Corrupt],
        };
        assert!(expected.contains(&status), "byte {at}: {status:?}");
    }
    for (format, status) in [(0, Status::Older), (1, Status::Older), (3, Status::TooNew)] {
        let mut other = bytes.clone();
        other[8] = format;
        let said = format!("has format {format}, this version of the library reads format 2");
        refused(read(&other), status, &if status == Status::Older { said + " alone; make it anew" } else { said });
    }
    for length in 0..bytes.len() {
        let status = read(&bytes[..length]).expect_err("a cut was not found").status;
        assert!(matches!(status, Status::Corrupt | Status::Signature), "{length} bytes: {status:?}");
    }
    refused(read(&[bytes.as_slice(), b"!"].concat()), Status::Corrupt, "1 bytes stand behind its end");
}

#[test]
fn only_trusted_keys_count() {
    let bytes = whole(1, &sections(1));
    let limits = PackLimits::default();
    let other = PackFile::open(&bytes, &[key(2).public_key()], &limits);
    refused(other, Status::Signature, "none of the 1 trusted keys");
    refused(PackFile::open(&bytes, &[], &limits), Status::Signature, "none of the 0 trusted keys");
    refused(SigningKey::new([0; 32]), Status::InvalidArgument, "all zeros");
    // The neutral element of the curve, under which one signature fits every message, and no point at all.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    refused(PublicKey::new(neutral), Status::InvalidArgument, "no public key");
    let mut off_the_curve = [0; 32];
    off_the_curve[0] = 2;
    refused(PublicKey::new(off_the_curve), Status::InvalidArgument, "no public key");
    assert_eq!(PublicKey::new(key(1).public_key().bytes()).unwrap(), key(1).public_key());
}

/// What a trusted key may sign by mistake, or after it was stolen.
#[test]
fn signed_nonsense_is_refused() {
    let bytes = whole(2, &sections(1));
    let refuse = |change: fn(&mut Header), status, says| refused(read(&with_header(&bytes, change)), status, says);
    refuse(|header| header.line.clear(), Status::Corrupt, "line is empty");
    refuse(|header| header.number = 0, Status::Corrupt, "counted from 1");
    refuse(|header| header.encoder = vec![0; 33], Status::Corrupt, "the limit is 32");
    refuse(|header| header.noise = Some(NoiseHeader::default()), Status::Corrupt, "noise says nothing");
    refuse(|header| header.sections[1].kind = 1, Status::Corrupt, "stands twice");
    refuse(|header| header.sections[0].kind = 0, Status::Corrupt, "is 0");
    refuse(|header| header.sections[0].stored_sha256.truncate(31), Status::Corrupt, "no hash");
    refuse(|header| header.sections[0].content_xxh3.truncate(15), Status::Corrupt, "no hash");
    refuse(|header| header.sections[0].stored_sha256[0] ^= 1, Status::Corrupt, "section 1 is not the one");
    refuse(|header| header.sections[1].content_xxh3[0] ^= 1, Status::Corrupt, "section 2 is not the one");
    refuse(|header| header.sections[0].bytes = 1 << 40, Status::Limit, "the content");
    refuse(|header| header.sections[0].bytes = u64::MAX, Status::Limit, "the content");
    refuse(|header| header.sections[0].bytes -= 1, Status::Corrupt, "section 1");
    refuse(|header| header.sections[0].bytes += 1, Status::Corrupt, "section 1");
    refuse(|header| header.sections[1].bytes += 1, Status::Corrupt, "section 2 has 10000 bytes");
    refuse(|header| header.sections[0].stored_bytes = u64::MAX, Status::Corrupt, "cut short");
    refuse(|header| header.sections[0].stored_bytes -= 1, Status::Corrupt, "behind its end");
    refuse(
        |header| header.sections = (1..=65).map(|kind| SectionHeader { kind, ..header.sections[2].clone() }).collect(),
        Status::Limit,
        "the number of sections is 65",
    );
    let base = |number| Some(BaseHeader { number, identity: vec![0; 32] });
    let bytes_of = |base| with_header(&bytes, |header| header.base = base);
    refused(read(&bytes_of(base(2))), Status::Corrupt, "a later pack");
    refused(read(&bytes_of(base(1))), Status::Base, "there is none");
    let no_hash = Some(BaseHeader { number: 1, identity: vec![0; 31] });
    refused(read(&bytes_of(no_hash)), Status::Corrupt, "no identity");
}

#[test]
fn what_a_newer_version_signed_is_told() {
    let bytes = whole(1, &sections(1));
    let (header, bodies) = bytes[SIGNED_FROM..].split_at(header_bytes(&bytes));
    // Field 99, a number.
    let longer = [header, &[0x98, 0x06, 1]].concat();
    let newer = [signed(&longer, &key(1)), bodies.to_vec()].concat();
    refused(read(&newer), Status::TooNew, "does not know");
    let garbage = [signed(b"\xff\xff\xff", &key(1)), bodies.to_vec()].concat();
    refused(read(&garbage), Status::Corrupt, "its header");
}

#[test]
fn limits_are_the_hosts() {
    let bytes = whole(1, &sections(1));
    let trusted = [key(1).public_key()];
    let file_bytes = bytes.len() as u64;
    let exact = PackLimits { file_bytes, content_bytes: 60_000 };
    assert!(PackFile::open(&bytes, &trusted, &exact).is_ok());
    let file = PackFile::open(&bytes, &trusted, &PackLimits { file_bytes: file_bytes - 1, ..exact });
    refused(file, Status::Limit, "the file of the pack has");
    let content = PackFile::open(&bytes, &trusted, &PackLimits { content_bytes: 59_999, ..exact });
    refused(content, Status::Limit, "the content of the pack has 60000 bytes, the limit is 59999");
    let none = PackLimits { file_bytes: u64::MAX, content_bytes: u64::MAX };
    let endless = with_header(&bytes, |header| header.sections.iter_mut().for_each(|section| section.bytes = u64::MAX));
    refused(PackFile::open(&endless, &trusted, &none), Status::Limit, "the content");
}

/// A frame that unfolds to far more than its header says takes no more memory than that.
#[test]
fn a_frame_that_swells_is_refused() {
    let frame = compress(&vec![0; 64 << 20], None, 1, &CallOptions::default()).unwrap();
    assert!(frame.len() < 16 << 10);
    let section = SectionHeader {
        kind: 1,
        bytes: 100,
        stored_bytes: frame.len() as u64,
        stored_sha256: Sha256::digest(&frame).to_vec(),
        content_xxh3: vec![0; 16],
    };
    let header = Header::new(&info(1), vec![section]).encode_to_vec();
    refused(read(&[signed(&header, &key(1)), frame].concat()), Status::Corrupt, "section 1");
}

#[test]
fn reading_ends_when_it_is_cancelled() {
    let bytes = whole(1, &sections(1));
    let call = CallOptions { cancel: Some(crate::domain::CancelToken::new()), ..CallOptions::default() };
    call.cancel.as_ref().unwrap().cancel();
    refused(open(&bytes).unwrap().sections(None, &call), Status::Cancelled, "cancelled");
    let written = write_pack(&info(1), &sections(1), None, &key(1), &call);
    refused(written, Status::Cancelled, "cancelled");
}
