//! How texts become the vectors that are compared.
//!
//! Each field's text has a vector. Its language's mean for that field is subtracted (Mu and
//! Viswanath 2018, "All-but-the-Top", section 2, one mean a language and field), since otherwise the
//! language a text is written in outweighs what it says; the rest is scaled to unit length. The
//! video's vector is the weighted mean of its fields' vectors, scaled to unit length again.

use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use super::FieldWeights;
use crate::domain::{Error, Field, Result, Status, Video};
use crate::encoder::{FieldMeans, Manifest};
use crate::ranking::{CatalogueVideo, FieldPart};
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

    /// The batch's catalogue entries with their unit vectors; `vectors` has one row for each of `texts`.
    pub fn videos(
        &self,
        videos: &[Video],
        texts: &[FieldText],
        vectors: &Array2<f32>,
    ) -> Result<Vec<(CatalogueVideo, Vec<f32>)>> {
        let mut rows = texts.iter().zip(vectors.outer_iter()).peekable();
        let mut entries = Vec::with_capacity(videos.len());
        for (index, video) in videos.iter().enumerate() {
            let mut parts = Vec::new();
            while let Some((text, vector)) = rows.next_if(|(text, _)| text.video == index) {
                parts.extend(self.part(video, text, vector));
            }
            let vector = match &video.vector {
                Some(vector) => self.brought_vector(video, vector),
                None => combine(&mut parts),
            };
            let vector = vector.ok_or_else(|| no_direction(index))?;
            let entry = CatalogueVideo { id: Arc::from(video.id.as_str()), title: video.title.clone(), parts };
            entries.push((entry, vector));
        }
        Ok(entries)
    }

    /// The unit vector to compare videos with for a search text; none when it says nothing.
    pub fn query_vector(&self, text: &str, vector: ArrayView1<'_, f32>) -> Option<Vec<f32>> {
        let mean = self.means("", text).map(|means| means.field(Field::Title));
        centre(vector.iter(), mean)
    }

    fn part(&self, video: &Video, text: &FieldText, vector: ArrayView1<'_, f32>) -> Option<FieldPart> {
        let means = self.means(&video.language, &text.clean);
        let centred = centre(vector.iter(), means.map(|means| means.field(text.field)))?;
        Some(FieldPart {
            field: text.field,
            text: text.original.clone(),
            code: Code::encode(&centred),
            share: self.weights.of(text.field),
        })
    }

    fn brought_vector(&self, video: &Video, vector: &[f32]) -> Option<Vec<f32>> {
        let mut unit = vector.to_vec();
        normalise(&mut unit);
        let all_texts = format!("{} {}", clean(&video.title), clean(&video.description));
        let mean = self.means(&video.language, &all_texts).map(|means| means.text.as_slice());
        centre(unit.iter(), mean)
    }

    /// The means of the language named, or else of the one the text seems to be written in.
    fn means(&self, language: &str, text: &str) -> Option<&FieldMeans> {
        let manifest = self.manifest.as_ref()?;
        let named = manifest.means(&primary_language(language));
        named.or_else(|| manifest.means(self.detector.detect(text)?))
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

fn centre<'a>(vector: impl Iterator<Item = &'a f32>, mean: Option<&[f32]>) -> Option<Vec<f32>> {
    let mut centred: Vec<f32> = match mean {
        Some(mean) => vector.zip(mean).map(|(value, mean)| value - mean).collect(),
        None => vector.copied().collect(),
    };
    normalise(&mut centred).then_some(centred)
}

/// The unit vector Σ share · code, after scaling the shares so that this sum is of unit length.
fn combine(parts: &mut [FieldPart]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0_f32; parts.first()?.code.decode().len()];
    for part in parts.iter() {
        for (total, value) in sum.iter_mut().zip(part.code.decode()) {
            *total += part.share * value;
        }
    }
    let length = sum.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    for part in parts.iter_mut() {
        part.share = (f64::from(part.share) / length) as f32;
    }
    normalise(&mut sum).then_some(sum)
}

fn no_direction(index: usize) -> Error {
    let message = "its vector equals its language's mean and has no direction left";
    Error::new(Status::InvalidArgument, message).within(&format!("videos[{index}]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::dot;

    #[test]
    fn shares_add_up_to_the_vector() {
        let part =
            |field, values: &[f32], share| FieldPart { field, text: String::new(), code: Code::encode(values), share };
        let mut parts = vec![part(Field::Title, &[1.0, 0.0, 0.0], 1.0), part(Field::Tags, &[0.0, 0.6, 0.8], 0.5)];
        let vector = combine(&mut parts).unwrap();
        let query = [0.3, -0.2, 0.7];
        let terms: f32 = parts.iter().map(|part| part.share * part.code.dot(&query)).sum();
        assert!((terms - dot(&vector, &query)).abs() < 1e-6);
    }

    #[test]
    fn a_video_without_words_or_vector_is_refused() {
        let meaning = Meaning::new(FieldWeights::default(), None);
        let silent = Video { id: "v".into(), title: " <br/> ".into(), ..Video::default() };
        let error = meaning.texts(&[silent]).err().unwrap();
        assert!(error.message.starts_with("videos[0]"), "{error}");
    }
}
