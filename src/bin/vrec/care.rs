//! Looking after a store: making one, counting, checking, forgetting.

use std::io;
use std::io::BufRead;
use std::io::IsTerminal;

use serde_json::json;
use vrec::store::Damage;
use vrec::store::Report;
use vrec::store::Store;

use crate::arguments::Common;
use crate::arguments::ForgetOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;
use crate::output::tell;
use crate::values::name_of;

/// `vrec init`.
pub fn init(common: &Common, output: &mut Output) -> Outcome {
    let path = common.create()?.display().to_string();
    output.done(&json!({"store": path}), &format!("Made a store at {path}."))
}

/// `vrec stats`.
pub fn stats(common: &Common, output: &mut Output) -> Outcome {
    let path = common.existing_store()?;
    let bytes = directory_bytes(&path).map_err(|error| Failure::file("measuring the store", &error))?;
    let found = common.open(Use::Read)?.statistics();
    let path = path.display().to_string();
    let object = json!({
        "store": path,
        "videos": found.videos,
        "profiles": found.profiles,
        "events": found.events,
        "dimensions": found.dimensions,
        "store_bytes": bytes,
        "memory_bytes": found.memory_bytes,
        "instruction_set": name_of(&found.instruction_set),
    });
    let facts = [
        ("store", path),
        ("videos", found.videos.to_string()),
        ("profiles", found.profiles.to_string()),
        ("events", found.events.to_string()),
        ("elements of a vector", found.dimensions.to_string()),
        ("bytes on the disk", bytes.to_string()),
        ("bytes in memory", found.memory_bytes.to_string()),
        ("instruction set", name_of(&found.instruction_set)),
    ];
    output.facts(&object, &facts)
}

fn directory_bytes(path: &std::path::Path) -> io::Result<u64> {
    std::fs::read_dir(path)?.try_fold(0, |sum, entry| {
        let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
        Ok(sum + if about.is_dir() { directory_bytes(&path)? } else { about.len() })
    })
}

/// `vrec verify`.
pub fn verify(common: &Common, output: &mut Output) -> Outcome {
    let path = common.existing_store()?;
    let report = Store::verify_at(&path, common.key()?.as_ref()).map_err(|error| {
        let is_damage = error.status == vrec::domain::Status::Corrupt;
        let failure = Failure::from(error);
        if is_damage { failure.hint("Nothing of this store can be read: restore it from a copy.") } else { failure }
    })?;
    write_report(&report, output)?;
    if report.is_sound() {
        return Ok(());
    }
    let message = format!("the store at {} is damaged; nothing was changed", path.display());
    let hint = "Restore it from a copy, or open it with --quarantine to set aside what is damaged.";
    Err(Failure::new(Exit::Damaged, message).hint(hint))
}

fn write_report(report: &Report, output: &mut Output) -> Outcome {
    let damage = |damage: &Damage| json!({"part": name_of(&damage.part), "count": damage.count, "place": damage.place});
    let object = json!({
        "intact": report.is_sound(),
        "videos": report.videos,
        "vectors": report.vectors,
        "profiles": report.profiles,
        "events": report.events,
        "damage": report.damage.iter().map(damage).collect::<Vec<_>>(),
        "database": report.database,
        "unused_damaged_vectors": report.unused_damaged_vectors,
    });
    if output.is_json() {
        return output.json(&object);
    }
    if report.is_sound() {
        let Report { videos, vectors, profiles, events, .. } = report;
        let counts = format!("{videos} videos, {vectors} vectors, {profiles} profiles and {events} events");
        return output.done(&object, &format!("Intact: {counts}."));
    }
    let mut rows: Vec<Vec<String>> = report.damage.iter().map(|damage| vec![damage.to_string()]).collect();
    rows.extend(report.database.iter().map(|line| vec![format!("database: {line}")]));
    if report.unused_damaged_vectors > 0 {
        rows.push(vec![format!("{} damaged vectors that no video uses", report.unused_damaged_vectors)]);
    }
    output.table(&[Column::left("Damage")], &rows)
}

/// `vrec forget`.
pub fn forget(common: &Common, options: &ForgetOptions, output: &mut Output) -> Outcome {
    let profile = &options.profile;
    common.existing_store()?;
    if !options.yes {
        confirm(&format!("Forget profile {profile} and everything it did? There is no way back. [y/N]"))?;
    }
    let engine = common.open(Use::Write)?;
    engine.forget_profile(profile)?;
    let sentence =
        format!("Profile {profile} is forgotten: its key, its name and its events are gone from every file.");
    output.done(&json!({"forgotten": profile}), &sentence)
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirm(question: &str) -> Outcome {
    if !io::stdin().is_terminal() {
        let failure = Failure::new(Exit::Usage, "this cannot be undone, and there is no terminal to ask on");
        return Err(failure.hint("Add --yes to do it without asking."));
    }
    tell(format_args!("{}", crate::output::printable(question)));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::file("reading the answer", &error))?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Other, "nothing was done")),
    }
}
