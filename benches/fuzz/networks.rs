//! Mutations of the network that a pack brings: what its manifest says, and its files, whose sizes and hashes the manifest
//! tells rightly, so that what stands behind them is reached.

use rand::Rng;
use rand_pcg::Pcg64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use vrec::store::pack_file::PackSection;

/// The kind of the section that holds a network.
pub const KIND: u32 = 101;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-sequence");
const ROLES: [&str; 3] = ["step", "items", "projection"];

/// A network as a pack carries it, in its files.
#[derive(Clone)]
pub struct Network {
    manifest: Value,
    files: [Vec<u8>; ROLES.len()],
}

impl Network {
    /// The one of the tests.
    pub fn tiny() -> Network {
        let read = |name: &str| std::fs::read(format!("{FOLDER}/{name}")).expect("the files of the tests");
        let manifest: Value = serde_json::from_slice(&read("vrec-sequence.json")).expect("a manifest");
        let files = ROLES.map(|role| read(manifest["files"][role]["name"].as_str().expect("a name")));
        Network { manifest, files }
    }

    pub fn section(&self) -> PackSection<'static> {
        let manifest = self.manifest.to_string();
        let mut bytes = Vec::new();
        for part in [manifest.as_bytes()].into_iter().chain(self.files.iter().map(Vec::as_slice)) {
            bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
            bytes.extend_from_slice(part);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        PackSection { kind: KIND, bytes: bytes.into() }
    }

    /// Another network: mostly of another step, which is what runs.
    pub fn mutant(&self, random: &mut Pcg64, mutate: impl Fn(&mut Pcg64, &mut Vec<u8>)) -> Network {
        let mut mutant = self.clone();
        match random.random_range(0..8) {
            0 => mutant.manifest["width"] = random.random_range(0..20).into(),
            1 => mutant.manifest["text_dimensions"] = random.random_range(0..10).into(),
            place @ 2..4 => mutate(random, &mut mutant.files[place - 1]),
            _ => mutate(random, &mut mutant.files[0]),
        }
        for (role, file) in ROLES.iter().zip(&mutant.files) {
            let hash: String = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
            let told = &mut mutant.manifest["files"][role];
            (told["bytes"], told["sha256"]) = (file.len().into(), hash.into());
        }
        mutant
    }
}
