//! How texts become the vectors that are compared.
//!
//! Each field's text has a vector. Its language's mean for that field is subtracted (Mu and
//! Viswanath 2018, "All-but-the-Top", section 2, one mean a language and field), since otherwise the
//! language a text is written in outweighs what it says. The catalogue subtracts its own slant from
//! the rest (`ranking::Centres`), scales it to unit length and takes the weighted mean over fields.

use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use super::stored_videos::{MAKER_BYTES, maker, text_hash};
use super::{EngineOptions, FieldWeights};
use crate::domain::{CallOptions, EpisodePlace, Error, Field, Result, Video, WatchedVideo, limits};
use crate::encoder::{FieldMeans, Manifest};
use crate::ranking::{Attributes, CatalogueVideo, Centres, FieldPart, Stored, TAG_SEPARATOR, VideoVector};
use crate::text::{LanguageDetector, clean, primary_language};
use crate::vectors::{Code, ExactValues, Metric, normalise};

/// See the module.
pub struct Meaning {
    weights: FieldWeights,
    metric: Metric,
    centre_vectors: bool,
    exact_values: ExactValues,
    manifest: Option<Arc<Manifest>>,
    /// Tells models apart whose vectors differ, and engines in which other fields count.
    maker: [u8; MAKER_BYTES],
    detector: LanguageDetector,
}

/// The parts that a video's texts were made into before, where they were.
pub type KnownParts = Option<Vec<FieldPart>>;

/// One field's text of one video of a batch.
pub struct FieldText {
    /// The video's position in the batch.
    video: usize,
    field: Field,
    original: String,
    pub clean: String,
}

impl Meaning {
    pub fn new(options: &EngineOptions, manifest: Option<Arc<Manifest>>) -> Self {
        let languages = manifest.iter().flat_map(|manifest| &manifest.languages);
        let model = manifest.as_ref().map_or("", |manifest| manifest.identity.as_str());
        let detector = LanguageDetector::new(languages.map(|known| known.language.as_str()));
        Meaning {
            weights: options.field_weights,
            metric: options.metric,
            centre_vectors: options.centre_vectors,
            maker: maker(model, counted(&options.field_weights)),
            exact_values: options.exact_values,
            manifest,
            detector,
        }
    }

    /// The texts of a batch that count, in order; none for a video that brings its own vector or whose parts
    /// are known. A video with neither is an error.
    pub fn texts(&self, videos: &[Video], known: &[KnownParts], call: &CallOptions) -> Result<Vec<FieldText>> {
        let mut texts = Vec::new();
        let has_texts = |index: usize| videos[index].vector.is_none() && known[index].is_none();
        for (index, video) in videos.iter().enumerate().filter(|(index, _)| has_texts(*index)) {
            let before = texts.len();
            for field in counted(&self.weights) {
                call.check()?;
                let original = field_text(video, field);
                let clean = clean_text(&format!("{field:?}").to_lowercase(), &original)
                    .map_err(|error| error.within_batch("videos", index, videos.len()))?;
                if !clean.is_empty() {
                    texts.push(FieldText { video: index, field, original, clean });
                }
            }
            if texts.len() == before {
                let message = "it has neither a vector nor any text that counts (see the field weights)";
                return Err(Error::invalid(message).within_batch("videos", index, videos.len()));
            }
        }
        Ok(texts)
    }

    /// The batch's catalogue entries; `vectors` has one row for each of `texts`.
    pub fn videos(
        &self,
        videos: &[Video],
        known: Vec<KnownParts>,
        texts: &[FieldText],
        vectors: &Array2<f32>,
    ) -> Vec<CatalogueVideo> {
        let mut rows = texts.iter().zip(vectors.outer_iter()).peekable();
        let mut entries = Vec::with_capacity(videos.len());
        for ((index, video), known) in videos.iter().enumerate().zip(known) {
            let mut parts = known.unwrap_or_default();
            while let Some((text, vector)) = rows.next_if(|(text, _)| text.video == index) {
                parts.push(self.part(video, text, vector));
            }
            let vector = match &video.vector {
                Some(vector) => self.brought_vector(video, vector),
                None => VideoVector::Parts(parts),
            };
            entries.push(self.entry(video, vector));
        }
        entries
    }

