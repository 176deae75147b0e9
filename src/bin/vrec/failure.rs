//! What ends the command early: an exit code that scripts can act on, and a message for people that says
//! what to do next.

use std::io;
use std::process::ExitCode;

use vrec::domain::Error;
use vrec::domain::Status;

use crate::output::printable;
use crate::output::tell;

/// Why the command ended, as the number the shell sees. 0 is success; a number never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Other = 1,
    Usage = 2,
    NotFound = 3,
    Damaged = 4,
    Key = 5,
    Busy = 6,
    Disk = 7,
    NoModel = 8,
    BadInput = 9,
    Exists = 10,
}

impl Exit {
    fn of(status: Status) -> Exit {
        match status {
            Status::InvalidArgument | Status::Limit | Status::Utf8 => Exit::Usage,
            Status::NotFound => Exit::NotFound,
            Status::Corrupt => Exit::Damaged,
            Status::Key | Status::Signature => Exit::Key,
            Status::Busy => Exit::Busy,
            Status::Io | Status::DiskFull | Status::ReadOnly => Exit::Disk,
            Status::NoEncoder
            | Status::ModelMissing
            | Status::ModelUnreadable
            | Status::ModelHash
            | Status::ModelInvalid
            | Status::RuntimeMissing
            | Status::RuntimeVersion
            | Status::Runtime
            | Status::Provider => Exit::NoModel,
            _ => Exit::Other,
        }
    }
}

/// A command that did not get to its end.
#[derive(Debug)]
pub enum Failure {
    /// Whoever read the output has enough of it: no failure for anybody.
    PipeClosed,
    Told {
        exit: Exit,
        message: String,
        /// What to do next.
        hint: Option<String>,
    },
}

/// The result of every part of the command that can fail.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure::Told { exit, message: message.into(), hint: None }
    }

    /// The same failure with another hint.
    #[must_use]
    pub fn hint(self, next: impl Into<String>) -> Failure {
        match self {
            Failure::Told { exit, message, .. } => Failure::Told { exit, message, hint: Some(next.into()) },
            Failure::PipeClosed => self,
        }
    }

    /// A file that could not be read or written.
    pub fn file(what: &str, error: &io::Error) -> Failure {
        let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Disk };
        Failure::new(exit, format!("{what}: {error}"))
    }

    /// What could not be written to the standard output.
    pub fn output(error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::PipeClosed,
            _ => Failure::new(Exit::Disk, format!("writing the output: {error}")),
        }
    }

    /// Tells people, and returns what to tell the shell.
    pub fn report(&self) -> ExitCode {
        let Failure::Told { exit, message, hint } = self else {
            return ExitCode::SUCCESS;
        };
        let mark = console::style("vrec:").for_stderr().red().bold();
        tell(format_args!("{mark} {}", printable(message)));
        if let Some(hint) = hint {
            tell(format_args!("      {}", printable(hint)));
        }
        ExitCode::from(*exit as u8)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let message = match error.status {
            Status::NoEncoder => "there is no model to turn texts into vectors".to_owned(),
            // People see the store, not what has it open.
            _ => error.message.replace("this engine", "this store"),
        };
        let failure = Failure::new(Exit::of(error.status), message);
        match hint_for(error.status) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn hint_for(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Corrupt => {
            "`vrec verify` lists the damage. Restore the store from a copy, or repeat the command with --quarantine \
             to set aside what is damaged and go on with the rest."
        }
        Status::Key => {
            "Name the file with the store's key by --key-file or VREC_KEY_FILE (leave it out if there is none)."
        }
        Status::Busy => "Another program has the store open. Try again when it has ended.",
        Status::DiskFull => "Make room on the disk and try again; what was acknowledged before is safe.",
        Status::ReadOnly => "Look at the permissions of the store's directory and at how its disk is mounted.",
        Status::Signature => "Name the file of the public key that signs the packs by --trust.",
        Status::Older => "`vrec pack revert` goes back to the pack before.",
        Status::Base => "Import the whole pack of that number instead of the delta.",
        Status::Io => "Look at the path and the disk, then try again.",
        Status::NoEncoder => "Name the model's folder by --model or VREC_MODEL, or give each video a vector.",
        Status::RuntimeMissing | Status::RuntimeVersion | Status::Runtime => {
            "Name the ONNX Runtime library (libonnxruntime.so.1) by --runtime or VREC_RUNTIME."
        }
        Status::ModelMissing | Status::ModelUnreadable | Status::ModelHash | Status::ModelInvalid => {
            "Look at the folder named by --model or VREC_MODEL; `make model` fetches the default one anew."
        }
        Status::TooNew => "A newer vrec wrote this store: use that version.",
        _ => return None,
    })
}
