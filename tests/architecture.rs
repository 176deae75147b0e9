//! The order of the modules: lower never imports higher, and some know nothing of each other.

use std::fs;
use std::path::{Path, PathBuf};

/// Lower first, as in src/lib.rs and ARCHITECTURE.md.
const ORDER: [&str; 9] = ["domain", "text", "encoder", "vectors", "learning", "ranking", "store", "engine", "ffi"];

/// Pairs that must not know each other in either direction.
const STRANGERS: [(&str, &str); 4] =
    [("text", "vectors"), ("encoder", "vectors"), ("store", "text"), ("store", "vectors")];

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder is readable") {
        let path = entry.expect("a folder entry is readable").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Every (file, module it names) of one module's files.
fn imports(module: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(&source_folder().join(module), &mut files);
    let mut found = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file is readable");
        assert!(!source.contains("use crate::{"), "{}: one `use crate::module` a line", file.display());
        for (at, prefix) in source.match_indices("crate::") {
            let rest = &source[at + prefix.len()..];
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.push((file.clone(), name));
        }
    }
    found
}

#[test]
fn lower_modules_never_import_higher_ones() {
    let mut seen = 0;
    for (level, module) in ORDER.iter().enumerate() {
        for (file, imported) in imports(module) {
            let imported_level = ORDER.iter().position(|name| *name == imported);
            let imported_level =
                imported_level.unwrap_or_else(|| panic!("{}: unknown crate::{imported}", file.display()));
            assert!(imported_level <= level, "{} imports the higher module {imported}", file.display());
            seen += usize::from(imported_level < level);
        }
    }
    assert!(seen > 20, "only {seen} imports were found: the test looks in the wrong place");
}

#[test]
fn strangers_stay_strangers() {
    for (one, other) in STRANGERS {
        for (module, stranger) in [(one, other), (other, one)] {
            for (file, imported) in imports(module) {
                assert_ne!(imported, stranger, "{} must not know {stranger}", file.display());
            }
        }
    }
}

#[test]
fn every_module_is_in_the_order() {
    let lib = fs::read_to_string(source_folder().join("lib.rs")).expect("lib.rs is readable");
    let mut declared: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut expected = ORDER.to_vec();
    declared.sort_unstable();
    expected.sort_unstable();
    assert_eq!(declared, expected);
}

#[test]
fn every_file_opens_with_what_lives_there() {
    let mut files = Vec::new();
    rust_files(&source_folder(), &mut files);
    assert!(files.len() > 30);
    for file in files {
        let source = fs::read_to_string(&file).expect("a source file is readable");
        assert!(source.starts_with("//! "), "{} does not open with a paragraph", file.display());
    }
}

#[test]
fn unsafe_code_lives_at_the_boundary_only() {
    let mut files = Vec::new();
    rust_files(&source_folder(), &mut files);
    for file in files {
        let relative = file.strip_prefix(source_folder()).expect("the file lies in src");
        let allowed = relative.starts_with("ffi") || relative.starts_with("vectors/kernels");
        let source = fs::read_to_string(&file).expect("a source file is readable");
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        let uses = code.filter(|line| line.contains("unsafe ") && !line.contains("deny(")).count();
        assert!(allowed || uses == 0, "{} has unsafe code", file.display());
    }
}

#[test]
fn a_panic_unwinds() {
    assert!(std::panic::catch_unwind(|| panic!("on purpose")).is_err());
    let manifest = fs::read_to_string(source_folder().join("../Cargo.toml")).expect("Cargo.toml is readable");
    assert!(manifest.contains("panic = \"unwind\"") && !manifest.contains("panic = \"abort\""));
}
