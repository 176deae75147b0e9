//! `vrec vectors`: the vectors of all videos in NumPy's format, for training outside of the engine.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;

use serde_json::json;
use vrec::engine::Engine;

use crate::arguments::Common;
use crate::arguments::VectorsOptions;
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::opening::Use;
use crate::output::Output;
use crate::output::counted;

pub fn vectors(common: &Common, options: &VectorsOptions, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Read)?;
    let (ids, dimensions) = (engine.video_ids(), engine.dimensions());
    write(&engine, &ids, dimensions, &options.output).map_err(|error| Failure::file("writing the vectors", &error))?;
    let folder = options.output.display().to_string();
    let sentence = format!("Wrote the vectors of {} to {folder}.", counted(ids.len() as u64, "video"));
    output.done(&json!({"videos": ids.len(), "dimensions": dimensions, "folder": folder}), &sentence)
}

fn write(engine: &Engine, ids: &[String], dimensions: usize, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(File::create(folder.join("vectors.npy"))?);
    file.write_all(&npy_header(ids.len(), dimensions))?;
    for id in ids {
        let vector = engine.video_vector(id).unwrap_or_else(|| vec![0.0; dimensions]);
        vector.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))?;
    }
    file.into_inner()?.sync_all()?;
    fs::write(folder.join("ids.json"), serde_json::to_vec(ids)?)
}

/// The header of a file of NumPy's format 1.0, whose length with all before it is a multiple of 64.
fn npy_header(rows: usize, columns: usize) -> Vec<u8> {
    const PREFIX: usize = 10;
    let mut about = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let length = (PREFIX + about.len() + 1).next_multiple_of(64) - PREFIX;
    about.extend(std::iter::repeat_n(' ', length - about.len() - 1));
    about.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(about.into_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_aligned_and_says_how_long_it_is() {
        for (rows, columns) in [(0, 0), (9_724, 384), (1_000_000_000, 8_192)] {
            let header = npy_header(rows, columns);
            assert!(header.len().is_multiple_of(64) && header.ends_with(b"\n"));
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
        }
    }
}
