//! Text before any model sees it: cleaning, and telling languages apart. Both Chinese and English
//! go through the same code.

mod clean;
mod language;

pub use clean::clean;
pub use language::{LanguageDetector, primary_language};
