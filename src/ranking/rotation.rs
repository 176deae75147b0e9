//! Turns for videos that score nearly the same: a small term for each video that a seed, such as the number of the day,
//! and the video's id decide, and nothing else, so that it is the same on every machine.
//!
//! Source: the finalizer of SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
//! (OOPSLA 2014, section 4), folded over the bytes of the id.

/// The largest term, either way, in deviations of the list's scores: only videos within twice as much of each other ever
/// change places.
pub const AMPLITUDE: f32 = 0.1;

/// The golden ratio as a fraction of 2^64, by which states of SplitMix64 lie apart.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The term of a video, −[`AMPLITUDE`] to [`AMPLITUDE`], evenly spread.
pub fn turn(seed: u64, id: &str) -> f32 {
    let mut state = mixed(seed);
    for block in id.as_bytes().chunks(8) {
        let mut bytes = [0; 8];
        bytes[..block.len()].copy_from_slice(block);
        state = mixed(state ^ u64::from_le_bytes(bytes));
    }
    state = mixed(state ^ id.len() as u64);
    // The upper 24 bits are as many as a number of single precision holds.
    let unit = (state >> 40) as f32 / (1 << 24) as f32;
    AMPLITUDE * (2.0 * unit - 1.0)
}

fn mixed(state: u64) -> u64 {
    let mut state = state.wrapping_add(GOLDEN);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of SplitMix64 from the state 1234567, as published with it.
        let outputs = (0..3).map(|step: u64| mixed(1_234_567_u64.wrapping_add(step.wrapping_mul(GOLDEN))));
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(outputs.collect::<Vec<u64>>(), expected);
    }

    #[test]
    fn turns_are_even_and_differ_by_seed_and_id() {
        let ids: Vec<String> = (0..10_000).map(|number| format!("video-{number}")).collect();
        let turns = |seed| ids.iter().map(|id| turn(seed, id)).collect::<Vec<f32>>();
        let (one, two) = (turns(1), turns(2));
        assert_eq!(one, turns(1));
        assert!(one.iter().all(|term| (-AMPLITUDE..=AMPLITUDE).contains(term)));
        let mean = |terms: &[f32]| terms.iter().sum::<f32>() / terms.len() as f32;
        assert!(mean(&one).abs() < 0.03 * AMPLITUDE, "{}", mean(&one));
        let spread = mean(&one.iter().map(|term| term * term).collect::<Vec<f32>>());
        assert!((spread / (AMPLITUDE * AMPLITUDE) - 1.0 / 3.0).abs() < 0.02, "{spread}");
        let products = mean(&one.iter().zip(&two).map(|(a, b)| a * b).collect::<Vec<f32>>());
        assert!(products.abs() < 0.02 * AMPLITUDE * AMPLITUDE, "two days have nothing in common: {products}");
        assert_ne!(turn(1, "a"), turn(1, "a\u{1}"));
        assert_ne!(turn(1, ""), turn(2, ""));
    }
}
