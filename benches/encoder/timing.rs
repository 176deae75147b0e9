//! Where the time of embedding goes, as only a program inside the crate can tell.
//!
//!     encoder_timing MODEL_FOLDER ONNX_RUNTIME TEXTS
//!
//! TEXTS is a JSON list of distinct texts. Prints which share of embedding them in one batch is the run
//! of the model, what is left for tokenizing, pooling and copying, and then what the library adds to a run of its
//! model on texts of 16 tokens: the time of embedding one over the time that the same session spends
//! inside the ONNX Runtime in the same call. Both from one call, since two sessions of one model
//! were seen to differ by up to a tenth from run to run. One thread; nothing is remembered. Last come the costs of
//! a remembered text, of naming providers, and of embedding in the background.

use std::time::Instant;

use tokenizers::Tokenizer;
use vrec::domain::{CallOptions, Video};
use vrec::encoder::{ModelSource, Provider, ProviderKind};
use vrec::engine::{Engine, EngineOptions};

const PREFIX: &str = "query: ";
const SINGLE_TOKENS: usize = 16;
const WARM_UP: usize = 50;
const RUNS: usize = 1_000;
const ROUNDS: usize = 3;
const PROVIDER_RUNS: usize = 200;
const QUEUED: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [model, runtime, texts] = arguments.as_slice() else {
        // `cargo test` and `cargo bench` without arguments come here too.
        eprintln!("usage: encoder_timing MODEL_FOLDER ONNX_RUNTIME TEXTS");
        return;
    };
    let engine = Engine::new(options_for(model, runtime)).expect("the engine opens");
    let tokenizer = Tokenizer::from_file(format!("{model}/tokenizer.json")).expect("the tokenizer is readable");
    let content = std::fs::read(texts).expect("the texts are readable");
    let texts: Vec<String> = serde_json::from_slice(&content).expect("the texts are a JSON list");
    print_shares(&engine, &tokenizer, &texts);
    let of_length: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| tokens(&tokenizer, text) == SINGLE_TOKENS).collect();
    assert!(of_length.len() > 10, "too few texts have {SINGLE_TOKENS} tokens");
    print_single(&engine, &of_length);
    drop(engine);
    let open = |change: &dyn Fn(&mut EngineOptions)| {
        let mut options = options_for(model, runtime);
        change(&mut options);
        Engine::new(options).expect("the engine opens")
    };
    print_cache_hit(&open(&|options| options.embedding_cache_bytes = 4 << 20), of_length[0]);
    print_queue(&open(&|options| options.background_embedding = Some(vrec::ffi::thread_host())), &texts);
    print_providers(open);
}

fn options_for(model: &str, runtime: &str) -> EngineOptions {
    EngineOptions {
        model: ModelSource { folder: Some(model.into()), buffers: Vec::new() },
        runtime_path: Some(runtime.into()),
        placement_reader: Some(vrec::ffi::read_placements),
        ..EngineOptions::default()
    }
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

/// A text whose vector is remembered.
fn print_cache_hit(engine: &Engine, text: &str) {
    embed(engine, &[text]);
    let times = (0..RUNS).map(|_| embed(engine, &[text]).0).collect();
    println!("a remembered text: {:.1} microseconds", 1e6 * median(times));
}

/// What a list of providers adds: to opening, when the first cannot serve, and to a run.
fn print_providers(open: impl Fn(&dyn Fn(&mut EngineOptions)) -> Engine) {
    let cuda = Provider { kind: ProviderKind::Cuda, allow_next: true, ..Provider::default() };
    let lists: [(&str, Vec<Provider>); 3] = [
        ("no providers named", Vec::new()),
        ("the CPU named", vec![Provider::default()]),
        ("CUDA, which is not there, and then the CPU", vec![cuda, Provider::default()]),
    ];
    for (name, providers) in lists {
        let engine = open(&|options| options.providers.clone_from(&providers));
        let start = Instant::now();
        engine.load_encoder(&CallOptions::default()).expect("the model opens");
        let opening = start.elapsed().as_secs_f64();
        let times = (0..PROVIDER_RUNS).map(|_| embed(&engine, &["深度学习基础"]).0).collect();
        println!("{name}: {:.0} ms to open, {:.2} ms a short text", 1e3 * opening, 1e3 * median(times));
    }
}

/// How long adding takes with a thread that embeds, and until a vector has landed.
fn print_queue(engine: &Engine, texts: &[String]) {
    engine.load_encoder(&CallOptions::default()).expect("the model opens");
    let videos: Vec<Video> = texts
        .iter()
        .take(QUEUED + 1)
        .enumerate()
        .map(|(number, text)| Video { id: number.to_string(), title: text.clone(), ..Video::default() })
        .collect();
    // The first one opens the writers' session.
    let mut latencies: Vec<(f64, f64)> = videos.iter().map(|video| add_and_wait(engine, video)).collect();
    let (adding, landing) = latencies.split_off(1).into_iter().unzip();
    println!(
        "in the background: adding one video returns after {:.0} microseconds, its vector lands after {:.1} ms",
        1e6 * median(adding),
        1e3 * median(landing)
    );
}

fn add_and_wait(engine: &Engine, video: &Video) -> (f64, f64) {
    let start = Instant::now();
    engine.add_videos(std::slice::from_ref(video), &CallOptions::default()).expect("a video can be added");
    let added = start.elapsed().as_secs_f64();
    engine.wait_for_embeddings(&CallOptions::default()).expect("the vector lands");
    (added, start.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
