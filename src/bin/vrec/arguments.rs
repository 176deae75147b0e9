//! What people may type: the commands, their options and the help. What the options mean to the engine
//! is said where they are used.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::ArgGroup;
use clap::Args;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use clap::parser::ValueSource;
use vrec::domain::Company;
use vrec::domain::Context;
use vrec::domain::Device;
use vrec::domain::Feature;
use vrec::domain::FeatureWeights;
use vrec::domain::HomeQuery;
use vrec::domain::Kind;
use vrec::domain::Place;
use vrec::domain::ProfileKind;
use vrec::domain::Query;
use vrec::domain::Ranking;
use vrec::domain::RowQuery;
use vrec::domain::Rule;

use crate::evaluation::EvalOptions;
use crate::evaluation::TuneOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::output::Format;
use crate::training::TrainArguments;
use crate::values;

const TOUR: &str = "\
A quick tour:
  export VREC_STORE=./my-store VREC_MODEL=build/model VREC_RUNTIME=build/runtime/libonnxruntime.so.1
  vrec init
  vrec import --ignore-unknown examples/data/catalog.jsonl
  vrec search machine learning for beginners
  vrec watch course-rengong-zhineng-rumen course-shendu-xuexi-jichu
  vrec recommend

Exit codes:
  0  done                                      6  the store is open elsewhere
  1  anything not named here                   7  the disk or a file cannot be read or written
  2  a wrong option or value                   8  no model, or no ONNX Runtime
  3  no such store, video, profile or file     9  a bad line in an imported file
  4  the store is damaged                     10  a store or file is there already
  5  a wrong or missing key

`vrec help COMMAND` has examples for each command; docs/command.md has everything on one page.";

/// Recommends videos from a store on this machine: no server, no network.
#[derive(Debug, Parser)]
#[command(name = "vrec", version, after_help = TOUR, max_term_width = 100, arg_required_else_help = true)]
pub struct CommandLine {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub action: Action,
}

/// Commands to which `--model` is something else than a folder.
const OTHER_MODELS: [&str; 2] = ["eval", "tune"];

impl CommandLine {
    /// Reads what was typed, or ends the program with what is wrong with it.
    pub fn read() -> CommandLine {
        let matches = CommandLine::with_model_option().get_matches();
        let mut line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let Some((_, command)) = matches.subcommand()
            && command.try_contains_id("model").unwrap_or(false)
            && command.value_source("model") == Some(ValueSource::CommandLine)
        {
            line.common.model = command.get_one("model").cloned();
        }
        line.common.is_store_named = matches.value_source("store") == Some(ValueSource::CommandLine);
        line
    }

