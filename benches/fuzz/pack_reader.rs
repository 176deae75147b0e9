//! Mutations of packs that reach every layer of the reader, each run once: raw bytes; headers, signed again with a trusted
//! key; compressed sections whose hashes are made right; what the sections hold, packed and signed as a pack; and the files
//! of its network, with their right hashes. A crash, or a mutant that passes for something it is not, ends the run.

mod networks;

use std::path::Path;

use ed25519_dalek::Signer;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};
use vrec::domain::{CallOptions, Event, EventKind, FeatureWeights, Result, Video};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport};
use vrec::learning::{HomeShare, Knowledge, PackOptions, SectionKind, SequenceFiles};
use vrec::store::pack_file::{FORMAT, KeptPack, PackFile, PackLimits, PackSection, PublicKey, SigningKey, write_pack};

use networks::Network;

const SEED: [u8; 32] = [7; 32];
/// Where the length of the header stands, the signature, and the header; see docs/packs.md.
const LENGTH_AT: usize = 12;
const SIGNATURE_AT: usize = 16;
const HEADER_AT: usize = 80;
/// What the reader may take for a mutant.
const LIMITS: PackLimits = PackLimits { file_bytes: 1 << 20, content_bytes: 1 << 22 };

/// How the mutants of one layer fared.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    pub executions: u64,
    /// Those that were read to their end.
    pub accepted: u64,
}

/// The layers, in the order of [`Fuzzer::run`].
pub const LAYERS: [&str; 5] = ["bytes", "header", "compressed", "content", "network"];

pub struct Fuzzer {
    random: Pcg64,
    trusted: [PublicKey; 1],
    key: SigningKey,
    /// A whole pack, a delta to it, and what the delta needs.
    packs: [Vec<u8>; 2],
    base: KeptPack,
    sections: Vec<PackSection<'static>>,
    network: Network,
    /// What imports the networks that were let through; none where nothing runs them.
    set: Option<Engine>,
    layers: [Layer; LAYERS.len()],
}

impl Fuzzer {
    /// Of small packs, so that many can be read in a second. With an ONNX Runtime it opens the networks that are let
    /// through, and makes a step.
    pub fn new(seed: u64, runtime: Option<&Path>) -> Fuzzer {
        let key = SigningKey::new(SEED).expect("a seed");
        let trusted = [key.public_key()];
        let call = CallOptions::default();
        let network = Network::tiny();
        let whole = with_network(&export(1), &network, None, &key);
        let base = kept(&whole, &trusted);
        let delta = with_network(&export(2), &network, Some(&base), &key);
        let file = PackFile::open(&whole, &trusted, &LIMITS).expect("a pack");
        let sections = file.sections(None, &call).expect("its sections");
        let sections: Vec<_> = sections.into_iter().map(PackSection::into_owned).collect();
        let set = runtime.map(|path| {
            let options = EngineOptions { runtime_path: Some(path.to_owned()), ..EngineOptions::default() };
            Engine::new(options).expect("an engine")
        });
        let fuzzer = Fuzzer {
            random: Pcg64::seed_from_u64(seed),
            trusted,
            key,
            packs: [whole, delta],
            base,
            sections,
            network,
            set,
            layers: [Layer::default(); LAYERS.len()],
        };
        for pack in fuzzer.packs.clone() {
            fuzzer.read(&pack).expect("what is mutated is sound");
        }
        if let Some(set) = &fuzzer.set {
            set.import_pack(&fuzzer.packs[0], &fuzzer.import(), &call).expect("a network that runs");
            assert!(set.sequence_name().is_some(), "nothing runs networks");
            set.revert_pack(&call).expect("a pack in use");
        }
        fuzzer
    }

    /// Runs one mutant after the other, the layers in turn; gives how each layer fared.
    pub fn run(&mut self, executions: u64) -> [Layer; LAYERS.len()] {
        for execution in 0..executions {
            let layer = (execution % LAYERS.len() as u64) as usize;
            let original = self.packs[self.random.random_range(0..2)].clone();
            let mutant = match layer {
                0 => self.other_bytes(&original),
                1 => self.other_header(&original),
                2 => self.other_sections(&original),
                3 => self.other_content(),
                _ => self.other_network(),
            };
            let outcome = self.read(&mutant);
            if outcome.is_ok() && layer == LAYERS.len() - 1 {
                self.open_network(&mutant);
            }
            assert!(layer != 0 || outcome.is_err() || self.packs.contains(&mutant), "an unsigned mutant was taken");
            self.layers[layer].executions += 1;
            self.layers[layer].accepted += u64::from(outcome.is_ok());
        }
        self.layers
    }

