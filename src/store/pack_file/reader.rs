//! Reading a pack that may come from anybody. Memory is taken only for what a trusted key has signed, and within limits.

use std::borrow::Cow;

use bytes::Bytes;
use ed25519_dalek::Signature;
use sha2::{Digest, Sha256};
use twox_hash::XxHash3_128;
use zstd_safe::DCtx;

use super::header::{Header, SectionHeader};
use super::{
    FORMAT, HASH_BYTES, KeptPack, MAGIC, PREFIX_BYTES, PackInfo, PackLimits, PackSection, PublicKey, SIGNATURE_BYTES,
    SIGNED_FROM, damaged, too_large,
};
use crate::domain::{CallOptions, Error, Result, Status};

/// Bytes that are hashed between two looks at the clock.
const HASHED_AT_ONCE: usize = 1 << 20;

/// A pack whose signature and header were checked; its sections are checked as they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct PackFile<'a> {
    info: PackInfo,
    identity: [u8; HASH_BYTES],
    sections: Vec<SectionHeader>,
    /// As it was signed.
    header: &'a [u8],
    signature: &'a [u8],
    bodies: Vec<&'a [u8]>,
    key: PublicKey,
    /// All of it, where the form that is kept may hold on to that.
    whole: Option<&'a Bytes>,
}

impl<'a> PackFile<'a> {
    /// Checks who signed the bytes, then what their header says.
    ///
    /// Errors: [`Status::Signature`] unless one of `trusted` signed prefix and header; [`Status::Corrupt`] for what is no
    /// pack, is cut short or has bytes behind its end; [`Status::TooNew`] for a later format, [`Status::Older`] for an
    /// earlier one; [`Status::Limit`] for more than `limits`.
    pub fn open(bytes: &'a [u8], trusted: &[PublicKey], limits: &PackLimits) -> Result<PackFile<'a>> {
        if bytes.len() as u64 > limits.file_bytes {
            return Err(too_large("the file", bytes.len() as u64, limits.file_bytes));
        }
        let header_bytes = header_length(bytes)?;
        let (signed_before, rest) = bytes.split_at_checked(SIGNED_FROM).ok_or_else(cut_short)?;
        let (header, mut rest) = rest.split_at_checked(header_bytes).ok_or_else(cut_short)?;
        let (prefix, signature) = signed_before.split_at(PREFIX_BYTES);
        let key = signer(prefix, signature, header, trusted)?.clone();
        let read = Header::read(header, limits)?;
        let mut bodies = Vec::with_capacity(read.sections.len());
        for section in &read.sections {
            let length = usize::try_from(section.stored_bytes).map_err(|_| cut_short())?;
            let (body, behind) = rest.split_at_checked(length).ok_or_else(cut_short)?;
            bodies.push(body);
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(damaged(format_args!("{} bytes stand behind its end", rest.len())));
        }
        let (info, identity) = (read.info()?, read.identity());
        Ok(PackFile { info, identity, sections: read.sections, header, signature, bodies, key, whole: None })
    }

    /// The same of bytes that the form that is kept holds on to, so that nothing is copied.
    pub fn open_shared(whole: &'a Bytes, trusted: &[PublicKey], limits: &PackLimits) -> Result<PackFile<'a>> {
        Ok(PackFile { whole: Some(whole), ..PackFile::open(whole, trusted, limits)? })
    }

    pub fn info(&self) -> &PackInfo {
        &self.info
    }

    /// See [`KeptPack::identity`].
    pub fn identity(&self) -> [u8; HASH_BYTES] {
        self.identity
    }

    /// Whose signature it has.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether it has a section of this kind.
    pub fn has_section(&self, kind: u32) -> bool {
        self.sections.iter().any(|section| section.kind == kind)
    }

    /// Bytes of all sections once they are decompressed.
    pub fn content_bytes(&self) -> u64 {
        self.content_bytes_of(|_| true)
    }

    /// The same of the sections of some kinds.
    pub fn content_bytes_of(&self, is_counted: impl Fn(u32) -> bool) -> u64 {
        self.sections.iter().filter(|section| is_counted(section.kind)).map(|section| section.bytes).sum()
    }

    /// Reads all sections, a delta's with its base. The call's progress is sections.
    ///
    /// Errors: [`Status::Base`] for a delta without its base; [`Status::Corrupt`] for a section that is not as it was
    /// signed; [`Status::MemoryLimit`] where there is no memory for it.
    pub fn sections(&self, base: Option<&KeptPack>, call: &CallOptions) -> Result<Vec<PackSection<'a>>> {
        self.sections_of(|_| true, base, call)
    }

    /// The same of some kinds; the others are checked as they stand in the file and take no memory.
    pub fn sections_of(
        &self,
        is_read: impl Fn(u32) -> bool,
        base: Option<&KeptPack>,
        call: &CallOptions,
    ) -> Result<Vec<PackSection<'a>>> {
        let base = self.its_base(base)?;
        let mut read = Vec::new();
        for (done, (section, body)) in self.sections.iter().zip(self.bodies.iter().copied()).enumerate() {
            call.report(done, self.sections.len());
            check_hash::<Sha256>(section.kind, body, &section.stored_sha256, call)?;
            if !is_read(section.kind) {
                continue;
            }
            if base.is_some_and(|base| base.lacks(section.kind)) {
                let message =
                    format!("section {} of the base was not kept when it came; import the whole pack", section.kind);
                return Err(Error::new(Status::Base, message));
            }
            let before = base.map(|base| base.section(section.kind)).transpose()?.flatten();
            let bytes = content(section, body, before.as_deref())?;
            // The pack's identity is made from this hash, and what is signed may still not be true.
            check_hash::<XxHash3_128>(section.kind, &bytes, &section.content_xxh3, call)?;
            read.push(PackSection { kind: section.kind, bytes });
        }
        call.report(self.sections.len(), self.sections.len());
        Ok(read)
    }

