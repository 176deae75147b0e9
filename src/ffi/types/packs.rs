//! What a pack is to be, where one is and whom to trust, and what it says of itself.

use std::ffi::c_char;

use super::feature::vrec_feature_weight;
use crate::ffi::input::versioned;

/// What a pack is to be. Zero means the default, where one is named.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_pack_export_options {
    /// sizeof(vrec_pack_export_options).
    pub struct_size: usize,
    /// The file to write, UTF-8, absolute; required. One that is there is replaced; a link or a device is refused.
    pub path: *const c_char,
    pub path_len: usize,
    /// Which packs follow each other, UTF-8, 1 to 255 bytes; required.
    pub line: *const c_char,
    pub line_len: usize,
    /// Greater than that of every pack of the line before, at least 1; required.
    pub number: u64,
    /// Milliseconds since 1970-01-01 UTC, told to who reads the pack.
    pub created_utc_ms: i64,
    /// The secret seed of the Ed25519 key that signs, 32 bytes; required. The library wipes its copy.
    pub signing_key: *const u8,
    pub signing_key_len: usize,
    /// The file of a whole pack of the same line and key, to which this one is to be a delta; UTF-8, absolute. Default:
    /// none, a whole pack.
    pub base_path: *const c_char,
    pub base_path_len: usize,
    /// ε of differential privacy, all tables together, 0.0001 to 100; the smaller, the more noise. Default: no
    /// noise. See docs/packs.md.
    pub epsilon: f64,
    /// δ that goes with it, above 0 and at most 0.01; required with epsilon, and 0 without.
    pub delta: f64,
    /// How many of a profile's watches count with noise, the latest, 1 to 10000; required with epsilon, and 0 without.
    pub most_watches: u32,
    /// How many profiles stand behind each item and cell at least; 1 tells all. Default: 5.
    pub least_profiles: u32,
    /// How many cells transitions keep for each item, shared out so that what many watched gets more, 1 to 10000. Default:
    /// 32.
    pub transitions_per_item: u32,
    /// How many pairs of videos item neighbours keep for each item, shared out likewise, 1 to 10000. Default: 100.
    pub pairs_per_item: u32,
    /// How many pairs of videos ease keeps the weights of for each item, the largest of all, 1 to 10000. Default: 48.
    pub weights_per_item: u32,
    /// Days that are told as one of when an item was watched, 1 to 365. Default: 7.
    pub trend_days: u32,
    /// 1: the catalogue's vectors go in, too, those that the model made of texts; needs a store. Default: 0.
    pub with_vectors: u32,
    /// 1: the network that vrec_load_sequence took stays out, as it does with noise. Default: 0, it goes in.
    pub without_sequence: u32,
    /// What each feature counts on a set that says nothing of its own, each feature at most once; those not named count 0.
    /// One that counts 0 in lists here has no table in the pack. epsilon does not account for what weights tell. Default:
    /// what each counts in lists here.
    pub feature_weights: *const vrec_feature_weight,
    pub feature_weight_count: usize,
}
versioned!(vrec_pack_export_options {
    struct_size: usize,
    path: *const c_char,
    path_len: usize,
    line: *const c_char,
    line_len: usize,
    number: u64,
    created_utc_ms: i64,
    signing_key: *const u8,
    signing_key_len: usize,
    base_path: *const c_char,
    base_path_len: usize,
    epsilon: f64,
    delta: f64,
    most_watches: u32,
    least_profiles: u32,
    transitions_per_item: u32,
    pairs_per_item: u32,
    weights_per_item: u32,
    trend_days: u32,
    with_vectors: u32,
    without_sequence: u32,
    feature_weights: *const vrec_feature_weight,
    feature_weight_count: usize,
});

/// Where a pack is, and what of it is trusted. Zero means the default, where one is named.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_pack_import_options {
    /// sizeof(vrec_pack_import_options).
    pub struct_size: usize,
    /// The pack's file, UTF-8, absolute; or data.
    pub path: *const c_char,
    pub path_len: usize,
    /// The pack's bytes, read during the call alone; or path.
    pub data: *const u8,
    pub data_len: usize,
    /// Ed25519 public keys, 32 bytes each, one behind the other; required. A pack has to be signed by one of them.
    pub trusted_keys: *const u8,
    /// How many keys, 1 to 16.
    pub trusted_key_count: usize,
    /// The line that the pack has to be of, UTF-8, 1 to 255 bytes. Default: that of the pack in use, any where there is
    /// none.
    pub line: *const c_char,
    pub line_len: usize,
    /// Most bytes of the file. Default: 67108864.
    pub most_file_bytes: u64,
    /// Most bytes of what it unfolds to. Default: 268435456.
    pub most_content_bytes: u64,
}
versioned!(vrec_pack_import_options {
    struct_size: usize,
    path: *const c_char,
    path_len: usize,
    data: *const u8,
    data_len: usize,
    trusted_keys: *const u8,
    trusted_key_count: usize,
    line: *const c_char,
    line_len: usize,
    most_file_bytes: u64,
    most_content_bytes: u64,
});

/// What a pack says of itself. The pointers stay valid until the description is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_pack_fields {
    /// sizeof(vrec_pack_fields), set by the caller; fields past it are not written.
    pub struct_size: usize,
    /// Which packs follow each other, and its number among them.
    pub line: *const c_char,
    pub line_len: usize,
    pub number: u64,
    /// When it was made, in milliseconds since 1970-01-01 UTC, as its maker says.
    pub created_utc_ms: i64,
    /// How many videos its maker had.
    pub videos: u64,
    /// The number of the pack that it is a delta to; 0 where it stands alone.
    pub base_number: u64,
    /// The number of the pack to which vrec_pack_revert goes back; 0 where that is to no pack, or for a file.
    pub before_number: u64,
    /// Bytes of its sections as they are kept, or of the file.
    pub stored_bytes: u64,
    /// Bytes that they unfold to.
    pub content_bytes: u64,
    /// The bound on what it tells of one profile, ε and δ of differential privacy; 0 without noise.
    pub epsilon: f64,
    pub delta: f64,
    /// How many watches of a profile count in it; 0 without noise.
    pub most_watches: u32,
    /// The share of the pack's profiles that a watch at home counts as by now, learned from what the household did: 0.008
    /// until two of its profiles have watched anything. 0 for a file.
    pub home_share: f32,
    /// 1: it brings a network that reads histories in order.
    pub has_sequence: u32,
    pub reserved: u32,
    /// What made its vectors; empty where it has none.
    pub encoder: *const u8,
    pub encoder_len: usize,
    /// The public key that signed it, 32 bytes.
    pub key: *const u8,
    pub key_len: usize,
}
versioned!(vrec_pack_fields {
    struct_size: usize,
    line: *const c_char,
    line_len: usize,
    number: u64,
    created_utc_ms: i64,
    videos: u64,
    base_number: u64,
    before_number: u64,
    stored_bytes: u64,
    content_bytes: u64,
    epsilon: f64,
    delta: f64,
    most_watches: u32,
    home_share: f32,
    has_sequence: u32,
    reserved: u32,
    encoder: *const u8,
    encoder_len: usize,
    key: *const u8,
    key_len: usize,
});
