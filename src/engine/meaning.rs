//! How texts become the vectors that are compared.
//!
//! Each field's text has a vector. Its language's mean for that field is subtracted (Mu and
//! Viswanath 2018, "All-but-the-Top", section 2, one mean a language and field), since otherwise the
//! language a text is written in outweighs what it says. The catalogue subtracts its own slant from
//! the rest (`ranking::Centres`), scales it to unit length and takes the weighted mean over fields.

use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use super::FieldWeights;
use crate::domain::{Error, Field, Result, Video};
use crate::encoder::{FieldMeans, Manifest};
use crate::ranking::{CatalogueVideo, Centres, FieldPart, Stored, VideoVector};
use crate::text::{LanguageDetector, clean, primary_language};
use crate::vectors::{Code, normalise};

/// See the module.
pub struct Meaning {
    weights: FieldWeights,
    manifest: Option<Arc<Manifest>>,
    detector: LanguageDetector,
}

/// One field's text of one video of a batch.
pub struct FieldText {
    /// The video's position in the batch.
    video: usize,
    field: Field,
    original: String,
    pub clean: String,
}

impl Meaning {
    pub fn new(weights: FieldWeights, manifest: Option<Arc<Manifest>>) -> Self {
        let languages = manifest.iter().flat_map(|manifest| &manifest.languages);
        let detector = LanguageDetector::new(languages.map(|known| known.language.as_str()));
        Meaning { weights, manifest, detector }
    }

    /// The texts of a batch that count, in order; none for a video that brings its own vector.
    /// A video with neither is an error.
    pub fn texts(&self, videos: &[Video]) -> Result<Vec<FieldText>> {
        let mut texts = Vec::new();
        for (index, video) in videos.iter().enumerate().filter(|(_, video)| video.vector.is_none()) {
            let before = texts.len();
            for field in Field::ALL.into_iter().filter(|field| self.weights.of(*field) > 0.0) {
                let original = field_text(video, field);
                let clean = clean(&original);
                if !clean.is_empty() {
                    texts.push(FieldText { video: index, field, original, clean });
                }
            }
            if texts.len() == before {
                let message = "it has neither a vector nor any text that counts (see the field weights)";
                return Err(Error::invalid(message).within(&format!("videos[{index}]")));
            }
        }
        Ok(texts)
    }

    /// The batch's catalogue entries; `vectors` has one row for each of `texts`.
    pub fn videos(&self, videos: &[Video], texts: &[FieldText], vectors: &Array2<f32>) -> Vec<CatalogueVideo> {
        let mut rows = texts.iter().zip(vectors.outer_iter()).peekable();
        let mut entries = Vec::with_capacity(videos.len());
        for (index, video) in videos.iter().enumerate() {
            let mut parts = Vec::new();
            while let Some((text, vector)) = rows.next_if(|(text, _)| text.video == index) {
                parts.push(self.part(video, text, vector));
            }
            let vector = match &video.vector {
                Some(vector) => self.brought_vector(video, vector),
                None => VideoVector::Parts(parts),
            };
            entries.push(CatalogueVideo { id: Arc::from(video.id.as_str()), title: video.title.clone(), vector });
        }
        entries
    }

    /// The unit vector to compare videos with for a search text; none when it says nothing.
    pub fn query_vector(&self, text: &str, vector: ArrayView1<'_, f32>, centres: &Centres) -> Option<Vec<f32>> {
        let mut centred = vector.to_vec();
        if let Some((language, means)) = self.means("", text) {
            subtract(&mut centred, means.field(Field::Title));
            subtract(&mut centred, centres.offset(group(language, Some(Field::Title))));
        }
        normalise(&mut centred).then_some(centred)
    }

    fn part(&self, video: &Video, text: &FieldText, vector: ArrayView1<'_, f32>) -> FieldPart {
        let known = self.means(&video.language, &text.clean);
        let mut centred = vector.to_vec();
        if let Some((_, means)) = known {
            subtract(&mut centred, means.field(text.field));
        }
        FieldPart {
            field: Some(text.field),
            text: text.original.clone(),
            group: known.map(|(language, _)| group(language, Some(text.field))),
            values: Stored::Code(Code::encode(&centred)),
            weight: self.weights.of(text.field),
        }
    }

    fn brought_vector(&self, video: &Video, vector: &[f32]) -> VideoVector {
        let mut unit = vector.to_vec();
        normalise(&mut unit);
        let all_texts = format!("{} {}", clean(&video.title), clean(&video.description));
        let Some((language, means)) = self.means(&video.language, &all_texts) else {
            return VideoVector::Brought(unit.into());
        };
        subtract(&mut unit, &means.text);
        VideoVector::Parts(vec![FieldPart {
            field: None,
            text: String::new(),
            group: Some(group(language, None)),
            values: Stored::Exact(unit.into()),
            weight: 1.0,
        }])
    }

    /// The means of the language named, or else of the one the text seems to be written in, with
    /// the language's number in the manifest.
    fn means(&self, language: &str, text: &str) -> Option<(usize, &FieldMeans)> {
        let manifest = self.manifest.as_ref()?;
        let named = manifest.means(&primary_language(language));
        named.or_else(|| manifest.means(self.detector.detect(text)?))
    }
}

/// The number of a language-and-field group.
fn group(language: usize, field: Option<Field>) -> usize {
    language * (Field::ALL.len() + 1) + field.map_or(Field::ALL.len(), Field::index)
}

fn subtract(vector: &mut [f32], mean: &[f32]) {
    for (value, mean) in vector.iter_mut().zip(mean) {
        *value -= mean;
    }
}

fn field_text(video: &Video, field: Field) -> String {
    match field {
        Field::Title => video.title.clone(),
        Field::Description => video.description.clone(),
        Field::Tags => video.tags.join(", "),
        Field::Comments => video.comments.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_without_words_or_vector_is_refused() {
        let meaning = Meaning::new(FieldWeights::default(), None);
        let silent = Video { id: "v".into(), title: " <br/> ".into(), ..Video::default() };
        let error = meaning.texts(&[silent]).err().unwrap();
        assert!(error.message.starts_with("videos[0]"), "{error}");
    }
}
