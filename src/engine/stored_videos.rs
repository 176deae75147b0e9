//! Videos on their way to the store and back: what of a catalogue entry is kept beside the video, so
//! that opening a store needs no model.
//!
//! A vector is kept as what it is made of, the parts of its fields, since what the catalogue subtracts
//! from them changes with every video. All payloads of a store have one length, which its vector file
//! asks for: room for a code of each field or, in the same bytes, for one vector as exact as it came.

use sha2::{Digest, Sha256};

use super::meaning::{Meaning, field_text};
use crate::domain::{Error, Field, Result, Status, Video};
use crate::ranking::{CatalogueVideo, FieldPart, Stored, VideoVector};
use crate::store::{Store, VectorWrite, VideoWrite};
use crate::vectors::Code;

/// What a payload begins with: its kind, and for each field whether it is there, its group and its step.
const FIELD_BYTES: usize = 12;
const FIELDS: usize = Field::ALL.len();
/// Of an element: a code of each field, or a value.
const VALUE_BYTES: usize = if FIELDS > size_of::<f32>() { FIELDS } else { size_of::<f32>() };
const HEADER_BYTES: usize = 4 + FIELDS * FIELD_BYTES;

/// Codes of the fields' texts.
const CODES: u8 = 1;
/// One exact vector, from which the centre of its group is subtracted.
const EXACT: u8 = 2;
/// One exact vector, taken as it is.
const BROUGHT: u8 = 3;

/// No vector, or one that does not come from texts.
const NO_HASH: [u8; 32] = [0; 32];

/// A batch in the form that a store takes.
pub struct StoredVideos {
    videos: Vec<Video>,
    hashes: Vec<[u8; 32]>,
    payloads: Vec<Option<Vec<u8>>>,
}

impl StoredVideos {
    /// Of as many catalogue entries as videos.
    pub fn new(meaning: &Meaning, videos: &[Video], entries: &[CatalogueVideo]) -> Self {
        let payloads: Vec<Option<Vec<u8>>> = entries.iter().map(encode).collect();
        let hashes = videos.iter().zip(&payloads).map(|(video, payload)| match (payload, &video.vector) {
            (Some(_), None) => meaning.text_hash(video),
            _ => NO_HASH,
        });
        let hashes = hashes.collect();
        let videos = videos.iter().map(|video| Video { vector: None, ..video.clone() }).collect();
        StoredVideos { videos, hashes, payloads }
    }

    /// Makes them durable, each with what is kept of what was learned of it; to be called under the writer's lock.
    pub fn write(&self, store: &Store, learned: &[Vec<u8>]) -> Result<()> {
        let mut writes = Vec::with_capacity(self.videos.len());
        let videos = self.videos.iter().zip(&self.hashes).zip(&self.payloads).zip(learned);
        for (((video, hash), payload), learned) in videos {
            let vector = match payload {
                None => VectorWrite::None,
                Some(_) if *hash != NO_HASH && store.text_hash(&video.id)? == Some(*hash) => VectorWrite::Keep,
                Some(payload) => VectorWrite::New(payload),
            };
            writes.push(VideoWrite { video, text_hash: *hash, vector, learned });
        }
        store.put_videos(&writes)
    }
}

/// The payload of an entry's vector; none where it has none of its own yet.
pub fn encode(entry: &CatalogueVideo) -> Option<Vec<u8>> {
    match &entry.vector {
        VideoVector::Parts(parts) => match &parts[..] {
            [FieldPart { field: None, group, values, .. }] => Some(exact_payload(EXACT, *group, &values.decode())),
            parts => encode_codes(parts),
        },
        VideoVector::Brought(values) => Some(exact_payload(BROUGHT, None, values)),
        VideoVector::Row | VideoVector::Pending => None,
    }
}

/// None for parts that only stand in until the texts are embedded.
fn encode_codes(parts: &[FieldPart]) -> Option<Vec<u8>> {
    let dimensions = parts.first()?.values.dimensions();
    let mut payload = vec![0; payload_bytes(dimensions)];
    payload[0] = CODES;
    for part in parts {
        let (Some(field), Stored::Code(code)) = (part.field, &part.values) else {
            return None;
        };
        let header = &mut payload[4 + field.index() * FIELD_BYTES..][..FIELD_BYTES];
        header[0] = 1;
        header[4..8].copy_from_slice(&group_number(part.group).to_le_bytes());
        header[8..12].copy_from_slice(&code.scale().to_le_bytes());
        let values = &mut payload[HEADER_BYTES + field.index() * dimensions..][..dimensions];
        values.iter_mut().zip(code.values()).for_each(|(byte, value)| *byte = value.cast_unsigned());
    }
    Some(payload)
}

fn exact_payload(kind: u8, group: Option<usize>, values: &[f32]) -> Vec<u8> {
    let mut payload = vec![0; payload_bytes(values.len())];
    payload[0] = kind;
    payload[8..12].copy_from_slice(&group_number(group).to_le_bytes());
    let (places, _) = payload[HEADER_BYTES..].as_chunks_mut::<{ size_of::<f32>() }>();
    places.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
    payload
}

