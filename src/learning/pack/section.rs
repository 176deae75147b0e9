//! The sections of a pack, each of which is compressed and checked on its own by whoever keeps them. All but the items
//! may be missing; those of kinds that are not known are passed over.

use bytes::Bytes;

use super::super::packed::{Packed, damaged, put_real, put_text, put_varint, put_varints};
use super::super::{Items, Recommender};
use super::{Base, PackOptions, Packing};
use crate::domain::{CallOptions, Error, Feature, FeatureWeights, Result, check_id};

/// No version has as many features: weights are read in no time, whatever their section says.
const MOST_FEATURES: u64 = 1_024;

/// More than stands in front of any section's rows.
const FRONT_BYTES: u64 = 64;

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

    /// Whether what it holds stays in memory for a host that counts features by these weights; where the host leaves them
    /// to the pack, all does, as packs are made of what counts.
    pub fn is_unpacked_for(self, weights: Option<&FeatureWeights>) -> bool {
        let feature = Feature::ALL.into_iter().find(|feature| SectionKind::of(*feature) == Some(self));
        match feature {
            None | Some(Feature::Trend) => true,
            Some(feature) => weights.is_none_or(|weights| weights.of(feature) != 0.0),
        }
    }

    /// The least memory that what it holds takes as a table, in bytes, of how many the section has.
    ///
    /// | Section | Of a byte | Since |
    /// |---|---|---|
    /// | items | 1 | an id stands for itself, and 21 bytes beside are more than its length and its count |
    /// | transitions, trend, context | 1 | cells stay as they are; a row has 4 bytes more, and of transitions 16 for its sums |
    /// | item neighbours | 2 | a pair of at most 5 bytes stays as it is, and has 5 more on the other side |
    /// | EASE | 3 | a pair of at most 5 bytes becomes two weights of 8; a row of 2 bytes or little more 12 |
    /// | factors, content | 0.75 | a code becomes 4 bytes, and a row of one code has a step of 4 |
    /// | weights | 0 | |
    pub fn least_table_bytes(self, section_bytes: u64) -> u64 {
        let quarters = match self {
            SectionKind::Items | SectionKind::Transitions | SectionKind::Trend | SectionKind::Context => 4,
            SectionKind::ItemNeighbours => 8,
            SectionKind::Ease => 12,
            SectionKind::Factors | SectionKind::Content => 3,
            SectionKind::Weights => 0,
        };
        (section_bytes.saturating_sub(FRONT_BYTES) / 4).saturating_mul(quarters)
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

fn unpacked_items(bytes: &Bytes, call: &CallOptions) -> Result<(Items, Base)> {
    let mut packed = Packed::within(bytes, call);
    let profiles = packed.varint()?;
    let count = packed.count(2)?;
    let mut id = |number: usize| {
        packed.check(number)?;
        let id = packed.text()?;
        check_id("id", id).map_err(|_| damaged()).map(|()| id)
    };
    let ids = (0..count).map(&mut id).collect::<Result<Vec<&str>>>()?;
    let items = Items::of_within(ids, call)?.ok_or_else(damaged)?;
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
fn unpacked_weights(bytes: &Bytes) -> Result<FeatureWeights> {
    let mut packed = Packed::of(bytes);
    let mut weights = FeatureWeights::NONE;
    for _ in 0..packed.varint_below(MOST_FEATURES)? {
        let (code, weight) = (packed.varint()?, packed.real()?);
        if let Some(feature) = i32::try_from(code).ok().and_then(Feature::from_code) {
            weights = weights.with(feature, weight);
        }
    }
    packed.end()?;
    weights.validate().map_err(|_| damaged()).map(|()| weights)
}

/// The base, the items, and the weights.
pub fn unpack(sections: &[(SectionKind, Bytes)], call: &CallOptions) -> Result<(Items, Base, Option<FeatureWeights>)> {
    for (index, (kind, _)) in sections.iter().enumerate() {
        if sections[..index].iter().any(|earlier| earlier.0 == *kind) {
            return Err(damaged());
        }
    }
    let items = section(sections, SectionKind::Items);
    let items = items.ok_or_else(|| Error { message: "a pack has no items".to_owned(), ..damaged() })?;
    let (items, base) = unpacked_items(items, call)?;
    Ok((items, base, weights(sections)?))
}

/// What each feature counts; none where no section says.
pub fn weights(sections: &[(SectionKind, Bytes)]) -> Result<Option<FeatureWeights>> {
    section(sections, SectionKind::Weights).map(unpacked_weights).transpose()
}

fn section(sections: &[(SectionKind, Bytes)], kind: SectionKind) -> Option<&Bytes> {
    sections.iter().find(|section| section.0 == kind).map(|section| &section.1)
}
