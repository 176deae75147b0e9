//! Keys and other secrets of 32 bytes, in files: as they are, or as 64 hex digits. What was read is
//! wiped from memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use vrec::store::DeviceKey;
use vrec::store::KEY_BYTES;
use zeroize::Zeroizing;

use crate::failure::Exit;
use crate::failure::Failure;
use crate::failure::Outcome;

/// The device key in a file.
pub fn read_key(path: &OsStr) -> Outcome<DeviceKey> {
    let bytes = read_secret(path)?;
    DeviceKey::new(*bytes).map_err(Failure::from)
}

/// The 32 bytes in a file.
pub fn read_secret(path: &OsStr) -> Outcome<Zeroizing<[u8; KEY_BYTES]>> {
    let path = Path::new(path);
    // Room for more than is read, so that no copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES + 1));
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES as u64).read_to_end(&mut bytes));
    read.map_err(|error| Failure::file(&format!("reading the key file {}", path.display()), &error))?;
    secret_of(&bytes).ok_or_else(|| {
        let message = format!("{} holds no key: it needs {KEY_BYTES} bytes, or 64 hex digits", path.display());
        Failure::new(Exit::Key, message).hint(format!("head -c {KEY_BYTES} /dev/urandom > FILE makes one."))
    })
}

/// Hex digits, an end of line, and one byte more, by which a file that is too long is known.
const MOST_BYTES: usize = 2 * KEY_BYTES + 3;

fn secret_of(bytes: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let mut secret = Zeroizing::new([0; KEY_BYTES]);
    if bytes.len() == KEY_BYTES {
        secret.copy_from_slice(bytes);
        return Some(secret);
    }
    let digits = bytes.trim_ascii_end();
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_hex_digits_are_the_same_key() {
        let key: Vec<u8> = (0..32).map(|number| number * 8 + 7).collect();
        let hex: String = key.iter().map(|byte| format!("{byte:02X}")).collect();
        for written in [key.clone(), hex.clone().into_bytes(), format!("{}\r\n", hex.to_lowercase()).into_bytes()] {
            assert_eq!(secret_of(&written).unwrap().as_slice(), key);
        }
        for wrong in [vec![], vec![1; 31], vec![1; 33], vec![b'g'; 64], vec![b'1'; 65]] {
            assert!(secret_of(&wrong).is_none(), "{wrong:?}");
        }
    }
}
