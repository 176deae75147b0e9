//! Places of a blended list, or of a row of a home screen, that explore: they go to videos of which it is not known yet
//! what the viewer thinks, by what the profile's choices taught ([`Bandit`]). The list is made first, with rules, new
//! videos and variety; then its last videos that no rule put there stand against others for as many places, spread over
//! the list. What a place may cost is bounded, by scores, and every choice comes with its probability.
//!
//! A place goes to the best by the upper end (LinUCB) or by one draw (Thompson sampling), and once in [`RANDOMLY`]⁻¹
//! times to any of those that stand for it, evenly. So no probability is below RANDOMLY / n, and what is made of the
//! log later never divides by next to nothing: the ε-greedy mixture of Langford and Zhang, "The epoch-greedy algorithm
//! for contextual multi-armed bandits" (NIPS 2007). `docs/exploration.md` has the whole in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use twox_hash::XxHash3_64;

use super::blend::Scores;
use super::new_videos::Mixed;
use super::standard::Standard;
use super::{Adjustments, Catalogue};
use crate::domain::{CallOptions, ExplorationMethod, Feature, Query, Result, ShownFeatures};
use crate::learning::{Bandit, Belief, DIRECTIONS, Draw, FEATURES, SHOWN_VALUES, directions};
use crate::vectors::{Bitmap, Scored};

/// ε.
const RANDOMLY: f64 = 0.05;

/// The best behind the list that stand for a place.
const BEST: usize = 64;

/// Others that do, drawn from all.
const DRAWN: usize = 128;

/// Draws by which the probability of Thompson's choice is told, that of the choice itself among them.
const DRAWS: usize = 256;

/// Rows by which the mean and deviation of the list's scores are known.
const SAMPLE: usize = 128;

const ROWS_BETWEEN_CHECKS: usize = 1_024;

/// A row that a place went to which explores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explored {
    pub row: usize,
    /// Of this row in this place, given the list without such places and the choices of those before.
    pub propensity: f32,
    /// The list without such places does not hold it.
    pub is_new_to_list: bool,
}

/// By what rows of the catalogue are shown.
pub trait Showing {
    /// The row of the video to press where this one stands; none where it may not stand in the list.
    fn pressed(&self, row: usize) -> Option<usize>;

    /// The series of which the list shows one explored video at most; none of a video of no series.
    fn series(&self, row: usize) -> Option<Arc<str>>;
}

/// Every row by itself.
pub struct ByItself<'a>(pub &'a Catalogue);

impl Showing for ByItself<'_> {
    fn pressed(&self, row: usize) -> Option<usize> {
        Some(row)
    }

    fn series(&self, row: usize) -> Option<Arc<str>> {
        self.0.watched_video(row)?.series_id.clone()
    }
}

/// What stands for a place.
struct Candidate<'c> {
    scored: Scored<'c>,
    features: ShownFeatures,
    is_new_to_list: bool,
}

/// How videos stand with a viewer, for what learns from showings and what chooses by that.
pub struct Describing<'s, 'a> {
    scores: &'s Scores<'a>,
    /// Of the scores; none where all are the same.
    standard: Option<Standard>,
}

impl<'s, 'a> Describing<'s, 'a> {
    pub fn of(scores: &'s Scores<'a>) -> Self {
        let standard = Standard::sampled(scores.catalogue, SAMPLE, |row| scores.scored(row).score);
        Describing { scores, standard }
    }

    /// What a score is when nothing speaks for or against.
    fn average(&self) -> f32 {
        self.standard.map_or(0.0, |standard| standard.mean)
    }

    /// The row's score in deviations, its vector's directions, and its features.
    pub fn features(&self, row: usize) -> ShownFeatures {
        let mut values = [0.0; SHOWN_VALUES];
        values[0] = self.standard.map_or(0.0, |standard| standard.of(self.scores.scored(row).score));
        values[1..=DIRECTIONS].copy_from_slice(&directions(&self.scores.catalogue.vectors().values(row)));
        let own = self.scores.feature_values(row);
        Feature::ALL.into_iter().for_each(|feature| values[1 + DIRECTIONS + feature as usize] = own[feature as usize]);
        ShownFeatures::new(values)
    }
}

const _: () = assert!(SHOWN_VALUES == 1 + DIRECTIONS + FEATURES);

/// What a list is made from, beside the list.
pub struct Around<'s, 'a> {
    /// All that the query allows.
    pub allowed: Bitmap,
    /// The best rows that are not pinned, in their order.
    pub ranked: Vec<Scored<'a>>,
    pub pinned: Vec<usize>,
    pub showing: &'s dyn Showing,
}

