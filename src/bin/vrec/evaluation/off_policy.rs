//! `vrec eval --off-policy`: what a policy would have been worth, by the log of another. Each line of the log is a showing
//! with the probability with which it was chosen; what was chosen seldom and would be chosen often counts more. Weights
//! w = π(a) / p(a) are clipped. Three estimates of the mean reward, over n showings:
//!
//! - IPS: Σ w·r / n (Horvitz and Thompson, "A generalization of sampling without replacement from a finite universe",
//!   Journal of the American Statistical Association 47, 1952);
//! - SNIPS: Σ w·r / Σ w (Swaminathan and Joachims, "The self-normalized estimator for counterfactual learning", NIPS 2015,
//!   section 4), its interval by the delta method;
//! - doubly robust: Σ (q(π) + w·(r − q(a))) / n with a model q of the reward (Dudík, Langford and Li, "Doubly robust policy
//!   evaluation and learning", ICML 2011, equation 5).

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use vrec::domain::EventKind;

use super::report::figure;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::lines;
use crate::lines::Lines;
use crate::output::Column;
use crate::output::Output;

/// Weights above it count as it, where the command names no other.
pub const CLIP: f64 = 100.0;

/// Predictions of rewards beyond it, up or down, are refused.
const LARGEST_PREDICTION: f64 = 10.0;

/// Of the normal distribution, for 95 %.
const DEVIATIONS: f64 = 1.959_964;

/// What a line may say; an exported event says more.
#[derive(Deserialize)]
struct Line {
    kind: String,
    #[serde(default)]
    profile: String,
    /// Of an anonymised export `video`.
    #[serde(default, alias = "video")]
    video_id: String,
    #[serde(default)]
    propensity: f64,
    /// π(a), of the policy to be judged; without it, that of the log.
    target_propensity: Option<f64>,
    /// q(a), of what was shown.
    predicted: Option<f64>,
    /// q(π), the mean over what the policy to be judged might show.
    predicted_target: Option<f64>,
}

/// A showing with what became of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Showing {
    propensity: f64,
    target: f64,
    reward: f64,
    predicted: Option<(f64, f64)>,
}

/// A mean with half of its 95 % interval; of one showing there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Estimate {
    mean: f64,
    plus_minus: Option<f64>,
}

impl Estimate {
    /// Of the values' mean.
    fn of(values: impl Iterator<Item = f64> + Clone) -> Estimate {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Estimate { mean, plus_minus: (count > 1.0).then(|| DEVIATIONS * (variance / count).sqrt()) }
    }
}

#[derive(Debug)]
struct Found {
    ips: Estimate,
    snips: Estimate,
    doubly_robust: Estimate,
    /// (Σ w)² / Σ w²: as many showings chosen by the policy itself would say as much (Kish 1965).
    effective_showings: f64,
    clipped: usize,
}

/// Of at least one showing, at least one of which the policy might choose.
fn estimated(showings: &[Showing], clip: f64) -> Found {
    let ratio = |showing: &Showing| showing.target / showing.propensity;
    let weight = |showing: &Showing| ratio(showing).min(clip);
    let sum = |of: &dyn Fn(&Showing) -> f64| showings.iter().map(of).sum::<f64>();
    let whole = sum(&weight);
    let mean_reward = sum(&|showing| showing.reward) / showings.len() as f64;
    let snips = sum(&|showing| weight(showing) * showing.reward) / whole;
    let spread = sum(&|showing| (weight(showing) * (showing.reward - snips)).powi(2)).sqrt() / whole;
    let doubly_robust = |showing: &Showing| {
        let (own, of_target) = showing.predicted.unwrap_or((mean_reward, mean_reward));
        of_target + weight(showing) * (showing.reward - own)
    };
    Found {
        ips: Estimate::of(showings.iter().map(|showing| weight(showing) * showing.reward)),
        snips: Estimate { mean: snips, plus_minus: (showings.len() > 1).then_some(DEVIATIONS * spread) },
        doubly_robust: Estimate::of(showings.iter().map(doubly_robust)),
        effective_showings: whole.powi(2) / sum(&|showing| weight(showing).powi(2)),
        clipped: showings.iter().filter(|showing| ratio(showing) > clip).count(),
    }
}

