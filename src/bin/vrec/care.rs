//! Looking after a store: making one, counting, checking, forgetting.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;
use std::num::NonZero;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use vrec::engine::Anonymisation;
use vrec::engine::SALT_BYTES;
use vrec::store::Damage;
use vrec::store::Report;
use vrec::store::Retention;
use vrec::store::Store;
use zeroize::Zeroizing;

use crate::arguments::Common;
use crate::arguments::ExportOptions;
use crate::arguments::RetainOptions;
use crate::arguments::RotateOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::key_file::read_key;
use crate::key_file::read_secret;
use crate::opening::Use;
use crate::output::Column;
use crate::output::Output;
use crate::output::counted;
use crate::output::printable;
use crate::output::tell;
use crate::values::name_of;
use crate::values::now_utc_ms;

/// `vrec init`.
pub fn init(common: &Common, output: &mut Output) -> Outcome {
    let path = common.create()?.display().to_string();
    output.done(&json!({"store": path}), &format!("Made a store at {path}."))
}

/// `vrec stats`.
pub fn stats(common: &Common, output: &mut Output) -> Outcome {
    let path = common.existing_store()?;
    let bytes = directory_bytes(&path).map_err(|error| Failure::file("measuring the store", &error))?;
    let engine = common.open(Use::Read)?;
    let found = engine.statistics();
    let unused = engine.store_statistics()?.map_or(0, |of_store| of_store.dead_vector_slots);
    // Without the model nobody knows how long its vectors are.
    let dimensions = Some(found.dimensions).filter(|count| *count > 0);
    let path = path.display().to_string();
    let object = json!({
        "store": path,
        "videos": found.videos,
        "profiles": found.profiles,
        "events": found.events,
        "dimensions": dimensions,
        "unused_vectors": unused,
        "store_bytes": bytes,
        "memory_bytes": found.memory_bytes,
        "instruction_set": name_of(&found.instruction_set),
    });
    let facts = [
        ("store", path),
        ("videos", found.videos.to_string()),
        ("profiles", found.profiles.to_string()),
        ("events", found.events.to_string()),
        ("elements of a vector", dimensions.map_or_else(|| "unknown".to_owned(), |count| count.to_string())),
        ("vectors that no video uses", unused.to_string()),
        ("bytes on the disk", bytes.to_string()),
        ("bytes in memory", found.memory_bytes.to_string()),
        ("instruction set", name_of(&found.instruction_set)),
    ];
    output.facts(&object, &facts)
}

fn directory_bytes(path: &Path) -> io::Result<u64> {
    fs::read_dir(path)?.try_fold(0, |sum, entry| {
        let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
        Ok(sum + if about.is_dir() { directory_bytes(&path)? } else { about.len() })
    })
}

/// `vrec verify`.
pub fn verify(common: &Common, output: &mut Output) -> Outcome {
    let path = common.existing_store()?;
    let key = common.key()?;
    let spinner = output.working("reading every byte of the store");
    let found = Store::verify_at(&path, key.as_ref());
    spinner.finish_and_clear();
    let report = found.map_err(|error| {
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
        let counts = [(report.videos, "video"), (report.vectors, "vector"), (report.profiles, "profile")];
        let counts = counts.map(|(count, noun)| counted(count, noun)).join(", ");
        return output.done(&object, &format!("Intact: {counts} and {}.", counted(report.events, "event")));
    }
    let mut rows: Vec<Vec<String>> = report.damage.iter().map(|damage| vec![damage.to_string()]).collect();
    rows.extend(report.database.iter().map(|line| vec![format!("database: {line}")]));
    if report.unused_damaged_vectors > 0 {
        rows.push(vec![format!("{} damaged vectors that no video uses", report.unused_damaged_vectors)]);
    }
    output.table(&[Column::left("Damage")], &rows)
}

/// `vrec export`.
pub fn export(common: &Common, options: &ExportOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Read)?;
    let how = if options.anonymised { Some(anonymisation(options)?) } else { None };
    let lines = engine.export_profile(&options.profile, how.as_ref())?;
    // Whoever reads the output may want the store next.
    drop(engine);
    let Some(file) = &options.output else {
        return output.bytes(&lines);
    };
    let path = file.display().to_string();
    write_new(file, &lines).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::new(Exit::Exists, format!("{path} is there already")),
        _ => Failure::file(&format!("writing {path}"), &error),
    })?;
    let object = json!({"profile": options.profile, "anonymised": options.anonymised, "file": path});
    output.done(&object, &format!("Wrote profile {} to {path}.", options.profile))
}

