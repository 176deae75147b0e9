//! The C ABI: validate, convert, call one engine function, convert back. The only unsafe code
//! beside the kernels, and the only place that knows of C.
//!
//! Every function that can fail goes through [`boundary`], which checks for re-entry and forks and
//! turns panics into errors. Arguments are read in [`input`]. The public types are in [`types`];
//! `include/vrec.h` is generated from this module and compared by a test.

#[cfg(not(panic = "unwind"))]
compile_error!("vrec promises that a panic becomes an error, which needs panic = \"unwind\"");

mod abi;
mod api_table;
mod boundary;
mod cancel;
mod catalogue;
mod context;
mod embed;
mod encoder;
mod engine;
mod error;
mod events;
mod explain;
mod export;
#[cfg(feature = "fault-injection")]
mod fault;
mod feature_weights;
mod filter;
mod home;
mod input;
mod library_folder;
mod log_callback;
mod nearest;
mod output;
mod packs;
#[cfg(feature = "onnxruntime")]
mod placements;
mod profiles;
mod progress_callback;
mod reasons;
mod recommend;
mod rules;
mod sequence;
mod store;
mod thread;
mod training;
mod types;
mod watch_cards;
mod weights;

pub use abi::*;
pub use api_table::*;
pub use cancel::*;
pub use catalogue::*;
pub use embed::*;
pub use encoder::{
    vrec_describe_encoder, vrec_encoder_description, vrec_encoder_description_destroy, vrec_encoder_description_fields,
};
pub use engine::*;
pub use error::*;
pub use events::*;
pub use explain::*;
pub use export::*;
#[cfg(feature = "fault-injection")]
pub use fault::*;
pub use filter::vrec_filter;
pub use home::*;
pub use log_callback::vrec_log_callback;
pub use nearest::*;
pub use output::{vrec_results, vrec_results_columns, vrec_results_destroy};
pub use packs::*;
#[cfg(feature = "onnxruntime")]
pub use placements::read_placements;
pub use profiles::*;
pub use progress_callback::vrec_progress_callback;
pub use reasons::*;
pub use recommend::*;
pub use sequence::*;
pub use store::*;
pub use thread::thread_host;
pub use training::*;
pub use types::*;
pub use watch_cards::*;
pub use weights::*;