    /// The catalogue entry of a video whose texts are not embedded yet; `provisional` stands in.
    pub fn pending_video(&self, video: &Video, provisional: Option<FieldPart>) -> CatalogueVideo {
        let vector = match (&video.vector, provisional) {
            (Some(vector), _) => self.brought_vector(video, vector),
            (None, Some(part)) => VideoVector::Parts(vec![part]),
            (None, None) => VideoVector::Pending,
        };
        self.entry(video, vector)
    }

    /// The catalogue entry of a video with this vector.
    pub fn entry(&self, video: &Video, vector: VideoVector) -> CatalogueVideo {
        CatalogueVideo {
            id: Arc::from(video.id.as_str()),
            title: video.title.clone(),
            attributes: Attributes::of(video),
            vector,
            watched: watched_video(video),
        }
    }

    pub fn weight(&self, field: Field) -> f32 {
        self.weights.of(field)
    }

    /// What the vector that the model makes of a video's texts depends on.
    pub fn text_hash(&self, video: &Video) -> [u8; 32] {
        let texts: Vec<(Field, String)> =
            counted(&self.weights).map(|field| (field, field_text(video, field))).collect();
        text_hash(self.maker, &video.language, &texts)
    }

    /// Of the vectors that the model makes; none without one.
    pub fn dimensions(&self) -> Option<usize> {
        self.manifest.as_ref().map(|manifest| manifest.dimensions)
    }

    /// What makes vectors from texts here: what every text hash begins with.
    pub fn maker(&self) -> [u8; MAKER_BYTES] {
        self.maker
    }

    /// The unit vector to compare videos with for a search text; none when it says nothing.
    pub fn query_vector(&self, text: &str, vector: ArrayView1<'_, f32>, centres: &Centres) -> Option<Vec<f32>> {
        let mut centred = vector.to_vec();
        if let Some((language, means)) = self.means(&[text]) {
            subtract(&mut centred, means.field(Field::Title));
            subtract(&mut centred, centres.offset(group(language, Some(Field::Title))));
        }
        normalise(&mut centred).then_some(centred)
    }

    fn part(&self, video: &Video, text: &FieldText, vector: ArrayView1<'_, f32>) -> FieldPart {
        let known = self.named_means(video).or_else(|| self.means(&[&text.clean, &all_texts(video)]));
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
        if self.metric == Metric::Dot {
            return VideoVector::Brought(vector.into());
        }
        let mut unit = vector.to_vec();
        normalise(&mut unit);
        let of_group = match self.named_means(video).or_else(|| self.means(&[&all_texts(video)])) {
            Some((language, means)) => {
                subtract(&mut unit, &means.text);
                group(language, None)
            }
            None if self.centre_vectors => BROUGHT,
            None => return VideoVector::Brought(unit.into()),
        };
        VideoVector::Parts(vec![FieldPart {
            field: None,
            text: String::new(),
            group: Some(of_group),
            values: self.brought_values(unit),
            weight: 1.0,
        }])
    }

    /// A centred vector that a host brought, as it is kept.
    pub fn brought_values(&self, unit: Vec<f32>) -> Stored {
        match self.exact_values {
            ExactValues::None => Stored::Code(Code::encode(&unit)),
            ExactValues::Float32 | ExactValues::Float16 => Stored::Exact(unit.into()),
        }
    }

    /// A query vector that a host brings, centred as the videos' own are, and of unit length where
    /// cosines are asked for; none when nothing is left of it.
    pub fn brought_query(&self, vector: &[f32], language: &str, centred: bool, centres: &Centres) -> Option<Vec<f32>> {
        let mut query = vector.to_vec();
        if self.metric == Metric::Dot {
            return Some(query);
        }
        if !normalise(&mut query) || centred {
            return Some(query);
        }
        let named = self.manifest.as_ref().and_then(|manifest| manifest.means(&primary_language(language)));
        match named.or_else(|| self.manifest.as_ref().and_then(|manifest| manifest.means_of_any())) {
            Some((language, means)) => {
                subtract(&mut query, &means.text);
                subtract(&mut query, centres.offset(group(language, None)));
            }
            None if self.centre_vectors => subtract(&mut query, centres.offset(BROUGHT)),
            None => return Some(query),
        }
        normalise(&mut query).then_some(query)
    }

