//! `vrec import`: a file of JSON Lines goes to the engine in batches. A bad line is named by file and
//! line; the batch it stands in is not added, unless bad lines are to be skipped. An interrupt ends the
//! program as it ends any other: what was added before is in the store.

use std::collections::HashMap;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;
use serde_json::json;
use vrec::domain::CallOptions;
use vrec::domain::Error;
use vrec::domain::Event;
use vrec::domain::Progress;
use vrec::domain::Status;
use vrec::domain::Video;
use vrec::engine::Engine;

use crate::arguments::Common;
use crate::arguments::ImportOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::lines::LINE_BYTES;
use crate::lines::Line;
use crate::lines::Lines;
use crate::opening::Use;
use crate::output::Output;
use crate::output::counted;
use crate::output::printable;
use crate::output::tell;
use crate::profiles::named_or_current;
use crate::records::Fields;
use crate::records::Record;

/// Bytes of lines after which a batch is full, whatever their number.
const BATCH_BYTES: usize = 16 << 20;

/// Adds what the file holds and says how much that was.
pub fn import(common: &Common, options: &ImportOptions, output: &mut Output) -> Outcome {
    common.existing_store()?;
    let mut lines = Lines::open(&options.file)?;
    let engine = common.open(Use::WriteVectors)?;
    let before = engine.statistics();
    let counts = if options.events {
        let profile = named_or_current(&engine, options.profile.as_deref())?;
        Import::<Event>::new(&engine, options, profile, output).run(&mut lines)?
    } else {
        Import::<Video>::new(&engine, options, String::new(), output).run(&mut lines)?
    };
    let after = engine.statistics();
    let embedded = after.texts_embedded - before.texts_embedded;
    let new = after.videos - before.videos;
    let (name, added, skipped) = (&lines.name, counts.added, counts.skipped);
    let skips = if skipped == 0 { String::new() } else { format!("; {} skipped", counted(skipped, "bad line")) };
    if options.events {
        let object = json!({"file": name, "events": added, "skipped": skipped});
        return output.done(&object, &format!("{} of {name} recorded{skips}.", counted(added, "event")));
    }
    let replaced = added.saturating_sub(new);
    let texts = match embedded {
        0 => "no text was new, so nothing was embedded".to_owned(),
        count => format!("{} embedded", counted(count, "text")),
    };
    let object = json!({"file": name, "videos": added, "new": new, "replaced": replaced, "texts_embedded": embedded, "skipped": skipped});
    let videos = counted(added, "video");
    output.done(&object, &format!("{videos} of {name}: {new} new, {replaced} replaced; {texts}{skips}."))
}

/// What became of the lines.
#[derive(Debug, Default)]
struct Counts {
    added: u64,
    skipped: u64,
}

/// One file on its way into the store.
struct Import<'a, R> {
    engine: &'a Engine,
    options: &'a ImportOptions,
    /// Whose events those are that name no profile.
    profile: String,
    quiet: bool,
    bar: ProgressBar,
    batch: Vec<R>,
    /// Of each record of the batch the line it stands on.
    numbers: Vec<u64>,
    batch_bytes: usize,
    /// On which line each id stands.
    seen: HashMap<String, u64>,
    counts: Counts,
}

impl<'a, R: Record> Import<'a, R> {
    fn new(engine: &'a Engine, options: &'a ImportOptions, profile: String, output: &Output) -> Self {
        Import {
            engine,
            options,
            profile,
            quiet: output.is_quiet(),
            bar: ProgressBar::hidden(),
            batch: Vec::new(),
            numbers: Vec::new(),
            batch_bytes: 0,
            seen: HashMap::new(),
            counts: Counts::default(),
        }
    }

    fn run(mut self, lines: &mut Lines) -> Outcome<Counts> {
        if !self.quiet {
            self.bar = progress_bar(lines.total);
        }
        while let Some(line) = lines.next()? {
            match self.read(line, lines) {
                Ok(Some(record)) => {
                    self.batch_bytes += lines.text.len();
                    self.batch.push(record);
                    self.numbers.push(lines.number);
                }
                Ok(None) => {}
                Err(why) => self.bad(lines, lines.number, &why)?,
            }
            if self.batch.len() >= R::BATCH || self.batch_bytes >= BATCH_BYTES {
                self.add(lines)?;
            }
        }
        self.add(lines)?;
        self.bar.finish_and_clear();
        Ok(self.counts)
    }

