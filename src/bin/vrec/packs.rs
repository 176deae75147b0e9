//! Packs: making one of what a store learned, taking one, looking at one, going back to the one before.

use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use vrec::domain::CallOptions;
use vrec::domain::Error;
use vrec::domain::FeatureWeights;
use vrec::domain::Status;
use vrec::engine::PackDescription;
use vrec::engine::PackExport;
use vrec::engine::PackImport;
use vrec::engine::describe_pack;
use vrec::learning::Noise;
use vrec::learning::PackOptions;
use vrec::store::pack_file::PackLimits;
use vrec::store::pack_file::PublicKey;
use vrec::store::pack_file::SigningKey;
use vrec::store::whole_file::read_whole;
use vrec::store::whole_file::replace_whole;

use crate::arguments::Common;
use crate::arguments::ExportPackOptions;
use crate::arguments::MakePackOptions;
use crate::arguments::PackAction;
use crate::arguments::TrustOptions;
use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::key_file::read_secret;
use crate::opening::Use;
use crate::opening::absolute;
use crate::output::Output;
use crate::values::now_utc_ms;

/// `vrec pack`.
pub fn pack(common: &Common, action: PackAction, output: &mut Output) -> Outcome {
    match action {
        PackAction::Export(options) => export(common, &options, output),
        PackAction::Import(options) => {
            let bytes = read(&options.file)?;
            let engine = common.open_counting(Use::Write, options.features.weights()?)?;
            let imported = engine.import_pack(&bytes, &trusting(&options.trust)?, &CallOptions::default());
            let info = imported.map_err(of_pack)?;
            let sentence = format!("Number {} of {:?} is in use.", info.number, info.line);
            output.done(&json!({"line": info.line, "number": info.number}), &sentence)
        }
        PackAction::Info(options) => {
            let description = match &options.file {
                Some(file) => describe_pack(&read(file)?, &trusting(&options.trust)?).map_err(of_pack)?,
                None => common.open(Use::Read)?.pack_info()?,
            };
            tell(&description, output)
        }
        PackAction::Revert => match common.open(Use::Write)?.revert_pack(&CallOptions::default())? {
            Some(info) => {
                let sentence = format!("Number {} of {:?} is in use again.", info.number, info.line);
                output.done(&json!({"line": info.line, "number": info.number}), &sentence)
            }
            None => output.done(&json!({"line": null, "number": null}), "No pack is in use any more."),
        },
        PackAction::PublicKey(options) => {
            let key = hex(&signing_key(&options.signing_key_file)?.public_key().bytes());
            output.bytes(format!("{key}\n").as_bytes())
        }
    }
}

fn export(common: &Common, options: &ExportPackOptions, output: &mut Output) -> Outcome {
    let planned = PlannedPack::new(&options.pack, &options.made)?;
    let what_for = if options.made.with_vectors { Use::ReadVectors } else { Use::Read };
    let engine = common.open_counting(what_for, options.features.weights()?)?;
    let spinner = output.working("packing what was learned");
    let made = planned
        .write(engine.feature_weights(), |export, base| engine.export_pack(export, base, &CallOptions::default()));
    spinner.finish_and_clear();
    let written = made?;
    output.done(&written.value(), &format!("{} `vrec pack public-key` gives the key to trust.", written.sentence()))
}

/// A pack that is to be made; what it needs of files has been read.
pub struct PlannedPack {
    path: PathBuf,
    export: PackExport,
    base: Option<Vec<u8>>,
}

/// A pack that was made.
pub struct WrittenPack {
    path: PathBuf,
    line: String,
    number: u64,
    bytes: usize,
}

impl PlannedPack {
    pub fn new(file: &Path, options: &MakePackOptions) -> Outcome<PlannedPack> {
        let (Some(line), Some(number), Some(key)) = (&options.line, options.number, &options.signing_key_file) else {
            return Err(Failure::new(Exit::Usage, "a pack needs --line, --number and --signing-key-file"));
        };
        let noise = options.epsilon.map(|epsilon| Noise {
            epsilon,
            delta: options.delta.unwrap_or_default(),
            most_watches: options.most_watches.unwrap_or_default(),
        });
        let defaults = PackOptions::default();
        let least_profiles = options.least_profiles.unwrap_or(defaults.least_profiles);
        let export = PackExport {
            line: line.clone(),
            number,
            created_utc_ms: now_utc_ms(),
            key: signing_key(key)?,
            learned: PackOptions { noise, least_profiles, ..defaults },
            has_vectors: options.with_vectors,
            has_sequence: !options.without_sequence,
        };
        let base = options.base.as_deref().map(read).transpose()?;
        Ok(PlannedPack { path: absolute(file.as_os_str())?, export, base })
    }

