//! Counting set bits with the instruction for it, which the oldest x86 CPUs lack and programs compiled
//! for all of them therefore do not use by themselves.

/// How many bits of the words are set.
pub fn count_ones(words: &[u64]) -> usize {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    if std::arch::is_x86_feature_detected!("popcnt") {
        // SAFETY: the CPU has the instruction, as was just asked.
        return unsafe { with_instruction(words) };
    }
    count(words)
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
#[target_feature(enable = "popcnt")]
fn with_instruction(words: &[u64]) -> usize {
    count(words)
}

/// Additions that were checked for overflow would each wait for the one before.
#[inline(always)]
fn count(words: &[u64]) -> usize {
    words.iter().fold(0, |count, word| word.count_ones().wrapping_add(count)) as usize
}

#[cfg(test)]
mod tests {
    use super::{count, count_ones};

    #[test]
    fn both_ways_count_the_same() {
        let words: Vec<u64> = (0..1_000).map(|index: u64| index.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
        for length in [0, 1, 7, 128, 1_000] {
            let one_by_one: usize = words[..length].iter().map(|word| format!("{word:b}").replace('0', "").len()).sum();
            assert_eq!((count_ones(&words[..length]), count(&words[..length])), (one_by_one, one_by_one));
        }
    }
}
