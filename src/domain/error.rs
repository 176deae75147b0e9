//! The one error type: a status that a program acts on, and a message that a person reads.

use std::fmt;

/// What happened, as a number that is part of the ABI: zero is success, every failure is negative.
/// Numbers are never reused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    #[default]
    Ok = 0,
    InvalidArgument = -1,
    NotFound = -2,
    Limit = -3,
    MemoryLimit = -4,
    TooNew = -5,
    Utf8 = -6,
    Reentrant = -7,
    Forked = -8,
    Faulted = -9,
    Internal = -10,
    Cancelled = -11,
    TimedOut = -12,
    NoEncoder = -13,
    ModelMissing = -14,
    ModelUnreadable = -15,
    ModelHash = -16,
    ModelInvalid = -17,
    RuntimeMissing = -18,
    RuntimeVersion = -19,
    Runtime = -20,
    Abi = -21,
    Provider = -22,
    Corrupt = -23,
    Key = -24,
    Busy = -25,
    Io = -26,
    DiskFull = -27,
    ReadOnly = -28,
    Signature = -29,
    Older = -30,
    Base = -31,
}

impl Status {
    /// Every status, in the order of their numbers.
    pub const ALL: [Status; 32] = [
        Status::Ok,
        Status::InvalidArgument,
        Status::NotFound,
        Status::Limit,
        Status::MemoryLimit,
        Status::TooNew,
        Status::Utf8,
        Status::Reentrant,
        Status::Forked,
        Status::Faulted,
        Status::Internal,
        Status::Cancelled,
        Status::TimedOut,
        Status::NoEncoder,
        Status::ModelMissing,
        Status::ModelUnreadable,
        Status::ModelHash,
        Status::ModelInvalid,
        Status::RuntimeMissing,
        Status::RuntimeVersion,
        Status::Runtime,
        Status::Abi,
        Status::Provider,
        Status::Corrupt,
        Status::Key,
        Status::Busy,
        Status::Io,
        Status::DiskFull,
        Status::ReadOnly,
        Status::Signature,
        Status::Older,
        Status::Base,
    ];

    /// The status with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The number that crosses the ABI.
    pub fn code(self) -> i32 {
        self as i32
    }
}

/// A failed call: [`Status`] and a message naming the argument, file or limit concerned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    pub status: Status,
    pub message: String,
}

/// The result of every fallible function of the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error {
    pub fn new(status: Status, message: impl Into<String>) -> Self {
        Error { status, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Status::InvalidArgument, message)
    }

    /// `what` came as `found`, more than `limit`.
    pub fn limit(what: &str, found: usize, limit: usize) -> Self {
        Error::new(Status::Limit, format!("{what} is {found}, the limit is {limit}"))
    }

    /// The same error with its place in a batch, such as `videos[3]: `; a batch of one needs none.
    #[must_use]
    pub fn within_batch(self, what: &str, index: usize, count: usize) -> Self {
        if count > 1 { self.within(&format!("{what}[{index}]")) } else { self }
    }

    /// The same error with a prefix saying where it happened, such as `videos[3]: `.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }
}