    /// The folder of the model is an option of almost every command, and one of the whole that stands before it.
    fn with_model_option() -> clap::Command {
        let whole = CommandLine::command();
        let model = whole.get_arguments().find(|option| option.get_id() == "model").cloned();
        whole.mut_subcommands(|command| match &model {
            Some(model) if !OTHER_MODELS.contains(&command.get_name()) => command.arg(model),
            _ => command,
        })
    }
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Common {
    /// The store's directory
    #[arg(long, global = true, value_name = "DIR", env = "VREC_STORE", hide_env_values = true)]
    pub store: Option<OsString>,
    /// The model's folder; without it, share/vrec/model beside the folder of this program
    #[arg(long, value_name = "DIR", env = "VREC_MODEL", hide_env_values = true)]
    pub model: Option<OsString>,
    /// The ONNX Runtime library; without it, the one installed with this program
    #[arg(long, global = true, value_name = "FILE", env = "VREC_RUNTIME", hide_env_values = true)]
    pub runtime: Option<OsString>,
    /// The store's key: a file of 32 bytes, or of 64 hex digits
    #[arg(long, global = true, value_name = "FILE", env = "VREC_KEY_FILE", hide_env_values = true)]
    pub key_file: Option<OsString>,
    /// Set aside what is damaged in the store and go on with the rest
    #[arg(long, global = true)]
    pub quarantine: bool,
    /// How results are written; without it, a table on a terminal and JSON anywhere else
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Results and errors only: no notes, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Whether the store was named by the option rather than by the variable
    #[arg(skip)]
    pub is_store_named: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Measure recommendations on a data set
    #[command(after_help = "\
Examples:
  vrec eval --data ./dev --split loo
  vrec eval --data ./dev --split t80 --model item_knn
  vrec eval --data ./dev --ablation --plot quality.svg
  vrec eval --data ./dev --encoder build/model --store ./embedded-dev

Names for --model are blend, the features (transitions, item_neighbours, user_neighbours, ease, factors,
graph_walk, popularity, trend, context, content, taste, attention, interests, freshness) and the baselines
(most_popular, popular_lately, item_knn, user_knn, rp3beta, ease_plain, als_plain, transitions_plain).")]
    Eval(EvalOptions),
    /// Choose the weights of the blend on validation data
    #[command(after_help = "\
Examples:
  vrec tune --data ./dev
  vrec tune --data ./dev --features transitions,ease --start transitions=0.5,ease=0.5 --rounds 1

Events to be found in the end are dropped as they are read. A change of a weight is kept when it gains more
than its standard error in nDCG@10.")]
    Tune(TuneOptions),
    /// Make a new store
    #[command(after_help = "\
Examples:
  vrec init --store ./my-store
  head -c 32 /dev/urandom > key && vrec init --store ./sealed --key-file key")]
    Init,
    /// Add videos or events from JSON Lines, one object a line
    #[command(after_help = "\
Examples:
  vrec import videos.jsonl
  vrec import --ignore-unknown examples/data/catalog.jsonl
  vrec import --events --skip-bad events.jsonl
  vrec import --events --profile mia exported-profile.jsonl
  echo '{\"id\": \"v1\", \"title\": \"Yoga for beginners\", \"tags\": [\"sport\"]}' | vrec import -

A video has id, and as it has them title, description, tags, comments, language, vector, kind, min_age,
available_from_utc_ms, available_until_utc_ms, audio_languages, subtitle_languages, entitlements, series_id,
season_number, episode_number, duration_ms, credits_start_ms.
An event has kind, time_utc_ms, and as it has them video_id, profile, position_ms, duration_ms, rating, device,
place, company, utc_offset_minutes, until_utc_ms.
Importing a file again is cheap: texts that have not changed are not embedded again.")]
    Import(ImportOptions),
    /// Record that videos were watched
    #[command(after_help = "\
Examples:
  vrec watch course-rengong-zhineng-rumen
  vrec watch --profile mia --position 12m --duration 1h30m film-interstellar-2014
  vrec watch --share 0.5 --at 2026-01-31T20:15:00Z film-interstellar-2014
  vrec watch --device tv --place living_room --company family film-interstellar-2014

Without --position or --share the videos were watched to their end.")]
    Watch(WatchOptions),
    /// Record that videos are liked
    #[command(after_help = "Examples:\n  vrec like film-interstellar-2014\n  vrec like --profile mia v1 v2")]
    Like(OpinionOptions),
    /// Record that videos are disliked
    #[command(after_help = "Examples:\n  vrec dislike film-interstellar-2014")]
    Dislike(OpinionOptions),
    /// Never list these videos again for a profile, or their series, or suggest nothing because of them
    #[command(after_help = "\
Examples:
  vrec hide --profile mia film-interstellar-2014
  vrec hide --series --profile mia episode-hangpai-zhongguo-s1-xinjiang
  vrec hide --seed film-interstellar-2014")]
    Hide(HideOptions),
    /// Take back `hide`
    #[command(after_help = "\
Examples:
  vrec unhide --profile mia film-interstellar-2014
  vrec unhide --series episode-hangpai-zhongguo-s1-hainan")]
    Unhide(HideOptions),
    /// Put videos off: they, or the series that they are episodes of, are in no list and have no card for a while
    #[command(after_help = "\
Examples:
  vrec snooze --for 7d film-interstellar-2014
  vrec snooze --until 2026-12-24 --profile mia episode-hangpai-zhongguo-s1-xinjiang

The last snooze counts; one that ends earlier ends the one before. Lists heed it by their time: --at now.")]
    Snooze(SnoozeOptions),
    /// Take back that videos were watched
    #[command(after_help = "Examples:\n  vrec unwatch --profile mia film-interstellar-2014")]
    Unwatch(OpinionOptions),
    /// Record a rating in stars
    #[command(after_help = "Examples:\n  vrec rate film-interstellar-2014 4.5")]
    Rate(RateOptions),
    /// List videos near a profile's taste
    #[command(after_help = "\
Examples:
  vrec recommend
  vrec recommend --profile mia --kind movie,series --max-age 12 --limit 5
  vrec recommend --ranking blend
  vrec recommend --ranking blend --reasons
  vrec recommend --diversity mmr:0.5
  vrec recommend --ranking blend --feature-weight taste=1 --feature-weight popularity=0.5
  vrec recommend --ranking blend --feature-weight context=1 --device phone --company alone
  vrec recommend --rotation-seed 20410 --impression-strength 0
  vrec recommend --pin 1=film-interstellar-2014 --boost tag:science=2 --bury series:some-series
  vrec recommend --format json | jq -r .title")]
    Recommend(RecommendOptions),
    /// Show a home screen: titled rows of videos
    #[command(after_help = "\
Examples:
  vrec home
  vrec home --profile mia --max-age 12 --chinese
  vrec home --row continue_watching --row because_you_watched --row more_like_this=film-interstellar-2014
  vrec home --rows 11 --size 10 --format json | jq -r .title_en

Rows: continue_watching, next_up, because_you_watched, more_like_this, for_you, trending, popular, new_for_you,
leaving_soon, on_now, explore. No video stands in two rows, and a series has one card (docs/home.md).")]
    Home(HomeOptions),
    /// Say how a video stands with a profile's list: its rank and the reasons, or what keeps it out
    #[command(after_help = "\
Examples:
  vrec explain film-interstellar-2014
  vrec explain film-interstellar-2014 --profile mia --ranking blend
  vrec explain film-interstellar-2014 --max-age 12 --format json | jq -r '.blocks[].chinese'

The options are those of `vrec recommend`, whose list it is.")]
    Explain(ExplainOptions),
    /// List what a profile is in the middle of: videos to continue, next and new episodes
    #[command(after_help = "\
Examples:
  vrec watching
  vrec watching --profile mia --max-age 12 --limit 5
  vrec watching --at 2026-01-31 --format json | jq -r .id

A series has one card, and what was watched last comes first. `vrec hide` takes a card away and `vrec unwatch` takes the
watching back.")]
    Watching(WatchingOptions),
    /// List videos whose titles match a text, and behind them those near its meaning, in any language of the model
    #[command(after_help = "\
Examples:
  vrec search a documentary about Chinese food
  vrec search --kind course 机器学习
  vrec search --titles rgzn")]
    Search(SearchOptions),
    /// List videos near a video
    #[command(after_help = "Examples:\n  vrec similar film-interstellar-2014 --limit 5")]
    Similar(SimilarOptions),
    /// Train what lists by all that is known count: what goes together, from everyone's history
    #[command(after_help = "\
Examples:
  vrec train
  vrec train --feature-weight ease=1 --feature-weight content=0.5
  vrec train --events 2026-01.csv 2026-02.parquet --threads 4 --checkpoint ./half-done

Trains ease, factors and content, as far as they have a weight; without --feature-weight that is ease and content. How
large it is counts with `vrec recommend` only. The result is kept in the store and takes the place of what was trained
before. With --events it is trained on the files, whose users leave nothing else in the store: a line has user and video
and, as it has them, kind, time, position_ms, duration_ms, rating, device, place, company, utc_offset_minutes.")]
    Train(TrainArguments),
    /// Count what the store holds
    #[command(after_help = "Examples:\n  vrec stats\n  vrec stats --format json | jq .videos")]
    Stats,
    /// Check every byte of the store and list what is damaged; changes nothing
    #[command(after_help = "\
Examples:
  vrec verify --store ./my-store && echo intact

Ends with 0 when everything is as it was written and with 4 when anything is damaged.")]
    Verify,
    /// Write what is known of a profile, as JSON Lines
    #[command(after_help = "\
Examples:
  vrec export --profile mia --output mia.jsonl
  vrec export --profile mia --anonymised --salt-file salt | gzip > someone.jsonl.gz

In full it is for the person it is about, and `vrec import --events` reads it. Anonymised it is for a service
that trains on it: videos and the profile have pseudonyms, times are rounded down. Whoever has the salt file
can name the videos; without a salt file nobody can.")]
    Export(ExportOptions),
    /// Change the store's key, or give it one
    #[command(after_help = "\
Examples:
  head -c 32 /dev/urandom > new-key && vrec rotate-key --key-file key --new-key-file new-key
  vrec rotate-key --key-file key --no-key")]
    RotateKey(RotateOptions),
    /// Drop old events
    #[command(after_help = "\
Examples:
  vrec retain --max-age 365d
  vrec retain --max-events 10000

Events that were recorded together go together, once all of them are past the limit.")]
    Retain(RetainOptions),
    /// Write the store's vectors anew without those that no video uses
    #[command(after_help = "Examples:\n  vrec compact")]
    Compact,
    /// Create, list, switch and rename the profiles of a household
    #[command(
        subcommand,
        after_help = "\
Examples:
  vrec profile create tom --name Tom --kind child
  vrec profile create all --kind everyone --age-limit 12
  vrec profile list
  vrec profile switch mia
  vrec profile rename mia Mia
  vrec profile set-kind mia teen --age-limit 14
  vrec profile forget mia --yes

From the first creation on, events and lists of profiles that there are not are errors (docs/profiles.md)."
    )]
    Profile(ProfileAction),
    /// Forget a profile: destroy its key and all that it did
    #[command(after_help = "Examples:\n  vrec forget --profile mia\n  vrec forget --profile mia --yes")]
    Forget(ForgetOptions),
}

