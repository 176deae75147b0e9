//! The commands about a household's profiles.

use clap::Args;
use clap::Subcommand;
use vrec::domain::ProfileKind;

use crate::values;

/// What to do with the profiles of a household.
#[derive(Debug, Subcommand)]
pub enum ProfileAction {
    /// Create a profile; one that events made keeps its history
    Create(CreateProfileOptions),
    /// List all profiles
    List,
    /// Make a profile the current one, which is meant where none is named
    Switch(ProfileOptions),
    /// Change the name that people see
    Rename(RenameProfileOptions),
    /// Change who a profile is for, and its age limit
    SetKind(SetProfileKindOptions),
    /// Forget a profile, as `vrec forget` does
    #[command(visible_alias = "erase")]
    Forget(ForgetProfileOptions),
}

#[derive(Debug, Args)]
pub struct ProfileOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
}

#[derive(Debug, Args)]
pub struct CreateProfileOptions {
    /// Its id, which never changes
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// What people see; without it, the id
    #[arg(long)]
    pub name: Option<String>,
    /// For whom: adult, teen, child, everyone
    #[arg(long, default_value = "adult", value_parser = values::profile_kind)]
    pub kind: ProfileKind,
    #[command(flatten)]
    pub age: AgeLimitOptions,
}

/// Up to which age a profile's lists hold videos.
#[derive(Debug, Args)]
pub struct AgeLimitOptions {
    /// Only videos for this age and younger, 1 to 99; without it, 16 for a teen, 8 for a child, the youngest's for everyone
    #[arg(long, value_name = "YEARS", conflicts_with = "no_age_limit")]
    pub age_limit: Option<u8>,
    /// Videos for any age
    #[arg(long)]
    pub no_age_limit: bool,
}

#[derive(Debug, Args)]
pub struct RenameProfileOptions {
    /// Its id, which stays
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// What people see
    pub name: String,
}

#[derive(Debug, Args)]
pub struct SetProfileKindOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// For whom: adult, teen, child, everyone
    #[arg(value_parser = values::profile_kind)]
    pub kind: ProfileKind,
    #[command(flatten)]
    pub age: AgeLimitOptions,
}

#[derive(Debug, Args)]
pub struct ForgetProfileOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
