//! What files of tests share: a folder for a store, and numbers that look random.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::path::PathBuf;

use tempfile::TempDir;
use vrec::engine::{Engine, EngineOptions, StoreOptions};
use vrec::store::OpenOptions;

/// A folder of the test's own with a store in it, removed at the end.
pub struct StoreFolder(TempDir);

impl StoreFolder {
    pub fn new() -> StoreFolder {
        StoreFolder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("store")
    }

    pub fn open(&self, options: EngineOptions) -> Engine {
        let store = StoreOptions { path: self.path(), device_key: None, open: OpenOptions::default() };
        Engine::new(EngineOptions { store: Some(store), ..options }).unwrap()
    }
}

/// Numbers that look random and are the same each time (Marsaglia, "Xorshift RNGs", 2003, section 3); the seed is not 0.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// From −1 to 1.
    pub fn signed(&mut self) -> f32 {
        self.below(2_000_001) as f32 / 1_000_000.0 - 1.0
    }

    pub fn vector(&mut self, length: usize) -> Vec<f32> {
        (0..length).map(|_| self.signed()).collect()
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    pub fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| self.pick(of)).collect()
    }

    pub fn texts(&mut self, of: &[&str], most: usize) -> Vec<String> {
        self.some(of, most).into_iter().map(str::to_owned).collect()
    }
}
