//! A trained network with the vectors of the videos it knows: its files, their checks, and what is made of them.
//!
//! | File | Holds |
//! |---|---|
//! | `vrec-sequence.json` | the manifest: shapes, and size and SHA-256 of the others |
//! | step | an ONNX graph: `state` [1, width] and `item` [1, width] give `next` [1, width] |
//! | items | how many; of each video the length of its id, the id, its step and a code of 8 bits an element |
//! | projection | float32 [width, text dimensions], by rows: from a text's vector to that of a video |
//!
//! Whole numbers have 32 bits, little-endian; ids are filled up with zeros to a multiple of four bytes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ndarray::{Array2, ArrayView1, Axis};
use parking_lot::Mutex;
use serde::Deserialize;

use super::super::trained::put;
use super::super::training::{Numbers, damaged};
use crate::domain::{Error, Result, Status, check_id, limits};
use crate::encoder::{
    EncoderConfig, ModelBuffer, ModelBytes, ModelFile, ModelSource, Network, read_bounded, read_verified,
};
use crate::vectors::CodedRows;

/// The manifest's file name.
pub const FILE_NAME: &str = "vrec-sequence.json";
const FORMAT: u32 = 1;
const MANIFEST_BYTES: u64 = 64 << 10;

/// Bytes of any one file.
const FILE_BYTES: u64 = 1 << 30;

/// Elements of a state and of a video's vector.
const WIDTH_MAX: usize = 1_024;

const STATE: &str = "state";
const ITEM: &str = "item";
const NEXT: &str = "next";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    name: String,
    width: usize,
    text_dimensions: usize,
    files: Files,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    step: ModelFile,
    items: ModelFile,
    projection: ModelFile,
}

/// The files of a model, each as its manifest says.
pub struct SequenceFiles {
    manifest: Manifest,
    manifest_bytes: ModelBytes,
    step: ModelBytes,
    items: ModelBytes,
    projection: ModelBytes,
}

impl SequenceFiles {
    /// Reads and checks the files in a folder, or those that the host holds. [`Status::ModelMissing`],
    /// [`Status::ModelUnreadable`], [`Status::ModelHash`] and [`Status::ModelInvalid`] name the file.
    pub fn read(source: &ModelSource) -> Result<SequenceFiles> {
        let manifest_bytes = read_bounded(source, FILE_NAME, MANIFEST_BYTES)?;
        let manifest: Manifest =
            serde_json::from_slice(&manifest_bytes).map_err(|error| invalid(&error.to_string()))?;
        manifest.check()?;
        Ok(SequenceFiles {
            step: read_verified(source, &manifest.files.step)?,
            items: read_verified(source, &manifest.files.items)?,
            projection: read_verified(source, &manifest.files.projection)?,
            manifest_bytes,
            manifest,
        })
    }

    /// Whether the tables fit together and the graph is no larger than a step may be, which needs nothing that runs it.
    /// [`Status::ModelInvalid`] where not.
    pub fn check(&self) -> Result<()> {
        Tables::of(self)?;
        Network::check(&self.step, &self.manifest.files.step.name, &self.manifest.inputs())
    }

    /// The same from a folder.
    pub fn read_folder(folder: PathBuf) -> Result<SequenceFiles> {
        SequenceFiles::read(&ModelSource { folder: Some(folder), buffers: Vec::new() })
    }

    /// All files as one piece, to be kept in a store or carried in a section of another file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [&self.manifest_bytes, &self.step, &self.items, &self.projection] {
            put(&mut bytes, part);
        }
        bytes
    }

    /// What [`SequenceFiles::to_bytes`] gave, checked as files are. [`Status::Corrupt`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<SequenceFiles> {
        let mut numbers = Numbers::new(bytes)?;
        let mut part = || {
            let length = numbers.whole()? as usize;
            Ok::<_, Error>(numbers.bytes(length)?.to_vec())
        };
        let (manifest_bytes, step, items, projection) = (part()?, part()?, part()?, part()?);
        numbers.end()?;
        let manifest: Manifest = serde_json::from_slice(&manifest_bytes).map_err(|_| damaged())?;
        let Files { step: step_file, items: items_file, projection: projection_file } = manifest.files;
        let named = [
            (FILE_NAME.to_owned(), manifest_bytes),
            (step_file.name, step),
            (items_file.name, items),
            (projection_file.name, projection),
        ];
        let buffers = named.map(|(name, bytes)| ModelBuffer { name, bytes: Arc::new(bytes) }).to_vec();
        SequenceFiles::read(&ModelSource { folder: None, buffers })
    }
}

