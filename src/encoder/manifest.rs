//! `vrec-model.json`: what a model folder holds and how its vectors are made.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

use super::config::ModelSource;
use super::model_files;
use crate::domain::{Error, Field, Result, Status, limits};

/// The manifest's file name inside a model folder.
pub const FILE_NAME: &str = "vrec-model.json";
const FORMAT: u32 = 1;
const MANIFEST_BYTES: u64 = 16 << 20;
const MODEL_BYTES: u64 = 4 << 30;

/// A model's description, checked: every length agrees with `dimensions` and every number is finite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    pub name: String,
    pub version: String,
    pub licence: String,
    pub source: String,
    pub files: Files,
    /// Elements of a vector.
    pub dimensions: usize,
    /// Name of the graph's output with shape [batch, tokens, dimensions], of float32 or float16.
    pub output: String,
    pub pooling: Pooling,
    /// Put before every text.
    pub prefix: String,
    /// Longest input of the graph, in tokens, special tokens included.
    pub max_tokens: usize,
    /// Longest input given to the graph; longer texts are cut in windows of this many tokens.
    pub window_tokens: usize,
    /// Tokens that neighbouring windows share.
    pub window_overlap_tokens: usize,
    pub languages: Vec<Language>,
    /// The mean over the languages, for texts in none of them.
    #[serde(skip)]
    any_language: Option<FieldMeans>,
    /// SHA-256 of the manifest itself, hexadecimal: vectors of models with different ones differ.
    #[serde(skip)]
    pub identity: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    pub model: ModelFile,
    pub tokenizer: ModelFile,
}

/// A file of the model folder, with what it must hash to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// A plain name: no folder, no path separator.
    pub name: String,
    pub bytes: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
}

/// How token vectors become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean over the tokens that are not padding.
    Mean,
    /// The first token's vector.
    Cls,
    /// The graph pools itself: its output is [batch, dimensions].
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Primary language subtag of BCP 47, such as `zh`.
    pub language: String,
    pub means: FieldMeans,
}

/// The mean vector of one language's texts, for each field and over all of them. Subtracting it
/// leaves what a text says rather than which language it says it in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldMeans {
    title: Vec<f32>,
    description: Vec<f32>,
    tags: Vec<f32>,
    comments: Vec<f32>,
    /// The mean of the four, for vectors that stand for a whole video.
    pub text: Vec<f32>,
}

impl FieldMeans {
    pub fn field(&self, field: Field) -> &[f32] {
        match field {
            Field::Title => &self.title,
            Field::Description => &self.description,
            Field::Tags => &self.tags,
            Field::Comments => &self.comments,
        }
    }

    fn all(&self) -> [(&str, &[f32]); 5] {
        [
            ("title", &self.title),
            ("description", &self.description),
            ("tags", &self.tags),
            ("comments", &self.comments),
            ("text", &self.text),
        ]
    }
}

impl Manifest {
    /// Reads and checks a model's manifest.
    pub fn read(source: &ModelSource) -> Result<Manifest> {
        let place = model_files::place(source, FILE_NAME);
        let bytes =
            model_files::read_bounded(source, FILE_NAME, MANIFEST_BYTES).map_err(|error| match error.status {
                // Nothing says what a manifest hashes to: one that is too large is no manifest.
                Status::ModelHash => Error::new(Status::ModelInvalid, error.message),
                _ => error,
            })?;
        let mut manifest: Manifest =
            serde_json::from_slice(&bytes).map_err(|error| invalid(&place, &error.to_string()))?;
        manifest.check().map_err(|what| invalid(&place, &what))?;
        manifest.any_language = mean_of(&manifest.languages);
        manifest.identity = model_files::hexadecimal(&Sha256::digest(&*bytes));
        Ok(manifest)
    }

    /// A language's number in the manifest and its means, by its primary subtag.
    pub fn means(&self, language: &str) -> Option<(usize, &FieldMeans)> {
        let mut languages = self.languages.iter().enumerate();
        languages.find(|(_, known)| known.language == language).map(|(number, known)| (number, &known.means))
    }