/// Fills the places of `listed` that explore.
pub fn explored<'a>(
    scores: &Scores<'a>,
    mut listed: Mixed<'a>,
    around: &Around<'_, 'a>,
    adjustments: Option<&Adjustments>,
    query: &Query,
    call: &CallOptions,
) -> Result<Mixed<'a>> {
    let is_free = |scored: &&Scored<'_>| !around.pinned.contains(&scored.row) && !listed.kept.contains(&scored.row);
    let free: Vec<Scored<'a>> = listed.list.iter().filter(is_free).copied().collect();
    let slots = query.exploration_slots.min(free.len());
    if slots == 0 {
        return Ok(listed);
    }
    let displaced = &free[free.len() - slots..];
    let describing = Describing::of(scores);
    let lead: f32 = listed.list.iter().map(|scored| scored.score - describing.average()).sum();
    let rows = rows_to_explore(scores, &listed, displaced, around, adjustments, query, call)?;
    let candidate = |scored: &Scored<'a>| {
        let pressed = around.showing.pressed(scored.row)?;
        Some(Candidate {
            features: describing.features(described_by(scores.catalogue, pressed, scored.row)),
            is_new_to_list: !displaced.iter().any(|other| other.row == scored.row),
            scored: *scored,
        })
    };
    let candidates: Vec<Candidate<'a>> = displaced.iter().chain(&rows).filter_map(candidate).collect();
    call.check()?;
    let budget = (query.exploration_budget * lead).max(0.0);
    let mut policy = Policy::new(scores.given.bandit, query);
    let chosen = choose(around.showing, &mut policy, displaced, candidates, budget, call)?;
    listed.explored = chosen.iter().map(|(_, explored)| *explored).collect();
    listed.list = laid_out(&listed.list, displaced, &around.pinned, chosen.into_iter().map(|(scored, _)| scored));
    Ok(listed)
}

/// What is learned from a showing is learned of the video that is pressed, where that has a vector.
fn described_by(catalogue: &Catalogue, pressed: usize, row: usize) -> usize {
    if catalogue.without_vector().contains(pressed) { row } else { pressed }
}

/// What stands in the place of each of `displaced`, whose scores together are at most `budget` above theirs.
fn choose<'a>(
    showing: &dyn Showing,
    policy: &mut Policy,
    displaced: &[Scored<'a>],
    mut candidates: Vec<Candidate<'a>>,
    mut budget: f32,
    call: &CallOptions,
) -> Result<Vec<(Scored<'a>, Explored)>> {
    let mut chosen: Vec<(Scored<'a>, Explored)> = Vec::with_capacity(displaced.len());
    for (place, displaced_one) in displaced.iter().enumerate() {
        call.check()?;
        let share = budget / (displaced.len() - place) as f32;
        let stands = |candidate: &Candidate<'_>| {
            displaced_one.score - candidate.scored.score <= share && !is_of_series_of(showing, candidate, &chosen)
        };
        let stands: Vec<usize> = (0..candidates.len()).filter(|at| stands(&candidates[*at])).collect();
        // One of the displaced is left for each place, and costs nothing.
        let Some((at, propensity)) = policy.choose(&candidates, &stands) else { break };
        let Candidate { scored, is_new_to_list, .. } = candidates.swap_remove(at);
        budget -= (displaced_one.score - scored.score).max(0.0);
        chosen.push((scored, Explored { row: scored.row, propensity: propensity as f32, is_new_to_list }));
    }
    Ok(chosen)
}

/// The list with `chosen` for `displaced`: pinned rows stay in their places, and the others make room where the chosen
/// ones are spread over it.
fn laid_out<'a>(
    list: &[Scored<'a>],
    displaced: &[Scored<'a>],
    pinned: &[usize],
    mut chosen: impl ExactSizeIterator<Item = Scored<'a>>,
) -> Vec<Scored<'a>> {
    let is_pinned = |scored: &Scored<'_>| pinned.contains(&scored.row);
    let stays = |scored: &&Scored<'_>| !is_pinned(scored) && !displaced.iter().any(|other| other.row == scored.row);
    let mut others = list.iter().filter(stays).copied();
    let free = list.iter().filter(|scored| !is_pinned(scored)).count();
    let count = chosen.len();
    let mut place = 0;
    let next = |scored: &Scored<'a>| {
        if is_pinned(scored) {
            return Some(*scored);
        }
        // The last of each part of the free places explores.
        let explores = (place + 1) * count / free > place * count / free;
        place += 1;
        if explores { chosen.next().or_else(|| others.next()) } else { others.next().or_else(|| chosen.next()) }
    };
    list.iter().filter_map(next).collect()
}

