//! Files that are read and written as a whole, at a place the host names: packs. Reading is bounded and never waits, and
//! writing leaves either the old file or the new one, whatever happens meanwhile.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::failure::file;
use crate::domain::{Error, Result, Status};

/// Reads a file of at most `most` bytes.
///
/// Errors: [`Status::NotFound`]; [`Status::Limit`] for a larger one; [`Status::InvalidArgument`] for what is no file;
/// [`Status::Io`], [`Status::MemoryLimit`].
pub fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>> {
    let what = || format!("reading {}", path.display());
    // A pipe without a writer would be waited for.
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC).open(path);
    let opened = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Status::NotFound, format!("{}: {error}", what())),
        _ => file(what())(error),
    })?;
    let metadata = opened.metadata().map_err(file(what()))?;
    if !metadata.is_file() {
        return Err(Error::invalid(format!("{} is no file", path.display())));
    }
    let too_large =
        |found| Error::new(Status::Limit, format!("{} has {found} bytes, the limit is {most}", path.display()));
    if metadata.len() > most {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    let no_memory = |_| Error::new(Status::MemoryLimit, format!("there is no memory for {}", path.display()));
    bytes.try_reserve_exact(usize::try_from(metadata.len()).unwrap_or(usize::MAX)).map_err(no_memory)?;
    // It may grow meanwhile: one byte more than is allowed tells.
    opened.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(file(what()))?;
    if bytes.len() as u64 > most { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// Puts a file in the place of the one there, durably. What a power cut can leave beside it is a hidden file whose name
/// ends with `.part`. [`Status::InvalidArgument`] where something else than a file is there: a device, a link.
pub fn replace_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(Error::invalid(format!("{} is no file, and is not replaced by one", path.display())));
    }
    let part = part_beside(path)?;
    let written = write_part(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .map_err(file(format!("writing {}", path.display())));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&part);
        return written;
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(file(format!("writing {}", path.display())))
}

fn write_part(part: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut opened = OpenOptions::new().write(true).create_new(true).open(part)?;
    opened.write_all(bytes)?;
    opened.sync_all()
}

/// A name that nobody else takes.
fn part_beside(path: &Path) -> Result<PathBuf> {
    let no_name = || Error::invalid(format!("{} names no file", path.display()));
    let name = path.file_name().ok_or_else(no_name)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| Error::new(Status::Io, format!("the system gives no random numbers: {error}")))?;
    let mut part = OsString::from(".");
    part.push(name);
    part.push(format!(".{:016x}.part", u64::from_le_bytes(random)));
    Ok(path.with_file_name(part))
}
