//! MovieLens as GroupLens hands it out (Harper and Konstan, "The MovieLens datasets: history and context", 2015):
//! `ratings.csv` and `movies.csv` (latest, 20M, 25M, 32M), `ratings.dat` and `movies.dat` (1M, 10M), `u.data` and `u.item` (100K).
//! A title's year, as in "Toy Story (1995)", and the genres become tags.

use std::path::Path;

use vrec::domain::Video;

use super::bad;
use super::files::Events;
use super::files::Files;
use super::files::Table;
use super::files::cell;
use super::files::exists;
use super::files::read_text;
use crate::failure::Outcome;

/// The genres of 100K, in the order of its columns; the first of all is "unknown".
const GENRES: [&str; 18] = [
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// Columns of 100K before the first genre of the list.
const BEFORE_GENRES: usize = 6;

const NO_GENRES: &str = "(no genres listed)";

pub fn is_in(folder: &Path) -> bool {
    [("ratings.csv", "movies.csv"), ("ratings.dat", "movies.dat"), ("u.data", "u.item")]
        .into_iter()
        .any(|(ratings, movies)| exists(folder, ratings) && exists(folder, movies))
}

pub fn read(folder: &Path) -> Outcome<Files> {
    if exists(folder, "ratings.csv") {
        return read_csv(folder);
    }
    let (movies, ratings, separator) =
        if exists(folder, "ratings.dat") { ("movies.dat", "ratings.dat", "::") } else { ("u.item", "u.data", "\t") };
    let listed = read_text(folder, movies)?;
    let video = |(index, line): (usize, &str)| {
        let read = if movies == "u.item" { old_video(line) } else { dat_video(line) };
        read.ok_or_else(|| bad(format!("{movies}:{}: too few fields", index + 1)))
    };
    let videos: Vec<Video> = lines(&listed).map(video).collect::<Outcome<_>>()?;
    let rated = read_text(folder, ratings)?;
    let mut events = Events::new(ratings, &videos);
    for (index, line) in lines(&rated) {
        let fields: Vec<&str> = line.split(separator).collect();
        let [user, video, ..] = fields[..] else {
            return Err(bad(format!("{ratings}:{}: too few fields", index + 1)));
        };
        events.put(index + 1, (user, video), fields.get(3).copied().unwrap_or_default(), None)?;
    }
    let (users, events) = events.finish();
    Ok(Files { videos, users, events, has_parts: false, cold_videos: None })
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
}

fn read_csv(folder: &Path) -> Outcome<Files> {
    let mut table = Table::open(folder, "movies.csv")?;
    let (id, title) = (Some(table.column("movieId")?), Some(table.column("title")?));
    let genres = table.find("genres");
    let mut videos = Vec::new();
    table.rows(|_, row| {
        videos.push(video(cell(row, id), cell(row, title), cell(row, genres).split('|')));
        Ok(())
    })?;
    let mut table = Table::open(folder, "ratings.csv")?;
    let (user, id) = (Some(table.column("userId")?), Some(table.column("movieId")?));
    let time = table.find("timestamp");
    let mut events = Events::new("ratings.csv", &videos);
    table.rows(|line, row| events.put(line, (cell(row, user), cell(row, id)), cell(row, time), None))?;
    let (users, events) = events.finish();
    Ok(Files { videos, users, events, has_parts: false, cold_videos: None })
}

/// `1::Toy Story (1995)::Animation|Children's|Comedy`
fn dat_video(line: &str) -> Option<Video> {
    let (id, rest) = line.split_once("::")?;
    let (title, genres) = rest.rsplit_once("::")?;
    Some(video(id, title, genres.split('|')))
}

/// `1|Toy Story (1995)|01-Jan-1995||http://…|0|0|0|1|…`, a column for each genre.
fn old_video(line: &str) -> Option<Video> {
    let fields: Vec<&str> = line.split('|').collect();
    let [id, title, ..] = fields[..] else { return None };
    let marks = fields.iter().skip(BEFORE_GENRES).zip(GENRES);
    Some(video(id, title, marks.filter(|(mark, _)| **mark == "1").map(|(_, genre)| genre)))
}

fn video<'a>(id: &str, title: &str, genres: impl Iterator<Item = &'a str>) -> Video {
    let (title, year) = title_and_year(title);
    let genres = genres.filter(|genre| !genre.is_empty() && *genre != NO_GENRES).map(str::to_owned);
    let tags = genres.chain(year.map(str::to_owned)).collect();
    Video { id: id.to_owned(), title: title.to_owned(), tags, ..Video::default() }
}

/// "Toy Story (1995)" is "Toy Story" and "1995".
fn title_and_year(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let year = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match year {
        Some((title, year)) if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => {
            (title.trim_end(), Some(year))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_their_years() {
        assert_eq!(title_and_year("Toy Story (1995)"), ("Toy Story", Some("1995")));
        assert_eq!(
            title_and_year("City of Lost Children, The (Cité) (1995) "),
            ("City of Lost Children, The (Cité)", Some("1995"))
        );
        assert_eq!(title_and_year("Babylon 5"), ("Babylon 5", None));
        assert_eq!(title_and_year("Land Before Time (Part IV)"), ("Land Before Time (Part IV)", None));
    }

    #[test]
    fn lines_of_every_age_are_read() {
        let read = dat_video("1::Toy Story (1995)::Animation|Children's").unwrap();
        assert_eq!((read.id.as_str(), read.title.as_str()), ("1", "Toy Story"));
        assert_eq!(read.tags, ["Animation", "Children's", "1995"]);
        let old = "2|GoldenEye (1995)|01-Jan-1995||http://x|0|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0|1|0|0";
        assert_eq!(old_video(old).unwrap().tags, ["Action", "Adventure", "Thriller", "1995"]);
        assert_eq!(video("3", "Odd", [NO_GENRES].into_iter()).tags, Vec::<String>::new());
    }
}
