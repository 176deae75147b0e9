//! Options of what a viewer does, and of the circumstances of a list or event.

use clap::ArgGroup;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use vrec::domain::Company;
use vrec::domain::Context;
use vrec::domain::Device;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::Place;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::values;

/// Whose history, and when.
#[derive(Debug, Args)]
pub struct EventOptions {
    /// Whose history it belongs to; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// When it happened: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = values::time, allow_hyphen_values = true)]
    pub at: i64,
    #[command(flatten)]
    pub context: ContextOptions,
}

/// The circumstances of events and lists.
#[derive(Debug, Default, Args)]
pub struct ContextOptions {
    /// On what: tv, phone, tablet, computer, other
    #[arg(long, value_parser = values::device)]
    pub device: Option<Device>,
    /// Where: home, living_room, bedroom, away, travelling
    #[arg(long, value_parser = values::place)]
    pub place: Option<Place>,
    /// With whom: alone, partner, family, children, friends
    #[arg(long, value_parser = values::company)]
    pub company: Option<Company>,
    /// What the clock on the wall shows beyond UTC, -840 to 840
    #[arg(long, value_name = "MINUTES", value_parser = values::utc_offset, allow_hyphen_values = true)]
    pub utc_offset_minutes: Option<i16>,
}

impl ContextOptions {
    pub fn context(&self) -> Context {
        Context {
            device: self.device.unwrap_or_default(),
            place: self.place.unwrap_or_default(),
            company: self.company.unwrap_or_default(),
            utc_offset_minutes: self.utc_offset_minutes.unwrap_or_default(),
        }
    }
}

/// What counts in lists by all that is known.
#[derive(Debug, Args)]
pub struct FeatureOptions {
    /// What a feature counts with --ranking blend, such as ease=0.5; once for each, those not named count nothing
    #[arg(long = "feature-weight", value_name = "NAME=WEIGHT", value_parser = values::feature_weight)]
    pub given: Vec<(Feature, f32)>,
}

impl FeatureOptions {
    /// None where nothing was given.
    pub fn weights(&self) -> Outcome<Option<FeatureWeights>> {
        if self.given.is_empty() {
            return Ok(None);
        }
        let mut named = Vec::new();
        for (feature, _) in &self.given {
            if named.contains(feature) {
                return Err(Failure::new(Exit::Usage, format!("{} has two weights", feature.name())));
            }
            named.push(*feature);
        }
        let add = |all: FeatureWeights, (feature, weight): &(Feature, f32)| all.with(*feature, *weight);
        Ok(Some(self.given.iter().fold(FeatureWeights::NONE, add)))
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how far").args(["position", "share"]))]
pub struct WatchOptions {
    /// Ids of videos
    #[arg(required = true, value_name = "VIDEO")]
    pub videos: Vec<String>,
    #[command(flatten)]
    pub event: EventOptions,
    /// How far playback came, such as 12m; for live television, how long it was watched
    #[arg(long, value_name = "LENGTH", value_parser = values::length)]
    pub position: Option<i64>,
    /// How long the video is, such as 1h30m
    #[arg(long, value_name = "LENGTH", value_parser = values::length, requires = "position")]
    pub duration: Option<i64>,
    /// How much of it was watched, 0 to 1
    #[arg(long, value_parser = values::share)]
    pub share: Option<f64>,
}

#[derive(Debug, Args)]
pub struct OpinionOptions {
    /// Ids of videos
    #[arg(required = true, value_name = "VIDEO")]
    pub videos: Vec<String>,
    #[command(flatten)]
    pub event: EventOptions,
}

#[derive(Debug, Args)]
pub struct HideOptions {
    /// The series of the videos, each named by any of its videos
    #[arg(long, conflicts_with = "seed")]
    pub series: bool,
    /// Only as what suggestions come from: they stay watched
    #[arg(long)]
    pub seed: bool,
    #[command(flatten)]
    pub opinion: OpinionOptions,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how long").args(["until", "length"]).required(true))]
pub struct SnoozeOptions {
    /// When it ends: a date, or a time such as 2026-01-31T20:15:00Z
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_hyphen_values = true)]
    pub until: Option<i64>,
    /// How long it lasts, such as 7d
    #[arg(long = "for", value_name = "LENGTH", value_parser = values::length)]
    pub length: Option<i64>,
    #[command(flatten)]
    pub opinion: OpinionOptions,
}

#[derive(Debug, Args)]
pub struct RateOptions {
    /// Id of the video
    pub video: String,
    /// 0.5 to 5
    pub stars: f32,
    #[command(flatten)]
    pub event: EventOptions,
}
