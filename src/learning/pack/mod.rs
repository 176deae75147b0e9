//! What a service learned from everyone, as small sections of bytes that sets take for a base: which items there are
//! and how often each was watched, the tables of the recommenders that count, what was trained, and the weights.
//! Persons' rows never go in: user neighbours and the graph walk stay at home. docs/packed-knowledge.md says what each
//! section holds and what it may tell of a person; the signed file around the sections is not made here.
//!
//! | File | What lives there |
//! |---|---|
//! | `options.rs` | what goes in |
//! | `section.rs` | the kinds of sections, and what stands in those of items and weights |
//! | `counting.rs` | counting the cells of all histories, and which of them may be told |
//! | `noise.rs` | noise for differential privacy, and its accounting |
//! | `base.rs` | what is known of each item of a pack, and what a watch at home counts beside it |
//! | `shares.rs` | which cells of a table go in |
//! | `table.rs` | a packed table from items to items, with the sums of its rows and columns |
//! | `pairs.rs` | a packed table that is symmetric, each pair once |

mod base;
mod counting;
mod noise;
mod options;
mod pairs;
mod section;
mod shares;
mod table;

pub use base::Base;
pub use counting::{History, Packing, Told};
pub use noise::{Noise, NoisePart, Sensitivity};
pub use options::PackOptions;
pub use section::{SectionKind, Sections, Unpacked};

pub(super) use pairs::PairsBase;
pub(super) use section::{pack, unpack, weights};
pub(super) use shares::most_missed;
pub(super) use table::TableBase;
