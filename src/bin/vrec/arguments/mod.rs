//! What people may type: the commands, their options and the help. What the options mean to the engine
//! is said where they are used.

mod care;
mod events;
mod lists;
mod packs;
mod profiles;

pub use care::*;
pub use events::*;
pub use lists::*;
pub use packs::*;
pub use profiles::*;

use std::ffi::OsString;

use clap::Args;
use clap::CommandFactory;
use clap::FromArgMatches;
use clap::Parser;
use clap::Subcommand;
use clap::parser::ValueSource;

use crate::evaluation::EvalOptions;
use crate::evaluation::TuneOptions;
use crate::output::Format;
use crate::training::TrainArguments;

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
  vrec eval --off-policy showings.jsonl
  vrec eval --data ./dev --encoder build/model --store ./embedded-dev --sequence build/sequence

Names for --model are blend, the features (transitions, item_neighbours, user_neighbours, ease, factors,
graph_walk, popularity, trend, context, content, taste, attention, interests, freshness, sequence) and the baselines
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
place, company, utc_offset_minutes, until_utc_ms, propensity.
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
  vrec recommend --exploration thompson --exploration-slots 2 --seed 7
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
  vrec home --row continue_watching --row more_like_this=film-interstellar-2014
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
  vrec train --events 2026-01.csv 2026-02.jsonl --threads 4 --checkpoint ./half-done
  vrec train --events 2026-01.csv --pack 1.pack --line films --number 1 --signing-key-file key
  vrec train --learn-weights --events all.csv --pack 2 --line tv --number 2 --signing-key-file key

Trains ease, factors and content, as far as they have a weight; without --feature-weight that is ease and content.
How large a weight is counts with `vrec recommend` only.
The result is kept in the store and takes the place of what was trained before.
With --events it is trained on the files, whose users leave nothing else in the store.
A line has user and video and, as it has them, kind, time, position_ms, duration_ms, rating, device, place, company,
utc_offset_minutes.
With --pack all of it goes into a pack, as from `vrec pack export`, and the store stays as it is.
With --learn-weights some of the last watches are held out first, to find what each feature is best to count.
That takes up to four trainings' time, and that of some hundred thousand lists.")]
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
    /// Write the vectors of all videos, for training outside of the engine
    #[command(after_help = "\
Examples:
  vrec vectors --output ./vectors

Writes vectors.npy, float32 of one row a video, and ids.json, the ids of the rows in their order. A video without a vector
has a row of zeros. tools/train reads them (docs/sequence.md).")]
    Vectors(VectorsOptions),
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
    /// Make, take and look at packs: what was learned from everyone, in one signed file
    #[command(
        subcommand,
        after_help = "\
Examples:
  head -c 32 /dev/urandom > signing-key
  vrec pack public-key --signing-key-file signing-key > trusted-key
  vrec pack export films-1.pack --line films --number 1 --signing-key-file signing-key
  vrec pack info films-1.pack --trust trusted-key
  vrec pack import films-1.pack --trust trusted-key
  vrec pack info
  vrec pack revert

What a pack tells, and how keys are to be kept: docs/packs.md."
    )]
    Pack(PackAction),
    /// Forget a profile: destroy its key and all that it did
    #[command(after_help = "Examples:\n  vrec forget --profile mia\n  vrec forget --profile mia --yes")]
    Forget(ForgetOptions),
}
