//! Reading what a query adds to scores: rules, and how much what was shown counts.

use super::input::{read_str, read_structs};
use super::types::{
    VREC_RULE_BOOST, VREC_RULE_BURY, VREC_RULE_PIN, VREC_RULE_TARGET_SERIES, VREC_RULE_TARGET_TAG,
    VREC_RULE_TARGET_VIDEO, vrec_rule,
};
use crate::domain::{Error, Query, Result, Rule, RuleAction, RuleTarget, limits};

/// The rules at `pointer`; their ranges are checked with the query's.
///
/// # Safety
/// `pointer` is null or points to `count` rules `stride` bytes apart, whose ids are readable.
pub(super) unsafe fn read_rules(pointer: *const vrec_rule, count: usize, stride: usize) -> Result<Vec<Rule>> {
    if count > limits::RULES {
        return Err(Error::limit("the count of rules", count, limits::RULES));
    }
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_structs("rules", pointer, count, stride) }?;
    let rule = |(index, given): (usize, &vrec_rule)| {
        // SAFETY: its id is readable by this function's contract.
        unsafe { convert(given) }.map_err(|error| error.within(&format!("rules[{index}]")))
    };
    given.iter().enumerate().map(rule).collect()
}

/// # Safety
/// The rule's id is readable for its length.
unsafe fn convert(given: &vrec_rule) -> Result<Rule> {
    // SAFETY: passed on from this function's contract.
    let id = unsafe { read_str("id", given.id, given.id_len) }?.to_owned();
    let target = match given.target {
        VREC_RULE_TARGET_VIDEO => RuleTarget::Video(id),
        VREC_RULE_TARGET_TAG => RuleTarget::Tag(id),
        VREC_RULE_TARGET_SERIES => RuleTarget::Series(id),
        other => return Err(Error::invalid(format!("target {other} is no VREC_RULE_TARGET_ value"))),
    };
    Ok(Rule { target, action: action(given)? })
}

fn action(given: &vrec_rule) -> Result<RuleAction> {
    let amount = if given.amount == 0.0 { RuleAction::AMOUNT } else { given.amount };
    match given.action {
        VREC_RULE_PIN if given.amount != 0.0 => {
            Err(Error::invalid(format!("amount is {}; a pin has none", given.amount)))
        }
        VREC_RULE_PIN => Ok(RuleAction::Pin { position: given.position as usize }),
        VREC_RULE_BOOST | VREC_RULE_BURY if given.position != 0 => {
            Err(Error::invalid(format!("position is {}; only a pin has one", given.position)))
        }
        VREC_RULE_BOOST => Ok(RuleAction::Boost { amount }),
        VREC_RULE_BURY => Ok(RuleAction::Bury { amount }),
        other => Err(Error::invalid(format!("action {other} is no VREC_RULE_ value"))),
    }
}

/// The strength of a query: 0 is the default, and what lies below 0, to −1, none.
pub(super) fn read_impression_strength(given: f32) -> Result<f32> {
    match given {
        0.0 => Ok(Query::IMPRESSION_STRENGTH),
        below if (-1.0..0.0).contains(&below) => Ok(0.0),
        above if above > 0.0 && above <= Query::MOST_IMPRESSION_STRENGTH => Ok(above),
        other => {
            let most = Query::MOST_IMPRESSION_STRENGTH;
            Err(Error::invalid(format!("impression_strength is {other}; it lies between -1 and {most}")))
        }
    }
}

/// The half-life of a query: 0 is the default.
pub(super) fn read_impression_half_life(given: i64) -> Result<i64> {
    match given {
        0 => Ok(Query::IMPRESSION_HALF_LIFE_MS),
        below if below < 0 => Err(Error::invalid(format!("impression_half_life_ms is {below}, below zero"))),
        above => Ok(above),
    }
}