    /// What [`Manifest::means`] gives for a text in none of the languages.
    pub fn means_of_any(&self) -> Option<(usize, &FieldMeans)> {
        self.any_language.as_ref().map(|means| (self.languages.len(), means))
    }

    fn check(&self) -> Result<(), String> {
        ensure(self.format == FORMAT, || format!("format is {}, this library reads {FORMAT}", self.format))?;
        ensure((1..=limits::DIMENSIONS).contains(&self.dimensions), || {
            format!("dimensions is {}, it lies between 1 and {}", self.dimensions, limits::DIMENSIONS)
        })?;
        self.check_windows()?;
        self.files.model.check("files.model")?;
        self.files.tokenizer.check("files.tokenizer")?;
        let mut seen = HashSet::new();
        for language in &self.languages {
            ensure(seen.insert(&language.language), || format!("language {} stands twice", language.language))?;
            self.check_means(language)?;
        }
        Ok(())
    }

    fn check_windows(&self) -> Result<(), String> {
        ensure((8..=65_536).contains(&self.max_tokens), || {
            format!("max_tokens is {}, it lies between 8 and 65536", self.max_tokens)
        })?;
        ensure((8..=self.max_tokens).contains(&self.window_tokens), || {
            format!("window_tokens is {}, it lies between 8 and max_tokens", self.window_tokens)
        })?;
        ensure(self.window_overlap_tokens < self.window_tokens / 2, || {
            format!("window_overlap_tokens is {}, it must be below half a window", self.window_overlap_tokens)
        })?;
        ensure(self.prefix.len() <= limits::ID_BYTES, || {
            format!("prefix has {} bytes, the limit is {}", self.prefix.len(), limits::ID_BYTES)
        })
    }

    fn check_means(&self, language: &Language) -> Result<(), String> {
        for (field, mean) in language.means.all() {
            let place = || format!("the mean of {}, {field},", language.language);
            ensure(mean.len() == self.dimensions, || {
                format!("{} has {} elements, dimensions is {}", place(), mean.len(), self.dimensions)
            })?;
            ensure(mean.iter().all(|value| value.is_finite()), || {
                format!("{} has an element that is not finite", place())
            })?;
        }
        Ok(())
    }
}

impl ModelFile {
    /// Whether the name is plain, the hash one, and the size at most `limit`; says what is not.
    pub fn check_within(&self, limit: u64) -> Result<(), String> {
        self.check("files")?;
        ensure(self.bytes <= limit, || format!("{} has {} bytes, the limit is {limit}", self.name, self.bytes))
    }

    fn check(&self, place: &str) -> Result<(), String> {
        let plain =
            !self.name.is_empty() && !self.name.contains(['/', '\\', '\0']) && self.name != "." && self.name != "..";
        ensure(plain, || format!("{place}.name is {:?}, not a plain file name", self.name))?;
        ensure(self.bytes <= MODEL_BYTES, || format!("{place}.bytes is {}, the limit is {MODEL_BYTES}", self.bytes))?;
        let hexadecimal =
            self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        ensure(hexadecimal, || format!("{place}.sha256 is not 64 lower-case hexadecimal digits"))
    }
}

fn mean_of(languages: &[Language]) -> Option<FieldMeans> {
    let mut mean = languages.first()?.means.clone();
    let share = 1.0 / languages.len() as f32;
    let average = |target: &mut Vec<f32>, of: fn(&FieldMeans) -> &[f32]| {
        for (index, value) in target.iter_mut().enumerate() {
            *value = languages.iter().map(|language| of(&language.means)[index] * share).sum();
        }
    };
    average(&mut mean.title, |means| &means.title);
    average(&mut mean.description, |means| &means.description);
    average(&mut mean.tags, |means| &means.tags);
    average(&mut mean.comments, |means| &means.comments);
    average(&mut mean.text, |means| &means.text);
    Some(mean)
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn invalid(place: &str, what: &str) -> Error {
    Error::new(Status::ModelInvalid, format!("model manifest {place}: {what}"))
}
