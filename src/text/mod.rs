//! Text before any model sees it: cleaning, and telling languages apart, and what titles are found by. Both Chinese and
//! English go through the same code.

mod clean;
mod language;
mod search_keys;

pub use clean::clean;
pub use language::{LanguageDetector, primary_language};
pub use search_keys::{Closeness, Extent, SearchKeys, SearchText, Signature, Spelling};