    /// The pack in the form that a store keeps, given the sections that were read of it. A delta's others are not kept:
    /// nothing could be made of them without the base.
    pub fn keep(&self, sections: &[PackSection<'_>], call: &CallOptions) -> Result<KeptPack> {
        let again = |section: &SectionHeader| {
            call.check()?;
            match sections.iter().find(|read| read.kind == section.kind) {
                None => Ok(Bytes::new()),
                Some(read) if section.is_plain() => Ok(Bytes::copy_from_slice(&read.bytes)),
                Some(read) => KeptPack::compress_again(&read.bytes, call),
            }
        };
        let bodies = match self.info.base {
            None => self.bodies.iter().map(|body| self.held(body)).collect(),
            Some(_) => self.sections.iter().map(again).collect::<Result<Vec<Bytes>>>()?,
        };
        KeptPack::new(self.header.to_vec(), self.signature.to_vec(), self.key.bytes(), bodies)
    }

    fn held(&self, body: &[u8]) -> Bytes {
        self.whole.map_or_else(|| Bytes::copy_from_slice(body), |whole| whole.slice_ref(body))
    }

    /// The base, where this is a delta.
    fn its_base<'b>(&self, base: Option<&'b KeptPack>) -> Result<Option<&'b KeptPack>> {
        let Some(asked) = &self.info.base else { return Ok(None) };
        match base {
            Some(base) if base.identity() == asked.identity => Ok(Some(base)),
            base => {
                let there = base.map_or("there is none".to_owned(), |base| {
                    format!("there is number {} of {:?}", base.info().number, base.info().line)
                });
                let message = format!(
                    "the pack is a delta to number {} of {:?}, and {there}; import the whole pack",
                    asked.number, self.info.line
                );
                Err(Error::new(Status::Base, message))
            }
        }
    }
}

