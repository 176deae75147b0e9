//! How long filters take before any vector is read, in a catalogue of a million videos:
//!
//!     cargo bench --bench filters

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vrec::domain::{CallOptions, Filter, Kind, Video};
use vrec::ranking::{AttributeIndex, Attributes, Selection};
use vrec::vectors::Bitmap;

const ROWS: usize = 1_000_000;
const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

/// Numbers that look random and are the same each time (splitmix64).
fn number(row: usize) -> u64 {
    let mut bits = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

/// One in a hundred carries the tag "rare", one in two "common"; three in a hundred are not to be had.
fn video(row: usize) -> Video {
    let number = number(row);
    let mut tags = vec![format!("tag {}", number % 5_000)];
    tags.extend(number.is_multiple_of(100).then(|| "rare".to_owned()));
    tags.extend((number >> 8).is_multiple_of(2).then(|| "common".to_owned()));
    let expired = (number >> 16) % 100 < 3;
    Video {
        tags,
        kind: Some(Kind::ALL[(number >> 24) as usize % Kind::ALL.len()]),
        min_age: Some([0, 6, 12, 16, 18][(number >> 32) as usize % 5]),
        available_from_utc_ms: Some(NOW - 400 * DAY),
        available_until_utc_ms: Some(if expired { NOW - DAY } else { NOW + DAY }),
        audio_languages: texts([&["zh-Hans"][..], &["en"], &["en", "zh-Hant"]][(number >> 40) as usize % 3]),
        ..Video::default()
    }
}

fn filters() -> Vec<(&'static str, Filter)> {
    let none = Filter::default;
    vec![
        ("tag of 1 %", Filter { all_tags: texts(&["rare"]), ..none() }),
        ("tag of 50 %", Filter { all_tags: texts(&["common"]), ..none() }),
        ("all but a tag of 50 %", Filter { no_tags: texts(&["common"]), ..none() }),
        ("tag of 0.02 %", Filter { all_tags: texts(&["tag 7"]), ..none() }),
        ("age of four kept of five", Filter { viewer_age: Some(16), ..none() }),
        (
            "tag of 50 %, kind, language",
            Filter {
                all_tags: texts(&["common"]),
                kinds: vec![Kind::Movie, Kind::Series],
                audio_languages: texts(&["zh"]),
                ..none()
            },
        ),
        ("time, 3 % out", Filter { time_utc_ms: Some(NOW), ..none() }),
        ("time and tag of 1 %", Filter { time_utc_ms: Some(NOW), all_tags: texts(&["rare"]), ..none() }),
    ]
}

fn filters_of_a_million(criterion: &mut Criterion) {
    let mut index = AttributeIndex::default();
    let mut attributes: Vec<Attributes> = Vec::new();
    for row in 0..ROWS {
        attributes.push(index.add(row, Attributes::of(&video(row))));
    }
    let all = Bitmap::from_words(&vec![u64::MAX; ROWS / 64]);
    println!("index: {:.1} bytes a video", index.bytes() as f64 / ROWS as f64);
    for (name, filter) in filters() {
        let kept = Selection::new(&index, &filter).select(&all, &CallOptions::default()).unwrap().count();
        let name = format!("filter/{name} ({kept} kept)");
        criterion.bench_function(&name, |bencher| {
            bencher.iter(|| Selection::new(black_box(&index), &filter).select(&all, &CallOptions::default()));
        });
    }
    criterion.bench_function("filter/one video added, the snapshot before kept", |bencher| {
        bencher.iter(|| {
            let mut next = index.clone();
            next.add(ROWS, Attributes::of(&video(ROWS)));
            next
        });
    });
    criterion.bench_function("filter/one video replaced, the snapshot before kept", |bencher| {
        let mut row = 0;
        bencher.iter(|| {
            row = (row + 7_919) % ROWS;
            let mut next = index.clone();
            next.remove(row, &attributes[row]);
            next.add(row, Attributes::of(&video(row)));
            next
        });
    });
}

fn bitmaps_of_a_million(criterion: &mut Criterion) {
    let bitmap = |shift: u32| {
        Bitmap::from_words(&(0..ROWS / 64).map(|word| number(word).rotate_left(shift)).collect::<Vec<u64>>())
    };
    let [one, two, three] = [0, 7, 21].map(bitmap);
    criterion.bench_function("bitmap/and of three", |bencher| {
        let mut own = one.clone();
        own.and(&two);
        bencher.iter(|| {
            own.or(black_box(&two));
            own.and(black_box(&three));
        });
    });
    criterion.bench_function("bitmap/clone and and", |bencher| {
        bencher.iter(|| {
            let mut own = one.clone();
            own.and(black_box(&two));
            own
        });
    });
}

criterion_group!(benches, filters_of_a_million, bitmaps_of_a_million);
criterion_main!(benches);
