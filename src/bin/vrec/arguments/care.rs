//! Options of what goes into a store, out of it, and keeps it in order.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::ArgGroup;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::values;

#[derive(Debug, Args)]
pub struct ImportOptions {
    /// The file, or - for the standard input
    pub file: PathBuf,
    /// The lines are events, not videos
    #[arg(long)]
    pub events: bool,
    /// Whose events those are that name no profile; without it, the current one's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new(), requires = "events")]
    pub profile: Option<String>,
    /// Name bad lines, count them and go on, instead of ending at the first
    #[arg(long)]
    pub skip_bad: bool,
    /// Pass over fields that vrec does not know
    #[arg(long)]
    pub ignore_unknown: bool,
}

#[derive(Debug, Args)]
pub struct VectorsOptions {
    /// The folder to write to; made where there is none
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct ExportOptions {
    /// The profile to export
    #[arg(long, short)]
    pub profile: String,
    /// Pseudonyms for ids, rounded times, no searches
    #[arg(long)]
    pub anonymised: bool,
    /// Makes the pseudonyms of videos: a file of 32 bytes, or of 64 hex digits
    #[arg(long, value_name = "FILE", requires = "anonymised")]
    pub salt_file: Option<OsString>,
    /// Times are rounded down to multiples of this, at least 1h
    #[arg(long, value_name = "LENGTH", default_value = "24h", value_parser = values::length, requires = "anonymised")]
    pub time_step: i64,
    /// A file to make and write to, instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("new key").args(["new_key_file", "no_key"]).required(true))]
pub struct RotateOptions {
    /// The new key: a file of 32 bytes, or of 64 hex digits
    #[arg(long, value_name = "FILE")]
    pub new_key_file: Option<OsString>,
    /// Go on without a key: whoever has the files can read them
    #[arg(long)]
    pub no_key: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("limits").args(["max_age", "max_events"]).required(true).multiple(true))]
pub struct RetainOptions {
    /// Drop events older than this, such as 365d
    #[arg(long, value_name = "LENGTH", value_parser = values::length)]
    pub max_age: Option<i64>,
    /// Keep so many events of each profile
    #[arg(long, value_name = "COUNT")]
    pub max_events: Option<NonZero<u64>>,
}

#[derive(Debug, Args)]
pub struct ForgetOptions {
    /// The profile to forget
    #[arg(long, short)]
    pub profile: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