    /// Writes what `make` makes; features have these weights in it.
    pub fn write(
        mut self,
        weights: FeatureWeights,
        make: impl FnOnce(&PackExport, Option<&[u8]>) -> Result<Vec<u8>, Error>,
    ) -> Outcome<WrittenPack> {
        self.export.learned.weights = weights;
        let pack = make(&self.export, self.base.as_deref())?;
        replace_whole(&self.path, &pack)?;
        let PackExport { line, number, .. } = self.export;
        Ok(WrittenPack { path: self.path, line, number, bytes: pack.len() })
    }
}

impl WrittenPack {
    pub fn sentence(&self) -> String {
        format!("Wrote number {} of {:?}, {} bytes.", self.number, self.line, self.bytes)
    }

    pub fn value(&self) -> Value {
        json!({"file": self.path.display().to_string(), "bytes": self.bytes, "number": self.number})
    }
}

fn read(file: &Path) -> Outcome<Vec<u8>> {
    Ok(read_whole(&absolute(file.as_os_str())?, PackLimits::default().file_bytes)?)
}

/// A damaged pack is not a damaged store.
fn of_pack(error: Error) -> Failure {
    let hint = match error.status {
        Status::Corrupt => "Fetch the pack again.",
        Status::TooNew => "Take it with a newer vrec.",
        _ => return Failure::from(error),
    };
    Failure::from(error).hint(hint)
}

fn signing_key(file: &OsStr) -> Outcome<SigningKey> {
    Ok(SigningKey::new(*read_secret(file)?)?)
}

fn trusting(options: &TrustOptions) -> Outcome<PackImport> {
    let key = |file: &std::ffi::OsString| -> Outcome<PublicKey> { Ok(PublicKey::new(*read_secret(file)?)?) };
    let trusted_keys = options.trust.iter().map(key).collect::<Outcome<Vec<PublicKey>>>()?;
    Ok(PackImport { trusted_keys, line: options.line.clone(), limits: PackLimits::default() })
}

fn tell(description: &PackDescription, output: &mut Output) -> Outcome {
    let PackDescription { info, key, stored_bytes, content_bytes, has_sequence, before, home_share } = description;
    let (base, key) = (info.base.as_ref().map(|base| base.number), hex(key));
    let noise = info
        .noise
        .map(|noise| json!({"epsilon": noise.epsilon, "delta": noise.delta, "most_watches": noise.most_watches}));
    let value = json!({
        "line": info.line, "number": info.number, "created_utc_ms": info.created_utc_ms, "videos": info.videos,
        "base": base, "before": before, "stored_bytes": stored_bytes, "content_bytes": content_bytes, "noise": noise,
        "has_vectors": !info.encoder.is_empty(), "has_sequence": has_sequence, "home_share": home_share, "key": key,
    });
    let or_none = |number: Option<u64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    let noise = info.noise.map_or_else(
        || "none".to_owned(),
        |noise| format!("epsilon {}, delta {}, {} watches a profile", noise.epsilon, noise.delta, noise.most_watches),
    );
    output.facts(
        &value,
        &[
            ("line", info.line.clone()),
            ("number", info.number.to_string()),
            ("created_utc_ms", info.created_utc_ms.to_string()),
            ("videos", info.videos.to_string()),
            ("a delta to", or_none(base)),
            ("before it", or_none(*before)),
            ("bytes", stored_bytes.to_string()),
            ("unfolded", content_bytes.to_string()),
            ("noise", noise),
            ("vectors", yes_or_no(!info.encoder.is_empty())),
            ("network", yes_or_no(*has_sequence)),
            (
                "a watch here counts as",
                home_share.map_or_else(|| "not in use".to_owned(), |share| format!("{share} of its profiles")),
            ),
            ("signed by", key),
        ],
    )
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes".to_owned() } else { "no".to_owned() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
