//! Text to token ids, and long texts to overlapping windows.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokenizers::Tokenizer;
use tokenizers::utils::parallelism::set_parallelism;

use super::manifest::Manifest;
use crate::domain::{Error, Result, Status};

/// The tokens of one text, or of one stretch of a long one.
#[derive(Debug, Clone)]
pub struct Window {
    /// The text's position in the caller's list.
    pub text: usize,
    pub ids: Vec<u32>,
    /// How many tokens of the text itself it holds: its share in the text's vector.
    pub weight: f32,
}

/// The model's tokenizer with its prefix and window sizes.
pub struct TextTokenizer {
    tokenizer: Tokenizer,
    file: String,
    prefix: String,
    max_tokens: usize,
    window_tokens: usize,
    /// Tokens of the text itself that fit in one window.
    content_tokens: usize,
    step_tokens: usize,
}

impl TextTokenizer {
    /// Parses a tokenizer file. The parser panics on some malformed files; that, too, is an error.
    pub fn parse(bytes: &[u8], manifest: &Manifest) -> Result<Self> {
        // Without this the library would read an environment variable and start a thread pool.
        set_parallelism(false);
        let file = manifest.files.tokenizer.name.clone();
        let invalid = |what: String| {
            Error::new(Status::ModelInvalid, format!("model file {file} is no usable tokenizer: {what}"))
        };
        let mut tokenizer = catch_unwind(AssertUnwindSafe(|| Tokenizer::from_bytes(bytes)))
            .map_err(|_| invalid("its contents are malformed".to_owned()))?
            .map_err(|error| invalid(error.to_string()))?;
        tokenizer.with_truncation(None).map_err(|error| invalid(error.to_string()))?;
        tokenizer.with_padding(None);
        let mut parsed = TextTokenizer {
            tokenizer,
            file,
            prefix: manifest.prefix.clone(),
            max_tokens: manifest.max_tokens,
            window_tokens: manifest.window_tokens,
            content_tokens: 0,
            step_tokens: 0,
        };
        let overhead = parsed.encode(&parsed.prefix)?.get_ids().len();
        if overhead + 2 * manifest.window_overlap_tokens >= manifest.window_tokens {
            let message = format!(
                "window_tokens is {}, too small for {overhead} tokens of prefix and a useful step",
                manifest.window_tokens
            );
            return Err(Error::new(Status::ModelInvalid, message));
        }
        parsed.content_tokens = manifest.window_tokens - overhead;
        parsed.step_tokens = parsed.content_tokens - manifest.window_overlap_tokens;
        Ok(parsed)
    }

    /// Appends the windows of a clean text.
    pub fn windows(&self, text_index: usize, text: &str, windows: &mut Vec<Window>) -> Result<()> {
        let prefixed = format!("{}{text}", self.prefix);
        let whole = self.encode(&prefixed)?;
        if whole.get_ids().is_empty() {
            return Err(self.failed("it gave no tokens at all"));
        }
        if whole.get_ids().len() <= self.window_tokens {
            windows.push(Window { text: text_index, ids: whole.get_ids().to_vec(), weight: 1.0 });
            return Ok(());
        }
        let spans = content_spans(&whole, self.prefix.len());
        let mut first = 0;
        loop {
            let last = (first + self.content_tokens).min(spans.len());
            windows.push(self.window(text_index, &prefixed, &spans[first..last])?);
            if last == spans.len() {
                return Ok(());
            }
            first += self.step_tokens;
        }
    }

    /// The window that covers the stretch of `prefixed` from the first to the last of `spans`.
    fn window(&self, text: usize, prefixed: &str, spans: &[(usize, usize)]) -> Result<Window> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            return Err(self.failed("it gave no tokens for a long text"));
        };
        let stretch =
            prefixed.get(first.0..last.1).ok_or_else(|| self.failed("its offsets do not lie between characters"))?;
        let encoding = self.encode(&format!("{}{stretch}", self.prefix))?;
        let mut ids = encoding.get_ids().to_vec();
        // Cutting can split a word into more pieces than the whole text had: keep the last
        // token, which ends the sequence, and drop what does not fit before it.
        if ids.len() > self.max_tokens
            && let Some(&end) = ids.last()
        {
            ids.truncate(self.max_tokens - 1);
            ids.push(end);
        }
        Ok(Window { text, ids, weight: spans.len() as f32 })
    }

    fn encode(&self, text: &str) -> Result<tokenizers::Encoding> {
        catch_unwind(AssertUnwindSafe(|| self.tokenizer.encode(text, true)))
            .map_err(|_| self.failed("it panicked"))?
            .map_err(|error| self.failed(&error.to_string()))
    }

    fn failed(&self, what: &str) -> Error {
        Error::new(Status::ModelInvalid, format!("model file {}: the tokenizer failed on a text: {what}", self.file))
    }
}

/// The byte spans of the tokens that belong to the text, prefix and special tokens left out. A
/// first word's token may take in the space that ends the prefix, so what counts is where it ends.
fn content_spans(encoding: &tokenizers::Encoding, prefix_bytes: usize) -> Vec<(usize, usize)> {
    let spans = encoding.get_offsets().iter().zip(encoding.get_special_tokens_mask());
    spans
        .filter(|((_, end), special)| **special == 0 && *end > prefix_bytes)
        .map(|((start, end), _)| ((*start).max(prefix_bytes), *end))
        .collect()
}
