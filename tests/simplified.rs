//! The table that folds traditional characters into simplified ones is OpenCC's own, checked in so that nobody who
//! builds the library needs OpenCC.
//!
//! `VREC_BLESS=1 cargo test --release --test simplified` rewrites the table.

use std::fs;
use std::path::{Path, PathBuf};

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

fn table_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/text/search_keys/simplified.txt")
}

/// The character alone that OpenCC makes of one, where both take three bytes.
fn simplified(converter: &OpenCC, traditional: char) -> Option<char> {
    let converted = converter.convert(&traditional.to_string());
    let mut characters = converted.chars();
    let one = characters.next().filter(|_| characters.next().is_none())?;
    (traditional.len_utf8() == 3 && one.len_utf8() == 3 && one != traditional).then_some(one)
}

/// A line of two characters for each one that changes, rising. What a character becomes does not change again.
fn generated_table() -> String {
    let converter = OpenCC::from_config(BuiltinConfig::T2s).expect("the converter has its dictionaries");
    let mut table = String::new();
    for traditional in '\u{2E80}'..='\u{FFFD}' {
        if let Some(mut target) = simplified(&converter, traditional) {
            for _ in 0..4 {
                target = simplified(&converter, target).unwrap_or(target);
            }
            if target != traditional {
                table.extend([traditional, target, '\n']);
            }
        }
    }
    table
}

#[test]
fn the_table_is_what_opencc_says() {
    let generated = generated_table();
    if std::env::var_os("VREC_BLESS").is_some() {
        fs::write(table_path(), &generated).expect("the table is writable");
    }
    let checked_in = fs::read_to_string(table_path()).expect("the table is readable");
    assert!(checked_in == generated, "src/text/search_keys/simplified.txt is not what OpenCC says");
    assert!(generated.lines().count() > 2_500, "too few characters change");
    let targets: Vec<char> = generated.lines().filter_map(|line| line.chars().nth(1)).collect();
    let is_source = |character: &char| generated.lines().any(|line| line.starts_with(*character));
    assert_eq!(targets.iter().find(|target| is_source(target)), None, "a target changes again");
}
