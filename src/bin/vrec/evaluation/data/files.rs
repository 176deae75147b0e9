//! The files of a data set, as they are or gzipped, in UTF-8 or in Latin-1, and what all layouts read them into.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::ReaderBuilder;
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use vrec::domain::Video;

use super::Part;
use super::Split;
use super::bad;
use super::layout;
use super::movielens;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;

/// An event as a file has it.
#[derive(Debug, Clone, Copy)]
pub struct FileEvent {
    pub user: usize,
    pub video: usize,
    pub seconds: Option<i64>,
    pub part: Option<Part>,
}

/// What a folder holds.
#[derive(Debug)]
pub struct Files {
    pub videos: Vec<Video>,
    pub users: Vec<String>,
    /// In the order of the file.
    pub events: Vec<FileEvent>,
    /// Whether the files say what each event is for in the split.
    pub has_parts: bool,
    /// Ids, where a file names them.
    pub cold_videos: Option<BTreeSet<String>>,
}

impl Files {
    pub fn read(folder: &Path, split: Split) -> Outcome<Files> {
        if movielens::is_in(folder) { movielens::read(folder) } else { layout::read(folder, split) }
    }
}

/// Events on their way in: users get numbers, ids of videos become theirs.
pub struct Events<'a> {
    file: &'a str,
    numbers: HashMap<&'a str, usize>,
    known: HashMap<String, usize>,
    users: Vec<String>,
    events: Vec<FileEvent>,
}

impl<'a> Events<'a> {
    /// Of one file, on these videos.
    pub fn new(file: &'a str, videos: &'a [Video]) -> Events<'a> {
        let numbers = videos.iter().enumerate().map(|(number, video)| (video.id.as_str(), number)).collect();
        Events { file, numbers, known: HashMap::new(), users: Vec::new(), events: Vec::new() }
    }

    /// Takes one event of line `line`; an empty time is none.
    pub fn put(&mut self, line: usize, (user, video): (&str, &str), time: &str, part: Option<&str>) -> Outcome {
        let wrong = |what: String| bad(format!("{}:{line}: {what}", self.file));
        let number = *self.numbers.get(video).ok_or_else(|| wrong(format!("no video {video:?}")))?;
        let seconds = seconds(time).map_err(|why| wrong(format!("timestamp: {why}")))?;
        let part = part.map(|part| Part::of(part).ok_or_else(|| wrong(format!("part {part:?}")))).transpose()?;
        let next = self.users.len();
        let user_number = *self.known.entry(user.to_owned()).or_insert(next);
        if user_number == next {
            self.users.push(user.to_owned());
        }
        self.events.push(FileEvent { user: user_number, video: number, seconds, part });
        Ok(())
    }

    /// Users by their numbers, and the events.
    pub fn finish(self) -> (Vec<String>, Vec<FileEvent>) {
        (self.users, self.events)
    }
}

/// Whole seconds, or with a fraction, which is cut off.
fn seconds(text: &str) -> Result<Option<i64>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(whole) = text.parse() {
        return Ok(Some(whole));
    }
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number of seconds"))?;
    if number.is_finite() { Ok(Some(number as i64)) } else { Err(format!("{text:?} is no time")) }
}

/// Whether the file is there, plain or gzipped.
pub fn exists(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file() || folder.join(format!("{name}.gz")).is_file()
}

/// The file, unpacked.
pub fn open(folder: &Path, name: &str) -> Outcome<Box<dyn Read>> {
    if let Ok(file) = File::open(folder.join(name)) {
        return Ok(Box::new(file));
    }
    let file = File::open(folder.join(format!("{name}.gz"))).map_err(|error| {
        let message = format!("neither {name} nor {name}.gz in {} can be read: {error}", folder.display());
        Failure::new(Exit::NotFound, message)
    })?;
    Ok(Box::new(MultiGzDecoder::new(file)))
}

/// The whole file as text; in Latin-1 if it is not UTF-8.
pub fn read_text(folder: &Path, name: &str) -> Outcome<String> {
    let mut bytes = Vec::new();
    open(folder, name)?.read_to_end(&mut bytes).map_err(|error| bad(format!("{name} cannot be read: {error}")))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect()))
}

/// A file with a line of column names, and where its columns stand.
pub struct Table {
    name: String,
    header: StringRecord,
    reader: csv::Reader<Box<dyn Read>>,
}

impl Table {
    pub fn open(folder: &Path, name: &str) -> Outcome<Table> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(open(folder, name)?);
        let header = reader.headers().map_err(|error| bad(format!("{name}: {error}")))?.clone();
        Ok(Table { name: name.to_owned(), header, reader })
    }

    /// None where the file has no such column.
    pub fn find(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name.trim_start_matches('\u{feff}') == column)
    }

    pub fn column(&self, column: &str) -> Outcome<usize> {
        let missing = || bad(format!("{} has no column {column:?}; its columns are {:?}", self.name, self.header));
        self.find(column).ok_or_else(missing)
    }

    /// Calls with each row and the line it stands on.
    pub fn rows(&mut self, mut call: impl FnMut(usize, &StringRecord) -> Outcome) -> Outcome {
        for record in self.reader.records() {
            let record = record.map_err(|error| bad(format!("{}: {error}", self.name)))?;
            call(record.position().map_or(0, |position| position.line() as usize), &record)?;
        }
        Ok(())
    }
}

/// The cell of a row; nothing where the row is too short or there is no such column.
pub fn cell(record: &StringRecord, column: Option<usize>) -> &str {
    column.and_then(|column| record.get(column)).unwrap_or_default()
}
