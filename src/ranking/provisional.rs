//! A vector for a video whose texts are still waiting to be embedded: the mean of what the catalogue
//! knows of its tags, each tag being the mean of the videos that carry it. So a video can be
//! recommended for its tags from the moment it is added.

use std::collections::HashMap;

use super::{Catalogue, FieldPart, Stored};
use crate::domain::Field;
use crate::vectors::normalise;

/// Between tags in a part's text.
pub const TAG_SEPARATOR: &str = ", ";

/// What each list of tags says, as the one part of a provisional vector; none where the catalogue
/// knows none of the tags.
pub fn provisional_parts(catalogue: &Catalogue, tag_lists: &[&[String]]) -> Vec<Option<FieldPart>> {
    let wanted = tag_lists.iter().flat_map(|tags| tags.iter()).map(|tag| normal(tag));
    let mut sums: HashMap<String, Vec<f32>> =
        wanted.filter(|tag| !tag.is_empty()).map(|tag| (tag, Vec::new())).collect();
    if sums.is_empty() {
        return tag_lists.iter().map(|_| None).collect();
    }
    add_carriers(catalogue, &mut sums);
    sums.retain(|_, sum| normalise(sum));
    tag_lists.iter().map(|tags| part(tags, &sums)).collect()
}

/// Adds every video's vector to the sums of its tags.
fn add_carriers(catalogue: &Catalogue, sums: &mut HashMap<String, Vec<f32>>) {
    for row in catalogue.live().iter() {
        let parts = catalogue.video(row).map_or(&[][..], |video| video.parts());
        let embedded = parts.iter().find(|part| part.field == Some(Field::Tags) && !is_provisional(part));
        for tag in embedded.iter().flat_map(|part| part.text.split(TAG_SEPARATOR)) {
            let Some(sum) = sums.get_mut(&normal(tag)) else {
                continue;
            };
            let vector = catalogue.matrix().row(row);
            if sum.is_empty() {
                sum.extend_from_slice(vector);
            } else {
                sum.iter_mut().zip(vector).for_each(|(total, value)| *total += value);
            }
        }
    }
}

/// Embedded parts are kept as codes.
fn is_provisional(part: &FieldPart) -> bool {
    matches!(part.values, Stored::Exact(_))
}

fn part(tags: &[String], means: &HashMap<String, Vec<f32>>) -> Option<FieldPart> {
    let known: Vec<&String> = tags.iter().filter(|tag| means.contains_key(&normal(tag))).collect();
    let mut mean = means.get(&normal(known.first()?))?.clone();
    for tag in &known[1..] {
        let values = means.get(&normal(tag))?;
        mean.iter_mut().zip(values).for_each(|(total, value)| *total += value);
    }
    normalise(&mut mean).then(|| FieldPart {
        field: Some(Field::Tags),
        text: known.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(TAG_SEPARATOR),
        group: None,
        values: Stored::Exact(mean.into()),
        weight: 1.0,
    })
}

fn normal(tag: &str) -> String {
    tag.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{CatalogueVideo, VideoVector};
    use super::*;
    use crate::vectors::Code;

    fn tagged(id: &str, tags: &str, values: [f32; 2]) -> CatalogueVideo {
        let part = FieldPart {
            field: Some(Field::Tags),
            text: tags.to_owned(),
            group: None,
            values: Stored::Code(Code::encode(&values)),
            weight: 1.0,
        };
        CatalogueVideo { id: Arc::from(id), title: String::new(), vector: VideoVector::Parts(vec![part]) }
    }

    #[test]
    fn a_video_lies_among_those_that_share_its_tags() {
        let mut catalogue = Catalogue::new(2);
        let videos = vec![tagged("a", "Space, 科幻", [1.0, 0.0]), tagged("b", "cooking", [0.0, 1.0])];
        catalogue.put_all(videos).unwrap();
        let tags = [vec!["space".to_owned(), "unheard of".to_owned()], vec!["other".to_owned()], Vec::new()];
        let lists: Vec<&[String]> = tags.iter().map(Vec::as_slice).collect();
        let parts = provisional_parts(&catalogue, &lists);
        let space = parts[0].as_ref().unwrap();
        assert_eq!(space.text, "space");
        assert!(space.values.decode()[0] > 0.99);
        assert!(parts[1].is_none() && parts[2].is_none());
    }
}
