//! Which windows run together: sorted by length and cut by a budget of tokens, so that little of a
//! run is padding and no run takes long enough to make others wait.

use ndarray::Array2;

use super::tokenizer::Window;

/// Tokens of one run on a CPU, padding included, for each thread. Larger runs leave the processor's
/// caches, and hold the session longer.
pub const CPU_TOKENS: usize = 256;

/// Tokens of one run on a device: enough to keep its many cores busy, few enough to bound the
/// memory of activations.
pub const DEVICE_TOKENS: usize = 16_384;

/// Sorts `windows` by length and cuts them into runs of at most `budget` tokens, or of one window.
pub fn plan_batches(windows: &mut [Window], budget: usize) -> Vec<&[Window]> {
    windows.sort_by_key(|window| (window.ids.len(), window.text));
    let mut batches = Vec::new();
    let mut rest: &[Window] = windows;
    while !rest.is_empty() {
        // The longest of a sorted run is its last, so the cost of taking one more is known.
        let mut count = 1;
        while count < rest.len() && (count + 1) * rest[count].ids.len() <= budget {
            count += 1;
        }
        let (batch, after) = rest.split_at(count);
        batches.push(batch);
        rest = after;
    }
    batches
}

/// Rows of a device's tensors are a multiple of this long: attention kernels of GPUs want it so.
pub const DEVICE_TOKEN_MULTIPLE: usize = 8;

/// Token ids and attention mask [windows, longest window or the next `multiple`], padded with zeros.
pub fn tensors(batch: &[Window], multiple: usize) -> (Array2<i64>, Array2<i64>) {
    let longest = batch.iter().map(|window| window.ids.len()).max().unwrap_or(0).next_multiple_of(multiple);
    let mut ids = Array2::zeros((batch.len(), longest));
    let mut mask = Array2::zeros((batch.len(), longest));
    for (row, window) in batch.iter().enumerate() {
        for (column, &id) in window.ids.iter().enumerate() {
            ids[[row, column]] = i64::from(id);
            mask[[row, column]] = 1;
        }
    }
    (ids, mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_padded_to_a_multiple() {
        let windows = [Window { text: 0, ids: vec![7; 9], weight: 1.0 }];
        let (ids, mask) = tensors(&windows, DEVICE_TOKEN_MULTIPLE);
        assert_eq!((ids.dim(), ids.sum(), mask.sum()), ((1, 16), 63, 9));
        assert_eq!(tensors(&windows, 1).0.dim(), (1, 9));
    }

    #[test]
    fn batches_keep_to_the_budget_and_lose_nothing() {
        let mut windows: Vec<Window> =
            (0..300).map(|text| Window { text, ids: vec![7; 1 + (text * 37) % 400], weight: 1.0 }).collect();
        let batches = plan_batches(&mut windows, CPU_TOKENS);
        let mut seen = vec![false; 300];
        for batch in &batches {
            let longest = batch.last().unwrap().ids.len();
            assert!(batch.len() == 1 || batch.len() * longest <= CPU_TOKENS);
            for window in *batch {
                assert!(!std::mem::replace(&mut seen[window.text], true));
            }
        }
        assert!(seen.into_iter().all(|once| once));
    }
}
