//! A short run of the fuzzer of packs; `make fuzz` runs it a million times.

#[path = "../benches/fuzz/pack_reader.rs"]
mod pack_reader;

use pack_reader::{Fuzzer, LAYERS};

#[test]
fn mutants_of_packs_are_refused_or_read() {
    // Without optimisation a signature takes a hundred times as long.
    let executions = if cfg!(debug_assertions) { 300 } else { 20_000 };
    let layers = Fuzzer::new(2, None).run(executions);
    for (name, layer) in LAYERS.iter().zip(layers) {
        assert_eq!(layer.executions, executions / LAYERS.len() as u64, "{name}");
    }
    // The mutations are mild enough to get past each layer, and strong enough to be found.
    assert_eq!(layers[0].accepted, 0);
    for layer in &layers[3..] {
        assert!(layer.accepted > 0 && layer.accepted < layer.executions, "{layers:?}");
    }
}
