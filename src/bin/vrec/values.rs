//! The values that people type and files bring: times, lengths of time, shares, kinds. Each function
//! reads one value and says in words what is wrong with it.

use std::borrow::Borrow;
use std::fmt::Debug;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use jiff::Span;
use jiff::SpanRelativeTo;
use jiff::Timestamp;
use jiff::Unit;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vrec::domain::Company;
use vrec::domain::Context;
use vrec::domain::Device;
use vrec::domain::DiversityMethod;
use vrec::domain::EventKind;
use vrec::domain::ExplorationMethod;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::Kind;
use vrec::domain::Place;
use vrec::domain::ProfileKind;
use vrec::domain::Ranking;
use vrec::domain::RowKind;
use vrec::domain::RowQuery;
use vrec::domain::Rule;
use vrec::domain::RuleAction;
use vrec::domain::RuleTarget;

/// Milliseconds since 1970-01-01 UTC, by this machine's clock.
pub fn now_utc_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

/// Of a date such as 2026-01-31.
const DATE_BYTES: usize = 10;

/// `now`, a date, a time of RFC 3339 or milliseconds since 1970-01-01 UTC; as the last of these.
pub fn time(text: &str) -> Result<i64, String> {
    if text == "now" {
        return Ok(now_utc_ms());
    }
    if let Ok(milliseconds) = text.parse() {
        return Ok(milliseconds);
    }
    // A time of day without its zone would be read as a date.
    let date = || {
        let date: Date = Some(text).filter(|text| text.len() == DATE_BYTES)?.parse().ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let found = text.parse::<Timestamp>().ok().or_else(date);
    found.map(Timestamp::as_millisecond).ok_or_else(|| {
        "a time is written 2026-01-31 (UTC), 2026-01-31T20:15:00Z, as milliseconds since 1970, or now".to_owned()
    })
}

/// A time as people read it.
pub fn shown_time(utc_ms: i64) -> String {
    Timestamp::from_millisecond(utc_ms).map_or_else(|_| format!("{utc_ms} ms"), |time| time.to_string())
}

/// A length of time such as `1h30m`, in milliseconds.
pub fn length(text: &str) -> Result<i64, String> {
    let wrong = || "a length of time is written 45s, 12m, 1h30m or 365d".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let total = span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours())).map_err(|_| wrong())?;
    if total < 0.0 { Err("a length of time is not below zero".to_owned()) } else { Ok(total as i64) }
}

/// A number of bytes, which K, M and G may follow for powers of 1,024.
pub fn bytes(text: &str) -> Result<usize, String> {
    let powers = [("K", 1 << 10), ("M", 1 << 20), ("G", 1_usize << 30)];
    let found = powers.into_iter().find_map(|(letter, power)| Some((text.strip_suffix(letter)?, power)));
    let (digits, power) = found.unwrap_or((text, 1));
    let bytes = digits.parse::<usize>().ok().and_then(|count| count.checked_mul(power)).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| "a number of bytes above 0 is written 1500000, 800M or 4G".to_owned())
}

/// A share from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    found.ok_or_else(|| "a share lies between 0 and 1, such as 0.9".to_owned())
}

/// A kind of videos by its name.
pub fn video_kind(text: &str) -> Result<Kind, String> {
    let found = Kind::ALL.into_iter().find(|kind| name_of(kind) == text);
    found.ok_or_else(|| unknown(text, "kind of videos", &Kind::ALL.map(|kind| name_of(&kind))))
}

/// A kind of events by its name.
pub fn event_kind(text: &str) -> Result<EventKind, String> {
    EventKind::from_name(text).ok_or_else(|| unknown(text, "kind of events", &EventKind::ALL.map(EventKind::name)))
}

/// A device by its name.
pub fn device(text: &str) -> Result<Device, String> {
    named(text, "device", Device::ALL, Device::name)
}

/// A place by its name.
pub fn place(text: &str) -> Result<Place, String> {
    named(text, "place", Place::ALL, Place::name)
}

/// Company by its name.
pub fn company(text: &str) -> Result<Company, String> {
    named(text, "company", Company::ALL, Company::name)
}

