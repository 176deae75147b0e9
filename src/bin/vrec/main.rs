//! The `vrec` command: what the library does, for people with a terminal and a store. It is a client of
//! the crate like any other and keeps no state of its own. `docs/command.md` is its manual.
//!
//! | File | What lives there |
//! |---|---|
//! | `arguments/` | commands, options, help |
//! | `values.rs`, `lines.rs`, `records.rs`, `key_file.rs` | reading what people type and what files hold |
//! | `opening.rs` | from options to an open store |
//! | `import.rs`, `events.rs`, `lists.rs`, `watching.rs`, `home.rs`, `profiles.rs` | the commands of viewers |
//! | `packs.rs`, `care.rs`, `vectors.rs`, `training/`, `evaluation/` | those of whoever looks after a store or a service |
//! | `output.rs`, `failure.rs` | what is said, and how the command ends |

#![forbid(unsafe_code)]

mod arguments;
mod care;
mod evaluation;
mod events;
mod failure;
mod home;
mod import;
mod key_file;
mod lines;
mod lists;
mod opening;
mod output;
mod packs;
mod profiles;
mod records;
mod training;
mod values;
mod vectors;
mod watching;

use std::process::ExitCode;

use vrec::domain::EventKind;

use arguments::Action;
use arguments::CommandLine;
use failure::Failure;
use failure::Outcome;
use output::Output;

fn main() -> ExitCode {
    let CommandLine { common, action } = CommandLine::read();
    let mut output = Output::new(common.format, common.quiet);
    let done = run(&common, action, &mut output);
    // What was written before a failure stands.
    let written = output.finish();
    done.and(written).map_or_else(|failure: Failure| failure.report(), |()| ExitCode::SUCCESS)
}

fn run(common: &arguments::Common, action: Action, output: &mut Output) -> Outcome {
    match action {
        Action::Init => care::init(common, output),
        Action::Import(options) => import::import(common, &options, output),
        Action::Watch(options) => events::watch(common, &options, output),
        Action::Like(options) => events::opinion(common, EventKind::Like, &options, output),
        Action::Dislike(options) => events::opinion(common, EventKind::Dislike, &options, output),
        Action::Hide(options) => events::hide(common, &options, output),
        Action::Unhide(options) => events::unhide(common, &options, output),
        Action::Snooze(options) => events::snooze(common, &options, output),
        Action::Unwatch(options) => events::opinion(common, EventKind::Unwatch, &options, output),
        Action::Rate(options) => events::rate(common, &options, output),
        Action::Recommend(options) => lists::recommend(common, options, output),
        Action::Explain(options) => lists::explain(common, options, output),
        Action::Home(options) => home::home(common, options, output),
        Action::Watching(options) => watching::watching(common, options, output),
        Action::Search(options) => lists::search(common, options, output),
        Action::Similar(options) => lists::similar(common, options, output),
        Action::Train(options) => training::train(common, &options, output),
        Action::Stats => care::stats(common, output),
        Action::Verify => care::verify(common, output),
        Action::Vectors(options) => vectors::vectors(common, &options, output),
        Action::Export(options) => care::export(common, &options, output),
        Action::RotateKey(options) => care::rotate_key(common, &options, output),
        Action::Retain(options) => care::retain(common, &options, output),
        Action::Compact => care::compact(common, output),
        Action::Eval(options) => evaluation::evaluate(common, &options, output),
        Action::Tune(options) => evaluation::tune(common, &options, output),
        Action::Pack(action) => packs::pack(common, action, output),
        Action::Profile(action) => profiles::profile(common, action, output),
        Action::Forget(options) => care::forget(common, &options.profile, options.yes, output),
    }
}
