//! Where the time of embedding goes, as only a program inside the crate can tell.
//!
//!     encoder_timing MODEL_FOLDER ONNX_RUNTIME TEXTS
//!
//! TEXTS is a JSON list of distinct texts. Prints which share of embedding them in one batch is the run
//! of the model, what is left for tokenizing, pooling and copying, and then what the library adds to a run of its
//! model on texts of 16 tokens: the time of embedding one over the time that the same session spends
//! inside the ONNX Runtime in the same call. Both from one call, since two sessions of one model
//! were seen to differ by up to a tenth from run to run. One thread; nothing is remembered.

use std::time::Instant;

use tokenizers::Tokenizer;
use vrec::domain::CallOptions;
use vrec::encoder::ModelSource;
use vrec::engine::{Engine, EngineOptions};

const PREFIX: &str = "query: ";
const SINGLE_TOKENS: usize = 16;
const WARM_UP: usize = 50;
const RUNS: usize = 1_000;
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [model, runtime, texts] = arguments.as_slice() else {
        // `cargo test` and `cargo bench` without arguments come here too.
        eprintln!("usage: encoder_timing MODEL_FOLDER ONNX_RUNTIME TEXTS");
        return;
    };
    let options = EngineOptions {
        model: ModelSource { folder: Some(model.into()), buffers: Vec::new() },
        runtime_path: Some(runtime.into()),
        embedding_cache_bytes: 0,
        ..EngineOptions::default()
    };
    let engine = Engine::new(options).expect("the engine opens");
    let tokenizer = Tokenizer::from_file(format!("{model}/tokenizer.json")).expect("the tokenizer is readable");
    let content = std::fs::read(texts).expect("the texts are readable");
    let texts: Vec<String> = serde_json::from_slice(&content).expect("the texts are a JSON list");
    print_shares(&engine, &tokenizer, &texts);
    let of_length: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| tokens(&tokenizer, text) == SINGLE_TOKENS).collect();
    assert!(of_length.len() > 10, "too few texts have {SINGLE_TOKENS} tokens");
    print_single(&engine, &of_length);
}

fn tokens(tokenizer: &Tokenizer, text: &str) -> usize {
    tokenizer.encode(format!("{PREFIX}{text}"), true).expect("a text can be tokenized").get_ids().len()
}

/// Whole time and time inside the runtime, in seconds.
fn embed(engine: &Engine, texts: &[&str]) -> (f64, f64) {
    let before = engine.encoder_run_time();
    let start = Instant::now();
    let vectors = engine.embed(texts, &CallOptions::default()).expect("texts can be embedded");
    let whole = start.elapsed().as_secs_f64();
    std::hint::black_box(vectors);
    (whole, (engine.encoder_run_time() - before).as_secs_f64())
}

fn print_shares(engine: &Engine, tokenizer: &Tokenizer, texts: &[String]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (mut whole, mut run, mut tokenizing) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let round = embed(engine, &texts);
        if round.0 < whole {
            (whole, run) = round;
        }
        let start = Instant::now();
        std::hint::black_box(texts.iter().map(|text| tokens(tokenizer, text)).sum::<usize>());
        tokenizing = tokenizing.min(start.elapsed().as_secs_f64());
    }
    println!(
        "where the time of {} texts goes: running the model {:.1} %, all the rest {:.1} % (tokenizing alone, timed apart, {:.1} %)",
        texts.len(),
        100.0 * run / whole,
        100.0 * (whole - run) / whole,
        100.0 * tokenizing / whole
    );
}

fn print_single(engine: &Engine, texts: &[&str]) {
    let mut next = texts.iter().cycle();
    let mut once = || embed(engine, &[*next.next().expect("the list goes round")]);
    for _ in 0..WARM_UP {
        once();
    }
    let (wholes, runs): (Vec<f64>, Vec<f64>) = (0..RUNS).map(|_| once()).unzip();
    let ratios = wholes.iter().zip(&runs).map(|(whole, run)| whole / run).collect();
    println!(
        "one text of {SINGLE_TOKENS} tokens: {:.2} ms, of which the session alone {:.2} ms",
        1e3 * median(wholes),
        1e3 * median(runs)
    );
    println!("figure encoder.single_overhead {:.3}", median(ratios));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
