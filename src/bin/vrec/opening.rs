//! From the options of every command to an open store: where it is, its key, the model, and what the
//! engine has to say while it opens.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use vrec::domain::FeatureWeights;
use vrec::encoder::Manifest;
use vrec::encoder::ModelSource;
use vrec::engine::Engine;
use vrec::engine::EngineOptions;
use vrec::engine::Log;
use vrec::engine::LogLevel;
use vrec::engine::LogSink;
use vrec::engine::StoreOptions;
use vrec::store::DeviceKey;
use vrec::store::OpenOptions;
use vrec::store::Store;

use crate::arguments::Common;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::key_file::read_key;
use crate::output::printable;
use crate::output::tell;

/// What a command does with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Reads what is there; several may at the same time.
    Read,
    /// Reads vectors, so that what has none is worth a word.
    ReadVectors,
    Write,
    /// Writes, and may need the model.
    WriteVectors,
}

/// Most threads of one run of the model: more help little.
const MODEL_THREADS: usize = 8;

impl Common {
    /// Makes a store where there is none.
    pub fn create(&self) -> Outcome<PathBuf> {
        let path = self.store_path()?;
        if holds_store(&path)? {
            let message = format!("there is a store at {} already", path.display());
            return Err(Failure::new(Exit::Exists, message).hint("Use it as it is, or name another directory."));
        }
        if path.is_file() || names_in(&path).is_ok_and(|names| !names.is_empty()) {
            let message = format!("{} is something else; a store needs a directory of its own", path.display());
            return Err(
                Failure::new(Exit::Exists, message).hint("Name an empty directory, or one that is still to be.")
            );
        }
        let (store, _) = Store::open(&path, self.key()?.as_ref(), OpenOptions::default(), &mut ())?;
        store.close()?;
        Ok(path)
    }

    /// The engine on the store, which has to exist.
    pub fn open(&self, what_for: Use) -> Outcome<Engine> {
        self.open_counting(what_for, None)
    }

    /// The same, where these features count: it learns no others. None: those of the pack in use, or of a list by default.
    pub fn open_counting(&self, what_for: Use, feature_weights: Option<FeatureWeights>) -> Outcome<Engine> {
        let path = self.existing_store()?;
        let read_only = matches!(what_for, Use::Read | Use::ReadVectors);
        let open = OpenOptions { read_only, quarantine: self.quarantine, ..OpenOptions::default() };
        let uses_vectors = matches!(what_for, Use::ReadVectors | Use::WriteVectors);
        let is_heard = (self.quarantine || uses_vectors) && !self.quiet;
        let options = EngineOptions {
            store: Some(StoreOptions { path, device_key: self.key()?, open }),
            feature_weights,
            log: if is_heard { Log::new(LogLevel::Warning, Arc::new(Voice)) } else { Log::default() },
            ..self.with_model(self.model_folder()?)?
        };
        if uses_vectors && !options.model.is_empty() {
            // A model that cannot be read would be missed sooner or later: say so before anything else.
            Manifest::read(&options.model)?;
        }
        Ok(Engine::new(options)?)
    }

    /// Options of an engine in memory that runs the model in a folder.
    pub fn with_model(&self, folder: Option<PathBuf>) -> Outcome<EngineOptions> {
        Ok(EngineOptions {
            model: ModelSource { folder, ..ModelSource::default() },
            runtime_path: chosen(self.runtime.as_ref()).map(absolute).transpose()?,
            runtime_candidates: installed(&RUNTIMES),
            threads: available_parallelism().map_or(1, usize::from).min(MODEL_THREADS) as u32,
            ..EngineOptions::default()
        })
    }

    /// The model's folder, if one was named or is installed.
    pub fn model_folder(&self) -> Outcome<Option<PathBuf>> {
        match chosen(self.model.as_ref()) {
            Some(path) => absolute(path).map(Some),
            None => Ok(installed(&["../share/vrec/model"]).into_iter().find(|folder| folder.is_dir())),
        }
    }

    /// Whether a model was named or is installed.
    pub fn has_model(&self) -> bool {
        self.model_folder().is_ok_and(|folder| folder.is_some())
    }

    /// The store's directory, which has to hold one.
    pub fn existing_store(&self) -> Outcome<PathBuf> {
        let path = self.store_path()?;
        if holds_store(&path)? {
            return Ok(path);
        }
        let message = format!("no store at {}", path.display());
        Err(Failure::new(Exit::NotFound, message).hint(format!("Make one with: vrec init --store {}", path.display())))
    }

    /// The key in the file that was named, if one was.
    pub fn key(&self) -> Outcome<Option<DeviceKey>> {
        chosen(self.key_file.as_ref()).map(read_key).transpose()
    }

    /// The store that the option names: one that a variable names is meant for other commands.
    pub fn named_store(&self) -> Option<&OsStr> {
        chosen(self.store.as_ref()).filter(|_| self.is_store_named)
    }

    fn store_path(&self) -> Outcome<PathBuf> {
        match chosen(self.store.as_ref()) {
            Some(path) => absolute(path),
            None => Err(Failure::new(Exit::Usage, "no store was named").hint("Give --store DIR, or set VREC_STORE.")),
        }
    }
}

/// Where `make install-model` and packagers put the ONNX Runtime, seen from this program.
const RUNTIMES: [&str; 4] = [
    "../share/vrec/libonnxruntime.so.1",
    "libonnxruntime.so.1",
    "../lib/libonnxruntime.so.1",
    "../lib/libonnxruntime.so",
];

fn installed(places: &[&str]) -> Vec<PathBuf> {
    let program = env::current_exe().and_then(|program| program.canonicalize()).ok();
    let folder = program.as_deref().and_then(Path::parent);
    folder.map_or_else(Vec::new, |folder| places.iter().map(|place| folder.join(place)).collect())
}

/// The value of an option. An empty value, as a variable may have, stands for none.
pub fn chosen(value: Option<&OsString>) -> Option<&OsStr> {
    value.map(OsString::as_os_str).filter(|value| !value.is_empty())
}

pub fn absolute(path: &OsStr) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| Failure::file(&format!("finding {}", Path::new(path).display()), &error))
}

/// Whether any file of a store is there: a store that lost its database is damaged, not missing.
pub fn holds_store(path: &Path) -> Outcome<bool> {
    let is_part = |name: &str| name.starts_with("store.sqlite") || name.starts_with("vectors-");
    match names_in(path) {
        Ok(names) => Ok(names.iter().any(|name| name.to_str().is_some_and(is_part))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(Failure::file(&format!("reading {}", path.display()), &error)),
    }
}

fn names_in(path: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// The engine's warnings, for people.
struct Voice;

/// Begins a warning whose call fails with the same words.
const REASON_OF_A_FAILURE: &str = "no encoder: ";

impl LogSink for Voice {
    fn log(&self, _level: LogLevel, message: &str) {
        if message.starts_with(REASON_OF_A_FAILURE) {
            return;
        }
        let mark = console::style("note:").for_stderr().yellow();
        tell(format_args!("{mark} {}", printable(message)));
    }
}
