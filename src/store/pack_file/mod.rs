//! Packs as files: what was learned elsewhere, in one file that is signed, compressed and read without trust.
//!
//! | Bytes | What |
//! |---|---|
//! | 8 | `vrecpack` |
//! | 4 | the format's number, 2 |
//! | 4 | the length of the header |
//! | 64 | an Ed25519 signature (RFC 8032) over the sixteen bytes before it and the header |
//! | the rest | the header ([`header`]), then the sections in its order, each one frame of Zstandard (RFC 8878) or as it is |
//!
//! All numbers are little-endian. Nothing behind the signature is looked at before the signature is a trusted key's; a
//! section is not decompressed before its SHA-256 is the one in the header. What the sections hold is for others to
//! know. In a delta each section is compressed with the same section of another pack, its base, as what stands before it.
//! A pack has the same identity whole and as a delta, so that either may be the next delta's base.
//!
//! [`writer`] makes packs, [`reader`] reads them, and [`kept`] is the form in which a store keeps the one in use.
//!
//! The order of the checks is that of The Update Framework (Samuel, Mathewson, Cappos, Dingledine, "Survivable key
//! compromise in software update systems", CCS 2010, section 3): who signed, then what, then which number.

mod header;
mod kept;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::borrow::Cow;

use zeroize::Zeroize;

use crate::domain::{Error, Result, Status};

pub use kept::KeptPack;
pub use reader::PackFile;
pub use writer::write_pack;

/// Bytes of a public key, and of the secret seed of one.
pub const PACK_KEY_BYTES: usize = 32;
/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;
/// What stands in front of the signature, and with it.
const PREFIX_BYTES: usize = 16;
const SIGNATURE_BYTES: usize = 64;
const SIGNED_FROM: usize = PREFIX_BYTES + SIGNATURE_BYTES;
const MAGIC: &[u8; 8] = b"vrecpack";
/// The number of the format that is written and read.
pub const FORMAT: u32 = 2;

/// What a pack says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PackInfo {
    /// Which packs follow each other: 1 to 255 bytes.
    pub line: String,
    /// Rises within a line, from 1.
    pub number: u64,
    /// When it was made, in milliseconds since 1970-01-01 UTC.
    pub created_utc_ms: i64,
    /// Videos it speaks of.
    pub videos: u64,
    /// What made its vectors, at most 32 bytes; empty where it has none.
    pub encoder: Vec<u8>,
    /// The noise on its counts; none where there is none.
    pub noise: Option<PackNoise>,
    /// The pack that it has to be read with; none where it stands alone.
    pub base: Option<PackBase>,
}

/// Which pack a delta is made against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackBase {
    pub number: u64,
    /// Its identity, see [`KeptPack::identity`].
    pub identity: [u8; HASH_BYTES],
}

/// The bound on what a pack tells of one profile: (ε, δ)-differential privacy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PackNoise {
    /// Above 0.
    pub epsilon: f64,
    /// Above 0 and below 1.
    pub delta: f64,
    /// How many watches of a profile count at most, at least 1.
    pub most_watches: u32,
}

/// A part of a pack; what its bytes mean is told by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSection<'a> {
    /// At least 1, and once in a pack.
    pub kind: u32,
    /// Those of the file where the section stands in it as it is.
    pub bytes: Cow<'a, [u8]>,
}

impl PackSection<'_> {
    /// The same, which needs the file no longer.
    pub fn into_owned(self) -> PackSection<'static> {
        PackSection { kind: self.kind, bytes: self.bytes.into_owned().into() }
    }
}

/// What a pack may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackLimits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of all sections together once they are decompressed.
    pub content_bytes: u64,
}

impl PackLimits {
    /// Sections of a pack.
    pub const SECTIONS: usize = 64;
    /// Bytes of a header.
    pub const HEADER_BYTES: usize = 16 << 10;
}

impl Default for PackLimits {
    fn default() -> Self {
        PackLimits { file_bytes: 64 << 20, content_bytes: 256 << 20 }
    }
}

/// The secret seed of a signing key, wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey([u8; PACK_KEY_BYTES]);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SigningKey")
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SigningKey {
    /// [`Status::InvalidArgument`] for a seed of zeros, which stands for no key.
    pub fn new(seed: [u8; PACK_KEY_BYTES]) -> Result<SigningKey> {
        if seed == [0; PACK_KEY_BYTES] {
            return Err(Error::invalid("the signing key is all zeros"));
        }
        Ok(SigningKey(seed))
    }

    /// The public key that goes with it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.pair().verifying_key())
    }

    fn pair(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.0)
    }
}

/// A key whose packs are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// [`Status::InvalidArgument`] for bytes that are no key of Ed25519, or one under which anything is signed.
    pub fn new(bytes: [u8; PACK_KEY_BYTES]) -> Result<PublicKey> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak());
        key.map(PublicKey).ok_or_else(|| Error::invalid("the bytes are no public key of Ed25519"))
    }

    pub fn bytes(&self) -> [u8; PACK_KEY_BYTES] {
        self.0.to_bytes()
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(Status::Corrupt, format!("the pack is damaged: {what}"))
}

/// `what` of a pack came as `found`, more than `limit`; both in bytes.
fn too_large(what: &str, found: u64, limit: u64) -> Error {
    Error::new(Status::Limit, format!("{what} of the pack has {found} bytes, the limit is {limit}"))
}
