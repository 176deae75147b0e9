//! Failures of SQLite and of files in the words of the crate: which status a program gets, and a
//! message that says what was being done. Damage, lack of room and lack of permission are told
//! apart here and nowhere else.

use std::io;

use rusqlite::ErrorCode;

use crate::domain::{Error, Status};

/// A failure of SQLite while doing `what`.
pub(super) fn database(what: &str) -> impl Fn(rusqlite::Error) -> Error + '_ {
    move |error| Error::new(status_of(&error), format!("{what} in store.sqlite: {error}"))
}

/// A failure of a file while doing `what`.
pub(super) fn file(what: impl std::fmt::Display) -> impl Fn(io::Error) -> Error {
    move |error| Error::new(status_of_file(&error), format!("{what}: {error}"))
}

pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Status::Corrupt, message)
}

/// Whether SQLite found its pages damaged, as opposed to a disk that fails or is full.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    status_of(error) == Status::Corrupt
}

fn status_of(error: &rusqlite::Error) -> Status {
    let Some(failure) = error.sqlite_error() else {
        // A value of another type or out of its range stands where the schema allows none.
        return Status::Corrupt;
    };
    match failure.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Status::Corrupt,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Status::Busy,
        ErrorCode::DiskFull => Status::DiskFull,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Status::ReadOnly,
        ErrorCode::TooBig => Status::Limit,
        ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ => {
            Status::Corrupt
        }
        // SQLite tells a full disk apart but not a file that may not grow; the system's word is still there.
        ErrorCode::SystemIoFailure
            if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE
                && io::Error::last_os_error().kind() == io::ErrorKind::FileTooLarge =>
        {
            Status::DiskFull
        }
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Status::Io,
        // A name or column that the schema should have is gone.
        ErrorCode::Unknown | ErrorCode::TypeMismatch | ErrorCode::ConstraintViolation => Status::Corrupt,
        _ => Status::Internal,
    }
}

fn status_of_file(error: &io::Error) -> Status {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Status::DiskFull,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Status::ReadOnly,
        io::ErrorKind::WouldBlock => Status::Busy,
        _ => Status::Io,
    }
}
