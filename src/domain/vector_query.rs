//! What a caller who brings vectors asks for.

use super::vector::check_vector;
use super::{Error, Filter, Result, limits};

/// What several query vectors have to do with each other. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum Fusion {
    /// Nothing: a list for each.
    #[default]
    None = 0,
    /// One list; a video's score is its best with any of them.
    Max = 1,
    /// One list; a video's score is the weighted mean of its scores.
    Weighted = 2,
}

impl Fusion {
    pub fn from_code(code: i32) -> Option<Fusion> {
        [Fusion::None, Fusion::Max, Fusion::Weighted].into_iter().find(|fusion| *fusion as i32 == code)
    }
}

/// One request for the videos nearest to vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorQuery {
    /// 1 to 1,024 (64 with [`Fusion::Max`]), finite, with a direction, all of the engine's length.
    pub vectors: Vec<Vec<f32>>,
    pub fusion: Fusion,
    /// One for each vector, or none for equal ones; only with [`Fusion::Weighted`]. Not all zero.
    pub weights: Vec<f32>,
    /// At most this many results of each list, 1 to 10,000, and 1,000,000 of all lists.
    pub limit: usize,
    /// Only results with at least this score.
    pub min_score: Option<f32>,
    /// BCP 47 tag of the language that the vectors' texts are in; empty: unknown.
    pub language: String,
    /// Only videos that keep it.
    pub filter: Option<Filter>,
    /// Whether the vectors are centred already.
    pub centred: bool,
}

/// One video near a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub id: String,
    pub score: f32,
}

impl VectorQuery {
    /// Results of a list when the caller names no number.
    pub const DEFAULT_LIMIT: usize = 10;

    /// Checks every documented range.
    pub fn validate(&self, dimensions: Option<usize>) -> Result<()> {
        let count = self.vectors.len();
        if count == 0 {
            return Err(Error::invalid("there are no vectors to search with"));
        }
        if count > limits::QUERY_VECTORS {
            return Err(Error::limit("vector_count", count, limits::QUERY_VECTORS));
        }
        if self.fusion == Fusion::Max && count > limits::FUSED_VECTORS {
            return Err(Error::limit("vector_count with VREC_FUSION_MAX", count, limits::FUSED_VECTORS));
        }
        for (index, vector) in self.vectors.iter().enumerate() {
            check_vector(vector, dimensions).map_err(|error| error.within_batch("vectors", index, count))?;
        }
        if self.limit == 0 {
            return Err(Error::invalid("limit is 0; it needs at least 1"));
        }
        if self.limit > limits::RESULTS {
            return Err(Error::limit("limit", self.limit, limits::RESULTS));
        }
        let lists = if self.fusion == Fusion::None { count } else { 1 };
        if self.limit * lists > limits::RESULTS_OF_ALL_LISTS {
            return Err(Error::limit("limit times vector_count", self.limit * lists, limits::RESULTS_OF_ALL_LISTS));
        }
        if let Some(score) = self.min_score
            && !score.is_finite()
        {
            return Err(Error::invalid(format!("min_score is {score}")));
        }
        if let Some(filter) = &self.filter {
            filter.validate().map_err(|error| error.within("filter"))?;
        }
        self.validate_weights()
    }

    fn validate_weights(&self) -> Result<()> {
        if self.weights.is_empty() {
            return Ok(());
        }
        if self.fusion != Fusion::Weighted {
            return Err(Error::invalid("weights belong to VREC_FUSION_WEIGHTED"));
        }
        if self.weights.len() != self.vectors.len() {
            let (weights, vectors) = (self.weights.len(), self.vectors.len());
            return Err(Error::invalid(format!("there are {weights} weights for {vectors} vectors")));
        }
        if let Some(index) = self.weights.iter().position(|weight| !(-1e3..=1e3).contains(weight)) {
            let weight = self.weights[index];
            return Err(Error::invalid(format!("weights[{index}] is {weight}; it lies between -1000 and 1000")));
        }
        if self.weights.iter().all(|weight| *weight == 0.0) {
            return Err(Error::invalid("all weights are 0"));
        }
        Ok(())
    }
}
