//! Features that a video's own vector and dates give, watched or not: taste, attention, interests,
//! freshness. Each is scored for a row at a time, as z-scores by a sample of rows.

use super::Catalogue;
use super::blend::Blend;
use super::reasons::Attracting;
use super::standard::Standard;
use crate::domain::{Evidence, Feature};
use crate::learning::{Attention, AttentionSettings, InterestSettings, Interests};
use crate::vectors::dot;

/// Days after which being new counts half.
const FRESH_DAYS: f64 = 30.0;

const DAY_MS: f64 = 86_400_000.0;

/// Rows by which a feature's mean and deviation are known: fewer where a score costs more.
const SAMPLE: usize = 128;
const COSTLY_SAMPLE: usize = 64;

/// The vectors of what the viewer watched last, oldest first, with what they are called by.
#[derive(Debug, Default)]
pub struct HistoryVectors {
    rows: Vec<usize>,
    vectors: Vec<Vec<f32>>,
}

impl HistoryVectors {
    /// Nothing where no feature that counts asks for them.
    pub fn of(catalogue: &Catalogue, given: &Blend<'_>) -> HistoryVectors {
        let needs = [Feature::Attention, Feature::Interests].map(|feature| given.weights.of(feature) != 0.0);
        if needs == [false, false] {
            return HistoryVectors::default();
        }
        let window = AttentionSettings::default().window.max(InterestSettings::default().window);
        let latest = given.viewer.history[given.viewer.history.len().saturating_sub(window)..].iter();
        let rows = latest.filter_map(|watch| given.item_rows.row(watch.item));
        let rows: Vec<usize> = rows.filter(|row| !catalogue.without_vector().contains(*row)).collect();
        let vectors = rows.iter().map(|row| catalogue.vectors().values(*row).into_owned()).collect();
        HistoryVectors { rows, vectors }
    }

    pub fn slices(&self) -> Vec<&[f32]> {
        self.vectors.iter().map(Vec::as_slice).collect()
    }
}

/// What a row is scored by.
enum Scorer<'a> {
    Taste(&'a [f32]),
    Attention(Attention<'a>),
    Interests(Interests),
    /// How long the row's video can be watched already, at this time.
    Freshness(i64),
}

struct RowFeature<'a> {
    feature: Feature,
    weight: f32,
    standard: Standard,
    scorer: Scorer<'a>,
}

/// The row features that count in a list; see the module.
pub struct RowFeatures<'a> {
    catalogue: &'a Catalogue,
    features: Vec<RowFeature<'a>>,
    rows_of_history: &'a [usize],
}

