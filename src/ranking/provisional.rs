//! A vector for a video whose texts are still waiting to be embedded: the mean of what the catalogue
//! knows of its tags, each tag being the mean of videos that carry it. So a video can be recommended
//! for its tags from the moment it is added.

use super::{Catalogue, FieldPart, Stored, TAG_SEPARATOR};
use crate::domain::Field;
use crate::vectors::normalise;

/// What the tags say, as the one part of a provisional vector; none when the catalogue knows none of
/// them.
pub fn provisional_part(catalogue: &Catalogue, tags: &[String]) -> Option<FieldPart> {
    let known: Vec<(&String, Vec<f32>)> =
        tags.iter().filter_map(|tag| Some((tag, mean_of_carriers(catalogue, tag)?))).collect();
    let mut mean = vec![0.0; catalogue.vectors().dimensions()];
    known.iter().for_each(|(_, vector)| add(&mut mean, vector));
    normalise(&mut mean).then(|| FieldPart {
        field: Some(Field::Tags),
        text: known.iter().map(|(tag, _)| tag.as_str()).collect::<Vec<_>>().join(TAG_SEPARATOR),
        group: None,
        values: Stored::Exact(mean.into()),
        weight: 1.0,
    })
}

fn mean_of_carriers(catalogue: &Catalogue, tag: &str) -> Option<Vec<f32>> {
    let mut mean = vec![0.0; catalogue.vectors().dimensions()];
    catalogue.tags().carriers(tag).iter().for_each(|row| add(&mut mean, &catalogue.vectors().values(*row)));
    normalise(&mut mean).then_some(mean)
}

fn add(sum: &mut [f32], vector: &[f32]) {
    sum.iter_mut().zip(vector).for_each(|(total, value)| *total += value);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Attributes, CatalogueVideo, VideoVector};
    use super::*;
    use crate::vectors::{Code, ExactValues, VectorStore};

    fn tagged(id: &str, tags: &str, values: [f32; 2]) -> CatalogueVideo {
        let part = FieldPart {
            field: Some(Field::Tags),
            text: tags.to_owned(),
            group: None,
            values: Stored::Code(Code::encode(&values)),
            weight: 1.0,
        };
        let vector = VideoVector::Parts(vec![part]);
        CatalogueVideo {
            id: Arc::from(id),
            title: String::new(),
            attributes: Attributes::default(),
            vector,
            watched: None,
        }
    }

    #[test]
    fn a_video_lies_among_those_that_share_its_tags() {
        let mut catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        let videos = vec![tagged("a", "Space, 科幻", [1.0, 0.0]), tagged("b", "cooking", [0.0, 1.0])];
        catalogue.put_all(videos).unwrap();
        let tags = [vec!["space".to_owned(), "unheard of".to_owned()], vec!["other".to_owned()], Vec::new()];
        let parts = tags.map(|tags| provisional_part(&catalogue, &tags));
        let space = parts[0].as_ref().unwrap();
        assert_eq!(space.text, "space");
        assert!(space.values.decode()[0] > 0.99);
        assert!(parts[1].is_none() && parts[2].is_none());
    }
}