#[derive(Debug, Args)]
pub struct ImportOptions {
    /// The file, or - for the standard input
    pub file: PathBuf,
    /// The lines are events, not videos
    #[arg(long)]
    pub events: bool,
    /// Whose events those are that name no profile; without it, the current one's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new(), requires = "events")]
    pub profile: Option<String>,
    /// Name bad lines, count them and go on, instead of ending at the first
    #[arg(long)]
    pub skip_bad: bool,
    /// Pass over fields that vrec does not know
    #[arg(long)]
    pub ignore_unknown: bool,
}

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
    /// The defaults where nothing was given.
    pub fn weights(&self) -> Outcome<FeatureWeights> {
        if self.given.is_empty() {
            return Ok(FeatureWeights::default());
        }
        let mut named = Vec::new();
        for (feature, _) in &self.given {
            if named.contains(feature) {
                return Err(Failure::new(Exit::Usage, format!("{} has two weights", feature.name())));
            }
            named.push(*feature);
        }
        let add = |all: FeatureWeights, (feature, weight): &(Feature, f32)| all.with(*feature, *weight);
        Ok(self.given.iter().fold(FeatureWeights::NONE, add))
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

/// Which videos a list may hold, and how many.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Whose history counts; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// At most so many videos
    #[arg(long, short = 'n', default_value_t = vrec::domain::Query::DEFAULT_LIMIT)]
    pub limit: usize,
    /// Only videos with at least this score, -1 to 1
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    pub min_score: Option<f32>,
    /// Keep watched videos in the list
    #[arg(long, conflicts_with = "exclude_watched")]
    pub include_watched: bool,
    /// Leave watched videos out of the list
    #[arg(long)]
    pub exclude_watched: bool,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    /// Show all reasons of each video, with their weights, which sum to its score
    #[arg(long)]
    pub reasons: bool,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// What a profile's list is ordered by, and for when and where it is.
#[derive(Debug, Args)]
pub struct RecommendOptions {
    /// What orders the list: taste, or blend, which is all that is known
    #[arg(long, value_name = "NAME", default_value = "taste", value_parser = values::ranking)]
    pub ranking: Ranking,
    /// When it is for: a date, a time such as 2026-01-31T20:15:00Z, or now; without it, the profile's last watch
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_hyphen_values = true)]
    pub at: Option<i64>,
    /// How the list is kept from being all alike, and how strongly, 0 to 1: mmr:0.5, cluster_quotas:0.5 or dpp:0.5
    #[arg(long, value_name = "METHOD:STRENGTH", value_parser = values::diversity)]
    pub diversity: Option<values::Diversity>,
    #[command(flatten)]
    pub features: FeatureOptions,
    #[command(flatten)]
    pub adjustments: AdjustmentOptions,
    #[command(flatten)]
    pub context: ContextOptions,
    #[command(flatten)]
    pub list: ListOptions,
}

