//! What the library adds to a run of its model: the time of embedding one text over the time that an
//! ONNX Runtime session of the same library, binding, model and settings takes for the same tensors.
//!
//!     overhead MODEL_FOLDER ONNX_RUNTIME
//!
//! A process can open one runtime environment, and where it happens to put the model's weights in
//! memory moves its times by some percent. So each side runs in many processes of its own, in turn;
//! the figure is the median over the pairs of the ratio of their medians.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use tokenizers::Tokenizer;
use vrec::domain::CallOptions;
use vrec::engine::{Engine, EngineOptions};

const TEXT: &str = "深度学习基础";
const PREFIX: &str = "query: ";
const PAIRS: usize = 15;
const WARM_UP: usize = 30;
const RUNS: usize = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [model, runtime] => compare(model, runtime),
        [side, model, runtime] if side == "session" => println!("{}", session_alone(model, runtime)),
        [side, model, runtime] if side == "embed" => println!("{}", embedding(model, runtime)),
        _ => eprintln!("usage: overhead MODEL_FOLDER ONNX_RUNTIME"),
    }
}

fn compare(model: &str, runtime: &str) {
    let mut ratios = Vec::new();
    let mut alone = Vec::new();
    for pair in 0..PAIRS {
        let sides = if pair % 2 == 0 { ["session", "embed"] } else { ["embed", "session"] };
        let times = sides.map(|side| child(side, model, runtime));
        let (session, embed) = if pair % 2 == 0 { (times[0], times[1]) } else { (times[1], times[0]) };
        ratios.push(embed / session);
        alone.push(session);
    }
    println!("the session alone takes {:.2} ms for the tokens of {TEXT}", median(alone) / 1e3);
    println!("figure embed.overhead {:.3}", median(ratios));
}

fn child(side: &str, model: &str, runtime: &str) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([side, model, runtime]).output().expect("a child process runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{side}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn embedding(model: &str, runtime: &str) -> f64 {
    let options = EngineOptions {
        model_path: Some(model.into()),
        runtime_path: Some(runtime.into()),
        ..EngineOptions::default()
    };
    let engine = Engine::new(options).expect("the engine opens");
    median_microseconds(|| {
        let vectors = engine.embed(&[TEXT], &CallOptions::default()).expect("a text can be embedded");
        std::hint::black_box(vectors);
    })
}

fn session_alone(model: &str, runtime: &str) -> f64 {
    let folder = Path::new(model);
    let tokenizer = Tokenizer::from_file(folder.join("tokenizer.json")).expect("the tokenizer opens");
    let encoding = tokenizer.encode(format!("{PREFIX}{TEXT}"), true).expect("a text has tokens");
    let ids: Vec<i64> = encoding.get_ids().iter().map(|id| i64::from(*id)).collect();
    let shape = (1, ids.len());
    let mask = ndarray::Array2::<i64>::ones(shape);
    let ids = ndarray::Array2::from_shape_vec(shape, ids).expect("the shape fits");

    let builder = ort::init_from(runtime).expect("the runtime loads").with_telemetry(false);
    let environment = builder.with_logger(Arc::new(|_, _, _, _, _| {})).build().expect("an environment opens");
    environment.set_log_level(LogLevel::Fatal);
    let graph = std::fs::read(folder.join("model.onnx")).expect("the graph is readable");
    let mut session = Session::builder(&environment)
        .and_then(|builder| Ok(builder.with_optimization_level(GraphOptimizationLevel::All)?))
        .and_then(|builder| Ok(builder.with_intra_threads(1)?))
        .and_then(|builder| Ok(builder.with_inter_threads(1)?))
        .and_then(|builder| Ok(builder.with_intra_op_spinning(false)?))
        .and_then(|builder| Ok(builder.with_log_level(LogLevel::Fatal)?))
        .and_then(|mut builder| builder.commit_from_memory(&graph))
        .expect("a session opens");
    median_microseconds(|| {
        let inputs = ort::inputs![
            "input_ids" => TensorRef::from_array_view(ids.view()).expect("a tensor"),
            "attention_mask" => TensorRef::from_array_view(mask.view()).expect("a tensor"),
        ];
        let outputs = session.run(inputs).expect("the session runs");
        std::hint::black_box(&outputs[0]);
    })
}

fn median_microseconds(mut run: impl FnMut()) -> f64 {
    (0..WARM_UP).for_each(|_| run());
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e6
    };
    median((0..RUNS).map(time).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