impl Manifest {
    /// Those of a step.
    fn inputs(&self) -> [(&'static str, [usize; 2]); 2] {
        [STATE, ITEM].map(|name| (name, [1, self.width]))
    }

    fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            return Err(invalid(&format!("format is {}, this library reads {FORMAT}", self.format)));
        }
        if self.name.len() > limits::ID_BYTES {
            return Err(invalid(&format!("name has {} bytes, the limit is {}", self.name.len(), limits::ID_BYTES)));
        }
        if !(1..=WIDTH_MAX).contains(&self.width) {
            return Err(invalid(&format!("width is {}, it lies between 1 and {WIDTH_MAX}", self.width)));
        }
        if !(1..=limits::DIMENSIONS).contains(&self.text_dimensions) {
            let (found, most) = (self.text_dimensions, limits::DIMENSIONS);
            return Err(invalid(&format!("text_dimensions is {found}, it lies between 1 and {most}")));
        }
        for file in [&self.files.step, &self.files.items, &self.files.projection] {
            file.check_within(FILE_BYTES).map_err(|what| invalid(&what))?;
        }
        Ok(())
    }
}

/// An open model. All methods may be called from any thread; steps are made one at a time.
pub struct SequenceModel {
    pub name: String,
    pub width: usize,
    rows: CodedRows,
    numbers: HashMap<Box<str>, u32>,
    projection: Array2<f32>,
    step: Mutex<Step>,
    bytes: usize,
    first_failure: OnceLock<Error>,
    is_failure_told: AtomicBool,
}

/// From a state and a video's vector to the next state.
type Step = Box<dyn FnMut(&[f32], &[f32]) -> Result<Vec<f32>> + Send>;

impl SequenceModel {
    /// Whether the backend and the runtime of `config` can run networks at all: errors say what is missing.
    pub fn check_runnable(config: &EncoderConfig) -> Result<()> {
        Network::prepare(config)
    }

    /// Opens the graph by the backend and the runtime of `config` and makes one step, to see whether it is as the manifest
    /// says. Errors are those of [`Network::open`].
    pub fn open(files: &SequenceFiles, config: &EncoderConfig) -> Result<SequenceModel> {
        let tables = Tables::of(files)?;
        let Manifest { files: named, .. } = &files.manifest;
        let mut network = Network::open(config, &files.step, &named.step.name, &files.manifest.inputs(), NEXT)?;
        let step = move |state: &[f32], item: &[f32]| {
            let row = |values| ArrayView1::from(values).insert_axis(Axis(0));
            let next = network.run(&[(STATE, row(state)), (ITEM, row(item))], NEXT)?;
            Ok(next.into_iter().collect())
        };
        SequenceModel::with_step(files, tables, Box::new(step))
    }

    fn with_step(files: &SequenceFiles, tables: Tables, step: Step) -> Result<SequenceModel> {
        let Manifest { name, width, .. } = &files.manifest;
        let Tables { items: (rows, numbers, ids), projection } = tables;
        let bytes = rows.bytes() + ids + size_of_val(projection.as_slice().unwrap_or(&[])) + files.step.len();
        let model = SequenceModel {
            name: name.clone(),
            width: *width,
            rows,
            numbers,
            projection,
            step: Mutex::new(step),
            bytes,
            first_failure: OnceLock::new(),
            is_failure_told: AtomicBool::new(false),
        };
        model.step(&vec![0.0; *width], &vec![0.0; *width])?;
        Ok(model)
    }

