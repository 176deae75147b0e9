//! Everything the command says. Results go to the standard output, as a table for people or as JSON
//! for programs; notes and errors go to the standard error stream. Titles come from whoever wrote the
//! catalogue, so nothing reaches a terminal with control characters in it.

use std::fmt;
use std::io;
use std::io::BufWriter;
use std::io::IsTerminal;
use std::io::Write;
use std::time::Duration;

use clap::ValueEnum;
use comfy_table::Cell;
use comfy_table::CellAlignment;
use comfy_table::ColumnConstraint;
use comfy_table::ContentArrangement;
use comfy_table::LineStyle;
use comfy_table::Table;
use comfy_table::TableStyle;
use console::Term;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;

/// How results are written: a table for people, or JSON for programs, one object a line.
// The variants have no comments of their own: with them, every help text would be several times as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

/// Where results and notes go.
pub struct Output {
    format: Format,
    quiet: bool,
    stdout: BufWriter<io::Stdout>,
}

/// What a table's head is underlined with.
const LINE: char = '─';
/// Columns of the narrowest terminal that tables are fitted to.
const NARROWEST: u16 = 40;

/// Between two looks of something that goes on.
const TICK: Duration = Duration::from_millis(120);

/// A column of a table.
pub struct Column {
    title: &'static str,
    alignment: CellAlignment,
    /// Whether its cells are to be copied and so not to be wrapped.
    is_whole: bool,
}

impl Column {
    pub fn left(title: &'static str) -> Column {
        Column { title, alignment: CellAlignment::Left, is_whole: false }
    }

    /// Of texts that people copy.
    pub fn whole(title: &'static str) -> Column {
        Column { is_whole: true, ..Column::left(title) }
    }

    pub fn right(title: &'static str) -> Column {
        Column { title, alignment: CellAlignment::Right, is_whole: true }
    }
}

impl Output {
    /// Without a format: a table on a terminal, JSON anywhere else.
    pub fn new(format: Option<Format>, quiet: bool) -> Output {
        let usual = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Output { format: format.unwrap_or(usual), quiet, stdout: BufWriter::new(io::stdout()) }
    }

    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// One object on one line.
    pub fn json(&mut self, value: &impl Serialize) -> Outcome {
        let line = serde_json::to_string(value);
        let line = line.map_err(|error| Failure::new(Exit::Other, format!("writing a result as JSON: {error}")))?;
        self.bytes(format!("{line}\n").as_bytes())
    }

    /// What was done: the object for programs, the sentence for people who did not ask for quiet.
    pub fn done(&mut self, value: &Value, sentence: &str) -> Outcome {
        match self.format {
            Format::Json => self.json(value),
            Format::Table if self.quiet => Ok(()),
            Format::Table => self.bytes(format!("{}\n", printable(sentence)).as_bytes()),
        }
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> Outcome {
        self.stdout.write_all(bytes).map_err(|error| Failure::output(&error))
    }

    /// Rows under their titles, wrapped to the terminal's width.
    pub fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) -> Outcome {
        let mut table = Table::new();
        let line = LineStyle::none().fill(LINE).junction(LINE);
        table.load_style(TableStyle::new().header_separator(line));
        table.set_header(columns.iter().map(|column| Cell::new(column.title).set_alignment(column.alignment)));
        for row in rows {
            let cells = row.iter().zip(columns);
            table.add_row(cells.map(|(text, column)| Cell::new(printable(text)).set_alignment(column.alignment)));
        }
        if io::stdout().is_terminal() {
            let width = Term::stdout().size().1.max(NARROWEST);
            table.set_width(width);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            keep_whole(&mut table, columns, rows, usize::from(width) / 2);
        }
        let (mut text, mut is_head) = (String::new(), true);
        for line in table.lines() {
            is_head &= !line.starts_with(LINE);
            let styled = console::style(line.trim_end());
            text += &format!("{}\n", if is_head { styled.bold() } else { styled });
        }
        self.bytes(text.as_bytes())
    }

    /// The objects for programs, or two columns for people: what, and how much.
    pub fn facts(&mut self, value: &Value, facts: &[(&str, String)]) -> Outcome {
        if self.is_json() {
            return self.json(value);
        }
        let rows: Vec<Vec<String>> = facts.iter().map(|(what, much)| vec![(*what).to_owned(), much.clone()]).collect();
        self.table(&[Column::left("What"), Column::right("Value")], &rows)
    }

    /// A remark for people, beside the results.
    pub fn note(&self, note: &str) {
        if !self.quiet {
            tell(format_args!("{}", printable(note)));
        }
    }

    /// Says that long work goes on, until it is finished.
    pub fn working(&self, what: &'static str) -> ProgressBar {
        let spinner = if self.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner().with_message(what) };
        if !spinner.is_hidden() {
            spinner.enable_steady_tick(TICK);
        }
        spinner
    }

    /// To be called at the end: what could not be written is a failure.
    pub fn finish(&mut self) -> Outcome {
        self.stdout.flush().map_err(|error| Failure::output(&error))
    }
}

/// Has other columns wrapped before these, unless they are wider than `most` themselves.
fn keep_whole(table: &mut Table, columns: &[Column], rows: &[Vec<String>], most: usize) {
    for (index, _) in columns.iter().enumerate().filter(|(_, column)| column.is_whole) {
        let widest = rows.iter().map(|row| console::measure_text_width(&row[index])).max();
        if widest.is_some_and(|widest| widest <= most)
            && let Some(column) = table.column_mut(index)
        {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

/// Writes a line to the standard error stream. Nobody is left to be told when that fails.
pub fn tell(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The text without what a terminal would act on: control characters, and marks that turn the direction
/// of what follows.
pub fn printable(text: &str) -> String {
    let is_turn = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !is_turn(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// So many of a thing, in words.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// At most so many columns of the text; Chinese characters take two.
pub fn shortened(text: &str, columns: usize) -> String {
    console::truncate_str(&printable(text), columns, "…").into_owned()
}