/// What is added to scores.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is added to scores")]
pub struct AdjustmentOptions {
    /// How far a video sinks that was shown five times and passed over, in deviations; 0: not at all
    #[arg(long, value_name = "DEVIATIONS", default_value_t = Query::IMPRESSION_STRENGTH)]
    pub impression_strength: f32,
    /// After which a showing counts half
    #[arg(long, value_name = "LENGTH", default_value = "7d", value_parser = values::length)]
    pub impression_half_life: i64,
    /// Videos that score nearly the same take turns by this number, such as that of the day
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub rotation_seed: u64,
    /// Put a video at a position of the list, such as 1=film-interstellar-2014
    #[arg(long, value_name = "POSITION=VIDEO", value_parser = values::pin)]
    pub pin: Vec<Rule>,
    /// Raise a video, tag:TAG or series:SERIES, by 1 deviation or another number of them
    #[arg(long, value_name = "WHAT[=DEVIATIONS]", value_parser = values::boost)]
    pub boost: Vec<Rule>,
    /// Lower them
    #[arg(long, value_name = "WHAT[=DEVIATIONS]", value_parser = values::bury)]
    pub bury: Vec<Rule>,
    /// Most places for videos that are there only because of one of these; without it, a quarter of the list
    #[arg(long, value_name = "PLACES")]
    pub rule_budget: Option<usize>,
}

