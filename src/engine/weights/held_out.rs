//! Which watches are held out for weights to be learned by: of each profile the last, and where profiles are few, in
//! further cuts the second, the fourth and the seventh from the end. A cut is trained on what each profile that is asked
//! watched before; all that it watched later is left out.

use twox_hash::XxHash3_64;

use crate::domain::{Context, Result};
use crate::learning::training::{Histories, Viewing};
use crate::ranking::ItemRows;
use crate::vectors::Bitmap;

/// How many of a profile's last watches are dropped before the one to be found, cut by cut.
pub const CUTS: [usize; 4] = [0, 1, 3, 6];

/// Profiles with fewer watches left are not asked.
pub const LEAST_HISTORY: usize = 3;

/// More lists tell no more than they cost: further profiles are learned from and not asked.
pub const MOST_LISTS: usize = 4_000;

/// A list that is asked for, and what is to be found in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    pub profile: u32,
    /// How much of its history counts, from the first watch on.
    pub length: usize,
    /// The row of the video to be found.
    pub wanted: usize,
    /// When, and in which circumstances, it was watched.
    pub now_utc_ms: i64,
    pub context: Context,
    /// Whether weights are confirmed by this list, rather than chosen. All lists of a profile are on one side.
    pub confirms: bool,
}

/// The lists of each cut, as many cuts as it takes to come to [`MOST_LISTS`]. A watch can be held out whose video is in
/// `searchable`. Which profiles are asked, where there are too many, and on which side each is, follows from their
/// numbers.
pub fn held_out(histories: &Histories, item_rows: &ItemRows, searchable: &Bitmap) -> Vec<Vec<Asked>> {
    let mut profiles: Vec<u32> = (0..histories.profiles() as u32).collect();
    profiles.sort_by_cached_key(|profile| XxHash3_64::oneshot(&profile.to_le_bytes()));
    let mut cuts = Vec::new();
    let mut room = MOST_LISTS;
    for cut in CUTS {
        let asked = |(place, profile): (usize, &u32)| asked(histories, *profile, cut, place % 2 == 1);
        let can_be_found = |(item, asked): (u32, Asked)| {
            let wanted = item_rows.row(item).filter(|row| searchable.contains(*row))?;
            Some(Asked { wanted, ..asked })
        };
        let mut of_cut: Vec<Asked> =
            profiles.iter().enumerate().filter_map(asked).filter_map(can_be_found).take(room).collect();
        of_cut.sort_unstable_by_key(|asked| asked.profile);
        room -= of_cut.len();
        if !of_cut.is_empty() {
            cuts.push(of_cut);
        }
    }
    cuts
}

/// What a cut is trained on.
pub fn learned(histories: &Histories, cut: &[Asked]) -> Result<Histories> {
    histories.shortened(|profile| match cut.binary_search_by_key(&profile, |asked| asked.profile) {
        Ok(place) => cut[place].length,
        Err(_) => usize::MAX,
    })
}

/// The list of a profile in a cut, without the row, and the video to be found.
fn asked(histories: &Histories, profile: u32, cut: usize, confirms: bool) -> Option<(u32, Asked)> {
    let length = histories.history(profile).len().checked_sub(cut + 1).filter(|length| *length >= LEAST_HISTORY)?;
    let viewing = Viewing { profile, place: length as u32 };
    let watch = histories.watch(viewing);
    let (now_utc_ms, context) = (watch.time_utc_ms, histories.context(viewing));
    Some((watch.item, Asked { profile, length, wanted: 0, now_utc_ms, context, confirms }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::Watch;

    /// So many profiles, each with watches of the items 0 to `length` − 1 in that order.
    fn histories(profiles: usize, length: usize) -> Histories {
        let watch = |item: usize| Watch { item: item as u32, time_utc_ms: 10 * item as i64 };
        let watches = (0..profiles).flat_map(|_| (0..length).map(watch)).collect();
        Histories::new((0..=profiles).map(|profile| profile * length).collect(), watches, Vec::new(), length).unwrap()
    }

    fn cuts_of(histories: &Histories, hidden: &[usize]) -> Vec<Vec<Asked>> {
        let rows: Vec<(u32, usize)> = (0..histories.items()).map(|item| (item as u32, 100 + item)).collect();
        let mut searchable = Bitmap::default();
        rows.iter()
            .filter(|(item, _)| !hidden.contains(&(*item as usize)))
            .for_each(|(_, row)| searchable.insert(*row));
        held_out(histories, &ItemRows::of(&rows), &searchable)
    }

    #[test]
    fn each_cut_holds_out_one_watch_and_never_learns_it_or_what_came_later() {
        let histories = histories(50, 8);
        let cuts = cuts_of(&histories, &[]);
        // Of eight watches the seventh from the end leaves one, which is too few.
        assert_eq!(cuts.len(), 3);
        for (cut, back) in cuts.iter().zip(CUTS) {
            assert_eq!(cut.len(), 50);
            let (learned, length) = (learned(&histories, cut).unwrap(), 7 - back);
            for asked in cut {
                assert_eq!((asked.length, asked.wanted, asked.now_utc_ms), (length, 100 + length, 10 * length as i64));
                assert_eq!(learned.history(asked.profile), &histories.history(asked.profile)[..length]);
            }
        }
        let side = |cut: &[Asked]| cut.iter().map(|asked| asked.confirms).collect::<Vec<_>>();
        assert_eq!(side(&cuts[0]), side(&cuts[2]), "a profile is on one side in all cuts");
        assert_eq!(cuts[0].iter().filter(|asked| asked.confirms).count(), 25);
    }

    #[test]
    fn what_cannot_be_found_is_not_asked_for() {
        assert_eq!(cuts_of(&histories(5, 4), &[3]), Vec::<Vec<Asked>>::new());
        assert_eq!(cuts_of(&histories(5, 3), &[]), Vec::<Vec<Asked>>::new());
        assert_eq!(cuts_of(&histories(0, 3), &[]), Vec::<Vec<Asked>>::new());
    }

    #[test]
    fn many_profiles_are_asked_in_one_cut_up_to_a_number() {
        let histories = histories(MOST_LISTS + 500, 8);
        let cuts = cuts_of(&histories, &[]);
        assert_eq!((cuts.len(), cuts[0].len()), (1, MOST_LISTS));
        let learned = learned(&histories, &cuts[0]).unwrap();
        assert_eq!(histories.watches() - learned.watches(), MOST_LISTS, "the others are learned from whole");
    }
}
