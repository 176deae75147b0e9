//! The header of a pack: what it says of itself and of its sections, as a message of Protocol Buffers. Only one form of
//! each header is read, the one that is written, so that nothing hides in a signed header.

use std::collections::HashSet;

use prost::Message;
use sha2::{Digest, Sha256};

use super::{HASH_BYTES, PackBase, PackInfo, PackLimits, PackNoise, damaged, too_large};
use crate::domain::{Error, Result, Status, check_id};

#[derive(Clone, PartialEq, Message)]
pub struct Header {
    #[prost(string, tag = "1")]
    pub line: String,
    #[prost(uint64, tag = "2")]
    pub number: u64,
    #[prost(sint64, tag = "3")]
    pub created_utc_ms: i64,
    #[prost(uint64, tag = "4")]
    pub videos: u64,
    #[prost(bytes = "vec", tag = "5")]
    pub encoder: Vec<u8>,
    #[prost(message, repeated, tag = "6")]
    pub sections: Vec<SectionHeader>,
    #[prost(message, optional, tag = "7")]
    pub base: Option<BaseHeader>,
    #[prost(message, optional, tag = "8")]
    pub noise: Option<NoiseHeader>,
}

#[derive(Clone, PartialEq, Message)]
pub struct SectionHeader {
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    /// Once it is decompressed.
    #[prost(uint64, tag = "2")]
    pub bytes: u64,
    /// As it stands in the file.
    #[prost(uint64, tag = "3")]
    pub stored_bytes: u64,
    /// SHA-256 of what stands in the file.
    #[prost(bytes = "vec", tag = "4")]
    pub stored_sha256: Vec<u8>,
    /// XXH3 of 128 bits of the content. That it is what was signed follows from the other hash; this one says that it was
    /// unfolded to what its maker had, with the right base.
    #[prost(bytes = "vec", tag = "5")]
    pub content_xxh3: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub struct BaseHeader {
    #[prost(uint64, tag = "1")]
    pub number: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub identity: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub struct NoiseHeader {
    #[prost(double, tag = "1")]
    pub epsilon: f64,
    #[prost(double, tag = "2")]
    pub delta: f64,
    #[prost(uint32, tag = "3")]
    pub most_watches: u32,
}

impl SectionHeader {
    /// Whether the section stands in the file as it is, rather than compressed.
    pub fn is_plain(&self) -> bool {
        self.stored_bytes == self.bytes && self.bytes > 0
    }
}

/// Bytes of what says which encoder made a pack's vectors.
const ENCODER_BYTES: usize = 32;

impl Header {
    /// Of a pack with these sections.
    pub fn new(info: &PackInfo, sections: Vec<SectionHeader>) -> Header {
        let base = |base: &PackBase| BaseHeader { number: base.number, identity: base.identity.to_vec() };
        let noise = |PackNoise { epsilon, delta, most_watches }| NoiseHeader { epsilon, delta, most_watches };
        Header {
            line: info.line.clone(),
            number: info.number,
            created_utc_ms: info.created_utc_ms,
            videos: info.videos,
            encoder: info.encoder.clone(),
            sections,
            base: info.base.as_ref().map(base),
            noise: info.noise.map(noise),
        }
    }

    /// Reads a header and checks all that it says but where its sections end.
    pub fn read(bytes: &[u8], limits: &PackLimits) -> Result<Header> {
        let header = Header::decode(bytes).map_err(|error| damaged(format_args!("its header: {error}")))?;
        if header.encode_to_vec() != bytes {
            let message = "the pack's header has fields that this version of the library does not know";
            return Err(Error::new(Status::TooNew, message));
        }
        header.info()?.check().map_err(|error| damaged(format_args!("its header: {error}")))?;
        header.check_sections(limits)?;
        Ok(header)
    }

    fn check_sections(&self, limits: &PackLimits) -> Result<()> {
        if self.sections.len() > PackLimits::SECTIONS {
            return Err(Error::limit("the number of sections", self.sections.len(), PackLimits::SECTIONS));
        }
        let mut kinds = HashSet::new();
        let mut content: u64 = 0;
        for section in &self.sections {
            if section.kind == 0 || !kinds.insert(section.kind) {
                return Err(damaged(format_args!("section {} stands twice in its header, or is 0", section.kind)));
            }
            if section.stored_sha256.len() != HASH_BYTES || section.content_xxh3.len() != size_of::<u128>() {
                return Err(damaged(format_args!("section {} has no hash", section.kind)));
            }
            // Beyond what a number holds is beyond every limit.
            let sum = content.checked_add(section.bytes);
            content = sum.ok_or_else(|| too_large("the content", u64::MAX, limits.content_bytes))?;
        }
        if content > limits.content_bytes {
            return Err(too_large("the content", content, limits.content_bytes));
        }
        Ok(())
    }

    /// What it says of the pack.
    pub fn info(&self) -> Result<PackInfo> {
        let base = |base: &BaseHeader| {
            let identity = base.identity.as_slice().try_into();
            let identity = identity.map_err(|_| damaged("its base has no identity of 32 bytes"))?;
            Ok(PackBase { number: base.number, identity })
        };
        let noise = |NoiseHeader { epsilon, delta, most_watches }| PackNoise { epsilon, delta, most_watches };
        Ok(PackInfo {
            line: self.line.clone(),
            number: self.number,
            created_utc_ms: self.created_utc_ms,
            videos: self.videos,
            encoder: self.encoder.clone(),
            noise: self.noise.map(noise),
            base: self.base.as_ref().map(base).transpose()?,
        })
    }
}

impl PackInfo {
    /// Refuses what no pack can say of itself.
    pub fn check(&self) -> Result<()> {
        check_id("line", &self.line)?;
        if self.number == 0 {
            return Err(Error::invalid("number is 0; the packs of a line are counted from 1"));
        }
        if self.encoder.len() > ENCODER_BYTES {
            return Err(Error::limit("encoder, in bytes,", self.encoder.len(), ENCODER_BYTES));
        }
        if let Some(noise) = self.noise.filter(|noise| !noise.is_bound()) {
            return Err(Error::invalid(format!("its noise says nothing: {noise:?}")));
        }
        match &self.base {
            Some(base) if base.number >= self.number => Err(Error::invalid(format!(
                "number is {}, that of the base {}; a delta leads to a later pack",
                self.number, base.number
            ))),
            _ => Ok(()),
        }
    }
}

impl PackNoise {
    fn is_bound(&self) -> bool {
        let is_above_zero = self.epsilon > 0.0 && self.delta > 0.0 && self.most_watches > 0;
        is_above_zero && self.epsilon.is_finite() && self.delta < 1.0
    }
}

impl Header {
    /// What tells one pack from all others, whole or as a delta: SHA-256 of its line with the length in front, its number,
    /// and of each section the kind, the length and the hash of its content.
    pub fn identity(&self) -> [u8; HASH_BYTES] {
        let mut hash = Sha256::new();
        hash.update((self.line.len() as u64).to_le_bytes());
        hash.update(&self.line);
        hash.update(self.number.to_le_bytes());
        for section in &self.sections {
            hash.update(section.kind.to_le_bytes());
            hash.update(section.bytes.to_le_bytes());
            hash.update(&section.content_xxh3);
        }
        hash.finalize().into()
    }
}
