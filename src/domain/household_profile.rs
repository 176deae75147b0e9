//! A profile of a household, as the person who sets up the television describes it: who it is for and what they may
//! see. What the profile did is no part of it.

use super::video::{check_id, check_length};
use super::{Error, Result, limits};

/// Who a profile is for. The numbers are part of the ABI and of the store's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum ProfileKind {
    Adult = 1,
    Teen = 2,
    Child = 3,
    /// The household together: a profile with a history of its own. There is at most one.
    Everyone = 4,
    /// Somebody who leaves no trace: it is gone when it is forgotten or the engine closes, and teaches nothing.
    Guest = 5,
}

impl ProfileKind {
    pub const ALL: [ProfileKind; 5] =
        [ProfileKind::Adult, ProfileKind::Teen, ProfileKind::Child, ProfileKind::Everyone, ProfileKind::Guest];

    /// The age limit of a teen that is given none, in years. It and the child's are nodes of the Chinese draft standard
    /// (3, 8, 12, 16, 18).
    pub const TEEN_AGE_LIMIT: u8 = 16;
    /// The age limit of a child that is given none, in years.
    pub const CHILD_AGE_LIMIT: u8 = 8;

    /// Its name in files and options.
    pub fn name(self) -> &'static str {
        match self {
            ProfileKind::Adult => "adult",
            ProfileKind::Teen => "teen",
            ProfileKind::Child => "child",
            ProfileKind::Everyone => "everyone",
            ProfileKind::Guest => "guest",
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<ProfileKind> {
        ProfileKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }

    /// Whether it stands for one person of the household.
    pub fn is_member(self) -> bool {
        matches!(self, ProfileKind::Adult | ProfileKind::Teen | ProfileKind::Child)
    }
}

/// Up to which minimum age a profile's lists hold videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AgeLimit {
    /// As its kind has it: an adult none, a teen 16, a child 8, everyone and a guest that of the household's youngest.
    #[default]
    OfKind,
    /// None: videos of any minimum age and of an unknown one.
    None,
    /// Years, 1 to 99: only videos whose minimum age is known and not above it.
    Years(u8),
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdProfile {
    /// What events and queries name it by; 1–255 bytes, never changed.
    pub id: String,
    /// What people see; UTF-8, 1–255 bytes with a character that can be seen. Two profiles may have the same.
    pub name: String,
    pub kind: ProfileKind,
    pub age_limit: AgeLimit,
}

impl HouseholdProfile {
    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        check_id("id", &self.id)?;
        check_profile_name(&self.name)?;
        self.check_age_limit()
    }

    fn check_age_limit(&self) -> Result<()> {
        let most = limits::MIN_AGE;
        match self.age_limit {
            AgeLimit::None if self.kind == ProfileKind::Child => {
                Err(Error::invalid("age_limit says none; a child has one"))
            }
            AgeLimit::Years(years) if !(1..=most).contains(&years) => {
                Err(Error::invalid(format!("age_limit is {years}; it lies between 1 and {most}")))
            }
            _ => Ok(()),
        }
    }

    /// Its age limit in years, where `youngest` is the least of the household's members; none: it has none.
    pub fn years(&self, youngest: Option<u8>) -> Option<u8> {
        match (self.age_limit, self.kind) {
            (AgeLimit::Years(years), _) => Some(years),
            (AgeLimit::None, _) | (AgeLimit::OfKind, ProfileKind::Adult) => None,
            (AgeLimit::OfKind, ProfileKind::Teen) => Some(ProfileKind::TEEN_AGE_LIMIT),
            (AgeLimit::OfKind, ProfileKind::Child) => Some(ProfileKind::CHILD_AGE_LIMIT),
            (AgeLimit::OfKind, ProfileKind::Everyone | ProfileKind::Guest) => youngest,
        }
    }
}

/// Checks what people are to see of a profile.
pub fn check_profile_name(name: &str) -> Result<()> {
    if !name.chars().any(is_visible) {
        return Err(Error::invalid("name is blank; it needs 1 to 255 bytes and a character that can be seen"));
    }
    if name.contains(char::is_control) {
        return Err(Error::invalid("name contains a control character"));
    }
    check_length("name, in bytes,", name.len(), limits::PROFILE_NAME_BYTES)
}

/// Whether a character shows anything by itself: no white space, control character or mark that only acts on others,
/// such as one that turns the direction of writing. Those are Unicode 16's Default_Ignorable_Code_Point, without code
/// points that nothing is assigned to, and the pattern of Braille without dots.
fn is_visible(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}');
    !(is_ignorable || c.is_whitespace() || c.is_control())
}

/// A profile as a household's list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProfile {
    pub profile: HouseholdProfile,
    /// The age limit that its lists keep, in years; none: they keep none.
    pub years: Option<u8>,
    /// Whether it is the one that events and queries mean that name none.
    pub is_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(kind: ProfileKind, age_limit: AgeLimit) -> HouseholdProfile {
        HouseholdProfile { id: "p".to_owned(), name: "小雨".to_owned(), kind, age_limit }
    }

    #[test]
    fn a_kind_has_its_age_limit_unless_another_is_given() {
        use ProfileKind::{Adult, Child, Everyone, Guest, Teen};
        let of_kind = |kind, youngest| profile(kind, AgeLimit::OfKind).years(youngest);
        assert_eq!([Adult, Teen, Child].map(|kind| of_kind(kind, Some(3))), [None, Some(16), Some(8)]);
        assert_eq!([Everyone, Guest].map(|kind| of_kind(kind, Some(3))), [Some(3), Some(3)]);
        assert_eq!([Everyone, Guest].map(|kind| of_kind(kind, None)), [None, None]);
        for kind in ProfileKind::ALL {
            assert_eq!(profile(kind, AgeLimit::Years(12)).years(Some(3)), Some(12));
            assert_eq!(profile(kind, AgeLimit::None).years(Some(3)), None);
            assert_eq!(ProfileKind::from_code(kind as i32), Some(kind));
        }
        assert_eq!([-1, 0, 6].map(ProfileKind::from_code), [None; 3]);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let good = profile(ProfileKind::Teen, AgeLimit::Years(99));
        assert_eq!(good.validate(), Ok(()));
        let marked = HouseholdProfile { name: "\u{202B}סבא\u{202C}".to_owned(), ..good.clone() };
        assert_eq!(marked.validate(), Ok(()), "marks beside letters stay");
        let refused = [
            (HouseholdProfile { id: String::new(), ..good.clone() }, "id is empty"),
            (HouseholdProfile { name: " \u{3000}".to_owned(), ..good.clone() }, "name is blank"),
            (
                HouseholdProfile { name: "\u{202E}\u{200B} \u{FEFF}\u{3164}".to_owned(), ..good.clone() },
                "name is blank",
            ),
            (HouseholdProfile { name: "a\nb".to_owned(), ..good.clone() }, "name contains a control character"),
            (HouseholdProfile { name: "雨".repeat(86), ..good.clone() }, "name, in bytes, is 258, the limit is 255"),
            (HouseholdProfile { age_limit: AgeLimit::Years(0), ..good.clone() }, "age_limit is 0"),
            (HouseholdProfile { age_limit: AgeLimit::Years(100), ..good }, "age_limit is 100"),
            (profile(ProfileKind::Child, AgeLimit::None), "age_limit says none; a child has one"),
        ];
        for (profile, message) in refused {
            let error = profile.validate().unwrap_err();
            assert!(error.message.starts_with(message), "{error}");
        }
    }
}
