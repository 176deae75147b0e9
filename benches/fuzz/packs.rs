//! Fuzzes the reader of packs, on any toolchain: `cargo bench --bench fuzz_packs -- [EXECUTIONS] [SEED] [RUNTIME]`. Ends with
//! an error at the first crash. With the path of an ONNX Runtime, that opens the networks that the reader lets through.
//! `fuzz/` has the same reader for libFuzzer.

#[path = "pack_reader.rs"]
mod pack_reader;

use std::path::Path;
use std::time::Instant;

use pack_reader::{Fuzzer, LAYERS};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |place: usize, default: u64| {
        arguments.get(place).map_or(default, |given| given.parse().expect("EXECUTIONS and SEED are numbers"))
    };
    let (executions, seed) = (number(0, 1_000_000), number(1, 1));
    let start = Instant::now();
    let layers = Fuzzer::new(seed, arguments.get(2).map(Path::new)).run(executions);
    for (name, layer) in LAYERS.iter().zip(layers) {
        println!("figure pack.fuzz_executions_{name} {}", layer.executions);
        println!("figure pack.fuzz_accepted_{name} {}", layer.accepted);
    }
    println!("figure pack.fuzz_executions {}", layers.iter().map(|layer| layer.executions).sum::<u64>());
    println!("{:.0} s, seed {seed}", start.elapsed().as_secs_f64());
}
