//! What the library adds to a run of its model: the time of embedding one text over the time that the
//! same session spends inside the ONNX Runtime for the same tensors, call by call. Both from the same
//! call, since two sessions, or two processes, were seen to differ by up to a tenth from run to run.
//!
//!     overhead MODEL_FOLDER ONNX_RUNTIME

use std::time::Instant;

use vrec::domain::CallOptions;
use vrec::encoder::ModelSource;
use vrec::engine::{Engine, EngineOptions};

const TEXT: &str = "深度学习基础";
const WARM_UP: usize = 50;
const RUNS: usize = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [model, runtime] = arguments.as_slice() else {
        eprintln!("usage: overhead MODEL_FOLDER ONNX_RUNTIME");
        return;
    };
    let options = EngineOptions {
        model: ModelSource { folder: Some(model.into()), buffers: Vec::new() },
        runtime_path: Some(runtime.into()),
        ..EngineOptions::default()
    };
    let engine = Engine::new(options).expect("the engine opens");
    let embed = || {
        let before = engine.encoder_run_time();
        let start = Instant::now();
        let vectors = engine.embed(&[TEXT], &CallOptions::default()).expect("a text can be embedded");
        let whole = start.elapsed().as_secs_f64();
        std::hint::black_box(vectors);
        (whole, (engine.encoder_run_time() - before).as_secs_f64())
    };
    for _ in 0..WARM_UP {
        embed();
    }
    let (wholes, runs): (Vec<f64>, Vec<f64>) = (0..RUNS).map(|_| embed()).unzip();
    let ratios = wholes.iter().zip(&runs).map(|(whole, run)| whole / run).collect();
    println!("the session alone takes {:.2} ms for the tokens of {TEXT}", 1e3 * median(runs));
    println!("figure embed.overhead {:.3}", median(ratios));
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