/// Who a profile is for, by its name. A guest ends with the engine, which is to say with the command.
pub fn profile_kind(text: &str) -> Result<ProfileKind, String> {
    let lasting = ProfileKind::ALL.into_iter().filter(|kind| *kind != ProfileKind::Guest);
    named(text, "kind of profiles that a store keeps", &lasting.collect::<Vec<_>>(), ProfileKind::name)
}

/// What orders a list, by its name.
pub fn ranking(text: &str) -> Result<Ranking, String> {
    named(text, "ranking", &Ranking::ALL, Ranking::name)
}

/// How places that explore are filled, by its name.
pub fn exploration(text: &str) -> Result<ExplorationMethod, String> {
    named(text, "method", &ExplorationMethod::ALL, ExplorationMethod::name)
}

/// A row of a home screen, such as `popular` or `more_like_this=film-1`.
pub fn row(text: &str) -> Result<RowQuery, String> {
    let (name, seed_id) = text.split_once('=').unwrap_or((text, ""));
    let kind = named(name, "row", &RowKind::ALL, RowKind::name)?;
    Ok(RowQuery::of(kind).with_seed(seed_id))
}

/// How a list is kept from being all alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diversity {
    pub method: DiversityMethod,
    /// 0 to 1.
    pub strength: f32,
}

/// Such as `mmr:0.5`.
pub fn diversity(text: &str) -> Result<Diversity, String> {
    let (name, strength) = text.split_once(':').ok_or("a diversity is written METHOD:STRENGTH, such as mmr:0.5")?;
    let method = named(name, "method", &DiversityMethod::ALL, DiversityMethod::name)?;
    let strength = strength.parse().ok().filter(|strength| (0.0..=1.0).contains(strength));
    let strength = strength.ok_or("a strength lies between 0 and 1, such as 0.5")?;
    Ok(Diversity { method, strength })
}

/// What a feature counts in a list, such as `ease=0.5`.
pub fn feature_weight(text: &str) -> Result<(Feature, f32), String> {
    let (name, weight) = text.split_once('=').ok_or("a weight is written NAME=WEIGHT, such as ease=0.5")?;
    let feature = named(name, "feature", &Feature::ALL, Feature::name)?;
    let weight = weight.parse().map_err(|_| format!("{weight:?} is no number"))?;
    FeatureWeights::NONE.with(feature, weight).validate().map_err(|error| error.message)?;
    Ok((feature, weight))
}

/// A pin such as `1=film-interstellar-2014`.
pub fn pin(text: &str) -> Result<Rule, String> {
    let wrong = || "a pin is written POSITION=VIDEO, such as 1=film-interstellar-2014".to_owned();
    let (position, id) = text.split_once('=').ok_or_else(wrong)?;
    let position = position.parse().map_err(|_| wrong())?;
    Ok(Rule { target: RuleTarget::Video(id.to_owned()), action: RuleAction::Pin { position } })
}

/// What a boost raises, and by how much, such as `tag:space=2`.
pub fn boost(text: &str) -> Result<Rule, String> {
    let (target, amount) = adjusted(text);
    Ok(Rule { target, action: RuleAction::Boost { amount } })
}

/// What a bury lowers, and by how much.
pub fn bury(text: &str) -> Result<Rule, String> {
    let (target, amount) = adjusted(text);
    Ok(Rule { target, action: RuleAction::Bury { amount } })
}

/// A video, or what stands behind `tag:` or `series:`; a number behind the last `=` is the amount.
fn adjusted(text: &str) -> (RuleTarget, f32) {
    let with_amount = text.rsplit_once('=').and_then(|(what, amount)| Some((what, amount.parse().ok()?)));
    let (what, amount) = with_amount.unwrap_or((text, RuleAction::AMOUNT));
    let target = match what.split_once(':') {
        Some(("tag", tag)) => RuleTarget::Tag(tag.to_owned()),
        Some(("series", id)) => RuleTarget::Series(id.to_owned()),
        Some(("video", id)) => RuleTarget::Video(id.to_owned()),
        _ => RuleTarget::Video(what.to_owned()),
    };
    (target, amount)
}

/// Minutes between a clock and UTC.
pub fn utc_offset(text: &str) -> Result<i16, String> {
    let minutes = text.parse().map_err(|_| "an offset is a whole number of minutes, such as 60 or -300".to_owned())?;
    Context::utc_offset(minutes).map_err(|error| error.message)
}