    /// The state after a watch of a video with the vector `item`; both of [`SequenceModel::width`] elements.
    pub fn step(&self, state: &[f32], item: &[f32]) -> Result<Vec<f32>> {
        let next = self.checked_step(state, item);
        if let Err(error) = &next {
            self.first_failure.get_or_init(|| error.clone());
        }
        next
    }

    /// Why a step failed, the first time that one did; told once.
    pub fn take_failure(&self) -> Option<&Error> {
        self.first_failure.get().filter(|_| !self.is_failure_told.swap(true, Ordering::Relaxed))
    }

    fn checked_step(&self, state: &[f32], item: &[f32]) -> Result<Vec<f32>> {
        let next = (self.step.lock())(state, item)?;
        let invalid = |what: String| Error::new(Status::ModelInvalid, format!("the step of the sequence gives {what}"));
        if next.len() != self.width {
            return Err(invalid(format!("{} numbers where {} are due", next.len(), self.width)));
        }
        match next.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(invalid(format!("{value} where a number is due"))),
            None => Ok(next),
        }
    }

    /// The vector of a video: its own, where it was trained with, else the projection of its text's; none where that has
    /// another length than those of the training.
    pub fn vector(&self, id: &str, text: Option<&[f32]>) -> Option<Vec<f32>> {
        if let Some(number) = self.numbers.get(id) {
            return Some(self.rows.values(*number as usize));
        }
        let text = text.filter(|text| text.len() == self.projection.ncols())?;
        Some(self.projection.dot(&ArrayView1::from(text)).to_vec())
    }

    /// Whether the video was trained with, so that its vector never changes.
    pub fn knows(&self, id: &str) -> bool {
        self.numbers.contains_key(id)
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What stands beside the graph.
struct Tables {
    items: Items,
    projection: Array2<f32>,
}

impl Tables {
    fn of(files: &SequenceFiles) -> Result<Tables> {
        let Manifest { width, text_dimensions, .. } = files.manifest;
        Ok(Tables {
            items: items(&files.items, width)?,
            projection: projection(&files.projection, width, text_dimensions)?,
        })
    }
}

type Items = (CodedRows, HashMap<Box<str>, u32>, usize);

/// The videos' rows, the numbers of their ids, and about how many bytes those take.
fn items(bytes: &[u8], width: usize) -> Result<Items> {
    let bad = |what: &str| Error::new(Status::ModelInvalid, format!("the items of the sequence model {what}"));
    let mut numbers = Numbers::new(bytes).map_err(|_| bad("are cut off"))?;
    let cut = |_| bad("are cut off");
    let count = numbers.whole().map_err(cut)?;
    let (mut rows, mut of_ids, mut id_bytes) = (CodedRows::new(width), HashMap::new(), 0);
    for number in 0..count {
        let length = numbers.whole().map_err(cut)? as usize;
        let id =
            std::str::from_utf8(numbers.bytes(length).map_err(cut)?).map_err(|_| bad("have an id that is no UTF-8"))?;
        check_id("id", id).map_err(|error| bad(&format!("are wrong: number {number}: {}", error.message)))?;
        let step = numbers.real().map_err(|_| bad("have a step that is not finite"))?;
        if step < 0.0 {
            return Err(bad("have a step below 0"));
        }
        let codes = numbers.bytes(width).map_err(cut)?;
        let values: Vec<f32> = codes.iter().map(|code| f32::from(*code as i8) * step).collect();
        rows.set(number as usize, &values);
        if of_ids.insert(Box::from(id), number).is_some() {
            return Err(bad(&format!("have the id {id:?} twice")));
        }
        id_bytes += id.len() + size_of::<(Box<str>, u32)>() + 8;
    }
    numbers.end().map_err(|_| bad("go on after the last"))?;
    Ok((rows, of_ids, id_bytes))
}

fn projection(bytes: &[u8], width: usize, text_dimensions: usize) -> Result<Array2<f32>> {
    let bad = |what: &str| Error::new(Status::ModelInvalid, format!("the projection of the sequence model {what}"));
    let mut numbers = Numbers::new(bytes).map_err(|_| bad("is cut off"))?;
    let values = numbers.reals(width * text_dimensions).map_err(|_| bad("is cut off or not finite"))?;
    numbers.end().map_err(|_| bad("is longer than its shape"))?;
    Array2::from_shape_vec((width, text_dimensions), values).map_err(|error| bad(&error.to_string()))
}

fn invalid(what: &str) -> Error {
    Error::new(Status::ModelInvalid, format!("{FILE_NAME}: {what}"))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The tiny network of the tests, with its step computed here: the state turns on by one place, and an eighth or so of
    /// what it was stays.
    pub fn tiny() -> SequenceModel {
        tiny_with(turned)
    }

    /// The same with another step.
    pub fn tiny_with(mut step: impl FnMut(&[f32], &[f32]) -> Vec<f32> + Send + 'static) -> SequenceModel {
        tiny_failing(move |state, item| Ok(step(state, item)))
    }

    /// The same with a step that may fail.
    pub fn tiny_failing(step: impl FnMut(&[f32], &[f32]) -> Result<Vec<f32>> + Send + 'static) -> SequenceModel {
        let files = files();
        SequenceModel::with_step(&files, Tables::of(&files).unwrap(), Box::new(step)).unwrap()
    }

    pub fn turned(state: &[f32], item: &[f32]) -> Vec<f32> {
        let kept = 1.0 / (1.0 + 2.0_f32.exp());
        let turned = (0..8).map(|place| (2.0 * item[(place + 7) % 8]).tanh());
        turned.zip(state).map(|(new, old)| new + kept * (old - new)).collect()
    }

    fn files() -> SequenceFiles {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-sequence");
        SequenceFiles::read_folder(folder.into()).unwrap()
    }

    #[test]
    fn files_travel_as_one_piece() {
        let bytes = files().to_bytes();
        assert_eq!(SequenceFiles::from_bytes(&bytes).unwrap().to_bytes(), bytes);
        for cut in [0, 3, 4, bytes.len() / 2, bytes.len() - 4] {
            assert!(SequenceFiles::from_bytes(&bytes[..cut]).is_err(), "cut to {cut}");
        }
        for place in (0..bytes.len()).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            // Bytes that only fill up are nobody's; all others are checked.
            let read = SequenceFiles::from_bytes(&damaged);
            assert!(read.is_err() || read.unwrap().to_bytes() == bytes, "damaged at {place}");
        }
    }

    #[test]
    fn a_video_has_its_own_vector_or_the_projection_of_its_text() {
        let model = tiny();
        let near = |found: Option<Vec<f32>>, axis: usize| {
            let found = found.unwrap();
            (0..8).all(|place| (found[place] - if place == axis { 1.0 } else { 0.0 }).abs() < 1e-6)
        };
        assert!(near(model.vector("c", None), 2) && model.knows("c"));
        assert!(near(model.vector("new", Some(&[0.0, 1.0, 0.0, 0.0])), 5) && !model.knows("new"));
        assert_eq!(model.vector("new", None), None);
        assert_eq!(model.vector("new", Some(&[1.0; 3])), None, "of another text model");
    }

    #[test]
    fn damaged_tables_are_refused() {
        let files = files();
        let table = files.items.to_vec();
        assert!(items(&table, 8).is_ok());
        for cut in 0..table.len() {
            assert!(items(&table[..cut], 8).is_err(), "cut to {cut}");
        }
        let message = |bytes: &[u8]| items(bytes, 8).unwrap_err().message;
        let mut twice = table.clone();
        // The first two ids follow the count and their lengths; a row takes 20 bytes.
        twice[8 + 20] = twice[8];
        assert!(message(&twice).contains("twice"), "{}", message(&twice));
        let mut endless = table.clone();
        endless[12..16].copy_from_slice(&f32::INFINITY.to_le_bytes());
        assert!(message(&endless).contains("not finite"), "{}", message(&endless));
        assert!(projection(&files.projection, 8, 4).is_ok() && projection(&files.projection, 8, 5).is_err());
    }
}
