//! The header is generated from `src/ffi`, checked in, and documented in full.
//!
//! `VREC_BLESS=1 cargo test --release --test header` rewrites the checked-in files.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn generated_header() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml is readable");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for module in ffi_modules() {
        builder = builder.with_src(root().join(format!("src/ffi/{module}.rs")));
    }
    let mut bytes = Vec::new();
    builder.generate().expect("the header can be generated").write(&mut bytes);
    let header = String::from_utf8(bytes).expect("the header is UTF-8");
    parenthesise_negative_constants(&without_safety_sections(&header))
}

/// The modules with public items, in the order the header shows them.
fn ffi_modules() -> [&'static str; 36] {
    [
        "abi",
        "types/codes",
        "types/event",
        "types/query",
        "types/feature",
        "types/video",
        "types/limits",
        "types/options",
        "types/packs",
        "types/encoder",
        "types/store",
        "filter",
        "error",
        "log_callback",
        "progress_callback",
        "cancel",
        "engine",
        "encoder",
        "embed",
        "catalogue",
        "events",
        "profiles",
        "training",
        "weights",
        "packs",
        "sequence",
        "store",
        "export",
        "recommend",
        "nearest",
        "watch_cards",
        "home",
        "output",
        "reasons",
        "explain",
        "api_table",
    ]
}

/// `#define NAME -1` would turn `x-NAME` into `x--1`.
fn parenthesise_negative_constants(header: &str) -> String {
    let lines = header.lines().map(|line| match line.rsplit_once(' ') {
        Some((define, value)) if define.starts_with("#define") && value.starts_with('-') => {
            format!("{define} ({value})")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Rust's `# Safety` sections repeat the contract for Rust callers only.
fn without_safety_sections(header: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut skipping = false;
    for line in header.lines() {
        if line.trim() == "* # Safety" {
            skipping = true;
            if kept.last().is_some_and(|last| last.trim() == "*") {
                kept.pop();
            }
        } else if line.trim() == "*/" {
            skipping = false;
        }
        if !skipping {
            kept.push(line);
        }
    }
    kept.join("\n") + "\n"
}

/// Compares with the checked-in file, or rewrites it when blessing.
fn compare(path: &Path, current: &str) {
    if std::env::var_os("VREC_BLESS").is_some() {
        fs::write(path, current).expect("the file can be written");
        return;
    }
    let checked_in = fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == current,
        "{} is not what the sources give; look at the difference, then run VREC_BLESS=1 cargo test --release --test header",
        path.display()
    );
}

#[test]
fn the_checked_in_header_is_current() {
    compare(&root().join("include/vrec.h"), &generated_header());
}

/// Each exported function of the sources, in their order.
fn exported_functions() -> Vec<String> {
    let mut names = Vec::new();
    for module in ffi_modules() {
        let source = fs::read_to_string(root().join(format!("src/ffi/{module}.rs"))).expect("a module is readable");
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line == "#[unsafe(no_mangle)]" {
                let signature = lines.next().expect("a function follows its attribute");
                let name = signature.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
                names.push(name.expect("a function has a name").to_owned());
            }
        }
    }
    names
}

#[test]
fn the_symbol_list_is_current() {
    let mut names = exported_functions();
    names.sort();
    compare(&root().join("abi/symbols.txt"), &(names.join("\n") + "\n"));
}

#[test]
fn every_function_is_documented_in_full() {
    let header = fs::read_to_string(root().join("include/vrec.h")).expect("the header is readable");
    let functions = exported_functions();
    assert!(functions.len() >= 30, "only {} functions were found", functions.len());
    for function in functions {
        let comment = comment_before(&header, &function);
        for field in ["Parameters: ", "Ownership: ", "Threads: ", "Errors: ", "Cost: ", "Since: "] {
            assert!(comment.contains(&format!(" * {field}")), "{function} has no line \"{field}\" in its comment");
        }
    }
}

/// The comment that ends right before the declaration of `function`.
fn comment_before<'a>(header: &'a str, function: &str) -> &'a str {
    let declaration = header
        .match_indices(&format!("{function}("))
        .map(|(at, _)| header[..at].rfind('\n').map_or(0, |line| line + 1))
        .find(|line| !header[*line..].starts_with([' ', '*']))
        .unwrap_or_else(|| panic!("the header does not declare {function}"));
    let before = &header[..declaration];
    assert!(before.trim_end().ends_with("*/"), "{function} has no comment right before it");
    &before[before.rfind("/**").expect("a comment begins")..]
}

#[test]
fn the_function_table_has_every_function() {
    let header = fs::read_to_string(root().join("include/vrec.h")).expect("the header is readable");
    let table = header.split("typedef struct vrec_api {").nth(1).expect("the header has the table");
    let table = table.split("} vrec_api;").next().expect("the table ends");
    for function in exported_functions().iter().filter(|name| *name != "vrec_get_api") {
        assert!(table.contains(&format!("(*{function})(")), "vrec_api lacks {function}");
    }
}
