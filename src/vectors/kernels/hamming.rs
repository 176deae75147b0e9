//! How many bits differ: the distance of sign codes.

/// `out[r]` = bits in which row r of `rows` differs from `query`, rows being as long as the query.
///
/// # Panics
/// When there are fewer rows than `out` has places.
pub fn hamming(rows: &[u64], query: &[u64], out: &mut [u16]) {
    assert!(!query.is_empty() && rows.len() >= out.len() * query.len(), "too few rows");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("popcnt") {
        // SAFETY: the CPU has the one instruction that the function needs beyond any x86-64's.
        return unsafe { with_popcnt(rows, query, out) };
    }
    count(rows, query, out);
}

#[inline(always)]
fn count(rows: &[u64], query: &[u64], out: &mut [u16]) {
    for (row, distance) in rows.chunks_exact(query.len()).zip(out) {
        let bits: u32 = row.iter().zip(query).map(|(a, b)| (a ^ b).count_ones()).sum();
        *distance = bits as u16;
    }
}

/// The same, compiled for CPUs that count bits in one instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
fn with_popcnt(rows: &[u64], query: &[u64], out: &mut [u16]) {
    match query.len() {
        // The usual length, known to the compiler.
        6 => count(rows, &query[..6], out),
        _ => count(rows, query, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_numbers_of_different_bits() {
        for length in [1, 6, 7] {
            let rows: Vec<u64> = (0..9 * length as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
            let query: Vec<u64> = (0..length as u64).map(|i| !i.wrapping_mul(0xD134_2543_DE82_EF95)).collect();
            let (mut found, mut expected) = ([0; 9], [0; 9]);
            hamming(&rows, &query, &mut found);
            count(&rows, &query, &mut expected);
            assert_eq!(found, expected);
            hamming(&query, &query, &mut found[..1]);
            assert_eq!(found[0], 0);
        }
    }
}
