//! Reading a model's files: each failure has its own status and names the file, and bytes are
//! handed on only when size and SHA-256 are those of the manifest.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::config::ModelSource;
use super::manifest::ModelFile;
use crate::domain::{Error, Result, Status};

/// A file's content: read, or lent by the host.
pub enum ModelBytes {
    Read(Vec<u8>),
    Lent(Arc<dyn AsRef<[u8]> + Send + Sync>),
}

impl Deref for ModelBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            ModelBytes::Read(bytes) => bytes,
            ModelBytes::Lent(buffer) => (**buffer).as_ref(),
        }
    }
}

/// The bytes of a model's file, after its size and hash were found right.
pub fn read_verified(source: &ModelSource, file: &ModelFile) -> Result<ModelBytes> {
    let bytes = read_bounded(source, &file.name, file.bytes)?;
    verified(&place(source, &file.name), &bytes, file)?;
    Ok(bytes)
}

/// Refuses bytes whose size or hash is another than the manifest says; messages call them `place`.
pub fn verified(place: &str, bytes: &[u8], file: &ModelFile) -> Result<()> {
    if bytes.len() as u64 != file.bytes {
        let message = format!("model file {place} has {} bytes, its manifest says {}", bytes.len(), file.bytes);
        return Err(Error::new(Status::ModelHash, message));
    }
    let found = hexadecimal(&Sha256::digest(bytes));
    if found != file.sha256 {
        let message = format!("model file {place} has SHA-256 {found}, its manifest says {}", file.sha256);
        return Err(Error::new(Status::ModelHash, message));
    }
    Ok(())
}

/// How messages name a file: by its path, or by its name among the buffers.
pub fn place(source: &ModelSource, name: &str) -> String {
    match &source.folder {
        Some(folder) if !source.buffers.iter().any(|buffer| buffer.name == name) => {
            folder.join(name).display().to_string()
        }
        _ => format!("{name} (in memory)"),
    }
}

/// The bytes of a model's file of at most `limit` bytes.
pub fn read_bounded(source: &ModelSource, name: &str, limit: u64) -> Result<ModelBytes> {
    if let Some(buffer) = source.buffers.iter().find(|buffer| buffer.name == name) {
        let length = (*buffer.bytes).as_ref().len() as u64;
        check_length(&place(source, name), length, limit)?;
        return Ok(ModelBytes::Lent(Arc::clone(&buffer.bytes)));
    }
    match &source.folder {
        Some(folder) => read_regular(&folder.join(name), limit).map(ModelBytes::Read),
        None => Err(Error::new(
            Status::ModelMissing,
            format!("model file {name} is not among model_files, and model_path is not set"),
        )),
    }
}

fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let unreadable = |error: std::io::Error| {
        let status = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Status::ModelMissing,
            _ => Status::ModelUnreadable,
        };
        Error::new(status, format!("model file {}: {error}", path.display()))
    };
    // Opening must not wait for the other end of a pipe in the file's place.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Error::new(
            Status::ModelUnreadable,
            format!("model file {} is not a regular file", path.display()),
        ));
    }
    check_length(&path.display().to_string(), metadata.len(), limit)?;
    let mut bytes = Vec::new();
    let room = usize::try_from(metadata.len()).unwrap_or(usize::MAX).saturating_add(1);
    bytes.try_reserve_exact(room).map_err(|error| unreadable(std::io::Error::other(error)))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn check_length(place: &str, length: u64, limit: u64) -> Result<()> {
    if length > limit {
        let message = format!("model file {place} has {length} bytes, {limit} are expected at most");
        return Err(Error::new(Status::ModelHash, message));
    }
    Ok(())
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
