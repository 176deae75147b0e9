//! Files with the events of a service: CSV with a header, JSON Lines, Parquet, the first two gzipped as well. Columns go by
//! the names that services give them; what vrec does not know is passed over. One line is in memory at a time, of Parquet
//! one page of each column.

use std::fs::File;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Cursor;
use std::path::Path;

use csv::ReaderBuilder;
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use serde_json::Map;
use serde_json::Value;
use vrec::domain::Event;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::lines::Line;
use crate::lines::Lines;
use crate::records::Fields;
use crate::records::Record;
use crate::values;

/// Hears of each line, by its number from 1 on, what event it is, or what is wrong with it.
pub type Hear<'a> = &'a mut dyn FnMut(u64, Result<Event, String>) -> Outcome;

/// What a column says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    User,
    Video,
    Kind,
    /// Milliseconds since 1970.
    TimeMs,
    /// Seconds or milliseconds since 1970, or a text.
    Time,
    /// A field of the event under its own name, in whole numbers.
    Whole(&'static str),
    /// Seconds of playback, under the name that has milliseconds.
    Seconds(&'static str),
    Rating,
    /// A field of the event under its own name, in words.
    Word(&'static str),
}

/// Names of columns, without regard to case, spaces, hyphens and underscores.
const COLUMNS: [(Column, &[&str]); 15] = [
    (Column::User, &["user", "userid", "profile", "profileid", "viewer", "viewerid", "account", "accountid"]),
    (
        Column::Video,
        &["video", "videoid", "item", "itemid", "movie", "movieid", "content", "contentid", "asset", "assetid"],
    ),
    (Column::Kind, &["kind", "event", "eventtype", "eventkind", "type", "action"]),
    (Column::TimeMs, &["timeutcms", "timems", "timestampms"]),
    (Column::Time, &["time", "timestamp", "ts", "date", "datetime", "eventtime"]),
    (Column::Whole("position_ms"), &["positionms"]),
    (Column::Seconds("position_ms"), &["positions", "positionseconds", "watchedseconds"]),
    (Column::Whole("duration_ms"), &["durationms"]),
    (Column::Seconds("duration_ms"), &["durations", "durationseconds"]),
    (Column::Rating, &["rating", "stars"]),
    (Column::Word("device"), &["device"]),
    (Column::Word("place"), &["place"]),
    (Column::Word("company"), &["company"]),
    (Column::Whole("utc_offset_minutes"), &["utcoffsetminutes"]),
    (Column::Whole("until_utc_ms"), &["untilutcms"]),
];

/// Words for kinds of events beside their own names.
const KINDS: [(&str, &str); 10] = [
    ("view", "complete"),
    ("viewed", "complete"),
    ("watch", "complete"),
    ("watched", "complete"),
    ("completed", "complete"),
    ("started", "play"),
    ("click", "select"),
    ("liked", "like"),
    ("disliked", "dislike"),
    ("rated", "rate"),
];

/// A time below is in seconds: as milliseconds it would be before 1973, as seconds it is before the year 5138.
const SECONDS_BELOW: u64 = 100_000_000_000;

impl Column {
    fn named(name: &str) -> Option<Column> {
        let plain: String =
            name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect();
        COLUMNS.into_iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| column)
    }

    /// The field of an event that the column fills, and its value there.
    fn field(self, value: Value) -> Result<(&'static str, Value), String> {
        let wrong = |name: &str, what: &str| format!("column {name}: expected {what}, found {value}");
        Ok(match self {
            Column::User => ("profile", text(&value).ok_or_else(|| wrong("user", "an id"))?.into()),
            Column::Video => ("video_id", text(&value).ok_or_else(|| wrong("video", "an id"))?.into()),
            Column::Kind => ("kind", kind(&text(&value).ok_or_else(|| wrong("kind", "a text"))?).into()),
            Column::TimeMs => ("time_utc_ms", whole(&value).ok_or_else(|| wrong("time", "milliseconds"))?.into()),
            Column::Time => ("time_utc_ms", time(&value).map_err(|why| format!("column time: {why}"))?.into()),
            Column::Whole(name) => (name, whole(&value).ok_or_else(|| wrong(name, "a whole number"))?.into()),
            Column::Seconds(name) => {
                let seconds = number(&value).ok_or_else(|| wrong(name, "seconds"))?;
                (name, ((seconds * 1_000.0).round() as i64).into())
            }
            Column::Rating => ("rating", number(&value).ok_or_else(|| wrong("rating", "a number"))?.into()),
            Column::Word(name) => (name, text(&value).ok_or_else(|| wrong(name, "a text"))?.into()),
        })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        value => value.as_f64()?,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

fn whole(value: &Value) -> Option<i64> {
    let of_text = |text: &str| text.trim().parse::<i64>().ok();
    let exact = value.as_i64().or_else(|| value.as_str().and_then(of_text));
    // Tables of numbers often have whole ones with a point.
    exact.or_else(|| {
        number(value).filter(|number| number.fract() == 0.0 && number.abs() < 9e15).map(|number| number as i64)
    })
}

fn time(value: &Value) -> Result<i64, String> {
    match (whole(value), value) {
        (Some(number), _) if number.unsigned_abs() < SECONDS_BELOW => Ok(number * 1_000),
        (Some(number), _) => Ok(number),
        (None, Value::String(text)) if text != "now" => values::time(&text.replace(' ', "T")),
        _ => Err(format!("expected a time, found {value}")),
    }
}

fn kind(text: &str) -> String {
    let plain = text.trim().to_lowercase();
    let known = KINDS.into_iter().find(|(word, _)| *word == plain);
    known.map_or(plain, |(_, name)| name.to_owned())
}

/// The event of a line, from the columns that vrec knows and their values; those without a value are left out.
fn event_of(columns: impl Iterator<Item = (Column, Value)>) -> Result<Event, String> {
    let mut object = Map::new();
    for (column, value) in columns.filter(|(_, value)| !value.is_null() && value.as_str() != Some("")) {
        let (name, value) = column.field(value)?;
        object.insert(name.to_owned(), value);
    }
    if !object.contains_key("profile") {
        return Err("the user is missing".to_owned());
    }
    if !object.contains_key("kind") {
        let kind = if object.contains_key("rating") { "rate" } else { "complete" };
        object.insert("kind".to_owned(), kind.into());
    }
    let event = Event::read(&mut Fields::of(object))?;
    event.ok_or_else(|| "the line is no event".to_owned())
}

/// Reads a file of any of the formats, which its name tells.
pub fn read(path: &Path, hear: Hear<'_>) -> Outcome {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let file = File::open(path).map_err(|error| Failure::file(&format!("opening {}", path.display()), &error))?;
    match plain.rsplit('.').next() {
        Some("parquet") => read_parquet(path, file, hear),
        Some("csv" | "tsv" | "txt") => read_csv(path, buffered(file, plain != name), hear),
        Some("jsonl" | "ndjson" | "json") => read_lines(path, buffered(file, plain != name), hear),
        _ => {
            let message = format!("{} ends in none of .csv, .tsv, .jsonl, .ndjson, .parquet", path.display());
            Err(Failure::new(Exit::Usage, message).hint("The name of a file says what it holds; .gz may follow."))
        }
    }
}

fn buffered(file: File, is_gzipped: bool) -> Box<dyn BufRead> {
    if is_gzipped { Box::new(BufReader::new(MultiGzDecoder::new(file))) } else { Box::new(BufReader::new(file)) }
}

fn read_lines(path: &Path, reader: Box<dyn BufRead>, hear: Hear<'_>) -> Outcome {
    let mut lines = Lines::new(path.display().to_string(), reader, None);
    while let Some(line) = lines.next()? {
        if line == Line::TooLong {
            hear(lines.number, Err("the line is too long".to_owned()))?;
        } else if !lines.text.trim_ascii().is_empty() {
            hear(lines.number, event_of_json(&lines.text))?;
        }
    }
    Ok(())
}

fn event_of_json(line: &[u8]) -> Result<Event, String> {
    let object = Fields::parse(line, "")?.into_object();
    event_of(object.into_iter().filter_map(|(name, value)| Some((Column::named(&name)?, value))))
}

/// The character that stands most often in the header, of those that part columns.
fn delimiter(header: &[u8]) -> u8 {
    let line = header.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    // Of equal ones the last: a header of one column has none of them.
    *[b'|', b'\t', b';', b','].iter().max_by_key(|delimiter| count(**delimiter)).unwrap_or(&b',')
}

/// The records of a line, each with its fields; more than one where carriage returns alone part them. A field that goes on
/// behind the line is refused: a quote that nobody closes would swallow all lines up to the next one.
fn records(line: &[u8], delimiter: u8) -> impl Iterator<Item = Result<StringRecord, String>> {
    // An end that only a closed quote ends.
    let whole = [line.strip_suffix(b"\n").unwrap_or(line), b"\n"].concat();
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).flexible(true).has_headers(false).buffer_capacity(whole.len());
    builder.from_reader(Cursor::new(whole)).into_records().map(|record| {
        let record = record.map_err(|error| error.to_string())?;
        match record.iter().any(|field| field.contains('\n')) {
            true => Err("a quote is not closed on its line".to_owned()),
            false => Ok(record),
        }
    })
}

fn read_csv(path: &Path, reader: Box<dyn BufRead>, hear: Hear<'_>) -> Outcome {
    let failed = |why: String| Failure::new(Exit::BadInput, format!("reading {}: {why}", path.display()));
    let mut lines = Lines::new(path.display().to_string(), reader, None);
    if lines.next()? == Some(Line::TooLong) {
        return Err(failed("the header is too long".to_owned()));
    }
    let delimiter = delimiter(&lines.text);
    let mut first = records(&lines.text, delimiter);
    let header = first.next().transpose().map_err(failed)?.unwrap_or_default();
    let columns: Vec<Option<Column>> = header.iter().map(Column::named).collect();
    for (column, what) in [(Column::User, "user"), (Column::Video, "video")] {
        if !columns.contains(&Some(column)) {
            let message = format!("{} has no column {what}", path.display());
            return Err(Failure::new(Exit::BadInput, message).hint("docs/training.md says what columns are called."));
        }
    }
    for record in first {
        hear(1, record.and_then(|record| event_of_record(&columns, &record)))?;
    }
    while let Some(line) = lines.next()? {
        if line == Line::TooLong {
            hear(lines.number, Err("the line is too long".to_owned()))?;
            continue;
        }
        for record in records(&lines.text, delimiter) {
            hear(lines.number, record.and_then(|record| event_of_record(&columns, &record)))?;
        }
    }
    Ok(())
}

fn event_of_record(columns: &[Option<Column>], record: &StringRecord) -> Result<Event, String> {
    let known = columns.iter().zip(record);
    event_of(known.filter_map(|(column, text)| Some(((*column)?, text.trim().into()))))
}

fn read_parquet(path: &Path, file: File, hear: Hear<'_>) -> Outcome {
    let failed = |error| Failure::new(Exit::BadInput, format!("reading {}: {error}", path.display()));
    let reader = SerializedFileReader::new(file).map_err(failed)?;
    for (row, line) in reader.get_row_iter(None).map_err(failed)?.zip(1..) {
        let row = row.map_err(failed)?;
        let columns = row.get_column_iter().filter_map(|(name, field)| known(Column::named(name)?, field));
        hear(line, event_of(columns))?;
    }
    Ok(())
}

/// A value of a table, as JSON has it.
fn known(column: Column, field: &Field) -> Option<(Column, Value)> {
    Some(match field {
        Field::TimestampMillis(time) => (Column::TimeMs, (*time).into()),
        Field::TimestampMicros(time) => (Column::TimeMs, time.div_euclid(1_000).into()),
        Field::Date(days) => (Column::TimeMs, (i64::from(*days) * 86_400_000).into()),
        Field::Byte(number) => (column, (*number).into()),
        Field::Short(number) => (column, (*number).into()),
        Field::Int(number) => (column, (*number).into()),
        Field::Long(number) => (column, (*number).into()),
        Field::UByte(number) => (column, (*number).into()),
        Field::UShort(number) => (column, (*number).into()),
        Field::UInt(number) => (column, (*number).into()),
        Field::ULong(number) => (column, (*number).into()),
        Field::Float(number) => (column, (*number).into()),
        Field::Double(number) => (column, (*number).into()),
        Field::Str(text) => (column, text.as_str().into()),
        Field::Bytes(bytes) => (column, std::str::from_utf8(bytes.data()).ok()?.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::BoolType;
    use parquet::data_type::ByteArrayType;
    use parquet::data_type::DoubleType;
    use parquet::data_type::Int64Type;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::lines::LINE_BYTES;

    fn events(name: &str, bytes: &[u8]) -> Vec<(u64, Result<Event, String>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut heard = Vec::new();
        read(&path, &mut |line, event| {
            heard.push((line, event));
            Ok(())
        })
        .unwrap();
        heard
    }

    #[test]
    fn columns_go_by_many_names() {
        let movielens = events("ratings.csv", b"userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n1,306,9,1\n");
        let event = movielens[0].1.clone().unwrap();
        assert_eq!((event.profile.as_str(), event.video_id.as_str(), event.rating), ("1", "296", 5.0));
        assert_eq!((event.kind.name(), event.time_utc_ms), ("rate", 1_147_880_044_000));
        let text = "User ID;Video-ID;When;time;position_s;duration_ms;device;EVENT\n\
            \"a;b\";v;x;2026-01-31 20:15:00Z;90.5;100000;tv;PROGRESS\n;v;;1;;;;\n";
        let others = events("log.txt", text.as_bytes());
        let event = others[0].1.clone().unwrap();
        assert_eq!((event.profile.as_str(), event.position_ms, event.duration_ms), ("a;b", 90_500, 100_000));
        assert_eq!((event.kind.name(), event.context.device.name()), ("progress", "tv"));
        assert_eq!(event.time_utc_ms, 1_769_890_500_000);
        assert_eq!(others[1], (3, Err("the user is missing".to_owned())));
    }

    #[test]
    fn the_earliest_time_of_all_is_a_time() {
        let heard = events("log.csv", format!("user,video,time\n1,v,{}\n", i64::MIN).as_bytes());
        assert_eq!(heard[0].1.as_ref().map(|event| event.time_utc_ms), Ok(i64::MIN));
    }

    #[test]
    fn a_line_without_an_end_is_refused_and_the_next_one_is_read() {
        let long = b"a".repeat(2 * LINE_BYTES);
        let heard = events("log.csv", &[b"user,video,time\n1,\"v", long.as_slice(), b"\n2,v,5\n"].concat());
        assert_eq!(heard[0], (2, Err("the line is too long".to_owned())));
        assert_eq!((heard.len(), heard[1].0, heard[1].1.is_ok()), (2, 3, true));
    }

    #[test]
    fn a_stray_quote_costs_its_line_alone() {
        let text = "user,video,time,note\n1,\"v,5,\n2,\"a \"\"b\"\"\",6,\n3,\"v\n4,v,7,\"\n5,v,8,\r\n6,v,9,\"x\"";
        let heard = events("log.csv", text.as_bytes());
        let refused = Err("a quote is not closed on its line".to_owned());
        let of = |line: u64| heard.iter().find(|(number, _)| *number == line).map(|(_, event)| event.clone()).unwrap();
        for line in [2, 4, 5] {
            assert_eq!(of(line), refused, "line {line}");
        }
        assert_eq!(of(3).unwrap().video_id, "a \"b\"");
        assert_eq!((of(6).unwrap().profile.as_str(), of(7).unwrap().time_utc_ms, heard.len()), ("5", 9_000, 6));
    }

    #[test]
    fn lines_may_end_in_a_carriage_return_alone() {
        let heard = events("log.csv", b"user,video,time\r1,v,5\r2,v,6\r");
        assert_eq!(heard.iter().map(|(line, event)| (*line, event.is_ok())).collect::<Vec<_>>(), [(1, true); 2]);
    }

    /// A table as a service writes it: an optional column, text, times of their own type.
    fn parquet_file() -> Vec<u8> {
        let schema = "message log { required int64 user_id; required byte_array content_id (utf8);
            optional double rating; required int64 ts (timestamp(millis,true)); required boolean new; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[7, 8], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&["v1".into(), "片".into()], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[4.5], Some(&[1, 0]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[5, 1_700_000_000_000], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<BoolType>().write_batch(&[true, false], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.into_inner().unwrap()
    }

    #[test]
    fn tables_are_read_by_their_types() {
        let heard = events("log.parquet", &parquet_file());
        let of = |place: usize| heard[place].1.clone().unwrap();
        assert_eq!((heard.len(), heard[1].0), (2, 2));
        assert_eq!((of(0).profile.as_str(), of(0).video_id.as_str(), of(0).rating), ("7", "v1", 4.5));
        assert_eq!((of(0).kind.name(), of(0).time_utc_ms), ("rate", 5), "milliseconds by their type");
        assert_eq!((of(1).profile.as_str(), of(1).video_id.as_str(), of(1).kind.name()), ("8", "片", "complete"));
        assert_eq!(of(1).time_utc_ms, 1_700_000_000_000);
    }

    #[test]
    fn lines_of_json_may_be_gzipped() {
        let text = "{\"user\":7,\"video_id\":\"v\",\"time_utc_ms\":5,\"extra\":[1]}\nnot json\n\n{\"user\":1}\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
        let heard = events("log.jsonl.gz", &packed.finish().unwrap());
        assert_eq!(
            heard.iter().map(|(line, event)| (*line, event.is_ok())).collect::<Vec<_>>(),
            [(1, true), (2, false), (4, false)]
        );
        let event = heard[0].1.clone().unwrap();
        assert_eq!((event.profile.as_str(), event.kind.name(), event.time_utc_ms), ("7", "complete", 5));
    }
}
