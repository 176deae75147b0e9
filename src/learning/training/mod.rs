//! Training: what is computed in one go from everyone's histories, by a service or a large household,
//! and scored with afterwards by recommenders that keep it unchanged. One file a method: EASE ([`train_ease`]),
//! factors by alternating least squares ([`train_als`]) or by ranking pairs ([`train_bpr`]), and the map from
//! what is known of a video to its place among what is watched together ([`train_content`]). And a linear layer on
//! vectors that tells what a viewer engages with ([`train_head`]), with what it is worth ([`BinaryReport`]).
//!
//! Each runs on the calling thread alone or, where its name ends in `_with`, on the threads of a [`Crew`], takes its
//! memory within the limit of its options ([`Status::MemoryLimit`] before the first of it is taken), looks at the
//! deadline and the cancel token between pieces of work, and gives the same bytes for the same input on the same kind
//! of CPU, however many threads there are. The recommenders that learn single watches learn whole [`Histories`] here,
//! too; [`Training`] puts all parts together.

mod als;
mod binary_report;
mod bpr;
mod canonical;
mod conjugate;
mod content;
mod crew;
mod dense;
mod ease;
mod event_columns;
mod histories;
mod interactions;
mod logistic;
mod numbers;
mod parts;
mod sparse_weights;
mod trained_head;

pub use als::{AlsOptions, AlsSolver, FactorModel, FoldIn, train_als, train_als_with};
pub use binary_report::{BinaryReport, CalibrationBin};
pub use bpr::{BprOptions, train_bpr};
pub use content::{ContentFeatures, ContentMap, ContentOptions, train_content, train_content_with};
pub use crew::{Crew, Pieces};
pub use ease::{EaseForm, EaseOptions, train_ease, train_ease_with};
pub use event_columns::EventColumns;
pub use histories::{Histories, RowCounts, Viewing};
pub use logistic::{LinearHead, LogisticOptions, train_logistic};
pub use parts::{ItemContent, Means, Training, train_feature};
pub use sparse_weights::SparseWeights;
pub use trained_head::{
    HeadExample, HeadExampleOptions, HeadExamples, TrainedHead, TrainedHeadOptions, sample_head_examples, train_head,
};

pub(super) use numbers::{Numbers, damaged, put_reals, put_whole};

use crate::domain::{Error, Result, Status};

/// The memory that training may take where options say nothing else: 1 GiB.
pub const MEMORY_LIMIT_BYTES: usize = 1 << 30;

/// The least λ of a closed form: with less, rounding may drown what it computes without a sign of it.
pub const REGULARISATION_MIN: f32 = 1e-3;

/// Most factors a video may have.
pub const FACTORS_MAX: usize = 1_024;

fn check_memory(needed: usize, limit: usize) -> Result<()> {
    if needed > limit {
        let message = format!("the training needs about {needed} bytes, memory_limit_bytes is {limit}");
        return Err(Error::new(Status::MemoryLimit, message));
    }
    Ok(())
}

fn check_positive(name: &str, value: f32) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Error::invalid(format!("{name} is {value}, not a finite number above 0")))
}

fn check_regularisation(value: f32) -> Result<()> {
    if value.is_finite() && value >= REGULARISATION_MIN {
        return Ok(());
    }
    Err(Error::invalid(format!("regularisation is {value}, not a finite number of at least {REGULARISATION_MIN}")))
}

fn check_count(name: &str, value: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(format!("{name} is {value}, not within 1 to {most}")))
}