    /// The record of the newest line; none of one that says nothing.
    fn read(&mut self, line: Line, lines: &Lines) -> Result<Option<R>, String> {
        if line == Line::TooLong {
            return Err(format!("the line is longer than {LINE_BYTES} bytes"));
        }
        if lines.text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut fields = Fields::parse(&lines.text, &self.profile)?;
        let Some(record) = R::read(&mut fields)? else { return Ok(None) };
        if !self.options.ignore_unknown {
            fields.finish()?;
        }
        let dimensions = Some(self.engine.dimensions()).filter(|dimensions| *dimensions > 0);
        record.check(dimensions).map_err(|error| error.message)?;
        if let Some(key) = record.key() {
            if let Some(first) = self.seen.get(key) {
                return Err(format!("id {key:?} stands on line {first} already"));
            }
            self.seen.insert(key.to_owned(), lines.number);
        }
        Ok(Some(record))
    }

    /// Adds the batch. The engine names a record that it does not take: without it the rest is tried again, where bad
    /// lines are skipped.
    fn add(&mut self, lines: &Lines) -> Outcome {
        while !self.batch.is_empty() {
            let Err(error) = R::add(self.engine, &self.batch, &self.call(lines)) else {
                self.counts.added += self.batch.len() as u64;
                break;
            };
            let Some((index, why)) = place::<R>(&error, self.batch.len()) else {
                return Err(error.into());
            };
            let number = self.numbers.remove(index);
            if let Some(key) = self.batch.remove(index).key() {
                self.seen.remove(key);
            }
            self.bad(lines, number, why)?;
        }
        self.batch.clear();
        self.numbers.clear();
        self.batch_bytes = 0;
        self.bar.set_position(lines.bytes);
        self.bar.set_message(format!("{} {}", self.counts.added, R::NAME));
        Ok(())
    }

    /// Moves the bar over the batch's bytes while its texts are embedded.
    fn call(&self, lines: &Lines) -> CallOptions {
        let (bar, bytes, start) = (self.bar.clone(), self.batch_bytes as u64, self.bar.position());
        let most = lines.bytes;
        let move_bar = move |done: u64, total: u64| bar.set_position((start + bytes * done / total.max(1)).min(most));
        CallOptions { progress: Some(Progress::new(move_bar)), ..CallOptions::default() }
    }

    fn bad(&mut self, lines: &Lines, number: u64, why: &str) -> Outcome {
        let message = format!("{}:{number}: {why}", lines.name);
        if self.options.skip_bad {
            self.counts.skipped += 1;
            if !self.quiet {
                self.bar.suspend(|| tell(format_args!("{}", printable(&message))));
            }
            return Ok(());
        }
        self.bar.finish_and_clear();
        let hint = match self.counts.added {
            0 => "Nothing was added. Correct the line, or add --skip-bad.".to_owned(),
            added => format!("The first {added} {} are in the store. Correct the line, or add --skip-bad.", R::NAME),
        };
        Err(Failure::new(Exit::BadInput, message).hint(hint))
    }
}

/// Which record of a batch an error is about, with what is wrong with it; none when it is about the store, the model
/// or the disk.
fn place<R: Record>(error: &Error, count: usize) -> Option<(usize, &str)> {
    if !matches!(error.status, Status::InvalidArgument | Status::NotFound | Status::Limit | Status::Utf8) {
        return None;
    }
    if count == 1 {
        return Some((0, &error.message));
    }
    let rest = error.message.strip_prefix(R::NAME)?.strip_prefix('[')?;
    let (index, why) = rest.split_once("]: ")?;
    let index = index.parse().ok().filter(|index| *index < count)?;
    Some((index, why))
}

/// Shown while the file is longer than nothing and people watch.
fn progress_bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(bytes) => (ProgressBar::new(bytes), "{bar:32} {percent:>3} %  {msg}  {eta} left"),
        None => (ProgressBar::no_length(), "{bytes} read  {msg}  {elapsed}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_placed_in_their_batch() {
        let error = Error::invalid("bad").within_batch("videos", 2, 3);
        assert_eq!(place::<Video>(&error, 3), Some((2, "bad")));
        assert_eq!(place::<Video>(&error, 2), None, "past the batch");
        assert_eq!(place::<Event>(&error, 3), None, "of another list");
        assert_eq!(place::<Video>(&Error::invalid("bad"), 1), Some((0, "bad")));
        assert_eq!(place::<Video>(&Error::new(Status::DiskFull, "videos[0]: full"), 3), None);
    }
}
