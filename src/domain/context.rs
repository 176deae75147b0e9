//! The circumstances of an event or of a list: on which device, where, in what company, and by which clock. Hosts
//! tell what they know; what they do not is unknown and counts for nothing.

use super::{Error, Result, limits};

/// A set of values with fixed numbers and names, 0 for what is not known.
macro_rules! closed_set {
    ($(#[$about:meta])* $set:ident { $($(#[$meaning:meta])* $value:ident = $code:literal, $name:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[repr(u8)]
        pub enum $set {
            #[default]
            Unknown = 0,
            $($(#[$meaning])* $value = $code,)+
        }

        impl $set {
            /// All of them, in the order of their numbers.
            pub const ALL: &[$set] = &[$set::Unknown, $($set::$value),+];

            /// Its name in files and options: lower case, words joined by underscores.
            pub fn name(self) -> &'static str {
                match self {
                    $set::Unknown => "unknown",
                    $($set::$value => $name,)+
                }
            }

            /// The one with this name, if there is one.
            pub fn from_name(name: &str) -> Option<$set> {
                $set::ALL.iter().copied().find(|value| value.name() == name)
            }

            /// The one with this number, if there is one.
            pub fn from_code(code: i32) -> Option<$set> {
                $set::ALL.iter().copied().find(|value| *value as i32 == code)
            }
        }
    };
}

closed_set! {
    /// What videos are watched on. The numbers are part of the ABI.
    Device {
        /// A television set, or a box or stick at one.
        Tv = 1, "tv";
        Phone = 2, "phone";
        Tablet = 3, "tablet";
        Computer = 4, "computer";
        Other = 5, "other";
    }
}

closed_set! {
    /// Where the viewer is. The numbers are part of the ABI.
    Place {
        /// At home, in a room that is not told or not named here.
        Home = 1, "home";
        LivingRoom = 2, "living_room";
        Bedroom = 3, "bedroom";
        /// At a place other than home: at work, with friends, in a hotel.
        Away = 4, "away";
        /// On the way: in a train, a car, an aeroplane.
        Travelling = 5, "travelling";
    }
}

closed_set! {
    /// Who watches together. The numbers are part of the ABI.
    Company {
        Alone = 1, "alone";
        Partner = 2, "partner";
        /// Adults and children together.
        Family = 3, "family";
        /// Children without adults.
        Children = 4, "children";
        Friends = 5, "friends";
    }
}

/// What an event or a list came about in. The default says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Context {
    pub device: Device,
    pub place: Place,
    pub company: Company,
    /// What the viewer's clock shows beyond UTC, in minutes, −840 to 840. 0: clocks are taken to show UTC.
    pub utc_offset_minutes: i16,
}

impl Context {
    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        Context::utc_offset(i64::from(self.utc_offset_minutes)).map(|_| ())
    }

    /// An offset from UTC, in minutes, if it is within its range.
    pub fn utc_offset(minutes: i64) -> Result<i16> {
        let most = limits::UTC_OFFSET_MINUTES;
        let found = i16::try_from(minutes).ok().filter(|minutes| (-most..=most).contains(minutes));
        let message = || format!("utc_offset_minutes is {minutes}; it lies between -{most} and {most}");
        found.ok_or_else(|| Error::invalid(message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for (code, device) in (0..).zip(Device::ALL) {
            assert_eq!((Device::from_code(code), Device::from_name(device.name())), (Some(*device), Some(*device)));
        }
        for (code, place) in (0..).zip(Place::ALL) {
            assert_eq!((Place::from_code(code), Place::from_name(place.name())), (Some(*place), Some(*place)));
        }
        for (code, company) in (0..).zip(Company::ALL) {
            let expected = (Some(*company), Some(*company));
            assert_eq!((Company::from_code(code), Company::from_name(company.name())), expected);
        }
        for code in [-1, 6, 256, 257, i32::MAX, i32::MIN] {
            assert_eq!((Device::from_code(code), Place::from_code(code), Company::from_code(code)), (None, None, None));
        }
        assert_eq!(Place::from_name("Living_Room"), None);
    }

    #[test]
    fn offsets_end_at_fourteen_hours() {
        for minutes in [-840, 0, 345, 840] {
            assert_eq!(Context::utc_offset(i64::from(minutes)), Ok(minutes));
            assert_eq!(Context { utc_offset_minutes: minutes, ..Context::default() }.validate(), Ok(()));
        }
        for minutes in [-841, 841, 65_536, i64::MAX, i64::MIN] {
            let error = Context::utc_offset(minutes).unwrap_err();
            assert!(error.message.contains("utc_offset_minutes") && error.message.contains("840"), "{}", error.message);
        }
        assert!(Context { utc_offset_minutes: i16::MIN, ..Context::default() }.validate().is_err());
    }

    #[test]
    fn a_context_is_small() {
        assert_eq!(size_of::<Context>(), 6);
    }
}