    /// All that an import does before anything changes.
    fn read(&self, pack: &[u8]) -> Result<()> {
        let file = PackFile::open(pack, &self.trusted, &LIMITS)?;
        let sections = file.sections(Some(&self.base), &CallOptions::default())?;
        let content: u64 = sections.iter().map(|section| section.bytes.len() as u64).sum();
        assert!(content <= LIMITS.content_bytes, "the limit on content does not hold");
        let known = |section: &PackSection<'_>| SectionKind::from_code(section.kind);
        let known: Vec<(SectionKind, &[u8])> =
            sections.iter().filter_map(|section| Some((known(section)?, &*section.bytes))).collect();
        Knowledge::unpack(&weights(), &known, HomeShare::Learned)?;
        for section in sections.iter().filter(|section| section.kind == networks::KIND) {
            SequenceFiles::from_bytes(&section.bytes)?.check()?;
        }
        file.keep(&sections, &CallOptions::default()).and_then(|kept| KeptPack::decode(&kept.encode())).map(drop)
    }

    fn import(&self) -> PackImport {
        PackImport { trusted_keys: self.trusted.to_vec(), limits: LIMITS, ..PackImport::default() }
    }

    /// Whether the runtime takes it or not.
    fn open_network(&self, pack: &[u8]) {
        let (Some(set), call) = (&self.set, CallOptions::default()) else { return };
        if set.import_pack(pack, &self.import(), &call).is_ok() {
            set.revert_pack(&call).expect("a pack in use");
        }
    }

    /// What anybody can send.
    fn other_bytes(&mut self, pack: &[u8]) -> Vec<u8> {
        let mut bytes = pack.to_vec();
        while bytes == pack {
            mutate(&mut self.random, &mut bytes);
        }
        bytes
    }

    /// A header that a trusted key signed by mistake.
    fn other_header(&mut self, pack: &[u8]) -> Vec<u8> {
        let (header, bodies) = parts(pack);
        let mut header = header.to_vec();
        mutate(&mut self.random, &mut header);
        signed(&header, bodies)
    }

    /// Sections that are no good Zstandard, with their right hashes in the header.
    fn other_sections(&mut self, pack: &[u8]) -> Vec<u8> {
        let (header, bodies) = parts(pack);
        let (mut header, mut bodies) = (header.to_vec(), bodies.to_vec());
        let frames = frames(&header, &bodies);
        let (start, end) = frames[self.random.random_range(0..frames.len())];
        if start == end {
            return signed(&header, &bodies);
        }
        let before = Sha256::digest(&bodies[start..end]);
        for _ in 0..self.random.random_range(1..4) {
            let at = self.random.random_range(start..end);
            bodies[at] = self.random.random();
        }
        let after = Sha256::digest(&bodies[start..end]);
        if let Some(at) = header.windows(before.len()).position(|window| window == before.as_slice()) {
            header[at..at + after.len()].copy_from_slice(&after);
        }
        signed(&header, &bodies)
    }

    /// A pack in order, whose tables are not.
    fn other_content(&mut self) -> Vec<u8> {
        let mut sections = self.sections.clone();
        for _ in 0..self.random.random_range(1..3) {
            let at = self.random.random_range(0..sections.len());
            match self.random.random_range(0..12) {
                0 => drop(sections.remove(at)),
                1 => sections[at].kind = self.random.random_range(1..14),
                _ => {
                    let mut bytes = std::mem::take(&mut sections[at].bytes).into_owned();
                    mutate(&mut self.random, &mut bytes);
                    sections[at].bytes = bytes.into();
                }
            }
            if sections.is_empty() {
                break;
            }
        }
        let info = kept(&self.packs[0], &self.trusted).info().clone();
        let made = write_pack(&info, &sections, None, &self.key, &CallOptions::default());
        // Two sections of one kind are refused there already.
        made.unwrap_or_else(|_| self.packs[0].clone())
    }

    /// A pack in order with another network, whose files have their right hashes.
    fn other_network(&mut self) -> Vec<u8> {
        let mutant = self.network.mutant(&mut self.random, mutate);
        with_network(&self.packs[0], &mutant, None, &self.key)
    }
}