fn anonymisation(options: &ExportOptions) -> Outcome<Anonymisation> {
    let salt = match &options.salt_file {
        Some(path) => read_secret(path)?,
        None => {
            let mut salt = Zeroizing::new([0; SALT_BYTES]);
            getrandom::fill(salt.as_mut())
                .map_err(|error| Failure::new(Exit::Other, format!("the system gives no random bytes: {error}")))?;
            salt
        }
    };
    Ok(Anonymisation { salt: *salt, profile_salt: None, time_step_ms: options.time_step })
}

/// A file that was not there before and that only its owner reads.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// `vrec rotate-key`.
pub fn rotate_key(common: &Common, options: &RotateOptions, output: &mut Output) -> Outcome {
    let key = options.new_key_file.as_deref().map(read_key).transpose()?;
    common.open(Use::Write)?.rotate_key(key.as_ref())?;
    let sentence = match options.no_key {
        true => "The store has no key any more: leave out --key-file from now on.",
        false => "The store has the new key: name its file by --key-file or VREC_KEY_FILE from now on.",
    };
    output.done(&json!({"key": !options.no_key}), sentence)
}

/// `vrec retain`.
pub fn retain(common: &Common, options: &RetainOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Write)?;
    let limits = Retention { max_age_ms: options.max_age, max_events: options.max_events.map(NonZero::get) };
    let dropped = engine.retain(&limits, now_utc_ms())?;
    let left = engine.statistics().events;
    output.done(
        &json!({"dropped": dropped, "events": left}),
        &format!("Dropped {}; {left} left.", counted(dropped, "event")),
    )
}

/// `vrec compact`.
pub fn compact(common: &Common, output: &mut Output) -> Outcome {
    let path = common.existing_store()?;
    let measured = || directory_bytes(&path).map_err(|error| Failure::file("measuring the store", &error));
    let engine = common.open(Use::Write)?;
    let before = measured()?;
    let spinner = output.working("writing the vectors anew");
    let done = engine.compact();
    spinner.finish_and_clear();
    done?;
    let after = measured()?;
    let object = json!({"bytes_before": before, "bytes_after": after});
    output.done(&object, &format!("The store takes {after} bytes; it took {before}."))
}

/// `vrec forget`.
pub fn forget(common: &Common, profile: &str, yes: bool, output: &mut Output) -> Outcome {
    common.existing_store()?;
    if !yes {
        confirm(&format!("Forget profile {profile} and everything it did? There is no way back. [y/N]"))?;
    }
    let engine = common.open(Use::Write)?;
    // To be told, not needed: what cannot be read any more is forgotten all the same.
    let history = engine.export_profile(profile, None).ok();
    let events = history.map(|lines| lines.split(|byte| *byte == b'\n').filter(is_event).count() as u64);
    engine.forget_profile(profile)?;
    let object = json!({"forgotten": profile, "events": events});
    let events = events.map_or_else(|| "its events".to_owned(), |count| counted(count, "event"));
    let gone = format!("its key, its name and {events} are gone from every file of the store");
    output.done(&object, &format!("Profile {profile} is forgotten: {gone}."))
}

/// Whether a line of an exported profile is one of its events.
fn is_event(line: &&[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|line| line["record"] == "event")
}

/// Asks on a terminal; elsewhere nobody can answer.
fn confirm(question: &str) -> Outcome {
    if !io::stdin().is_terminal() {
        let failure = Failure::new(Exit::Usage, "this cannot be undone, and there is no terminal to ask on");
        return Err(failure.hint("Add --yes to do it without asking."));
    }
    tell(format_args!("{}", printable(question)));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Failure::file("reading the answer", &error))?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Other, "nothing was done")),
    }
}
