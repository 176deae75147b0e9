//! The commands about packs.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

use super::FeatureOptions;

/// What to do with packs.
#[derive(Debug, Subcommand)]
pub enum PackAction {
    /// Write what the store learned from all profiles into a pack
    Export(ExportPackOptions),
    /// Take a pack in place of the one in use
    Import(ImportPackOptions),
    /// Tell of the pack in use, or of one in a file
    Info(InfoPackOptions),
    /// Go back to the pack before, or to none
    Revert,
    /// Give the public key of a signing key, for those who trust it
    PublicKey(SigningOptions),
}

#[derive(Debug, Args)]
pub struct SigningOptions {
    /// The secret key that signs: a file of 32 bytes, or of 64 hex digits
    #[arg(long, value_name = "FILE")]
    pub signing_key_file: OsString,
}

/// Whose packs are taken.
#[derive(Debug, Args)]
pub struct TrustOptions {
    /// A public key that may have signed: a file of 32 bytes, or of 64 hex digits; once for each
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<OsString>,
    /// The line that the pack has to be of; without it, that of the pack in use
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub line: Option<String>,
}

/// What has to be said of every pack that is made.
pub const REQUIRED: [&str; 3] = ["line", "number", "signing_key_file"];

#[derive(Debug, Args)]
pub struct ExportPackOptions {
    /// The file to write; one that is there is replaced
    #[arg(value_name = "FILE", requires_all = REQUIRED)]
    pub pack: PathBuf,
    #[command(flatten)]
    pub features: FeatureOptions,
    #[command(flatten)]
    pub made: MakePackOptions,
}

/// What a pack is to be, whose file another option names `pack`.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the pack is to be")]
#[group(requires = "pack")]
pub struct MakePackOptions {
    /// Which packs follow each other; required
    #[arg(long)]
    pub line: Option<String>,
    /// Above that of every pack of the line before; required
    #[arg(long)]
    pub number: Option<u64>,
    /// The secret key that signs: a file of 32 bytes, or of 64 hex digits; required
    #[arg(long, value_name = "FILE")]
    pub signing_key_file: Option<OsString>,
    /// A whole pack of the line, to which this one is to be a delta
    #[arg(long, value_name = "PACK")]
    pub base: Option<PathBuf>,
    /// How many profiles stand behind each video and each pair at least; without it, 5
    #[arg(long, value_name = "COUNT")]
    pub least_profiles: Option<u32>,
    /// Noise: what the pack may tell of a profile, the epsilon of differential privacy
    #[arg(long, requires_all = ["delta", "most_watches"])]
    pub epsilon: Option<f64>,
    /// Noise: the delta that goes with it
    #[arg(long, requires = "epsilon")]
    pub delta: Option<f64>,
    /// Noise: how many of a profile's watches count, the latest
    #[arg(long, value_name = "COUNT", requires = "epsilon")]
    pub most_watches: Option<u32>,
    /// Put the vectors in that the model made
    #[arg(long)]
    pub with_vectors: bool,
    /// Leave the network out that reads histories in order
    #[arg(long)]
    pub without_sequence: bool,
}

#[derive(Debug, Args)]
pub struct ImportPackOptions {
    /// The pack
    pub file: PathBuf,
    #[command(flatten)]
    pub trust: TrustOptions,
    #[command(flatten)]
    pub features: FeatureOptions,
}

#[derive(Debug, Args)]
pub struct InfoPackOptions {
    /// A pack; without it, the one in use
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub trust: TrustOptions,
}