/// Which video, in which list.
#[derive(Debug, Args)]
pub struct ExplainOptions {
    /// Id of the video
    pub video: String,
    #[command(flatten)]
    pub list: RecommendOptions,
}

/// Whose cards, and when.
#[derive(Debug, Args)]
pub struct WatchingOptions {
    /// Whose cards; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// When they are for: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = values::time, allow_hyphen_values = true)]
    pub at: i64,
    /// At most so many cards
    #[arg(long, short = 'n', default_value_t = vrec::domain::Query::DEFAULT_LIMIT)]
    pub limit: usize,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// Whose home screen, for when, and which rows.
#[derive(Debug, Args)]
pub struct HomeOptions {
    /// Whose screen; without it, the current profile's
    #[arg(long, short, value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// When it is for: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = values::time, allow_hyphen_values = true)]
    pub at: i64,
    /// A row, in its place; with a video or series that it is about after an equals sign
    #[arg(long, value_name = "KIND[=VIDEO]", value_parser = values::row)]
    pub row: Vec<RowQuery>,
    /// At most so many rows; without it, all that are named, or 7
    #[arg(long, value_name = "COUNT")]
    pub rows: Option<usize>,
    /// At most so many videos in a row
    #[arg(long, value_name = "COUNT", default_value_t = HomeQuery::ROW_SIZE)]
    pub size: usize,
    /// Leave out rows with fewer videos
    #[arg(long, value_name = "COUNT", default_value_t = HomeQuery::ROW_MINIMUM)]
    pub minimum: usize,
    /// For how many days videos are new
    #[arg(long, value_name = "DAYS", default_value_t = HomeQuery::NEW_DAYS)]
    pub new_days: u32,
    /// How many days before their end videos leave soon
    #[arg(long, value_name = "DAYS", default_value_t = HomeQuery::LEAVING_DAYS)]
    pub leaving_days: u32,
    /// Titles of rows in Chinese
    #[arg(long)]
    pub chinese: bool,
    /// Leave out these videos
    #[arg(long, value_name = "VIDEO")]
    pub exclude: Vec<String>,
    #[command(flatten)]
    pub context: ContextOptions,
    #[command(flatten)]
    pub filter: FilterOptions,
}

/// Rules that every listed video keeps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Only videos that keep these rules")]
pub struct FilterOptions {
    /// Of these kinds: movie, series, season, episode, live_event, clip, music, course, advert, other
    #[arg(long, value_delimiter = ',', value_parser = values::video_kind)]
    pub kind: Vec<Kind>,
    /// For viewers of this age: videos of unknown minimum age are left out
    #[arg(long, value_name = "YEARS", visible_alias = "viewer-age")]
    pub max_age: Option<u32>,
    /// Available at this time: a date, a time such as 2026-01-31T20:15:00Z, or now
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_hyphen_values = true)]
    pub available_at: Option<i64>,
    /// Open to a viewer with these entitlements
    #[arg(long, value_name = "NAME")]
    pub entitlement: Vec<String>,
    /// Open to a viewer without any entitlement
    #[arg(long, conflicts_with = "entitlement")]
    pub no_entitlement: bool,
    /// With sound in one of these languages, such as zh or en-GB
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    pub audio: Vec<String>,
    /// With subtitles in one of these languages
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGE")]
    pub subtitles: Vec<String>,
    /// With at least one of these tags
    #[arg(long, value_name = "TAG")]
    pub any_tag: Vec<String>,
    /// With all of these tags
    #[arg(long, value_name = "TAG")]
    pub all_tag: Vec<String>,
    /// With none of these tags
    #[arg(long, value_name = "TAG")]
    pub no_tag: Vec<String>,
}

