//! What an engine is created with.

use std::path::PathBuf;

use super::Log;
use crate::domain::{Error, Field, Result, limits};

/// How much each field counts in a video's vector; 0 leaves a field out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldWeights {
    pub title: f32,
    pub description: f32,
    pub tags: f32,
    pub comments: f32,
}

impl Default for FieldWeights {
    fn default() -> Self {
        FieldWeights { title: 1.0, description: 1.0, tags: 0.5, comments: 0.25 }
    }
}

impl FieldWeights {
    pub fn of(&self, field: Field) -> f32 {
        match field {
            Field::Title => self.title,
            Field::Description => self.description,
            Field::Tags => self.tags,
            Field::Comments => self.comments,
        }
    }
}

/// See each field. The default has no model: videos must bring vectors.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// The model's folder.
    pub model_path: Option<PathBuf>,
    /// The ONNX Runtime library; none: whichever this process has loaded already, or else the first
    /// of the candidates that exists. Absolute paths.
    pub runtime_path: Option<PathBuf>,
    pub runtime_candidates: Vec<PathBuf>,
    /// Elements of a vector; 0: the model's, or those of the first vector brought.
    pub dimensions: usize,
    /// Threads inside one run of the model; 0 and 1 start none.
    pub threads: u32,
    /// Most bytes of videos and profiles held in memory; 0: no limit.
    pub memory_limit_bytes: u64,
    pub field_weights: FieldWeights,
    pub log: Log,
}

impl EngineOptions {
    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        if self.dimensions > limits::DIMENSIONS {
            return Err(Error::limit("dimensions", self.dimensions, limits::DIMENSIONS));
        }
        if self.threads > limits::THREADS {
            return Err(Error::limit("threads", self.threads as usize, limits::THREADS as usize));
        }
        let paths = self.model_path.iter().chain(&self.runtime_path).chain(&self.runtime_candidates);
        if let Some(path) = paths.into_iter().find(|path| !path.is_absolute()) {
            return Err(Error::invalid(format!("path {} is not absolute", path.display())));
        }
        self.validate_weights()
    }

    fn validate_weights(&self) -> Result<()> {
        for field in Field::ALL {
            let weight = self.field_weights.of(field);
            if !(0.0..=1_000.0).contains(&weight) {
                let name = format!("{field:?}_weight").to_lowercase();
                return Err(Error::invalid(format!("{name} is {weight}; it lies between 0 and 1000")));
            }
        }
        if Field::ALL.iter().all(|field| self.field_weights.of(*field) == 0.0) {
            return Err(Error::invalid("every field weight is 0, so no text would count"));
        }
        Ok(())
    }
}
