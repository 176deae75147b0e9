//! A short run of the fuzzer of packs; `make fuzz` runs it a million times.

#[path = "../benches/fuzz/pack_reader.rs"]
mod pack_reader;

use pack_reader::{Fuzzer, LAYERS};

#[test]
fn mutants_of_packs_are_refused_or_read() {
    let layers = Fuzzer::new(2).run(2_000);
    for (name, layer) in LAYERS.iter().zip(layers) {
        assert_eq!(layer.executions, 500, "{name}");
    }
    // The mutations are mild enough to get past each layer, and strong enough to be found.
    assert_eq!(layers[0].accepted, 0);
    assert!(layers[3].accepted > 0 && layers[3].accepted < 500, "{layers:?}");
}
