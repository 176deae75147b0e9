//! Fuzzes the reader of packs, on any toolchain: `cargo bench --bench fuzz_packs -- [EXECUTIONS] [SEED]`. Ends with an
//! error at the first crash. `fuzz/` has the same reader for libFuzzer.

#[path = "pack_reader.rs"]
mod pack_reader;

use std::time::Instant;

use pack_reader::{Fuzzer, LAYERS};

fn main() {
    let arguments: Vec<u64> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .map(|argument| argument.parse().expect("EXECUTIONS and SEED are numbers"))
        .collect();
    let executions = arguments.first().copied().unwrap_or(1_000_000);
    let seed = arguments.get(1).copied().unwrap_or(1);
    let start = Instant::now();
    let layers = Fuzzer::new(seed).run(executions);
    for (name, layer) in LAYERS.iter().zip(layers) {
        println!("figure pack.fuzz_executions_{name} {}", layer.executions);
        println!("figure pack.fuzz_accepted_{name} {}", layer.accepted);
    }
    println!("figure pack.fuzz_executions {}", layers.iter().map(|layer| layer.executions).sum::<u64>());
    println!("{:.0} s, seed {seed}", start.elapsed().as_secs_f64());
}
