//! Packs that begin as the fuzzer says: as they are, and with the header in its first bytes signed by a trusted key, so
//! that what stands behind the signature is reached.

#![no_main]

use ed25519_dalek::Signer;
use libfuzzer_sys::fuzz_target;
use vrec::domain::{CallOptions, FeatureWeights};
use vrec::encoder::Network;
use vrec::learning::{HomeShare, Knowledge, SectionKind, SequenceFiles};
use vrec::store::pack_file::{FORMAT, PackFile, PackLimits, SigningKey};

const SEED: [u8; 32] = [7; 32];
const LIMITS: PackLimits = PackLimits { file_bytes: 1 << 20, content_bytes: 1 << 22 };

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    if let Some((length, rest)) = bytes.split_first_chunk().map(|(length, rest)| (u16::from_le_bytes(*length), rest)) {
        let (header, bodies) = rest.split_at(usize::from(length).min(rest.len()));
        read(&signed(header, bodies));
    }
    // What a section may hold, one kind after the other.
    if let Some((kind, content)) = bytes.split_first() {
        let kind = SectionKind::ALL[usize::from(*kind) % SectionKind::ALL.len()];
        let items: &[u8] = &[3, 1, 1, b'a', 1, 3];
        let sections = [(SectionKind::Items, items), (kind, content)];
        let _ = Knowledge::unpack(
            &FeatureWeights::default(),
            &sections[usize::from(kind == SectionKind::Items)..],
            HomeShare::Learned,
        );
    }
    let _ = SequenceFiles::from_bytes(bytes).and_then(|files| files.check());
    // A step behind its hash.
    let _ = Network::check(bytes, "step", &[("state", [1, 8]), ("item", [1, 8])]);
});

fn signed(header: &[u8], bodies: &[u8]) -> Vec<u8> {
    let prefix = [&b"vrecpack"[..], &FORMAT.to_le_bytes(), &(header.len() as u32).to_le_bytes()].concat();
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let signature = key.sign(&[&prefix, header].concat()).to_bytes();
    [&prefix, &signature[..], header, bodies].concat()
}

fn read(bytes: &[u8]) {
    let key = SigningKey::new(SEED).expect("the seed is not zero").public_key();
    let Ok(file) = PackFile::open(bytes, &[key], &LIMITS) else { return };
    let Ok(sections) = file.sections(None, &CallOptions::default()) else { return };
    let known = sections.iter().filter_map(|section| Some((SectionKind::from_code(section.kind)?, &section.bytes[..])));
    let _ = Knowledge::unpack(&FeatureWeights::default(), &known.collect::<Vec<_>>(), HomeShare::Learned);
}
