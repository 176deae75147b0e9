//! The sections of a pack, each of which is compressed and checked on its own by whoever keeps them. All but the items
//! may be missing; those of kinds that are not known are passed over.

use bytes::Bytes;

use super::super::packed::{Packed, damaged, put_real, put_text, put_varint, put_varints};
use super::super::{Items, Recommender};
use super::{Base, PackOptions, Packing};
use crate::domain::{Error, Feature, FeatureWeights, Result, check_id};

/// What a section holds. Numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum SectionKind {
    /// How many profiles there were, the ids of items, and how many profiles watched each.
    Items = 1,
    Transitions = 2,
    ItemNeighbours = 3,
    Trend = 4,
    Context = 5,
    Ease = 6,
    Factors = 7,
    Content = 8,
    /// What each feature counts.
    Weights = 9,
}

impl SectionKind {
    pub const ALL: [SectionKind; 9] = [
        SectionKind::Items,
        SectionKind::Transitions,
        SectionKind::ItemNeighbours,
        SectionKind::Trend,
        SectionKind::Context,
        SectionKind::Ease,
        SectionKind::Factors,
        SectionKind::Content,
        SectionKind::Weights,
    ];

    /// The kind with this number, if there is one.
    pub fn from_code(code: u32) -> Option<SectionKind> {
        SectionKind::ALL.into_iter().find(|kind| *kind as u32 == code)
    }

    /// Where a recommender's part stands; none for those that have none.
    pub fn of(feature: Feature) -> Option<SectionKind> {
        Some(match feature {
            Feature::Transitions => SectionKind::Transitions,
            Feature::ItemNeighbours => SectionKind::ItemNeighbours,
            Feature::Trend => SectionKind::Trend,
            Feature::Context => SectionKind::Context,
            Feature::Ease => SectionKind::Ease,
            Feature::Factors => SectionKind::Factors,
            Feature::Content => SectionKind::Content,
            _ => return None,
        })
    }
}

/// Sections with their bytes, in the order of their kinds.
pub type Sections = Vec<(SectionKind, Vec<u8>)>;

/// What the sections of a pack hold.
#[derive(Debug, Clone)]
pub struct Unpacked {
    pub knowledge: super::super::Knowledge,
    /// None where the pack says none.
    pub weights: Option<FeatureWeights>,
}

/// What all recommenders know, and the items that this speaks of.
pub fn pack<'r>(
    packing: &Packing<'_>,
    items: &Items,
    recommenders: impl Iterator<Item = &'r dyn Recommender>,
) -> Result<Sections> {
    let mut sections = vec![(SectionKind::Items, packed_items(packing, items))];
    for recommender in recommenders {
        let Some(kind) = SectionKind::of(recommender.feature()) else { continue };
        if let Some(bytes) = recommender.pack(packing)? {
            sections.push((kind, bytes));
        }
    }
    sections.push((SectionKind::Weights, packed_weights(packing.options())));
    sections.sort_unstable_by_key(|section| section.0);
    Ok(sections)
}

/// The profiles, the ids, the watches.
fn packed_items(packing: &Packing<'_>, items: &Items) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, packing.profiles());
    put_varint(&mut bytes, packing.items() as u64);
    packing.told_items().for_each(|item| put_text(&mut bytes, items.id(item).unwrap_or_default()));
    put_varints(&mut bytes, packing.watches());
    bytes
}

fn unpacked_items(bytes: &[u8]) -> Result<(Items, Base)> {
    let mut packed = Packed::of(bytes);
    let profiles = packed.varint()?;
    let count = packed.count(2)?;
    let mut id = || packed.text().and_then(|id| check_id("id", id).map_err(|_| damaged()).map(|()| id));
    let ids = (0..count).map(|_| id()).collect::<Result<Vec<&str>>>()?;
    let items = Items::of(ids).ok_or_else(damaged)?;
    let watches = packed.varints(count)?;
    packed.end()?;
    if profiles > u64::from(u32::MAX) || watches.contains(&0) {
        return Err(damaged());
    }
    Ok((items, Base::new(watches, profiles)))
}

/// How many features count, and of each its number and its weight.
fn packed_weights(options: &PackOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, options.weights.counting().count() as u64);
    for (feature, weight) in options.weights.counting() {
        put_varint(&mut bytes, feature as u64);
        put_real(&mut bytes, weight);
    }
    bytes
}

/// Features that are not known are passed over.
fn unpacked_weights(bytes: &[u8]) -> Result<FeatureWeights> {
    let mut packed = Packed::of(bytes);
    let mut weights = FeatureWeights::NONE;
    for _ in 0..packed.count(5)? {
        let (code, weight) = (packed.varint()?, packed.real()?);
        if let Some(feature) = i32::try_from(code).ok().and_then(Feature::from_code) {
            weights = weights.with(feature, weight);
        }
    }
    packed.end()?;
    weights.validate().map_err(|_| damaged()).map(|()| weights)
}

/// The base, the items, and the weights.
pub fn unpack(sections: &[(SectionKind, Bytes)]) -> Result<(Items, Base, Option<FeatureWeights>)> {
    for (index, (kind, _)) in sections.iter().enumerate() {
        if sections[..index].iter().any(|earlier| earlier.0 == *kind) {
            return Err(damaged());
        }
    }
    let items = section(sections, SectionKind::Items);
    let items = items.ok_or_else(|| Error { message: "a pack has no items".to_owned(), ..damaged() })?;
    let (items, base) = unpacked_items(items)?;
    Ok((items, base, weights(sections)?))
}

/// What each feature counts; none where no section says.
pub fn weights(sections: &[(SectionKind, Bytes)]) -> Result<Option<FeatureWeights>> {
    section(sections, SectionKind::Weights).map(unpacked_weights).transpose()
}

fn section(sections: &[(SectionKind, Bytes)], kind: SectionKind) -> Option<&[u8]> {
    sections.iter().find(|section| section.0 == kind).map(|section| section.1.as_ref())
}