/// Bytes of a field's code before its values in what [`fold`] gives: its group and its step.
const FOLDED_FIELD_BYTES: usize = FIELD_BYTES - 4;

/// Groups that a folded field may be of: what is subtracted from groups stands in one list, which grows to the largest
/// number. A model has one for each of its languages and fields, some hundreds.
const MOST_GROUPS: u32 = 1 << 14;
/// That of a vector without a direction. Those that a model makes are of unit length before a mean is subtracted, and have
/// smaller ones.
const MOST_STEP: f32 = 1.0;

/// A payload of codes without room for the fields that the video has not: which it has, by a bit each, then of each its
/// group, its step and its values. None for another payload.
pub fn fold(payload: &[u8]) -> Option<Vec<u8>> {
    let dimensions = dimensions_of(payload).filter(|_| payload[0] == CODES)?;
    let fields = (0..FIELDS).filter(|field| payload[4 + field * FIELD_BYTES] == 1);
    let mut folded = vec![fields.clone().fold(0, |mask, field| mask | 1 << field)];
    for field in fields {
        folded.extend_from_slice(&payload[4 + field * FIELD_BYTES..][4..FIELD_BYTES]);
        folded.extend_from_slice(&payload[HEADER_BYTES + field * dimensions..][..dimensions]);
    }
    Some(folded)
}

/// How many of these bytes [`fold`] made of one payload; none where they are too few, or it never gives them.
pub fn folded_bytes(bytes: &[u8], dimensions: usize) -> Option<usize> {
    let mask = *bytes.first().filter(|mask| (1..1 << FIELDS).contains(*mask))?;
    let (of_field, fields) = (FOLDED_FIELD_BYTES + dimensions, mask.count_ones() as usize);
    let folded = bytes.get(..1 + fields * of_field)?;
    let is_sound = |field: &[u8]| {
        let (group, step) = (u32_of(field), f32::from_bits(u32_of(&field[4..])));
        group <= MOST_GROUPS && (0.0..=MOST_STEP).contains(&step)
    };
    folded[1..].chunks(of_field).all(is_sound).then_some(folded.len())
}

/// The payload that [`fold`] made these bytes from.
pub fn unfold(folded: &[u8], dimensions: usize) -> Vec<u8> {
    let mut payload = vec![0; payload_bytes(dimensions)];
    payload[0] = CODES;
    let Some((mask, folded)) = folded.split_first() else { return payload };
    let fields = (0..FIELDS).filter(|field| mask & 1 << field != 0);
    for (field, bytes) in fields.zip(folded.chunks_exact(FOLDED_FIELD_BYTES + dimensions)) {
        let (header, values) = bytes.split_at(FOLDED_FIELD_BYTES);
        payload[4 + field * FIELD_BYTES] = 1;
        payload[4 + field * FIELD_BYTES..][4..FIELD_BYTES].copy_from_slice(header);
        payload[HEADER_BYTES + field * dimensions..][..dimensions].copy_from_slice(values);
    }
    payload
}

/// Of the vector that a payload stands for; none where no payload is as long.
pub fn dimensions_of(payload: &[u8]) -> Option<usize> {
    let dimensions = payload.len().saturating_sub(HEADER_BYTES) / VALUE_BYTES;
    (dimensions > 0 && payload.len() == payload_bytes(dimensions)).then_some(dimensions)
}

fn payload_bytes(dimensions: usize) -> usize {
    HEADER_BYTES + VALUE_BYTES * dimensions
}

/// Groups are counted from 1 there, 0 being none.
fn group_number(group: Option<usize>) -> u32 {
    group.map_or(0, |group| group as u32 + 1)
}

/// The vector that a stored video's payload stands for; none when it was made by another model, or from other fields,
/// and has to be made again. That it was made from the video's own texts needs no proof: both were stored at once.
pub fn decode(meaning: &Meaning, video: &Video, hash: &[u8; 32], payload: &[u8]) -> Result<Option<VideoVector>> {
    let dimensions = dimensions_of(payload).ok_or_else(|| unreadable(video))?;
    let group = |bytes: &[u8]| match u32_of(bytes) {
        0 => None,
        number => Some(number as usize - 1),
    };
    match payload[0] {
        CODES if !hash.starts_with(&meaning.maker()) => Ok(None),
        CODES => {
            let parts = Field::ALL.into_iter().filter_map(|field| {
                let header = &payload[4 + field.index() * FIELD_BYTES..][..FIELD_BYTES];
                let values = &payload[HEADER_BYTES + field.index() * dimensions..][..dimensions];
                let values = values.iter().map(|byte| byte.cast_signed()).collect();
                (header[0] == 1).then(|| FieldPart {
                    field: Some(field),
                    text: field_text(video, field),
                    group: group(&header[4..8]),
                    values: Stored::Code(Code::from_parts(f32::from_bits(u32_of(&header[8..12])), values)),
                    weight: meaning.weight(field),
                })
            });
            Ok(Some(VideoVector::Parts(parts.collect())))
        }
        kind @ (EXACT | BROUGHT) => {
            let (values, _) = payload[HEADER_BYTES..].as_chunks::<{ size_of::<f32>() }>();
            let values: Box<[f32]> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            if kind == BROUGHT {
                return Ok(Some(VideoVector::Brought(values)));
            }
            let (text, group) = (String::new(), group(&payload[8..12]));
            let values = meaning.brought_values(values.into());
            let part = FieldPart { field: None, text, group, values, weight: 1.0 };
            Ok(Some(VideoVector::Parts(vec![part])))
        }
        _ => Err(unreadable(video)),
    }
}

