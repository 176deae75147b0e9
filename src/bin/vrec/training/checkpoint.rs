//! The folder in which a training keeps what it has done: the histories that were read, the weights that were learned, and
//! each part that was trained, a file each. A file comes into being whole or not at all, begins with what it was made from,
//! and carries a checksum.
//!
//! A file: 8 bytes that say what it is, the SHA-256 of the inputs, that of the rest, the rest.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read as _;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use vrec::domain::Feature;
use vrec::engine::Engine;
use vrec::learning::Items;
use vrec::learning::training::Histories;

use super::Read;
use super::TrainArguments;
use super::weights::WeightsReport;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::output::Output;

const MAGIC: &[u8; 8] = b"vrectrn1";
const HASH: usize = 32;
/// Bytes that are hashed at once.
const BLOCK: usize = 1 << 20;
/// What users watched is for who trains alone.
const OWNER: u32 = 0o600;
const HISTORIES: &str = "histories";
const WEIGHTS: &str = "weights";

type Hash = [u8; HASH];

/// See the module.
pub struct Checkpoint {
    folder: PathBuf,
    inputs: Hash,
}

/// What stands before the histories in their file.
#[derive(Serialize, Deserialize)]
struct Header {
    read: Read,
    ids: Vec<String>,
}

/// A hash of all that a training depends on: the library, the features, the files, the catalogue.
pub fn inputs(engine: &Engine, arguments: &TrainArguments) -> Outcome<Hash> {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for (feature, _) in arguments.features.weights()?.unwrap_or_default().counting() {
        hash.update(feature.name());
        hash.update([0]);
    }
    if arguments.learn_weights {
        hash.update("weights");
        let start = arguments.features.weights()?.unwrap_or_default();
        Feature::ALL.into_iter().for_each(|feature| hash.update(start.of(feature).to_le_bytes()));
    }
    for file in &arguments.events {
        hash.update(hash_of(file).map_err(|error| Failure::file(&format!("reading {}", file.display()), &error))?);
    }
    hash.update(engine.catalogue_hash());
    Ok(hash.finalize().into())
}

fn hash_of(file: &Path) -> io::Result<Hash> {
    // A pipe would be empty, or waited for, when its events are to be read.
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "--checkpoint needs files, which can be read twice"));
    }
    let (mut file, mut hash, mut block) = (File::open(file)?, Sha256::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&block[..read]),
        }
    }
}

/// What a file of the folder turned out to be.
enum Found {
    Whole(Vec<u8>),
    /// It is not there, or damaged: it is made anew.
    Nothing,
}

impl Checkpoint {
    /// Makes the folder where there is none. Files in it that were made from other inputs are refused when they are read.
    pub fn open(folder: &Path, inputs: &Hash) -> Outcome<Checkpoint> {
        fs::create_dir_all(folder).map_err(|error| Failure::file(&format!("making {}", folder.display()), &error))?;
        Ok(Checkpoint { folder: folder.to_owned(), inputs: *inputs })
    }

    /// The histories that were read, if they are there.
    pub fn histories(&self, output: &Output) -> Outcome<Option<(Items, Histories, Read)>> {
        let Found::Whole(bytes) = self.read(HISTORIES, output)? else { return Ok(None) };
        let damaged = || Failure::new(Exit::Damaged, format!("{} is damaged", self.path(HISTORIES).display()));
        let (length, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (header, histories) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
        let header: Header = serde_json::from_slice(header).map_err(|_| damaged())?;
        let items = Items::of(header.ids.iter().map(String::as_str)).ok_or_else(damaged)?;
        Ok(Some((items, Histories::load(histories)?, header.read)))
    }

    pub fn keep_histories(&self, items: &Items, histories: &Histories, read: Read) -> Outcome {
        let header = Header { read, ids: items.ids().map(str::to_owned).collect() };
        let header = serde_json::to_vec(&header).map_err(|error| Failure::new(Exit::Other, error.to_string()))?;
        let length = (header.len() as u32).to_le_bytes();
        self.write(HISTORIES, &[&length, &header, &histories.save()])
    }

    /// The state of a part that was trained, if it is there.
    pub fn part(&self, part: Feature, output: &Output) -> Outcome<Option<Vec<u8>>> {
        match self.read(part.name(), output)? {
            Found::Whole(state) => Ok(Some(state)),
            Found::Nothing => Ok(None),
        }
    }

    pub fn keep_part(&self, part: Feature, state: &[u8]) -> Outcome {
        self.write(part.name(), &[state])
    }

    /// What came of learning weights, if it is there.
    pub fn weights(&self, output: &Output) -> Outcome<Option<WeightsReport>> {
        let Found::Whole(bytes) = self.read(WEIGHTS, output)? else { return Ok(None) };
        let damaged = |_| Failure::new(Exit::Damaged, format!("{} is damaged", self.path(WEIGHTS).display()));
        serde_json::from_slice(&bytes).map(Some).map_err(damaged)
    }

    pub fn keep_weights(&self, report: &WeightsReport) -> Outcome {
        let bytes = serde_json::to_vec(report).map_err(|error| Failure::new(Exit::Other, error.to_string()))?;
        self.write(WEIGHTS, &[&bytes])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str, output: &Output) -> Outcome<Found> {
        let path = self.path(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(Failure::file(&format!("reading {}", path.display()), &error)),
        };
        let damaged = || {
            output.note(&format!("{} is damaged and made anew", path.display()));
            Ok(Found::Nothing)
        };
        let Some(rest) = bytes.strip_prefix(MAGIC) else { return damaged() };
        let Some((inputs, rest)) = rest.split_first_chunk::<HASH>() else { return damaged() };
        let Some((hash, state)) = rest.split_first_chunk::<HASH>() else { return damaged() };
        if *hash != self.sum(inputs, &[state]) {
            return damaged();
        }
        if *inputs != self.inputs {
            let message = format!("{} was made from other files, features or videos", path.display());
            return Err(Failure::new(Exit::Exists, message).hint("Name another folder, or remove this one."));
        }
        Ok(Found::Whole(state.to_vec()))
    }

    fn sum(&self, inputs: &Hash, pieces: &[&[u8]]) -> Hash {
        let hash = Sha256::new_with_prefix(inputs);
        pieces.iter().fold(hash, |hash, piece| hash.chain_update(piece)).finalize().into()
    }

    /// Under another name first, so that a file with its own name is whole.
    fn write(&self, name: &str, pieces: &[&[u8]]) -> Outcome {
        let (path, new) = (self.path(name), self.path(&format!("{name}.new")));
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER).open(&new)?;
            for piece in
                [&MAGIC[..], &self.inputs, &self.sum(&self.inputs, pieces)].into_iter().chain(pieces.iter().copied())
            {
                file.write_all(piece)?;
            }
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| Failure::file(&format!("writing {}", path.display()), &error))
    }
}
