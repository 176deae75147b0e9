//! The store's directory: its files' names, the lock that keeps other processes out, and the
//! durability of names. The lock stands on the directory itself (flock), so nothing is written to
//! take it, and it works on a disk that allows no writing.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::{corrupt, file};
use crate::domain::{Error, Result, Status};

const DATABASE: &str = "store.sqlite";
/// A database made of what could be read of a damaged one, complete and about to take its place.
const SALVAGED: &str = "store.sqlite.salvaged";
/// The same while it is being written.
const UNFINISHED: &str = "store.sqlite.unfinished";
/// Files with vectors: `vectors-1.vrec` and on.
const VECTORS: &str = "vectors-";
/// Folders with files that were damaged, as they were: `damaged-1` and on.
const DAMAGED: &str = "damaged-";

pub(super) struct Directory {
    path: PathBuf,
    handle: Arc<Locked>,
}

/// The open directory, which holds the lock. A process forked meanwhile has it open, too, so closing would not give
/// the lock up.
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        // Should it fail, the lock goes with the last process that has it.
        let _ = self.0.unlock();
    }
}

impl Directory {
    /// Opens the directory, and creates it unless it is only to be read. Many may read, one may write.
    pub fn open(path: &Path, read_only: bool) -> Result<Directory> {
        if !read_only && !path.exists() {
            DirBuilder::new().mode(0o700).create(path).map_err(file(format!("creating {}", path.display())))?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync(parent)?;
            }
        }
        let absolute = path.canonicalize().map_err(file(format!("opening the store {}", path.display())))?;
        // Before it is opened: a pipe would wait for whoever writes to it.
        if !absolute.metadata().map_err(file("reading the store's directory"))?.is_dir() {
            return Err(Error::invalid(format!("the store {} is no directory", path.display())));
        }
        let handle = File::open(&absolute).map_err(file(format!("opening the store {}", path.display())))?;
        let locked = if read_only { handle.try_lock_shared() } else { handle.try_lock() };
        match locked {
            Ok(()) => {
                let directory = Directory { path: absolute, handle: Arc::new(Locked(handle)) };
                directory.check_kinds()?;
                Ok(directory)
            }
            Err(TryLockError::WouldBlock) => {
                let message = format!("the store {} is open elsewhere; one may write or several read", path.display());
                Err(Error::new(Status::Busy, message))
            }
            Err(TryLockError::Error(error)) => Err(file(format!("locking the store {}", path.display()))(error)),
        }
    }

    /// Refuses what has the name of a file of the store and is none: opening or reading a pipe could wait for ever.
    fn check_kinds(&self) -> Result<()> {
        for name in self.names()?.iter().filter(|name| name.starts_with(DATABASE) || name.starts_with(VECTORS)) {
            match fs::metadata(self.path.join(name)) {
                Ok(found) if !found.is_file() => return Err(corrupt(format!("{name} is no file"))),
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(file(format!("looking for {name}"))(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The same directory under the same lock.
    pub fn same(other: &Directory) -> Directory {
        Directory { path: other.path.clone(), handle: Arc::clone(&other.handle) }
    }

    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub fn database_log(&self) -> PathBuf {
        self.path.join(format!("{DATABASE}-wal"))
    }

    pub fn unfinished(&self) -> PathBuf {
        self.path.join(UNFINISHED)
    }

    pub fn vectors(&self, number: u64) -> PathBuf {
        self.path.join(format!("{VECTORS}{number}.vrec"))
    }

    /// Numbers of the vector files that exist, ascending.
    pub fn vector_files(&self) -> Result<Vec<u64>> {
        let numbers = self.names()?.into_iter();
        let mut numbers: Vec<u64> =
            numbers.filter_map(|name| name.strip_prefix(VECTORS)?.strip_suffix(".vrec")?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Refuses a directory that was moved or removed since it was opened: another store may stand at its path.
    pub fn check_place(&self) -> Result<()> {
        let of = |found: fs::Metadata| (found.dev(), found.ino());
        let held = self.handle.0.metadata().map(of).map_err(file("reading the store's directory"))?;
        match fs::metadata(&self.path).map(of) {
            Ok(found) if found == held => Ok(()),
            _ => Err(Error::new(Status::Io, "the store's directory was moved or removed while the store was open")),
        }
    }

    fn names(&self) -> Result<Vec<String>> {
        self.check_place()?;
        let entries = fs::read_dir(&self.path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(file("listing the store's directory"))?;
        Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// Makes names that were added or taken away durable.
    pub fn sync(&self) -> Result<()> {
        self.handle.0.sync_all().map_err(file("making the store's directory durable"))
    }

    /// Creates a file that only its owner can read, or empties it.
    pub fn create(&self, path: &Path) -> Result<File> {
        self.check_place()?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        options.open(path).map_err(file(format!("creating {}", shown(path))))
    }

    /// Removes a file that may be gone already.
    pub fn remove(&self, path: &Path) -> Result<()> {
        self.check_place()?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(file(format!("removing {}", shown(path)))(error))
            }
            _ => Ok(()),
        }
    }

    /// Copies the database, its log and nothing else to a new folder; returns the folder's name.
    pub fn set_aside(&self) -> Result<String> {
        let taken = self.names()?.into_iter();
        let taken = taken.filter_map(|name| name.strip_prefix(DAMAGED)?.parse::<u64>().ok()).max();
        let name = format!("{DAMAGED}{}", taken.unwrap_or(0) + 1);
        let folder = self.path.join(&name);
        DirBuilder::new().mode(0o700).create(&folder).map_err(file(format!("creating {name}")))?;
        for source in [self.database(), self.database_log()] {
            if length(&source)?.is_none() {
                continue;
            }
            let target = folder.join(source.file_name().unwrap_or_default());
            let copied = fs::copy(&source, &target).and_then(|_| File::open(&target)?.sync_all());
            copied.map_err(file(format!("copying {} to {name}", shown(&source))))?;
        }
        sync(&folder)?;
        self.sync()?;
        Ok(name)
    }

    /// Removes every folder that [`Directory::set_aside`] made.
    pub fn remove_set_aside(&self) -> Result<()> {
        for name in self.names()?.iter().filter(|name| name.starts_with(DAMAGED)) {
            fs::remove_dir_all(self.path.join(name)).map_err(file(format!("removing {name}")))?;
        }
        self.sync()
    }

    pub fn has_salvaged(&self) -> Result<bool> {
        Ok(length(&self.path.join(SALVAGED))?.is_some())
    }

    /// The finished copy takes the place of the database; may be cut anywhere and done again.
    pub fn adopt_salvaged(&self) -> Result<()> {
        let salvaged = self.path.join(SALVAGED);
        if length(&self.unfinished())?.is_some() && length(&salvaged)?.is_none() {
            fs::rename(self.unfinished(), &salvaged).map_err(file("naming the salvaged database"))?;
            self.sync()?;
        }
        // The old log first: it must never be taken for the new database's.
        self.remove(&self.database_log())?;
        self.sync()?;
        fs::rename(&salvaged, self.database()).map_err(file("replacing the damaged database"))?;
        self.sync()
    }
}

/// Bytes of a file; none when there is no such file, which is not said of one that cannot be asked about.
pub(super) fn length(path: &Path) -> Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file(format!("looking for {}", shown(path)))(error)),
    }
}

fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(file(format!("making {} durable", folder.display())))
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