/// The showings of a log whose propensity is known, in their order. A showing is worth 1 where the profile chose its video
/// before it was shown again, else 0.
fn read(path: &Path) -> Outcome<Vec<Showing>> {
    let mut lines = Lines::open(path)?;
    let mut showings: Vec<Showing> = Vec::new();
    // The latest showing of each video to each profile.
    let mut latest: HashMap<(String, String), usize> = HashMap::new();
    while let Some(found) = lines.next()? {
        let bad = |why: String| Failure::new(Exit::BadInput, format!("{}, line {}: {why}", lines.name, lines.number));
        if found == lines::Line::TooLong {
            return Err(bad("it is too long".to_owned()));
        }
        if lines.text.trim_ascii().is_empty() || is_other_record(&lines.text) {
            continue;
        }
        let line: Line = serde_json::from_slice(&lines.text).map_err(|error| bad(error.to_string()))?;
        let kind =
            EventKind::from_name(&line.kind).ok_or_else(|| bad(format!("{:?} is no kind of event", line.kind)))?;
        let key = (line.profile.clone(), line.video_id.clone());
        if kind == EventKind::Impression {
            latest.remove(&key);
            if line.propensity != 0.0 {
                latest.insert(key, showings.len());
                showings.push(line.showing().map_err(bad)?);
            }
        } else if kind == EventKind::Select || kind.is_playback() {
            latest.remove(&key).into_iter().for_each(|at| showings[at].reward = 1.0);
        }
    }
    Ok(showings)
}

/// Whether a line of an export speaks of something else than an event.
fn is_other_record(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Record {
        record: Option<String>,
    }
    serde_json::from_slice::<Record>(line).is_ok_and(|line| line.record.is_some_and(|record| record != "event"))
}

impl Line {
    fn showing(&self) -> Result<Showing, String> {
        let is_probability = |value: f64| (0.0..=1.0).contains(&value);
        let target = self.target_propensity.unwrap_or(self.propensity);
        if !is_probability(self.propensity) || !is_probability(target) {
            return Err("propensity and target_propensity lie between 0 and 1".to_owned());
        }
        let predicted = match (self.predicted, self.predicted_target) {
            (Some(own), Some(of_target)) => Some((reward("predicted", own)?, reward("predicted_target", of_target)?)),
            (None, None) => None,
            _ => return Err("predicted and predicted_target belong together".to_owned()),
        };
        Ok(Showing { propensity: self.propensity, target, reward: 0.0, predicted })
    }
}

/// A prediction of a reward, which is 0 or 1: a model may overshoot, but not by orders of magnitude.
fn reward(name: &str, value: f64) -> Result<f64, String> {
    match (-LARGEST_PREDICTION..=LARGEST_PREDICTION).contains(&value) {
        true => Ok(value),
        false => Err(format!(
            "{name} is {value}, not between {} and {LARGEST_PREDICTION}; rewards are 0 or 1",
            -LARGEST_PREDICTION
        )),
    }
}

