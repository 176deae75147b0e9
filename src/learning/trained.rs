//! All that was trained in one go, as one value that is kept and shipped together with the numbers of the
//! videos it speaks of.

use super::training::{Numbers, damaged, put_whole};
use super::{Content, Ease, Factors, Items, Recommender};
use crate::domain::{Feature, Result};

/// See the module. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct Trained {
    pub ease: Option<Ease>,
    pub factors: Option<Factors>,
    pub content: Option<Content>,
    /// On how many profiles.
    pub profiles: usize,
}

/// Of the bytes that [`Trained::save`] gives.
const FORMAT: u32 = 3;

impl Trained {
    /// Whether there is anything.
    pub fn is_empty(&self) -> bool {
        self.recommenders().next().is_none()
    }

    /// In the order of their features.
    pub fn recommenders(&self) -> impl Iterator<Item = &dyn Recommender> {
        let ease = self.ease.as_ref().map(|ease| ease as &dyn Recommender);
        let factors = self.factors.as_ref().map(|factors| factors as &dyn Recommender);
        let content = self.content.as_ref().map(|content| content as &dyn Recommender);
        [ease, factors, content].into_iter().flatten()
    }

    /// Takes a feature's recommender from its state; on an error it stays as it was.
    pub fn restore(&mut self, feature: Feature, state: &[u8]) -> Result<()> {
        fn fresh<R: Recommender + Default>(state: &[u8]) -> Result<Option<R>> {
            let mut empty = R::default();
            empty.load(state)?;
            Ok(Some(empty))
        }
        match feature {
            Feature::Ease => self.ease = fresh(state)?,
            Feature::Factors => self.factors = fresh(state)?,
            Feature::Content => self.content = fresh(state)?,
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// The format, how many profiles; how many items, and the id of each as its length and its bytes, none for a free
    /// number; of each recommender the length of its state and the state, 0 for none. All in whole numbers of 32 bits,
    /// filled up with zeros.
    pub fn save(&self, items: &Items) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_whole(&mut bytes, FORMAT);
        put_whole(&mut bytes, self.profiles as u32);
        put_items(&mut bytes, items);
        let state = |recommender: Option<&dyn Recommender>| recommender.map_or(Vec::new(), Recommender::save);
        put(&mut bytes, &state(self.ease.as_ref().map(|ease| ease as &dyn Recommender)));
        put(&mut bytes, &state(self.factors.as_ref().map(|factors| factors as &dyn Recommender)));
        put(&mut bytes, &state(self.content.as_ref().map(|content| content as &dyn Recommender)));
        bytes
    }

    /// [`Status::Corrupt`](crate::domain::Status::Corrupt) for bytes that [`Trained::save`] never gives.
    pub fn load(bytes: &[u8]) -> Result<(Items, Trained)> {
        let mut numbers = Numbers::new(bytes)?;
        let [format, profiles] = [numbers.whole()?, numbers.whole()?];
        if format != FORMAT {
            return Err(damaged());
        }
        let items = load_items(&mut numbers)?;
        let ease = loaded(&mut numbers, Ease::default())?;
        let factors = loaded(&mut numbers, Factors::default())?;
        let content = loaded(&mut numbers, Content::default())?;
        numbers.end()?;
        Ok((items, Trained { ease, factors, content, profiles: profiles as usize }))
    }
}

/// How many items, and the id of each as its length and its bytes, none for a free number.
pub(super) fn put_items(bytes: &mut Vec<u8>, items: &Items) {
    put_whole(bytes, items.len() as u32);
    items.ids().for_each(|id| put(bytes, id.as_bytes()));
}

/// What [`put_items`] wrote.
pub(super) fn load_items(numbers: &mut Numbers<'_>) -> Result<Items> {
    let mut ids = Vec::new();
    for _ in 0..numbers.whole()? {
        let length = numbers.whole()? as usize;
        ids.push(std::str::from_utf8(numbers.bytes(length)?).map_err(|_| damaged())?);
    }
    Items::of(ids).ok_or_else(damaged)
}

/// A part with its length before it, filled up with zeros.
pub(super) fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    put_whole(bytes, part.len() as u32);
    bytes.extend_from_slice(part);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn loaded<R: Recommender>(numbers: &mut Numbers<'_>, mut empty: R) -> Result<Option<R>> {
    let length = numbers.whole()? as usize;
    if length == 0 {
        return Ok(None);
    }
    empty.load(numbers.bytes(length)?)?;
    Ok(Some(empty))
}