#[derive(Debug, Args)]
pub struct SearchOptions {
    /// What to search for
    #[arg(required = true)]
    pub text: Vec<String>,
    /// Look at titles alone, as for a keystroke: takes no model
    #[arg(long)]
    pub titles: bool,
    #[command(flatten)]
    pub list: ListOptions,
}

#[derive(Debug, Args)]
pub struct SimilarOptions {
    /// Id of the video
    pub video: String,
    /// How the list is kept from being all alike, and how strongly, 0 to 1: mmr:0.5, cluster_quotas:0.5 or dpp:0.5
    #[arg(long, value_name = "METHOD:STRENGTH", value_parser = values::diversity)]
    pub diversity: Option<values::Diversity>,
    #[command(flatten)]
    pub list: ListOptions,
}

#[derive(Debug, Args)]
pub struct ExportOptions {
    /// The profile to export
    #[arg(long, short)]
    pub profile: String,
    /// Pseudonyms for ids, rounded times, no searches
    #[arg(long)]
    pub anonymised: bool,
    /// Makes the pseudonyms of videos: a file of 32 bytes, or of 64 hex digits
    #[arg(long, value_name = "FILE", requires = "anonymised")]
    pub salt_file: Option<OsString>,
    /// Times are rounded down to multiples of this, at least 1h
    #[arg(long, value_name = "LENGTH", default_value = "24h", value_parser = values::length, requires = "anonymised")]
    pub time_step: i64,
    /// A file to make and write to, instead of the standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("new key").args(["new_key_file", "no_key"]).required(true))]
pub struct RotateOptions {
    /// The new key: a file of 32 bytes, or of 64 hex digits
    #[arg(long, value_name = "FILE")]
    pub new_key_file: Option<OsString>,
    /// Go on without a key: whoever has the files can read them
    #[arg(long)]
    pub no_key: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("limits").args(["max_age", "max_events"]).required(true).multiple(true))]
pub struct RetainOptions {
    /// Drop events older than this, such as 365d
    #[arg(long, value_name = "LENGTH", value_parser = values::length)]
    pub max_age: Option<i64>,
    /// Keep so many events of each profile
    #[arg(long, value_name = "COUNT")]
    pub max_events: Option<NonZero<u64>>,
}

#[derive(Debug, Args)]
pub struct ForgetOptions {
    /// The profile to forget
    #[arg(long, short)]
    pub profile: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// What to do with the profiles of a household.
#[derive(Debug, Subcommand)]
pub enum ProfileAction {
    /// Create a profile; one that events made keeps its history
    Create(CreateProfileOptions),
    /// List all profiles
    List,
    /// Make a profile the current one, which is meant where none is named
    Switch(ProfileOptions),
    /// Change the name that people see
    Rename(RenameProfileOptions),
    /// Change who a profile is for, and its age limit
    SetKind(SetProfileKindOptions),
    /// Forget a profile, as `vrec forget` does
    #[command(visible_alias = "erase")]
    Forget(ForgetProfileOptions),
}

#[derive(Debug, Args)]
pub struct ProfileOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
}

#[derive(Debug, Args)]
pub struct CreateProfileOptions {
    /// Its id, which never changes
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// What people see; without it, the id
    #[arg(long)]
    pub name: Option<String>,
    /// For whom: adult, teen, child, everyone
    #[arg(long, default_value = "adult", value_parser = values::profile_kind)]
    pub kind: ProfileKind,
    #[command(flatten)]
    pub age: AgeLimitOptions,
}

/// Up to which age a profile's lists hold videos.
#[derive(Debug, Args)]
pub struct AgeLimitOptions {
    /// Only videos for this age and younger, 1 to 99; without it, 16 for a teen, 8 for a child, the youngest's for everyone
    #[arg(long, value_name = "YEARS", conflicts_with = "no_age_limit")]
    pub age_limit: Option<u8>,
    /// Videos for any age
    #[arg(long)]
    pub no_age_limit: bool,
}

#[derive(Debug, Args)]
pub struct RenameProfileOptions {
    /// Its id, which stays
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// What people see
    pub name: String,
}

#[derive(Debug, Args)]
pub struct SetProfileKindOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// For whom: adult, teen, child, everyone
    #[arg(value_parser = values::profile_kind)]
    pub kind: ProfileKind,
    #[command(flatten)]
    pub age: AgeLimitOptions,
}

#[derive(Debug, Args)]
pub struct ForgetProfileOptions {
    /// Its id
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
