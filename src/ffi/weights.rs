//! What each feature is to count, learned on request.

use super::boundary::{call_on, output};
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::check_struct_size;
use super::output::write_struct;
use super::training::train_options;
use super::types::{
    VREC_MAX_FEATURES, VREC_WEIGHTS_KEPT, VREC_WEIGHTS_LEARNED, VREC_WEIGHTS_TOO_FEW, vrec_call_options,
    vrec_feature_weight, vrec_learned_weights, vrec_train_options,
};
use crate::domain::{Error, Result, Status};
use crate::engine::weights::{LearnedWeights, WeightsOutcome};

/// Learns what each feature should count from what all profiles watched: some of the last watches are held out, lists are
/// asked for as they would have been then, and weights are changed that bring the held-out videos up beyond chance. Nothing
/// of the engine changes. The weights are for vrec_options.feature_weights of the next vrec_create, for
/// vrec_query.feature_weights, and for vrec_pack_export_options.feature_weights. A feature that comes to count and counted 0
/// here has to be learned first, unless it is taste, attention, interests or freshness: queries and packs of this engine
/// have nothing of it, those of one that is created with its weight do, once vrec_train has run where it needs that.
/// docs/training.md says more.
///
/// Parameters: engine, not NULL; options, may be NULL for the defaults; call, bounds on the call, may be NULL, whose
/// progress_callback hears how much of one step after the other is done; weights and weight_capacity, where to put the
/// features that are to count, with room for VREC_MAX_FEATURES of them; learned, not NULL, its struct_size set by the
/// caller, where to put how many there are and what they are worth; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; lists and writes go on meanwhile. Uses threads as vrec_train_with does.
/// Errors: VREC_E_INVALID_ARGUMENT, also where a pack is in use, whose weights are from many more; VREC_E_MEMORY_LIMIT when
/// the trainings would hold more than options.memory_limit_bytes; VREC_E_LIMIT for more than 64 threads and for a
/// weight_capacity below VREC_MAX_FEATURES; VREC_E_TOO_NEW, VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_REENTRANT,
/// VREC_E_FORKED. Nothing is written on failure. Too few watches are no failure: the weights are those in use then, and
/// learned says so.
/// Cost: up to four times that of a training of all features, memory included, and up to 150 lists for each one that is
/// asked for, of which there are at most 4000: minutes to an hour for ten thousand videos.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_learn_weights(
    engine: *const vrec_engine,
    options: *const vrec_train_options,
    call: *const vrec_call_options,
    weights: *mut vrec_feature_weight,
    weight_capacity: usize,
    learned: *mut vrec_learned_weights,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or structs with their sizes, by the header's contract.
        let (options, call) = unsafe { (train_options(options)?, call_options(call)?) };
        let target = output(weights, "weights")?.as_ptr();
        if weight_capacity < VREC_MAX_FEATURES as usize {
            let message = format!("weight_capacity is {weight_capacity}, and room for {VREC_MAX_FEATURES} is needed");
            return Err(Error::new(Status::Limit, message));
        }
        // What could not be written is not computed for minutes first.
        // SAFETY: null or a struct with its size, by the header's contract.
        unsafe { check_target(learned) }?;
        let found = handle.engine().learn_weights(&options, &call)?;
        // SAFETY: checked above, by the same contract.
        unsafe { write_struct(learned, "learned", |size| learned_struct(&found, size)) }?;
        for (place, (feature, weight)) in found.weights.counting().enumerate() {
            let weight = vrec_feature_weight { feature: feature as i32, weight };
            // SAFETY: no more features count than there are, and so many are writable; alignment is not assumed.
            unsafe { target.add(place).write_unaligned(weight) };
        }
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_learn_weights", engine, error, body) }
}

/// # Safety
/// `learned` is null or points to a `size_t`.
unsafe fn check_target(learned: *mut vrec_learned_weights) -> Result<()> {
    let target = output(learned, "learned")?.as_ptr();
    // SAFETY: not null, so its struct_size is readable; alignment is not assumed.
    let size = unsafe { target.cast::<usize>().read_unaligned() };
    check_struct_size::<vrec_learned_weights>(size, None)
}

fn learned_struct(found: &LearnedWeights, struct_size: usize) -> vrec_learned_weights {
    vrec_learned_weights {
        struct_size,
        outcome: match found.outcome {
            WeightsOutcome::Learned => VREC_WEIGHTS_LEARNED,
            WeightsOutcome::Kept => VREC_WEIGHTS_KEPT,
            WeightsOutcome::TooFew => VREC_WEIGHTS_TOO_FEW,
        },
        weight_count: found.weights.counting().count() as u32,
        choosing_lists: found.choosing_lists as u64,
        confirming_lists: found.confirming_lists as u64,
        ndcg_before: found.ndcg_before,
        ndcg_after: found.ndcg_after(),
        gain: found.gain.mean,
        plus_minus: found.gain.plus_minus,
    }
}
