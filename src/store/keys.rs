//! Keys, and the sealing of records under them with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha).
//!
//! Every record stands as nonce (24 random bytes), ciphertext, tag (16 bytes). What it is bound to,
//! the store, its table, row and sequence number, is associated data: a record that was moved, or
//! left over from before, does not open. One random key seals the catalogue and one each profile;
//! these keys are sealed in turn by the device key. Without a device key a constant stands in for
//! it: the same format and the same integrity, but no secrecy.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::domain::{Error, Result, Status};

/// Bytes of a device key and of every other key.
pub const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
pub(super) const TAG_BYTES: usize = 16;
/// Bytes that sealing adds to a record.
pub(super) const SEAL_BYTES: usize = NONCE_BYTES + TAG_BYTES;

pub(super) type StoreId = [u8; 16];

/// The tables whose rows are sealed. The numbers are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Table {
    Keys = 1,
    Heads = 2,
    Profiles = 3,
    Videos = 4,
    States = 5,
    Settings = 6,
    Events = 7,
}

impl Table {
    pub const ALL: [Table; 7] =
        [Table::Keys, Table::Heads, Table::Profiles, Table::Videos, Table::States, Table::Settings, Table::Events];

    pub fn name(self) -> &'static str {
        match self {
            Table::Keys => "keys",
            Table::Heads => "heads",
            Table::Profiles => "profiles",
            Table::Videos => "videos",
            Table::States => "states",
            Table::Settings => "settings",
            Table::Events => "events",
        }
    }
}

/// What a sealed record is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub store: StoreId,
    pub table: Table,
    pub row: i64,
    /// Number of the commit that wrote the record.
    pub sequence: i64,
}

impl Place {
    fn associated_data(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes[..16].copy_from_slice(&self.store);
        bytes[16] = self.table as u8;
        bytes[17..25].copy_from_slice(&self.row.to_le_bytes());
        bytes[25..].copy_from_slice(&self.sequence.to_le_bytes());
        bytes
    }
}

/// A key, wiped when it is dropped.
#[derive(Clone)]
pub(super) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    pub fn random() -> Result<Key> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(bytes.as_mut())?;
        Ok(Key(bytes))
    }

    /// The key that wraps all others: the device's, or the constant that stands in for it.
    pub fn wrapping(device_key: Option<&[u8; KEY_BYTES]>) -> Key {
        Key(Zeroizing::new(device_key.copied().unwrap_or_default()))
    }

    /// Tells this key from others without giving it away.
    pub fn check_value(&self, store: &StoreId) -> [u8; 16] {
        let hash = Sha256::new().chain_update("vrec store wrapping key").chain_update(store).chain_update(*self.0);
        let mut value = [0; 16];
        value.copy_from_slice(&hash.finalize()[..16]);
        value
    }

    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_BYTES);
        sealed.resize(NONCE_BYTES, 0);
        fill_random(&mut sealed)?;
        sealed.extend_from_slice(plain);
        let (nonce, text) = sealed.split_at_mut(NONCE_BYTES);
        let nonce = XNonce::try_from(&*nonce).map_err(|_| too_long())?;
        let tag = self
            .cipher()
            .encrypt_inout_detached(&nonce, &place.associated_data(), text.into())
            .map_err(|_| too_long())?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// The record, or nothing when any bit of it or of its place is not as it was sealed.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::new();
        self.open_into(place, sealed, &mut plain).then_some(plain)
    }

    /// The same into a buffer, which holds nothing of use when the answer is no.
    pub fn open_into(&self, place: &Place, sealed: &[u8], plain: &mut Vec<u8>) -> bool {
        plain.clear();
        self.try_open(place, sealed, plain).is_some()
    }

    fn try_open(&self, place: &Place, sealed: &[u8], plain: &mut Vec<u8>) -> Option<()> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_BYTES)?;
        let (text, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        let (nonce, tag) = (XNonce::try_from(nonce).ok()?, Tag::try_from(tag).ok()?);
        plain.extend_from_slice(text);
        self.cipher().decrypt_inout_detached(&nonce, &place.associated_data(), plain.as_mut_slice().into(), &tag).ok()
    }

    /// Seals this key under `wrapping` for its row among the keys.
    pub fn wrap(&self, wrapping: &Key, place: &Place) -> Result<Vec<u8>> {
        wrapping.seal(place, self.0.as_ref())
    }

    pub fn unwrap(wrapping: &Key, place: &Place, sealed: &[u8]) -> Option<Key> {
        let bytes = Zeroizing::new(wrapping.open(place, sealed)?);
        let bytes: &[u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(Key(Zeroizing::new(*bytes)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// The tag at the end of a sealed record: no two records share one.
pub(super) fn tag_of(sealed: &[u8]) -> [u8; TAG_BYTES] {
    let mut tag = [0; TAG_BYTES];
    if let Some(found) = sealed.last_chunk() {
        tag = *found;
    }
    tag
}

pub(super) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|error| Error::new(Status::Io, format!("the system gives no random numbers: {error}")))
}

fn too_long() -> Error {
    Error::new(Status::Limit, "a record is too long to be sealed")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { store: [7; 16], table: Table::Videos, row: 3, sequence: 9 };

    #[test]
    fn a_record_opens_in_its_place_only() {
        let key = Key::random().unwrap();
        let sealed = key.seal(&PLACE, b"a title").unwrap();
        assert_eq!(key.open(&PLACE, &sealed).unwrap().as_slice(), b"a title");
        for place in [
            Place { store: [8; 16], ..PLACE },
            Place { table: Table::Events, ..PLACE },
            Place { row: 4, ..PLACE },
            Place { sequence: 8, ..PLACE },
        ] {
            assert!(key.open(&place, &sealed).is_none());
        }
        assert!(Key::random().unwrap().open(&PLACE, &sealed).is_none());
    }

    #[test]
    fn every_flipped_bit_and_every_length_is_seen() {
        let key = Key::random().unwrap();
        let sealed = key.seal(&PLACE, b"x").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&PLACE, &flipped).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key.open(&PLACE, &sealed[..length]).is_none(), "{length} bytes");
        }
    }
}
