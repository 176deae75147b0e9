//! The ONNX Runtime library: found by absolute path only, loaded once a process, kept for good.
//!
//! Loading twice is impossible (the runtime keeps global state), and so is unloading it safely, so
//! the first engine that needs an encoder decides which library serves the process.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use object::{Object, ObjectSegment, ReadCache};
use once_cell::sync::OnceCell;
use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;
use parking_lot::Mutex;

use crate::domain::{Error, Result, Status, limits};

struct Runtime {
    /// As it was asked for, and as it was found then.
    requested: PathBuf,
    found: PathBuf,
    environment: Environment,
}

static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// A library that was loaded and turned out not to serve: the binding keeps it all the same.
static REFUSED: OnceCell<PathBuf> = OnceCell::new();

/// The process that loads or has loaded the runtime. After a fork its locks, the one inside
/// `RUNTIME` included, may be held by threads that are gone: a child must not touch them.
static LOADING_PROCESS: AtomicU32 = AtomicU32::new(0);

/// Loads `requested`, or else the first of `candidates` that exists, unless a runtime is loaded
/// already: then that one serves whoever did not ask for another.
pub fn ensure_loaded(requested: Option<&Path>, candidates: &[PathBuf]) -> Result<()> {
    refuse_after_fork(LOADING_PROCESS.load(Ordering::Acquire))?;
    if let Some(runtime) = RUNTIME.get() {
        return serves(runtime, requested);
    }
    let requested_list = requested.map(|path| vec![path.to_owned()]);
    let (asked, found) = first_present(requested_list.as_deref().unwrap_or(candidates))?;
    refuse_cut_library(&found)?;
    let loading = LOADING_PROCESS.compare_exchange(0, std::process::id(), Ordering::AcqRel, Ordering::Acquire);
    refuse_after_fork(loading.unwrap_or_else(|process| process))?;
    let runtime = RUNTIME.get_or_try_init(|| load(&asked, &found))?;
    serves(runtime, requested)
}

/// `loading` is the process that loads or has loaded the runtime, 0 for none.
fn refuse_after_fork(loading: u32) -> Result<()> {
    if loading == 0 || loading == std::process::id() {
        return Ok(());
    }
    let message = "the ONNX Runtime was loaded before this process was forked; load it in the process that uses it";
    Err(Error::new(Status::Forked, message))
}

fn serves(runtime: &Runtime, requested: Option<&Path>) -> Result<()> {
    let Some(path) = requested.filter(|path| *path != runtime.requested) else {
        return Ok(());
    };
    let (_, found) = first_present(&[path.to_owned()])?;
    if found == runtime.found {
        return Ok(());
    }
    let message = format!(
        "runtime_path {} cannot be used: this process runs {} already, and only one can be loaded",
        path.display(),
        runtime.found.display()
    );
    Err(Error::new(Status::Runtime, message))
}

/// Where the loaded runtime was found; none while none is loaded.
pub fn found_path() -> Option<&'static Path> {
    // A forked child must not touch the cell.
    refuse_after_fork(LOADING_PROCESS.load(Ordering::Acquire)).ok()?;
    RUNTIME.get().map(|runtime| runtime.found.as_path())
}

/// Plug-in providers' libraries that were registered, each with the providers that were there before.
/// They stay until the process ends, as the runtime does.
static PROVIDER_LIBRARIES: Mutex<Vec<(PathBuf, Vec<String>)>> = Mutex::new(Vec::new());

/// Registers a plug-in provider's library, once, and names the providers that have a device here.
pub fn register_provider_library(path: &Path) -> Result<Vec<String>, String> {
    let environment = environment().map_err(|error| error.message)?;
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let mut libraries = PROVIDER_LIBRARIES.lock();
    if !libraries.iter().any(|(known, _)| *known == path) {
        refuse_cut_library(&path).map_err(|error| error.message)?;
        let before = provider_names(environment);
        let registration = format!("vrec-{}", libraries.len());
        environment.register_ep_library(registration, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        libraries.push((path.clone(), before));
    }
    let before = libraries.iter().find(|(known, _)| *known == path).map_or(&[][..], |(_, before)| before);
    Ok(provider_names(environment).into_iter().filter(|name| !before.contains(name)).collect())
}

/// Names of the providers with a device. Those too long for the binding's own buffer are left out.
fn provider_names(environment: &Environment) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in environment.devices().filter_map(|device| device.ep().ok()) {
        if name.len() <= limits::PROVIDER_NAME_BYTES && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The process's environment; present after [`ensure_loaded`] succeeded.
pub fn environment() -> Result<&'static Environment> {
    RUNTIME
        .get()
        .map(|runtime| &runtime.environment)
        .ok_or_else(|| Error::new(Status::Runtime, "the ONNX Runtime is not loaded"))
}

/// The first path that exists, as given and with links resolved.
fn first_present(paths: &[PathBuf]) -> Result<(PathBuf, PathBuf)> {
    for path in paths {
        match path.canonicalize() {
            Ok(found) if found.is_file() => return Ok((path.clone(), found)),
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

fn load(requested: &Path, path: &Path) -> Result<Runtime> {
    if let Some(refused) = REFUSED.get() {
        let message = format!(
            "this process has loaded {} already, which is not usable; only one can be loaded",
            refused.display()
        );
        return Err(Error::new(Status::Runtime, message));
    }
    let builder = ort::init_from(path).map_err(|error| load_error(path, &error))?;
    // The binding panics when the library does not serve the interface its version promises.
    catch_unwind(|| _ = ort::api()).map_err(|_| {
        let _ = REFUSED.set(path.to_owned());
        let message =
            format!("ONNX Runtime library {} does not serve the interface of 1.{}", path.display(), ort::MINOR_VERSION);
        Error::new(Status::Runtime, message)
    })?;
    // Without a logger of its own the runtime would write to the standard error stream. Failures
    // come back as results, so nothing is lost by dropping its remarks.
    let environment = builder
        .with_name("vrec")
        .with_telemetry(false)
        .with_logger(Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|error| Error::new(Status::Runtime, format!("ONNX Runtime {}: {error}", path.display())))?;
    // The binding asks for every remark there is, and formatting them takes a fifth of a short run.
    environment.set_log_level(LogLevel::Fatal);
    Ok(Runtime { requested: requested.to_owned(), found: path.to_owned(), environment })
}

/// Mapping a library that is shorter than its own headers say kills the process with SIGBUS.
fn refuse_cut_library(path: &Path) -> Result<()> {
    let unusable = |what: &str| Error::new(Status::Runtime, format!("library {} {what}", path.display()));
    let unreadable = |error: std::io::Error| unusable(&format!("cannot be read: {error}"));
    // Opening must not wait for the other end of a pipe in the file's place.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unusable("is not a regular file"));
    }
    let length = metadata.len();
    let cache = ReadCache::new(file);
    let library = object::File::parse(&cache).map_err(|error| unusable(&format!("is no shared library: {error}")))?;
    let cut = library.segments().any(|segment| {
        let (start, size) = segment.file_range();
        start.checked_add(size).is_none_or(|end| end > length)
    });
    if cut { Err(unusable("is shorter than its headers say")) } else { Ok(()) }
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
