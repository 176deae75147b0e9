//! What a caller asks for.

use super::video::check_id;
use super::{
    Context, DiversityMethod, Error, ExplorationMethod, FeatureWeights, Filter, Result, Rule, SearchWays, limits,
    validate_rules,
};

/// What to do with videos the profile has already watched. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum Watched {
    /// Left out of recommendations, kept in similar videos and in search.
    #[default]
    Default = 0,
    Include = 1,
    Exclude = 2,
}

impl Watched {
    pub fn from_code(code: i32) -> Option<Watched> {
        [Watched::Default, Watched::Include, Watched::Exclude].into_iter().find(|watched| *watched as i32 == code)
    }
}

/// What a profile's recommendations are ordered by. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum Ranking {
    /// The cosine with the profile's taste.
    #[default]
    Taste = 0,
    /// All that is known: what others watched after and beside what the profile watched, and its taste.
    Blend = 1,
}

impl Ranking {
    pub const ALL: [Ranking; 2] = [Ranking::Taste, Ranking::Blend];

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            Ranking::Taste => "taste",
            Ranking::Blend => "blend",
        }
    }

    /// The one with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Ranking> {
        Ranking::ALL.into_iter().find(|ranking| *ranking as i32 == code)
    }
}

/// One request for a list of videos.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Whose history counts; 1–255 bytes, or empty for the current profile.
    pub profile: String,
    /// At most this many results, 1 to 10,000.
    pub limit: usize,
    /// Only results with at least this score, −1 to 1.
    pub min_score: Option<f32>,
    pub watched: Watched,
    /// Of recommendations; other lists do not ask.
    pub ranking: Ranking,
    /// What each feature counts in [`Ranking::Blend`]; none: as the engine was created with. Features that the engine
    /// does not learn add nothing.
    pub feature_weights: Option<FeatureWeights>,
    /// The largest share of a blended list that is kept for videos that nobody watched, 0 to 1. A list keeps less where
    /// fewer videos are new.
    pub new_video_share: f32,
    /// The time of the list, milliseconds since 1970-01-01 UTC; 0: that of the profile's last watch.
    pub now_utc_ms: i64,
    /// The circumstances of the list.
    pub context: Context,
    /// How far a recommendation, or a video of a home screen's rows but those of cards, sinks that was shown
    /// [`Query::SHOWINGS`] times and passed over, in deviations of the list's scores, 0 to
    /// [`Query::MOST_IMPRESSION_STRENGTH`]; 0: what was shown does not count (docs/feedback.md).
    pub impression_strength: f32,
    /// Milliseconds after which a showing counts half, at least 1.
    pub impression_half_life_ms: i64,
    /// Recommendations that score nearly the same take turns by this number, such as that of the day: the same number
    /// gives the same order. 0: they do not.
    pub rotation_seed: u64,
    /// What the owner of a service wants of recommendations, and but for pins of a home screen's rows that are none of
    /// cards; pins also count in [`super::RowKind::ForYou`]. Other lists check them and do not ask.
    pub rules: Vec<Rule>,
    /// Most places of a list, or of each row, for videos that are there only because of a rule; none:
    /// [`Query::rule_places`].
    pub rule_budget: Option<usize>,
    /// Ids never to be returned; unknown ones are allowed.
    pub exclude: Vec<String>,
    /// Rules that every result keeps.
    pub filter: Option<Filter>,
    /// The ways in which a search looks for videos; none: all that take no waiting (docs/search.md). Other lists do not
    /// ask.
    pub search_ways: Option<SearchWays>,
    /// How recommendations, similar videos and [`super::RowKind::ForYou`] are kept from being all alike; other lists do not
    /// ask.
    pub diversity_method: DiversityMethod,
    /// How strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only which videos may stand
    /// in it.
    pub diversity: f32,
    /// How the places that explore are filled, in [`Ranking::Blend`] alone (docs/exploration.md).
    pub exploration_method: ExplorationMethod,
    /// How many places of the list explore, at most [`limits::EXPLORATION_SLOTS`].
    pub exploration_slots: usize,
    /// The largest share of the list's lead over a list of average videos that exploring may cost, 0 to 1.
    pub exploration_budget: f32,
    /// What is drawn by: the same number, profile and events give the same list.
    pub exploration_seed: u64,
}

impl Query {
    /// Results in a list when the caller names no number.
    pub const DEFAULT_LIMIT: usize = 10;

    /// Of a list's places, where the caller names no share.
    pub const NEW_VIDEO_SHARE: f32 = 0.3;

    /// Showings of a video that count; those before the last so many do not.
    pub const SHOWINGS: usize = 5;

    /// Where the caller names no strength.
    pub const IMPRESSION_STRENGTH: f32 = 1.0;

    pub const MOST_IMPRESSION_STRENGTH: f32 = 100.0;

    /// A week.
    pub const IMPRESSION_HALF_LIFE_MS: i64 = 7 * 86_400_000;