/// The length of the header, of bytes that begin as a pack does.
fn header_length(bytes: &[u8]) -> Result<usize> {
    if !bytes.starts_with(MAGIC) {
        return Err(Error::new(Status::Corrupt, "the file is no pack: it does not begin with \"vrecpack\""));
    }
    let number =
        |from: usize| bytes.get(from..).and_then(|rest| rest.first_chunk()).map(|four| u32::from_le_bytes(*four));
    let format = number(MAGIC.len()).ok_or_else(cut_short)?;
    if format != FORMAT {
        let found = format!("the pack has format {format}, this version of the library reads format {FORMAT}");
        return Err(match format > FORMAT {
            true => Error::new(Status::TooNew, found),
            false => Error::new(Status::Older, format!("{found} alone; make it anew")),
        });
    }
    let length = number(MAGIC.len() + size_of::<u32>()).ok_or_else(cut_short)? as usize;
    if length > PackLimits::HEADER_BYTES {
        return Err(too_large("the header", length as u64, PackLimits::HEADER_BYTES as u64));
    }
    Ok(length)
}

fn cut_short() -> Error {
    damaged("it is cut short")
}

/// Which of the trusted keys signed prefix and header.
fn signer<'k>(prefix: &[u8], signature: &[u8], header: &[u8], trusted: &'k [PublicKey]) -> Result<&'k PublicKey> {
    let message = [prefix, header].concat();
    // It has as many bytes as were cut off for it.
    let signature: [u8; SIGNATURE_BYTES] = signature.try_into().map_err(|_| cut_short())?;
    let signature = Signature::from_bytes(&signature);
    let signed = trusted.iter().find(|key| key.0.verify_strict(&message, &signature).is_ok());
    signed.ok_or_else(|| {
        let message = format!("the pack's signature is of none of the {} trusted keys", trusted.len());
        Error::new(Status::Signature, message)
    })
}

/// A hash that is computed part by part.
trait PartByPart: Default {
    fn add(&mut self, part: &[u8]);
    fn is(self, signed: &[u8]) -> bool;
}

impl PartByPart for Sha256 {
    fn add(&mut self, part: &[u8]) {
        self.update(part);
    }

    fn is(self, signed: &[u8]) -> bool {
        self.finalize().as_slice() == signed
    }
}

impl PartByPart for XxHash3_128 {
    fn add(&mut self, part: &[u8]) {
        self.write(part);
    }

    fn is(self, signed: &[u8]) -> bool {
        self.finish_128().to_le_bytes() == signed
    }
}

fn check_hash<H: PartByPart>(kind: u32, bytes: &[u8], signed: &[u8], call: &CallOptions) -> Result<()> {
    let mut hash = H::default();
    for part in bytes.chunks(HASHED_AT_ONCE) {
        call.check()?;
        hash.add(part);
    }
    if hash.is(signed) {
        return Ok(());
    }
    Err(damaged(format_args!("section {kind} is not the one that was signed")))
}

/// What a section holds, which is as long as the header says.
pub(super) fn content<'b>(section: &SectionHeader, body: &'b [u8], before: Option<&[u8]>) -> Result<Cow<'b, [u8]>> {
    let bytes = match section.is_plain() {
        true => Cow::Borrowed(body),
        false => Cow::Owned(decompress(section, body, before)?),
    };
    if bytes.len() as u64 != section.bytes {
        let message =
            format_args!("section {} has {} bytes, its header says {}", section.kind, bytes.len(), section.bytes);
        return Err(damaged(message));
    }
    Ok(bytes)
}

/// The content of a frame, at most as long as the header says.
fn decompress(section: &SectionHeader, frame: &[u8], before: Option<&[u8]>) -> Result<Vec<u8>> {
    let no_memory = || {
        let message = format!("there is no memory for section {} of the pack, {} bytes", section.kind, section.bytes);
        Error::new(Status::MemoryLimit, message)
    };
    let failed = |code| damaged(format_args!("section {}: {}", section.kind, zstd_safe::get_error_name(code)));
    let length = usize::try_from(section.bytes).map_err(|_| no_memory())?;
    let mut bytes = Vec::new();
    let mut context = DCtx::try_create().ok_or_else(no_memory)?;
    bytes.try_reserve_exact(length).map_err(|_| no_memory())?;
    if let Some(before) = before {
        context.ref_prefix(before).map_err(failed)?;
    }
    context.decompress(&mut bytes, frame).map_err(failed)?;
    Ok(bytes)
}
