//! The ONNX Runtime library: found by absolute path only, loaded once a process, kept for good.
//!
//! Loading twice is impossible (the runtime keeps global state), and so is unloading it safely, so
//! the first engine that needs an encoder decides which library serves the process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use ort::LoadDynamicError;
use ort::environment::Environment;

use crate::domain::{Error, Result, Status};

struct Runtime {
    path: PathBuf,
    environment: Environment,
    /// The process that loaded it: after a fork its locks may be held by threads that are gone.
    process: u32,
}

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// Loads the first of `paths` that exists unless a runtime is loaded already.
pub fn ensure_loaded(paths: &[PathBuf]) -> Result<()> {
    let path = first_present(paths)?;
    let runtime = RUNTIME.get_or_try_init(|| load(&path))?;
    if runtime.process != std::process::id() {
        return Err(Error::new(
            Status::Forked,
            "the ONNX Runtime was loaded before this process was forked; load it in the process that uses it",
        ));
    }
    if runtime.path != path {
        let message = format!(
            "runtime_path {} cannot be used: this process runs {} already, and only one can be loaded",
            path.display(),
            runtime.path.display()
        );
        return Err(Error::new(Status::Runtime, message));
    }
    Ok(())
}

/// The process's environment; present after [`ensure_loaded`] succeeded.
pub fn environment() -> Result<&'static Environment> {
    RUNTIME
        .get()
        .map(|runtime| &runtime.environment)
        .ok_or_else(|| Error::new(Status::Runtime, "the ONNX Runtime is not loaded"))
}

fn first_present(paths: &[PathBuf]) -> Result<PathBuf> {
    for path in paths {
        match path.canonicalize() {
            Ok(found) if found.is_file() => return Ok(found),
            Ok(found) => {
                return Err(Error::new(
                    Status::RuntimeMissing,
                    format!("ONNX Runtime library {} is not a file", found.display()),
                ));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Error::new(
                    Status::RuntimeMissing,
                    format!("ONNX Runtime library {}: {error}", path.display()),
                ));
            }
        }
    }
    let tried: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let message = if tried.is_empty() {
        "no ONNX Runtime library: runtime_path is not set and this library's own folder is unknown".to_owned()
    } else {
        format!("no ONNX Runtime library at {}", tried.join(" or "))
    };
    Err(Error::new(Status::RuntimeMissing, message))
}

fn load(path: &Path) -> Result<Runtime> {
    let builder = ort::init_from(path).map_err(|error| load_error(path, &error))?;
    // Without a logger of its own the runtime would write to the standard error stream. Failures
    // come back as results, so nothing is lost by dropping its remarks.
    let environment = builder
        .with_name("vrec")
        .with_telemetry(false)
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|error| Error::new(Status::Runtime, format!("ONNX Runtime {}: {error}", path.display())))?;
    Ok(Runtime { path: path.to_owned(), environment, process: std::process::id() })
}

fn load_error(path: &Path, error: &LoadDynamicError) -> Error {
    match error {
        LoadDynamicError::BadVersion { version_str, .. } => {
            let message = format!(
                "ONNX Runtime library {} is version {version_str}; 1.{} or later is needed",
                path.display(),
                ort::MINOR_VERSION
            );
            Error::new(Status::RuntimeVersion, message)
        }
        LoadDynamicError::InvalidVersionString => Error::new(
            Status::RuntimeVersion,
            format!("ONNX Runtime library {} names no readable version", path.display()),
        ),
        other => {
            Error::new(Status::Runtime, format!("ONNX Runtime library {} cannot be loaded: {other}", path.display()))
        }
    }
}
