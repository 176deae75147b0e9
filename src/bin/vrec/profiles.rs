//! The profiles of a household: creating, listing, switching, renaming; and which one is meant where none is named.

use serde_json::json;
use vrec::domain::AgeLimit;
use vrec::domain::HouseholdProfile;
use vrec::domain::ListedProfile;
use vrec::engine::Engine;

use crate::arguments::AgeLimitOptions;
use crate::arguments::Common;
use crate::arguments::CreateProfileOptions;
use crate::arguments::ProfileAction;
use crate::care::forget;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;

/// `vrec profile`.
pub fn profile(common: &Common, action: ProfileAction, output: &mut Output) -> Outcome {
    match action {
        ProfileAction::Create(options) => create(common, options, output),
        ProfileAction::List => list(common, output),
        ProfileAction::Switch(options) => {
            common.open(Use::Write)?.switch_profile(&options.profile)?;
            let sentence = format!("Profile {} is the current one.", options.profile);
            output.done(&json!({"current": options.profile}), &sentence)
        }
        ProfileAction::Rename(options) => {
            common.open(Use::Write)?.rename_profile(&options.profile, &options.name)?;
            let sentence = format!("Profile {} is called {} now.", options.profile, options.name);
            output.done(&json!({"profile": options.profile, "name": options.name}), &sentence)
        }
        ProfileAction::SetKind(options) => {
            let (kind, age_limit) = (options.kind, age_limit(&options.age));
            let engine = common.open(Use::Write)?;
            engine.set_profile_kind(&options.profile, kind, age_limit)?;
            told(&engine, &options.profile, "changed", output)
        }
        ProfileAction::Forget(options) => forget(common, &options.profile, options.yes, output),
    }
}

/// The profile that an option names, or the current one where it names none.
pub fn named_or_current(engine: &Engine, named: Option<&str>) -> Outcome<String> {
    let hint = "`vrec profile list` lists profiles, and `vrec profile switch PROFILE` makes one the current one.";
    engine.profile_meant(named.unwrap_or_default()).map_err(|error| Failure::from(error).hint(hint))
}

fn create(common: &Common, options: CreateProfileOptions, output: &mut Output) -> Outcome {
    let profile = HouseholdProfile {
        name: options.name.unwrap_or_else(|| options.profile.clone()),
        id: options.profile,
        kind: options.kind,
        age_limit: age_limit(&options.age),
    };
    let engine = common.open(Use::Write)?;
    engine.create_profile(&profile)?;
    told(&engine, &profile.id, "created", output)
}

fn age_limit(options: &AgeLimitOptions) -> AgeLimit {
    match (options.age_limit, options.no_age_limit) {
        (Some(years), _) => AgeLimit::Years(years),
        (None, true) => AgeLimit::None,
        (None, false) => AgeLimit::OfKind,
    }
}

/// Says what became of a profile.
fn told(engine: &Engine, id: &str, what: &str, output: &mut Output) -> Outcome {
    let Some(listed) = engine.profiles().into_iter().find(|listed| listed.profile.id == id) else {
        return Ok(());
    };
    let kind = listed.profile.kind.name();
    let limit = listed.years.map_or_else(|| "without an age limit".to_owned(), |years| format!("up to {years} years"));
    output.done(&row(&listed), &format!("Profile {id} is {what}: {kind}, {limit}."))
}

fn list(common: &Common, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Read)?;
    let profiles = engine.profiles();
    drop(engine);
    if output.is_json() {
        return profiles.iter().try_for_each(|listed| output.json(&row(listed)));
    }
    if profiles.is_empty() {
        output.note("The store has no profile.");
        return Ok(());
    }
    let columns = [
        Column::left("Name"),
        Column::left("Kind"),
        Column::right("Age limit"),
        Column::left("Current"),
        Column::whole("Id"),
    ];
    output.table(&columns, &profiles.iter().map(cells).collect::<Vec<_>>())
}

fn row(listed: &ListedProfile) -> serde_json::Value {
    json!({
        "profile": listed.profile.id,
        "name": listed.profile.name,
        "kind": listed.profile.kind.name(),
        "age_limit": listed.years,
        "current": listed.is_current,
    })
}

fn cells(listed: &ListedProfile) -> Vec<String> {
    vec![
        listed.profile.name.clone(),
        listed.profile.kind.name().to_owned(),
        listed.years.map_or_else(|| "none".to_owned(), |years| years.to_string()),
        if listed.is_current { "yes" } else { "" }.to_owned(),
        listed.profile.id.clone(),
    ]
}