    /// The means of the language the video's owner names, with its number in the manifest.
    fn named_means(&self, video: &Video) -> Option<(usize, &FieldMeans)> {
        self.manifest.as_ref()?.means(&primary_language(&video.language))
    }

    /// The means of the language that the first of `texts` with a known one is written in; those of
    /// all languages when none is.
    fn means(&self, texts: &[&str]) -> Option<(usize, &FieldMeans)> {
        let manifest = self.manifest.as_ref()?;
        let detected = texts.iter().find_map(|text| self.detector.detect(text));
        detected.and_then(|language| manifest.means(language)).or_else(|| manifest.means_of_any())
    }
}

/// What watch states are made from; none where nothing is said of it.
fn watched_video(video: &Video) -> Option<Arc<WatchedVideo>> {
    let watched = WatchedVideo {
        kind: video.kind,
        series_id: Some(video.series_id.as_str()).filter(|id| !id.is_empty()).map(Arc::from),
        place: (video.episode_number > 0)
            .then_some(EpisodePlace { season: video.season_number, episode: video.episode_number }),
        duration_ms: video.duration_ms,
        credits_start_ms: video.credits_start_ms,
        last_available: None,
    };
    (watched != WatchedVideo::default()).then(|| Arc::new(watched))
}

/// The fields whose texts make vectors.
fn counted(weights: &FieldWeights) -> impl Iterator<Item = Field> {
    Field::ALL.into_iter().filter(|field| weights.of(*field) > 0.0)
}

fn all_texts(video: &Video) -> String {
    format!("{} {} {}", video.title, video.description, video.tags.join(" "))
}

/// The group of all vectors brought to an engine without a model.
const BROUGHT: usize = 0;

/// The number of a language-and-field group.
fn group(language: usize, field: Option<Field>) -> usize {
    language * (Field::ALL.len() + 1) + field.map_or(Field::ALL.len(), Field::index)
}

fn subtract(vector: &mut [f32], mean: &[f32]) {
    for (value, mean) in vector.iter_mut().zip(mean) {
        *value -= mean;
    }
}

/// The cleaned text. Some characters stand for whole phrases and grow when they are resolved, so the
/// limit holds before and after.
pub fn clean_text(argument: &str, text: &str) -> Result<String> {
    let most = limits::TEXT_BYTES + limits::COMMENTS.max(limits::TAGS) * SEPARATOR_BYTES;
    if text.len() > most {
        return Err(Error::limit(&format!("{argument}, in bytes,"), text.len(), limits::TEXT_BYTES));
    }
    let cleaned = clean(text);
    if cleaned.len() > most {
        return Err(Error::limit(&format!("{argument}, in bytes after cleaning,"), cleaned.len(), limits::TEXT_BYTES));
    }
    Ok(cleaned)
}

/// Bytes between two tags or comments when they are joined.
const SEPARATOR_BYTES: usize = TAG_SEPARATOR.len();

/// The text of a field, all tags or all comments together.
pub fn field_text(video: &Video, field: Field) -> String {
    match field {
        Field::Title => video.title.clone(),
        Field::Description => video.description.clone(),
        Field::Tags => video.tags.join(TAG_SEPARATOR),
        Field::Comments => video.comments.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_without_words_or_vector_is_refused() {
        let meaning = Meaning::new(&EngineOptions::default(), None);
        let silent = Video { id: "v".into(), title: " \u{200B} ".into(), ..Video::default() };
        let error = meaning.texts(&[silent], &[None], &CallOptions::default()).err().unwrap();
        assert!(error.message.starts_with("it has neither"), "{error}");
    }
}