/// The rows beside `displaced` that may stand for a place: the best behind the list, and some drawn from all by the
/// seed. Of those by which the same video is shown the first, or else its probability would be that of all of them.
fn rows_to_explore<'a>(
    scores: &Scores<'a>,
    listed: &Mixed<'a>,
    displaced: &[Scored<'a>],
    Around { allowed, ranked, showing, .. }: &Around<'_, 'a>,
    adjustments: Option<&Adjustments>,
    query: &Query,
    call: &CallOptions,
) -> Result<Vec<Scored<'a>>> {
    let is_listed = |row: usize| listed.list.iter().any(|scored| scored.row == row);
    let stays: Vec<Scored<'a>> =
        listed.list.iter().filter(|scored| displaced.iter().all(|other| other.row != scored.row)).copied().collect();
    let series: Vec<_> = stays.iter().filter_map(|scored| showing.series(scored.row)).collect();
    let mut pressed: BTreeSet<usize> = listed.list.iter().filter_map(|scored| showing.pressed(scored.row)).collect();
    let mut may_stand = |row: usize| {
        !is_listed(row)
            && showing.series(row).is_none_or(|own| !series.contains(&own))
            && showing.pressed(row).is_some_and(|own| pressed.insert(own))
    };
    let mut rows: Vec<Scored<'a>> = ranked.iter().filter(|scored| may_stand(scored.row)).take(BEST).copied().collect();
    for row in drawn(scores.catalogue, allowed, query.exploration_seed, call)? {
        if !may_stand(row) {
            continue;
        }
        let known = ranked.iter().find(|scored| scored.row == row).copied();
        rows.push(known.unwrap_or_else(|| scores.without_boost(row, adjustments)));
    }
    Ok(rows)
}

/// At most [`DRAWN`] allowed rows, those with the least hashes of seed and id: the same whatever the order in which videos
/// were added.
fn drawn(catalogue: &Catalogue, allowed: &Bitmap, seed: u64, call: &CallOptions) -> Result<Vec<usize>> {
    let mut hashed = Vec::with_capacity(allowed.count());
    for (index, row) in allowed.iter().enumerate() {
        call.check_every(ROWS_BETWEEN_CHECKS, index)?;
        let id = catalogue.id(row);
        hashed.push((XxHash3_64::oneshot_with_seed(seed, id.as_bytes()), id, row));
    }
    if hashed.len() > DRAWN {
        hashed.select_nth_unstable(DRAWN);
        hashed.truncate(DRAWN);
    }
    hashed.sort_unstable();
    Ok(hashed.into_iter().map(|(_, _, row)| row).collect())
}

fn is_of_series_of(showing: &dyn Showing, candidate: &Candidate<'_>, others: &[(Scored<'_>, Explored)]) -> bool {
    let own = showing.series(candidate.scored.row);
    own.is_some() && candidate.is_new_to_list && others.iter().any(|(other, _)| showing.series(other.row) == own)
}

/// Who fills the places of one list.
struct Policy {
    belief: Belief,
    random: Pcg32,
    /// Of Thompson sampling; the first is that of the first place.
    draws: Vec<Draw>,
}

impl Policy {
    fn new(bandit: Option<&Bandit>, query: &Query) -> Policy {
        let belief = bandit.map_or_else(|| Bandit::default().belief(), Bandit::belief);
        let seed = XxHash3_64::oneshot_with_seed(query.exploration_seed, query.profile.as_bytes());
        let mut random = Pcg32::seed_from_u64(seed);
        let count = if query.exploration_method == ExplorationMethod::Thompson { DRAWS } else { 0 };
        let draws = (0..count).map(|_| belief.draw(&mut random)).collect();
        Policy { belief, random, draws }
    }

    /// One of the candidates at `stands`, with its probability; none of none.
    fn choose(&mut self, candidates: &[Candidate<'_>], stands: &[usize]) -> Option<(usize, f64)> {
        let best = |value: &dyn Fn(&ShownFeatures) -> f64| {
            let valued = stands.iter().map(|at| (value(&candidates[*at].features), candidates[*at].scored, *at));
            // Of equal ones the better by score, and then by id.
            valued.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, _, at)| at)
        };
        let bests: Vec<usize> = match &self.draws[..] {
            [] => best(&|features| self.belief.upper_end(features)).into_iter().collect(),
            draws => draws.iter().filter_map(|draw| best(&|features| draw.value(features))).collect(),
        };
        let own = *bests.first()?;
        let is_random = self.random.random_bool(RANDOMLY);
        let chosen = if is_random { stands[self.random.random_range(0..stands.len())] } else { own };
        // The next place has a draw of its own.
        if !self.draws.is_empty() {
            self.draws.rotate_left(1);
        }
        let share = bests.iter().filter(|at| **at == chosen).count() as f64 / bests.len() as f64;
        Some((chosen, (1.0 - RANDOMLY) * share + RANDOMLY / stands.len() as f64))
    }
}