fn u32_of(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn unreadable(video: &Video) -> Error {
    let message = format!("the stored vector of video {:?} has a form that this version does not know", video.id);
    Error::new(Status::Corrupt, message)
}

/// Bytes of a text hash that say what made the vector; those behind them say from which texts.
pub const MAKER_BYTES: usize = 8;

/// What made a vector from texts: the model, and which fields count.
pub fn maker(model: &str, fields: impl Iterator<Item = Field>) -> [u8; MAKER_BYTES] {
    let fields: Vec<u8> = fields.map(|field| field.index() as u8).collect();
    first_bytes(&hash_of(&[model.as_bytes(), &fields]))
}

/// What a vector made from texts depends on: what made it, the video's language, and the text of every field that
/// counts.
pub fn text_hash(maker: [u8; MAKER_BYTES], language: &str, texts: &[(Field, String)]) -> [u8; 32] {
    let of_fields = texts.iter().map(|(field, text)| hash_of(&[&[field.index() as u8], text.as_bytes()]));
    let of_fields: Vec<[u8; 32]> = of_fields.collect();
    let mut hash = hash_of(&[&maker, language.as_bytes(), of_fields.as_flattened()]);
    hash[..MAKER_BYTES].copy_from_slice(&maker);
    hash
}

/// SHA-256 of several texts, each with its length.
fn hash_of(texts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

fn first_bytes<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::super::{EngineOptions, FieldWeights};
    use super::*;
    use crate::ranking::Attributes;

    fn entry(vector: VideoVector) -> CatalogueVideo {
        CatalogueVideo {
            id: "v".into(),
            title: String::new(),
            attributes: Attributes::default(),
            vector,
            watched: None,
        }
    }

    fn part(field: Field, values: &[f32], group: Option<usize>) -> FieldPart {
        let values = Stored::Code(Code::encode(values));
        FieldPart { field: Some(field), text: field_text(&video(), field), group, values, weight: 1.0 }
    }

    fn video() -> Video {
        let tags = vec!["one".into(), "two".into()];
        Video { id: "v".into(), title: "A title".into(), tags, ..Video::default() }
    }

    #[test]
    fn vectors_come_back_as_they_were() {
        let meaning = Meaning::new(&EngineOptions::default(), None);
        let parts = vec![part(Field::Title, &[0.5, -1.0, 0.25], Some(7)), part(Field::Tags, &[1.0, 0.0, -0.125], None)];
        let expected: Vec<Vec<f32>> = parts.iter().map(|part| part.values.decode()).collect();
        let payload = encode(&entry(VideoVector::Parts(parts))).unwrap();
        let hash = meaning.text_hash(&video());
        let Some(VideoVector::Parts(found)) = decode(&meaning, &video(), &hash, &payload).unwrap() else {
            panic!("parts were stored");
        };
        let values: Vec<Vec<f32>> = found.iter().map(|part| part.values.decode()).collect();
        assert_eq!(values, expected);
        assert_eq!((found[0].group, found[1].group, found[1].weight), (Some(7), None, 0.5));
        assert_eq!((&*found[0].text, found[1].field), ("A title", Some(Field::Tags)));
        // Where other fields count, the vector is to be made again.
        let field_weights = FieldWeights { tags: 0.0, ..FieldWeights::default() };
        let other = Meaning::new(&EngineOptions { field_weights, ..EngineOptions::default() }, None);
        assert!(decode(&other, &video(), &hash, &payload).unwrap().is_none());
        for another in [Video { title: "Another".into(), ..video() }, Video { language: "de".into(), ..video() }] {
            assert_ne!(meaning.text_hash(&another), hash);
        }

        let brought = [0.1_f32, 0.2, -0.3];
        let payload = encode(&entry(VideoVector::Brought(brought.into()))).unwrap();
        let Some(VideoVector::Brought(found)) = decode(&meaning, &video(), &NO_HASH, &payload).unwrap() else {
            panic!("a brought vector was stored");
        };
        assert_eq!(*found, brought);
        assert!(encode(&entry(VideoVector::Pending)).is_none());
        assert_eq!(decode(&meaning, &video(), &NO_HASH, &payload[1..]).unwrap_err().status, Status::Corrupt);
    }
}