/// One to four changes: bits, bytes of interest, pieces taken out, put in twice, or from elsewhere.
fn mutate(random: &mut Pcg64, bytes: &mut Vec<u8>) {
    const INTERESTING: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x08, 0x12];
    for _ in 0..random.random_range(1..5) {
        let at = random.random_range(0..=bytes.len());
        let length = random.random_range(0..=(bytes.len() - at).min(64));
        match random.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = INTERESTING[random.random_range(0..INTERESTING.len())],
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let piece = bytes[at..at + length].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            4 => {
                let noise: Vec<u8> = (0..length).map(|_| random.random()).collect();
                drop(bytes.splice(at..at + length, noise));
            }
            5 => {
                // The largest number of ten bytes, as Protocol Buffers and our tables write numbers.
                drop(bytes.splice(at..at, [0xff; 9].into_iter().chain([1])));
            }
            _ => bytes.truncate(at),
        }
    }
}

fn kept(pack: &[u8], trusted: &[PublicKey]) -> KeptPack {
    let call = CallOptions::default();
    let file = PackFile::open(pack, trusted, &LIMITS).expect("a pack");
    file.keep(&file.sections(None, &call).expect("its sections"), &call).expect("a pack to keep")
}

/// The pack with this network in the place of its own, against `base` a delta.
fn with_network(pack: &[u8], network: &Network, base: Option<&KeptPack>, key: &SigningKey) -> Vec<u8> {
    let call = CallOptions::default();
    let file = PackFile::open(pack, &[key.public_key()], &LIMITS).expect("a pack");
    let mut sections = file.sections(None, &call).expect("its sections");
    sections.retain(|section| section.kind != networks::KIND);
    sections.push(network.section());
    write_pack(file.info(), &sections, base, key, &call).expect("a pack with a network")
}

/// The header and what stands behind it.
fn parts(pack: &[u8]) -> (&[u8], &[u8]) {
    let length = u32::from_le_bytes(pack[LENGTH_AT..SIGNATURE_AT].try_into().expect("four bytes")) as usize;
    pack[HEADER_AT..].split_at(length)
}

fn signed(header: &[u8], bodies: &[u8]) -> Vec<u8> {
    let prefix = [&b"vrecpack"[..], &FORMAT.to_le_bytes(), &(header.len() as u32).to_le_bytes()].concat();
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED);
    let signature = key.sign(&[&prefix, header].concat()).to_bytes();
    [&prefix, &signature[..], header, bodies].concat()
}

/// Where each section lies, found by the hashes that the header holds: sections are as long as their hashes say.
fn frames(header: &[u8], bodies: &[u8]) -> Vec<(usize, usize)> {
    let mut frames = Vec::new();
    let mut start = 0;
    for end in 0..=bodies.len() {
        let is_end = bodies.get(end..end + 4).is_none_or(|magic| magic == [0x28, 0xb5, 0x2f, 0xfd]);
        if !is_end || end == start {
            continue;
        }
        let hash = Sha256::digest(&bodies[start..end]);
        if header.windows(hash.len()).any(|window| window == hash.as_slice()) {
            frames.push((start, end));
            start = end;
        }
    }
    frames
}

fn weights() -> FeatureWeights {
    FeatureWeights::default()
}

/// A pack of a small service that has learned a little of everything.
fn export(number: u64) -> Vec<u8> {
    let options = EngineOptions { feature_weights: Some(weights()), ..EngineOptions::default() };
    let engine = Engine::new(options).expect("an engine");
    let call = CallOptions::default();
    let videos: Vec<Video> = (0..12)
        .map(|number| Video {
            id: format!("v{number}"),
            title: format!("Video {number}"),
            vector: Some(vec![1.0, number as f32]),
            ..Video::default()
        })
        .collect();
    engine.add_videos(&videos, &call).expect("videos");
    let watch = |profile: u64, at: u64| Event {
        profile: format!("p{profile}"),
        video_id: format!("v{}", (profile * number + at * 5) % 12),
        time_utc_ms: 1_700_000_000_000 + (at as i64) * 3_600_000,
        ..Event::of(EventKind::Complete)
    };
    let watches: Vec<Event> = (0..24).flat_map(|profile| (0..4).map(move |at| watch(profile, at))).collect();
    engine.record(&watches).expect("watches");
    engine.train(&call).expect("training");
    let export = PackExport {
        line: "fuzz".to_owned(),
        number,
        created_utc_ms: 1_700_000_000_000,
        key: SigningKey::new(SEED).expect("a seed"),
        learned: PackOptions { least_profiles: 1, ..PackOptions::default() },
        has_vectors: false,
        has_sequence: false,
    };
    engine.export_pack(&export, None, &call).expect("a pack")
}