impl<'a> RowFeatures<'a> {
    /// `slices` are those of `history`.
    pub fn of(
        catalogue: &'a Catalogue,
        given: &Blend<'a>,
        history: &'a HistoryVectors,
        slices: &'a [&'a [f32]],
    ) -> RowFeatures<'a> {
        let mut features = Vec::new();
        for feature in [Feature::Taste, Feature::Attention, Feature::Interests, Feature::Freshness] {
            let weight = given.weight_of_row_feature(feature);
            if weight == 0.0 {
                continue;
            }
            let Some(scorer) = scorer(feature, given, slices) else { continue };
            let sample = if feature == Feature::Attention { COSTLY_SAMPLE } else { SAMPLE };
            if let Some(standard) = Standard::sampled(catalogue, sample, |row| scorer.score(catalogue, row)) {
                features.push(RowFeature { feature, weight, standard, scorer });
            }
        }
        RowFeatures { catalogue, features, rows_of_history: &history.rows }
    }

    /// aᵢ of a row.
    pub fn values(&self, row: usize) -> impl Iterator<Item = (Feature, f32)> {
        let value = move |feature: &RowFeature<'_>| feature.standard.of(feature.scorer.score(self.catalogue, row));
        self.features.iter().map(move |feature| (feature.feature, value(feature)))
    }

    /// Σ wᵢ·aᵢ of a row.
    pub fn score(&self, row: usize) -> f32 {
        self.features.iter().map(|feature| feature.term(self.catalogue, row)).sum()
    }

    /// The same of a row whose content says better than its vector alone how near it is: the z-score by content stands
    /// for the vector's.
    pub fn score_by_content(&self, row: usize, content: f32) -> f32 {
        let term = |feature: &RowFeature<'_>| match feature.feature {
            Feature::Freshness => feature.term(self.catalogue, row),
            _ => feature.weight * content,
        };
        self.features.iter().map(term).sum()
    }

    /// The inner product with the taste that brings a row this sum of terms; none where other features bring any.
    pub fn taste_of_term(&self, sum: f32) -> Option<f32> {
        match &self.features[..] {
            [RowFeature { weight, standard, scorer: Scorer::Taste(_), .. }] if *weight > 0.0 => {
                Some(sum / weight * standard.deviation + standard.mean)
            }
            _ => None,
        }
    }

    /// The vectors near which a row's terms are large, to look for candidates with.
    pub fn queries(&self) -> Vec<Vec<f32>> {
        let queries = self.features.iter().flat_map(|feature| match &feature.scorer {
            Scorer::Taste(taste) => vec![taste.to_vec()],
            Scorer::Interests(interests) => interests.iter().map(|interest| interest.centroid.clone()).collect(),
            Scorer::Attention(_) | Scorer::Freshness(_) => Vec::new(),
        });
        queries.collect()
    }

    /// wᵢ·aᵢ of a row.
    pub fn terms(&self, row: usize) -> impl Iterator<Item = (Feature, f32)> {
        self.features.iter().map(move |feature| (feature.feature, feature.term(self.catalogue, row)))
    }

    /// The terms of which [`RowFeatures::score_by_content`] is the sum: what content's z-score stands for, and what
    /// remains by itself.
    pub fn terms_by_content(&self, row: usize, content: f32) -> impl Iterator<Item = (Feature, f32)> {
        self.features.iter().map(move |feature| match feature.feature {
            Feature::Freshness => (Feature::Freshness, feature.term(self.catalogue, row)),
            _ => (Feature::Content, feature.weight * content),
        })
    }

    /// The watched video that brought most of a feature's term of a row; nothing where none did.
    pub fn evidence(&self, feature: Feature, row: usize, attracting: &Attracting<'_>, slices: &[&[f32]]) -> Evidence {
        let vector = self.catalogue.vectors().values(row);
        let scorer = self.features.iter().find(|own| own.feature == feature).map(|own| &own.scorer);
        let watched = match scorer {
            Some(Scorer::Taste(_)) => attracting.largest::<1>(&vector).next().map(|(row, _)| row),
            Some(Scorer::Attention(attention)) => self.row_of_history(attention.explain(&vector).place),
            Some(Scorer::Interests(interests)) => {
                let alike: Vec<(&[f32], f32)> = slices.iter().map(|vector| (*vector, 1.0)).collect();
                interests.explain(&vector, &alike).and_then(|place| self.row_of_history(place))
            }
            Some(Scorer::Freshness(_)) | None => None,
        };
        let Some(watched) = watched else { return Evidence::default() };
        let tag = self.catalogue.shared_tag(row, watched).filter(|_| feature == Feature::Interests);
        Evidence { tag: tag.unwrap_or_default().to_owned(), ..self.catalogue.evidence(watched) }
    }

    fn row_of_history(&self, place: usize) -> Option<usize> {
        self.rows_of_history.get(place).copied()
    }
}

fn scorer<'a>(feature: Feature, given: &Blend<'a>, slices: &'a [&'a [f32]]) -> Option<Scorer<'a>> {
    match feature {
        Feature::Taste => given.taste.map(|taste| Scorer::Taste(&taste.vector)),
        Feature::Attention => Attention::new(slices, AttentionSettings::default()).map(Scorer::Attention),
        Feature::Interests => {
            let alike: Vec<(&[f32], f32)> = slices.iter().map(|vector| (*vector, 1.0)).collect();
            let interests = Interests::of(&alike, InterestSettings::default());
            (!interests.is_empty()).then_some(Scorer::Interests(interests))
        }
        _ => Some(Scorer::Freshness(given.viewer.now_utc_ms)),
    }
}

impl Scorer<'_> {
    fn score(&self, catalogue: &Catalogue, row: usize) -> f32 {
        match self {
            Scorer::Taste(taste) => dot(&catalogue.vectors().values(row), taste),
            Scorer::Attention(attention) => attention.score(&catalogue.vectors().values(row)),
            Scorer::Interests(interests) => interests.score(&catalogue.vectors().values(row)),
            Scorer::Freshness(now_utc_ms) => freshness(catalogue.attributes().available_from(row), *now_utc_ms),
        }
    }
}

/// 2^(−age / 30 days), 0 for a video whose first day is unknown.
fn freshness(available_from_utc_ms: Option<i64>, now_utc_ms: i64) -> f32 {
    available_from_utc_ms.map_or(0.0, |from| {
        let days = now_utc_ms.saturating_sub(from).max(0) as f64 / DAY_MS;
        (-days / FRESH_DAYS).exp2() as f32
    })
}

impl RowFeature<'_> {
    fn term(&self, catalogue: &Catalogue, row: usize) -> f32 {
        self.weight * self.standard.of(self.scorer.score(catalogue, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_halves_every_thirty_days() {
        let day = DAY_MS as i64;
        assert_eq!(freshness(Some(0), 0), 1.0);
        assert!((freshness(Some(5 * day), 35 * day) - 0.5).abs() < 1e-6);
        assert_eq!(freshness(Some(9), 3), 1.0, "not yet to be watched");
        assert_eq!(freshness(None, 3), 0.0);
    }
}
