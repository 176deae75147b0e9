//! A video's vector as the sum of its fields' parts: what makes the reasons exact.

use super::Centres;
use crate::domain::Field;
use crate::vectors::{Code, normalise};

/// One field's part of a video's vector.
#[derive(Debug, Clone)]
pub struct FieldPart {
    /// None for a vector that stands for the whole video.
    pub field: Option<Field>,
    pub text: String,
    /// The language-and-field group whose centre is subtracted; none when the language is unknown.
    pub group: Option<usize>,
    /// The field's vector less the model's mean.
    pub values: Stored,
    pub weight: f32,
}

/// A vector as it is kept.
#[derive(Debug, Clone)]
pub enum Stored {
    /// A field's: a quarter of the size, and the video's vector is made from what is kept.
    Code(Code),
    /// A host's own: as exact as it came.
    Exact(Box<[f32]>),
}

impl Stored {
    pub fn decode(&self) -> Vec<f32> {
        match self {
            Stored::Code(code) => code.decode(),
            Stored::Exact(values) => values.to_vec(),
        }
    }

    pub fn dimensions(&self) -> usize {
        match self {
            Stored::Code(code) => code.dimensions(),
            Stored::Exact(values) => values.len(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Stored::Code(code) => code.bytes(),
            Stored::Exact(values) => size_of_val(&**values),
        }
    }
}

impl FieldPart {
    /// The unit vector of the field: centred by the catalogue, too. None when nothing is left.
    fn unit_vector(&self, centres: &Centres) -> Option<Vec<f32>> {
        let mut values = self.values.decode();
        if let Some(group) = self.group {
            for (value, offset) in values.iter_mut().zip(centres.offset(group)) {
                *value -= offset;
            }
        }
        normalise(&mut values).then_some(values)
    }

    /// Bytes on the heap, its own size included.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.capacity() + self.values.bytes()
    }
}

/// A video's unit vector with the terms it is the sum of.
pub struct WeightedParts<'a> {
    pub vector: Vec<f32>,
    pub terms: Vec<Term<'a>>,
}

/// One part's share of the vector.
pub struct Term<'a> {
    pub part: &'a FieldPart,
    pub vector: Vec<f32>,
}

/// The weighted mean of the parts, scaled to unit length; none when they cancel out.
pub fn weighted_parts<'a>(parts: &'a [FieldPart], centres: &Centres) -> Option<WeightedParts<'a>> {
    let weighted = |part: &'a FieldPart| {
        let mut vector = part.unit_vector(centres)?;
        scale(&mut vector, f64::from(part.weight));
        Some(Term { part, vector })
    };
    let mut terms: Vec<Term<'_>> = parts.iter().filter_map(weighted).collect();
    let mut sum = vec![0.0_f32; terms.first()?.vector.len()];
    for term in &terms {
        for (total, value) in sum.iter_mut().zip(&term.vector) {
            *total += value;
        }
    }
    let length = sum.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    let weights: f64 = terms.iter().map(|term| f64::from(term.part.weight)).sum();
    if length < 1e-6 * weights || !normalise(&mut sum) {
        return None;
    }
    terms.iter_mut().for_each(|term| scale(&mut term.vector, 1.0 / length));
    Some(WeightedParts { vector: sum, terms })
}

fn scale(vector: &mut [f32], factor: f64) {
    vector.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::dot;

    #[test]
    fn the_terms_add_up_to_the_vector() {
        let part = |field, values: &[f32], weight| FieldPart {
            field: Some(field),
            text: String::new(),
            group: Some(0),
            values: Stored::Code(Code::encode(values)),
            weight,
        };
        let parts = [part(Field::Title, &[1.0, 0.0, 0.2], 1.0), part(Field::Tags, &[0.0, 0.6, 0.8], 0.5)];
        let mut centres = Centres::default();
        centres.add(0, &[0.3, 0.3, 0.3]);
        centres.renew();
        let whole = weighted_parts(&parts, &centres).unwrap();
        let query = [0.3, -0.2, 0.7];
        let sum: f32 = whole.terms.iter().map(|term| dot(&term.vector, &query)).sum();
        assert!((sum - dot(&whole.vector, &query)).abs() < 1e-6);
    }
}