/// Shows what the log lets expect.
pub fn evaluate(path: &Path, clip: f64, output: &mut Output) -> Outcome {
    let showings = read(path)?;
    if showings.iter().all(|showing| showing.target == 0.0) {
        let message = "the log has no showing with a propensity that the policy might choose";
        return Err(Failure::new(Exit::BadInput, format!("{}: {message}", path.display())));
    }
    let found = estimated(&showings, clip);
    let estimates = [("ips", found.ips), ("snips", found.snips), ("doubly_robust", found.doubly_robust)];
    if output.is_json() {
        let object = |estimate: Estimate| json!({ "mean": estimate.mean, "plus_minus": estimate.plus_minus });
        let mut all: Map<String, Value> =
            estimates.into_iter().map(|(name, estimate)| (name.to_owned(), object(estimate))).collect();
        all.insert("showings".to_owned(), showings.len().into());
        all.insert("effective_showings".to_owned(), found.effective_showings.into());
        all.insert("clipped".to_owned(), found.clipped.into());
        output.json(&all)?;
    } else {
        write_table(&estimates, &found, showings.len(), output)?;
    }
    estimates.into_iter().try_for_each(|(name, estimate)| figure(output, &format!("off_policy.{name}"), estimate.mean))
}

fn write_table(estimates: &[(&'static str, Estimate)], found: &Found, showings: usize, output: &mut Output) -> Outcome {
    let plus_minus = |estimate: &Estimate| estimate.plus_minus.map_or_else(String::new, |half| format!("±{half:.4}"));
    let row = |(name, estimate): &(&str, Estimate)| {
        vec![(*name).to_owned(), format!("{:.4}", estimate.mean), plus_minus(estimate)]
    };
    let count = |name: &str, count: String| vec![name.to_owned(), count, String::new()];
    let counts = [
        count("showings", showings.to_string()),
        count("effective showings", format!("{:.1}", found.effective_showings)),
        count("clipped weights", found.clipped.to_string()),
    ];
    let rows: Vec<Vec<String>> = estimates.iter().map(row).chain(counts).collect();
    output.table(&[Column::left("Estimate"), Column::right("Mean reward"), Column::right("95 %")], &rows)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rand::Rng;
    use rand::SeedableRng;
    use rand_pcg::Pcg32;

    use super::*;

    /// What each of four videos is worth, how the log chose and how the policy would.
    const WORTH: [f64; 4] = [0.1, 0.2, 0.4, 0.6];
    const LOGGED: [f64; 4] = [0.55, 0.25, 0.15, 0.05];
    const TARGET: [f64; 4] = [0.05, 0.05, 0.3, 0.6];

    fn value(of: [f64; 4]) -> f64 {
        WORTH.iter().zip(of).map(|(worth, share)| worth * share).sum()
    }

    fn drawn(count: usize, seed: u64) -> Vec<Showing> {
        let mut random = Pcg32::seed_from_u64(seed);
        let mut showing = || {
            let mut left: f64 = random.random();
            let at = LOGGED.iter().position(|share| {
                left -= share;
                left < 0.0
            });
            let at = at.unwrap_or(LOGGED.len() - 1);
            let reward = f64::from(u8::from(random.random_bool(WORTH[at])));
            Showing { propensity: LOGGED[at], target: TARGET[at], reward, predicted: Some((WORTH[at], value(TARGET))) }
        };
        (0..count).map(|_| showing()).collect()
    }

    #[test]
    fn the_true_value_lies_in_the_intervals() {
        let (truth, trials) = (value(TARGET), 200);
        let mut inside = [0; 3];
        let mut squares = [0.0; 3];
        for seed in 0..trials {
            let found = estimated(&drawn(2_000, seed), CLIP);
            for (at, estimate) in [found.ips, found.snips, found.doubly_robust].into_iter().enumerate() {
                inside[at] += u32::from((estimate.mean - truth).abs() <= estimate.plus_minus.unwrap());
                squares[at] += (estimate.mean - truth).powi(2) / trials as f64;
            }
            assert!(found.doubly_robust.plus_minus < found.ips.plus_minus);
            assert_eq!(found.clipped, 0);
            assert!((100.0..2_000.0).contains(&found.effective_showings));
        }
        // 190 of 200 are to be expected; fewer than 180 would be one in many thousands.
        assert!(inside.iter().all(|count| *count >= 180), "{inside:?}");
        assert!(squares[2] < squares[0] && squares[1] < squares[0], "{squares:?}");
    }

    #[test]
    fn by_hand() {
        let showing = |propensity, target, reward| Showing { propensity, target, reward, predicted: None };
        let showings = [showing(0.5, 1.0, 1.0), showing(0.5, 0.0, 1.0), showing(0.1, 1.0, 0.0), showing(0.5, 0.5, 1.0)];
        let found = estimated(&showings, 4.0);
        // Weights 2, 0, 4 (of 10) and 1.
        assert_eq!((found.ips.mean, found.clipped), (0.75, 1));
        assert!((found.snips.mean - 3.0 / 7.0).abs() < 1e-12);
        assert!((found.effective_showings - 49.0 / 21.0).abs() < 1e-12);
        // The mean reward of 0.75 and what is beyond it, weighted: (2 + 1)·0.25 and 4·(−0.75).
        assert!((found.doubly_robust.mean - (0.75 + (0.75 - 3.0) / 4.0)).abs() < 1e-12);
    }

    #[test]
    fn a_log_is_read_showing_by_showing() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let lines = r#"{"record":"profile","format":1,"id":"mia"}
{"record":"event","kind":"impression","video_id":"a","time_utc_ms":1,"propensity":0.5,"target_propensity":1}
{"record":"event","kind":"impression","video_id":"b","time_utc_ms":1}
{"record":"event","kind":"select","video_id":"a","time_utc_ms":2}
{"record":"event","kind":"select","video_id":"b","time_utc_ms":2}
{"kind":"impression","video":"a","propensity":0.25,"predicted":0.1,"predicted_target":0.2}
{"record":"engagement","video_id":"a","title":"A","weight":1.0,"watched":true,"hidden":false}
"#;
        file.write_all(lines.as_bytes()).unwrap();
        let showings = read(file.path()).unwrap();
        assert_eq!(
            showings,
            [
                Showing { propensity: 0.5, target: 1.0, reward: 1.0, predicted: None },
                Showing { propensity: 0.25, target: 0.25, reward: 0.0, predicted: Some((0.1, 0.2)) },
            ]
        );
        for bad in [
            r#"{"kind":"impression","propensity":1.5}"#,
            r#"{"kind":"impression","propensity":0.5,"target_propensity":-1}"#,
            r#"{"kind":"impression","propensity":0.5,"predicted":1}"#,
            r#"{"kind":"nothing"}"#,
            "no object",
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bad.as_bytes()).unwrap();
            assert!(read(file.path()).is_err(), "{bad}");
        }
    }

    fn read_log(lines: &str) -> Outcome<Vec<Showing>> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        read(file.path())
    }

    #[test]
    fn one_showing_has_no_interval() {
        let one = Showing { propensity: 0.5, target: 0.5, reward: 1.0, predicted: None };
        let found = estimated(&[one], CLIP);
        for estimate in [found.ips, found.snips, found.doubly_robust] {
            assert_eq!(estimate, Estimate { mean: 1.0, plus_minus: None });
        }
        assert!(estimated(&[one, one], CLIP).ips.plus_minus.is_some());
    }

    #[test]
    fn predictions_that_are_no_rewards_are_refused_with_their_line() {
        let line = |own: &str, of_target: &str| {
            let known = "{\"kind\":\"impression\",\"profile\":\"p\",\"video_id\":\"v\",\"propensity\":0.5";
            format!("\n{known},\"predicted\":{own},\"predicted_target\":{of_target}}}\n")
        };
        assert_eq!(read_log(&line("-10", "10")).unwrap().len(), 1);
        for (own, of_target, says) in [
            ("1e308", "0.5", "line 2: predicted is 1000"),
            ("0.5", "-10.5", "line 2: predicted_target is -10.5, not between -10 and 10"),
        ] {
            let Err(Failure::Told { message, .. }) = read_log(&line(own, of_target)) else { panic!("{own} was taken") };
            assert!(message.contains(says), "{message}");
        }
    }
}
