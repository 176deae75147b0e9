//! Making a pack. The same sections under the same header and key give the same bytes.

use ed25519_dalek::Signer;
use prost::Message;
use sha2::{Digest, Sha256};
use twox_hash::XxHash3_128;
use zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

use super::header::{Header, SectionHeader};
use super::{FORMAT, KeptPack, MAGIC, PREFIX_BYTES, PackBase, PackInfo, PackLimits, PackSection, SigningKey};
use crate::domain::{CallOptions, Error, Result, Status};

/// How hard packs are compressed, which happens once for all who read them: tables come out 4 % smaller than at level 12,
/// in four times the time, and no level above gains anything.
const LEVEL: i32 = 16;
/// How much is compressed between two looks at the deadline.
const COMPRESSED_AT_ONCE: usize = 1 << 18;
/// A section is compressed if that saves at least one byte in so many.
const LEAST_GAIN: usize = 8;
/// Windows of 2¹⁰ to 2²⁷ bytes are what every reader of the format takes.
const WINDOW_LOGS: std::ops::RangeInclusive<u32> = 10..=27;

/// Makes a pack of these sections, in their order; against `base`, a delta, which then replaces what `info` says of one.
/// The call's progress is sections.
///
/// Errors: [`Status::InvalidArgument`] for a header that no pack may have, and for a base of another line;
/// [`Status::Limit`] for more than a pack may hold by default.
pub fn write_pack(
    info: &PackInfo,
    sections: &[PackSection<'_>],
    base: Option<&KeptPack>,
    key: &SigningKey,
    call: &CallOptions,
) -> Result<Vec<u8>> {
    let info = with_base(info, base)?;
    let mut bodies = Vec::with_capacity(sections.len());
    let mut headers = Vec::with_capacity(sections.len());
    for (done, section) in sections.iter().enumerate() {
        call.check()?;
        call.report(done, sections.len());
        let before = base.map(|base| base.section(section.kind)).transpose()?.flatten();
        let frame = compress(&section.bytes, before.as_deref(), LEVEL, call)?;
        let is_plain = stays_plain(section.bytes.len(), frame.len(), before.is_some());
        let body = if is_plain { section.bytes.to_vec() } else { frame };
        headers.push(SectionHeader {
            kind: section.kind,
            bytes: section.bytes.len() as u64,
            stored_bytes: body.len() as u64,
            stored_sha256: Sha256::digest(&body).to_vec(),
            content_xxh3: XxHash3_128::oneshot(&section.bytes).to_le_bytes().to_vec(),
        });
        bodies.push(body);
    }
    call.report(sections.len(), sections.len());
    let header = Header::new(&info, headers).encode_to_vec();
    // What nobody would read is not written.
    Header::read(&header, &PackLimits::default())?;
    let pack = [signed(&header, key), bodies.concat()].concat();
    let most = PackLimits::default().file_bytes;
    if pack.len() as u64 > most { Err(super::too_large("the file", pack.len() as u64, most)) } else { Ok(pack) }
}

fn with_base(info: &PackInfo, base: Option<&KeptPack>) -> Result<PackInfo> {
    let of_base = |base: &KeptPack| PackBase { number: base.info().number, identity: base.identity() };
    let info = PackInfo { base: base.map(of_base), ..info.clone() };
    info.check()?;
    match base.filter(|base| base.info().line != info.line) {
        Some(base) => {
            let message = format!("line is {:?}, that of the base {:?}", info.line, base.info().line);
            Err(Error::invalid(message))
        }
        None => Ok(info),
    }
}

/// Whether a section stands in the file as it is, so that who reads it unfolds nothing; in a delta only what is no shorter
/// beside its base. Never a frame of as many bytes: that length says that a section is plain.
fn stays_plain(bytes: usize, compressed: usize, has_base: bool) -> bool {
    let least_gain = if has_base { 1 } else { bytes.div_ceil(LEAST_GAIN) };
    bytes > 0 && compressed + least_gain > bytes
}

/// What stands before the sections.
pub(super) fn signed(header: &[u8], key: &SigningKey) -> Vec<u8> {
    // A header is checked to be short.
    let prefix = [MAGIC.as_slice(), &FORMAT.to_le_bytes(), &(header.len() as u32).to_le_bytes()].concat();
    debug_assert_eq!(prefix.len(), PREFIX_BYTES);
    let signature = key.pair().sign(&[prefix.as_slice(), header].concat()).to_bytes();
    [prefix.as_slice(), &signature, header].concat()
}

/// One frame of Zstandard, after `before` where that is given.
pub(super) fn compress(bytes: &[u8], before: Option<&[u8]>, level: i32, call: &CallOptions) -> Result<Vec<u8>> {
    let mut frame = Vec::new();
    let mut context = CCtx::try_create().ok_or_else(no_memory)?;
    context.set_parameter(CParameter::CompressionLevel(level)).map_err(failed)?;
    frame.try_reserve_exact(zstd_safe::compress_bound(bytes.len())).map_err(|_| no_memory())?;
    if let Some(before) = before {
        // The window has to reach back over what stands before.
        let reach = (before.len() + bytes.len()).next_power_of_two().ilog2();
        let reach = reach.clamp(*WINDOW_LOGS.start(), *WINDOW_LOGS.end());
        context.set_parameter(CParameter::WindowLog(reach)).map_err(failed)?;
        context.set_parameter(CParameter::EnableLongDistanceMatching(true)).map_err(failed)?;
        context.ref_prefix(before).map_err(failed)?;
    }
    context.set_pledged_src_size(Some(bytes.len() as u64)).map_err(failed)?;
    compress_in_parts(&mut context, bytes, &mut frame, call)?;
    Ok(frame)
}

/// `frame` has room for whatever comes of the bytes.
fn compress_in_parts(context: &mut CCtx<'_>, bytes: &[u8], frame: &mut Vec<u8>, call: &CallOptions) -> Result<()> {
    let mut output = OutBuffer::around(frame);
    let mut done = 0;
    loop {
        call.check()?;
        let end = bytes.len().min(done + COMPRESSED_AT_ONCE);
        let is_last = end == bytes.len();
        let directive = if is_last { ZSTD_EndDirective::ZSTD_e_end } else { ZSTD_EndDirective::ZSTD_e_continue };
        let mut input = InBuffer::around(&bytes[done..end]);
        let left = context.compress_stream2(&mut output, &mut input, directive).map_err(failed)?;
        done += input.pos();
        if is_last && left == 0 {
            return Ok(());
        }
        if input.pos() == 0 {
            return Err(Error::new(Status::Internal, "compressing a pack: it came out longer than it can"));
        }
    }
}

fn failed(code: usize) -> Error {
    Error::new(Status::Internal, format!("compressing a pack: {}", zstd_safe::get_error_name(code)))
}

fn no_memory() -> Error {
    Error::new(Status::MemoryLimit, "there is no memory to compress a pack")
}