    /// Places that explore, where the caller names no number.
    pub const EXPLORATION_SLOTS: usize = 2;

    /// Where the caller names no share.
    pub const EXPLORATION_BUDGET: f32 = 0.3;

    /// Most places for videos that are there only because of a rule: where the query does not say, a quarter of the
    /// list, rounded up.
    pub fn rule_places(&self) -> usize {
        self.rule_budget.unwrap_or(Query::rule_places_of(self.limit))
    }

    /// Those of a list with so many places, where the query does not say.
    pub fn rule_places_of(places: usize) -> usize {
        places.div_ceil(4)
    }

    /// A query for `profile` with every other value at its default.
    pub fn for_profile(profile: &str) -> Self {
        Query {
            profile: profile.to_owned(),
            limit: Query::DEFAULT_LIMIT,
            min_score: None,
            watched: Watched::Default,
            ranking: Ranking::Taste,
            feature_weights: None,
            new_video_share: Query::NEW_VIDEO_SHARE,
            now_utc_ms: 0,
            context: Context::default(),
            impression_strength: Query::IMPRESSION_STRENGTH,
            impression_half_life_ms: Query::IMPRESSION_HALF_LIFE_MS,
            rotation_seed: 0,
            rules: Vec::new(),
            rule_budget: None,
            exclude: Vec::new(),
            filter: None,
            search_ways: None,
            diversity_method: DiversityMethod::None,
            diversity: 0.0,
            exploration_method: ExplorationMethod::None,
            exploration_slots: Query::EXPLORATION_SLOTS,
            exploration_budget: Query::EXPLORATION_BUDGET,
            exploration_seed: 0,
        }
    }

    /// Whether any of its places are to explore.
    pub fn explores(&self) -> bool {
        self.exploration_method != ExplorationMethod::None && self.exploration_slots > 0
    }

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        self.validate_without_ranking()?;
        if self.exploration_method != ExplorationMethod::None && self.ranking != Ranking::Blend {
            return Err(Error::invalid(
                "exploration_method asks for the ranking by all that is known, and got another",
            ));
        }
        Ok(())
    }

    /// The same where the ranking does not count, as on a home screen.
    pub fn validate_without_ranking(&self) -> Result<()> {
        if !self.profile.is_empty() {
            check_id("profile", &self.profile)?;
        }
        if self.limit == 0 {
            return Err(Error::invalid("limit is 0; it needs at least 1"));
        }
        if self.limit > limits::RESULTS {
            return Err(Error::limit("limit", self.limit, limits::RESULTS));
        }
        if let Some(score) = self.min_score
            && !(-1.0..=1.0).contains(&score)
        {
            return Err(Error::invalid(format!("min_score is {score}; a score lies between -1 and 1")));
        }
        if self.min_score.is_some() && self.ranking != Ranking::Taste {
            return Err(Error::invalid("min_score is a cosine; only the ranking by taste has such scores"));
        }
        if self.exclude.len() > limits::BATCH {
            return Err(Error::limit("the number of excluded ids", self.exclude.len(), limits::BATCH));
        }
        if !(0.0..=1.0).contains(&self.new_video_share) {
            return Err(Error::invalid(format!(
                "new_video_share is {}; it lies between 0 and 1",
                self.new_video_share
            )));
        }
        if !(0.0..=1.0).contains(&self.diversity) {
            return Err(Error::invalid(format!("diversity is {}; it lies between 0 and 1", self.diversity)));
        }
        if let Some(weights) = &self.feature_weights {
            weights.validate().map_err(|error| error.within("feature_weights"))?;
        }
        self.validate_adjustments()?;
        self.validate_exploration()?;
        self.context.validate()?;
        match &self.filter {
            Some(filter) => filter.validate().map_err(|error| error.within("filter")),
            None => Ok(()),
        }
    }

    fn validate_exploration(&self) -> Result<()> {
        if self.exploration_slots > limits::EXPLORATION_SLOTS {
            return Err(Error::limit("exploration_slots", self.exploration_slots, limits::EXPLORATION_SLOTS));
        }
        if !(0.0..=1.0).contains(&self.exploration_budget) {
            let found = self.exploration_budget;
            return Err(Error::invalid(format!("exploration_budget is {found}; it lies between 0 and 1")));
        }
        Ok(())
    }

    fn validate_adjustments(&self) -> Result<()> {
        let most = Query::MOST_IMPRESSION_STRENGTH;
        if !(0.0..=most).contains(&self.impression_strength) {
            let found = self.impression_strength;
            return Err(Error::invalid(format!("impression_strength is {found}; it lies between 0 and {most}")));
        }
        if self.impression_half_life_ms < 1 {
            let found = self.impression_half_life_ms;
            return Err(Error::invalid(format!("impression_half_life_ms is {found}; it needs at least 1")));
        }
        validate_rules(&self.rules, self.limit)
    }
}
