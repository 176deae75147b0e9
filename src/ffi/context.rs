//! Circumstances as C tells them: numbers that are checked one by one.

use crate::domain::{Company, Context, Device, Error, Place, Result};

/// Refuses numbers that no value has, and offsets out of their range.
pub fn read_context(device: i32, place: i32, company: i32, utc_offset_minutes: i32) -> Result<Context> {
    let unknown = |what: &str, code: i32, values: &str| Error::invalid(format!("{what} {code} is no {values} value"));
    Ok(Context {
        device: Device::from_code(device).ok_or_else(|| unknown("device", device, "VREC_DEVICE_"))?,
        place: Place::from_code(place).ok_or_else(|| unknown("place", place, "VREC_PLACE_"))?,
        company: Company::from_code(company).ok_or_else(|| unknown("company", company, "VREC_COMPANY_"))?,
        utc_offset_minutes: Context::utc_offset(i64::from(utc_offset_minutes))?,
    })
}
