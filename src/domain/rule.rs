//! What the owner of a service wants of a list beside what the viewer likes: videos at certain places, and videos raised
//! or lowered.

use std::collections::BTreeMap;

use super::video::{check_id, check_length};
use super::{Error, Result, limits};

/// Which videos a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleTarget {
    /// The one with this id.
    Video(String),
    /// Those with this tag; capitals and blanks around it do not matter.
    Tag(String),
    /// The videos of the series with this id, and the one that has it as its own.
    Series(String),
}

/// What a rule does with them. Amounts are deviations of the list's scores (docs/rules.md), above 0 to
/// [`RuleAction::MOST`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleAction {
    /// Puts the video at this position of the list, from 1 on; for [`RuleTarget::Video`] only, once for each.
    Pin { position: usize },
    /// Raises their scores.
    Boost { amount: f32 },
    /// Lowers their scores.
    Bury { amount: f32 },
}

impl RuleAction {
    /// The largest amount of a boost or bury.
    pub const MOST: f32 = 100.0;

    /// What a boost or bury comes to where the caller names no amount.
    pub const AMOUNT: f32 = 1.0;
}

/// One rule of a query. Videos that a hard filter, the profile or the query keeps out of a list stay out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub target: RuleTarget,
    pub action: RuleAction,
}

impl Rule {
    /// Checks every documented range, for a list of this length.
    fn validate(&self, limit: usize) -> Result<()> {
        match &self.target {
            RuleTarget::Video(id) => check_id("the video's id", id)?,
            RuleTarget::Series(id) => check_id("the series' id", id)?,
            RuleTarget::Tag(tag) if tag.trim().is_empty() => return Err(Error::invalid("the tag is blank")),
            RuleTarget::Tag(tag) => check_length("the tag, in bytes,", tag.len(), limits::TEXT_BYTES)?,
        }
        match self.action {
            RuleAction::Pin { .. } if !matches!(self.target, RuleTarget::Video(_)) => {
                Err(Error::invalid("a pin is for one video, not for a tag or a series"))
            }
            RuleAction::Pin { position } if !(1..=limit).contains(&position) => Err(Error::invalid(format!(
                "the pin's position is {position}; it lies between 1 and the limit, {limit}"
            ))),
            RuleAction::Boost { amount } | RuleAction::Bury { amount }
                if !(amount > 0.0 && amount <= RuleAction::MOST) =>
            {
                let most = RuleAction::MOST;
                Err(Error::invalid(format!("amount is {amount}; it lies above 0 and up to {most}")))
            }
            _ => Ok(()),
        }
    }

    /// The position and the id of a pin.
    fn pinned(&self) -> Option<(usize, &str)> {
        match (&self.action, &self.target) {
            (RuleAction::Pin { position }, RuleTarget::Video(id)) => Some((*position, id)),
            _ => None,
        }
    }
}

/// Checks all rules of a list of this length: each by itself, and that no two pins want one place or one video.
pub fn validate_rules(rules: &[Rule], limit: usize) -> Result<()> {
    check_length("the number of rules", rules.len(), limits::RULES)?;
    let (mut positions, mut videos) = (BTreeMap::new(), BTreeMap::new());
    for (index, rule) in rules.iter().enumerate() {
        let place = |error: Error| error.within(&format!("rules[{index}]"));
        rule.validate(limit).map_err(place)?;
        let Some((position, id)) = rule.pinned() else { continue };
        let positions = positions.entry(position).or_insert(index);
        let videos = videos.entry(id).or_insert(index);
        let (what, other) = match (*positions, *videos) {
            (other, _) if other != index => (format!("position {position}"), other),
            (_, other) if other != index => (format!("video {id:?}"), other),
            _ => continue,
        };
        return Err(place(Error::invalid(format!("{what} is pinned by rules[{other}] already"))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(id: &str, position: usize) -> Rule {
        Rule { target: RuleTarget::Video(id.to_owned()), action: RuleAction::Pin { position } }
    }

    fn boost(target: RuleTarget, amount: f32) -> Rule {
        Rule { target, action: RuleAction::Boost { amount } }
    }

    #[test]
    fn a_wrong_rule_is_named_by_its_place() {
        let tag = |text: &str| RuleTarget::Tag(text.to_owned());
        let good = vec![pin("a", 1), boost(tag("space"), 100.0), pin("b", 10), boost(tag("space"), 0.001)];
        assert_eq!(validate_rules(&good, 10), Ok(()));
        let refused = [
            (pin("c", 0), "position is 0; it lies between 1 and the limit, 10"),
            (pin("c", 11), "position is 11"),
            (pin("", 3), "the video's id is empty"),
            (pin("c", 10), "position 10 is pinned by rules[2] already"),
            (pin("a", 3), "video \"a\" is pinned by rules[0] already"),
            (Rule { target: tag("space"), ..pin("c", 3) }, "a pin is for one video"),
            (boost(tag(" "), 1.0), "the tag is blank"),
            (boost(tag("x"), 0.0), "amount is 0; it lies above 0 and up to 100"),
            (boost(tag("x"), f32::NAN), "amount is NaN"),
            (boost(RuleTarget::Series("x".repeat(256)), 1.0), "the series' id"),
        ];
        for (rule, message) in refused {
            let error = validate_rules(&[&good[..], &[rule]].concat(), 10).unwrap_err();
            assert!(error.message.starts_with("rules[4]: ") && error.message.contains(message), "{error}");
        }
        let error = validate_rules(&vec![boost(tag("x"), 1.0); limits::RULES + 1], 10).unwrap_err();
        assert!(error.message.contains("1025") && error.message.contains("1024"), "{error}");
    }
}