fn named<T: Copy>(text: &str, what: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|value| name(*value) == text);
    found.ok_or_else(|| unknown(text, what, &all.iter().map(|value| name(*value)).collect::<Vec<_>>()))
}

fn unknown(text: &str, what: &str, names: &[impl Borrow<str>]) -> String {
    format!("{text:?} is no {what}; there are {}", names.join(", "))
}

/// The name of a value of an enumeration as files and options have it: `LiveEvent` is `live_event`.
pub fn name_of(value: &impl Debug) -> String {
    let mut name = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_with_and_without_an_amount() {
        let (tag, series) = (|text: &str| RuleTarget::Tag(text.into()), |text: &str| RuleTarget::Series(text.into()));
        let video = |text: &str| RuleTarget::Video(text.into());
        assert_eq!(adjusted("tag:space=2"), (tag("space"), 2.0));
        assert_eq!(adjusted("tag:a=b"), (tag("a=b"), RuleAction::AMOUNT));
        assert_eq!(adjusted("series:s:1=0.5"), (series("s:1"), 0.5));
        assert_eq!(adjusted("urn:v"), (video("urn:v"), RuleAction::AMOUNT));
        assert_eq!(adjusted("video:tag:x=3"), (video("tag:x"), 3.0));
        let pinned = Rule { target: video("v=1"), action: RuleAction::Pin { position: 12 } };
        assert_eq!(pin("12=v=1"), Ok(pinned));
        assert!(pin("v").unwrap_err().contains("POSITION=VIDEO") && pin("v=1").is_err());
    }

    #[test]
    fn times_are_read_in_every_documented_form() {
        assert_eq!(time("1970-01-02"), Ok(86_400_000));
        assert_eq!(time("1970-01-01T01:00:00.5+01:00"), Ok(500));
        assert_eq!(time("-5"), Ok(-5));
        assert!(time("now").unwrap() > 1_700_000_000_000);
        for wrong in ["", "yesterday", "2026-02-30", "2026-01-31T20:15:00"] {
            assert!(time(wrong).unwrap_err().contains("2026-01-31"), "{wrong}");
        }
        assert_eq!(shown_time(500), "1970-01-01T00:00:00.5Z");
        assert_eq!(shown_time(i64::MAX), format!("{} ms", i64::MAX));
    }

    #[test]
    fn lengths_and_shares_are_read_and_bounded() {
        assert_eq!(length("1h30m"), Ok(5_400_000));
        assert_eq!(length("90s"), Ok(90_000));
        assert_eq!(length("365d"), Ok(31_536_000_000));
        for wrong in ["", "90", "1y", "-3m", "soon"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
        assert_eq!(share("0.9"), Ok(0.9));
        for wrong in ["1.1", "-0.1", "NaN", "most"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn circumstances_have_names_and_a_range() {
        assert_eq!((device("tv"), place("living_room")), (Ok(Device::Tv), Ok(Place::LivingRoom)));
        assert_eq!((company("unknown"), ranking("blend")), (Ok(Company::Unknown), Ok(Ranking::Blend)));
        assert!(device("TV").unwrap_err().contains("there are unknown, tv, phone"));
        assert!(ranking("").unwrap_err().contains("taste, blend"));
        assert_eq!((utc_offset("-840"), utc_offset("345")), (Ok(-840), Ok(345)));
        for wrong in ["841", "-841", "99999", "+1:00", ""] {
            assert!(utc_offset(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn features_have_names_and_weights() {
        assert_eq!(feature_weight("item_neighbours=0.5"), Ok((Feature::ItemNeighbours, 0.5)));
        assert_eq!(feature_weight("taste=-1"), Ok((Feature::Taste, -1.0)));
        assert!(feature_weight("likes=1").unwrap_err().contains("transitions, item_neighbours"));
        for wrong in ["", "ease", "ease=", "ease=much", "ease=NaN", "ease=1001", "=1"] {
            assert!(feature_weight(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn kinds_have_the_names_of_the_header() {
        assert_eq!(video_kind("live_event"), Ok(Kind::LiveEvent));
        assert_eq!(event_kind("watchlist_add"), Ok(EventKind::WatchlistAdd));
        assert_eq!(name_of(&Kind::LiveEvent), "live_event");
        assert!(video_kind("film").unwrap_err().contains("movie, series"));
    }
}
