//! A pack as a store keeps it: its header and signature as they came, and its sections so that each can be read alone,
//! also where it came as a delta. It has been checked, and the store's seal stands for it from then on.

use std::borrow::Cow;

use bytes::Bytes;
use prost::Message;

use super::header::{Header, SectionHeader};
use super::reader::content;
use super::writer::compress;
use super::{HASH_BYTES, PACK_KEY_BYTES, PackInfo, PackLimits, PackSection, PublicKey, damaged};
use crate::domain::{CallOptions, Error, Result, Status};

/// How hard a delta's sections are compressed again: a television does it.
const LEVEL: i32 = 3;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptPack {
    record: KeptRecord,
    info: PackInfo,
    identity: [u8; HASH_BYTES],
    sections: Vec<SectionHeader>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptRecord {
    #[prost(bytes = "vec", tag = "1")]
    header: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    signature: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    key: Vec<u8>,
    /// Of each section of the header what stands for it in a whole pack, or nothing where it is not kept.
    #[prost(bytes = "bytes", repeated, tag = "4")]
    bodies: Vec<Bytes>,
}

impl KeptPack {
    pub(super) fn new(
        header: Vec<u8>,
        signature: Vec<u8>,
        key: [u8; PACK_KEY_BYTES],
        bodies: Vec<Bytes>,
    ) -> Result<KeptPack> {
        KeptPack::of(KeptRecord { header, signature, key: key.to_vec(), bodies })
    }

    /// A section of a delta, so that it can be read alone.
    pub(super) fn compress_again(bytes: &[u8], call: &CallOptions) -> Result<Bytes> {
        compress(bytes, None, LEVEL, call).map(Bytes::from)
    }

    /// What [`KeptPack::encode`] gave. [`Status::Corrupt`] for other bytes, [`Status::TooNew`] for a newer version's.
    pub fn decode(bytes: &[u8]) -> Result<KeptPack> {
        let record = KeptRecord::decode(bytes).map_err(|error| damaged(format_args!("as it was kept: {error}")))?;
        if record.encoded_len() != bytes.len() {
            let message = "the store holds a pack in a form that this version of the library does not know";
            return Err(Error::new(Status::TooNew, message));
        }
        KeptPack::of(record)
    }

    fn of(record: KeptRecord) -> Result<KeptPack> {
        // It was within the host's limits when it came.
        let limits = PackLimits { file_bytes: u64::MAX, content_bytes: u64::MAX };
        let header = Header::read(&record.header, &limits)?;
        if header.sections.len() != record.bodies.len() {
            return Err(damaged("sections are missing"));
        }
        Ok(KeptPack { identity: header.identity(), info: header.info()?, sections: header.sections, record })
    }

    /// For the store.
    pub fn encode(&self) -> Vec<u8> {
        self.record.encode_to_vec()
    }

    pub fn info(&self) -> &PackInfo {
        &self.info
    }

    /// Whose signature it came with.
    pub fn key(&self) -> Result<PublicKey> {
        let bytes = self.record.key.as_slice().try_into().map_err(|_| damaged("its key has not 32 bytes"))?;
        PublicKey::new(bytes)
    }

    /// By which a delta names it: the same whole and as a delta.
    pub fn identity(&self) -> [u8; HASH_BYTES] {
        self.identity
    }

    /// Bytes it takes in memory and, sealed, in the store.
    pub fn bytes(&self) -> usize {
        self.record.header.len() + self.record.bodies.iter().map(Bytes::len).sum::<usize>()
    }

    /// Bytes of all sections once they are decompressed.
    pub fn content_bytes(&self) -> u64 {
        self.sections.iter().map(|section| section.bytes).sum()
    }

    /// Whether it came with a section of this kind that is not kept.
    pub(super) fn lacks(&self, kind: u32) -> bool {
        !self.has_section(kind) && self.sections.iter().any(|section| section.kind == kind)
    }

    /// Whether it has a section of this kind, and that is kept.
    pub fn has_section(&self, kind: u32) -> bool {
        self.kept_sections().any(|(section, _)| section.kind == kind)
    }

    fn kept_sections(&self) -> impl Iterator<Item = (&SectionHeader, &Bytes)> {
        // Nothing else is empty, a frame or what stands as it is.
        self.sections.iter().zip(&self.record.bodies).filter(|(_, body)| !body.is_empty())
    }

    /// A section's content, where the pack has it and it is kept.
    pub fn section(&self, kind: u32) -> Result<Option<Cow<'_, [u8]>>> {
        let found = self.kept_sections().find(|(section, _)| section.kind == kind);
        found.map(|(section, body)| content(section, body, None)).transpose()
    }

    /// The kept sections of some kinds in their order.
    pub fn sections_of(&self, is_read: impl Fn(u32) -> bool, call: &CallOptions) -> Result<Vec<PackSection<'_>>> {
        let read = self.kept_sections().filter(|(section, _)| is_read(section.kind)).map(|(section, body)| {
            call.check()?;
            Ok(PackSection { kind: section.kind, bytes: content(section, body, None)? })
        });
        read.collect()
    }
}
