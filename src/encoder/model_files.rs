//! Reading a model's files: each failure has its own status and names the file, and bytes are
//! handed on only when size and SHA-256 are those of the manifest.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::manifest::ModelFile;
use crate::domain::{Error, Result, Status};

/// The bytes of a file of the folder, after its size and hash were found right.
pub fn read_verified(folder: &Path, file: &ModelFile) -> Result<Vec<u8>> {
    let path = folder.join(&file.name);
    let bytes = read_bounded(&path, file.bytes)?;
    if bytes.len() as u64 != file.bytes {
        let message =
            format!("model file {} has {} bytes, its manifest says {}", path.display(), bytes.len(), file.bytes);
        return Err(Error::new(Status::ModelHash, message));
    }
    let found = hexadecimal(&Sha256::digest(&bytes));
    if found != file.sha256 {
        let message = format!("model file {} has SHA-256 {found}, its manifest says {}", path.display(), file.sha256);
        return Err(Error::new(Status::ModelHash, message));
    }
    Ok(bytes)
}

/// The bytes of a regular file of at most `limit` bytes.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>> {
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
    if metadata.len() > limit {
        let message =
            format!("model file {} has {} bytes, {limit} are expected at most", path.display(), metadata.len());
        return Err(Error::new(Status::ModelHash, message));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
