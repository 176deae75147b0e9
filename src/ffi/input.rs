//! Reading what C hands in. Counts and sizes are checked before anything is touched; strings must
//! be UTF-8; structs may be shorter or longer than this library's.

use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::slice;

use crate::domain::{Error, Result, Status, limits};

/// A versioned struct of the ABI.
///
/// # Safety
/// The type is `repr(C)`, begins with `struct_size: usize`, and is valid when all its bytes are
/// zero; `FIELD_ENDS` holds the offset just past each field.
pub unsafe trait Versioned: Copy {
    const NAME: &'static str;
    const FIELD_ENDS: &'static [usize];
}

/// Implements [`Versioned`] for a struct from the list of its fields.
macro_rules! versioned {
    ($type:ident { $($field:ident: $field_type:ty),+ $(,)? }) => {
        // SAFETY: the struct is repr(C) of integers, floats, raw pointers and optional function
        // pointers, all valid as zero bytes, and the offsets are the compiler's own.
        unsafe impl $crate::ffi::input::Versioned for $type {
            const NAME: &'static str = stringify!($type);
            const FIELD_ENDS: &'static [usize] =
                &[$(std::mem::offset_of!($type, $field) + size_of::<$field_type>()),+];
        }

        // No field is left out: each begins where the one before ends, but for its alignment (which differs
        // from machine to machine), and behind the last there is padding at most.
        const _: () = {
            let ends = <$type as $crate::ffi::input::Versioned>::FIELD_ENDS;
            let starts = [$(std::mem::offset_of!($type, $field)),+];
            let alignments = [$(align_of::<$field_type>()),+];
            let mut index = 1;
            while index < ends.len() {
                assert!(starts[index] == ends[index - 1].next_multiple_of(alignments[index]));
                index += 1;
            }
            assert!(size_of::<$type>() - ends[ends.len() - 1] < align_of::<$type>());
        };
    };
}
pub(crate) use versioned;

/// Structs longer than this are refused without looking at them.
const MAX_STRUCT_BYTES: usize = 4_096;

/// Copies a struct: fields past the caller's `struct_size` are zero, bytes past this library's
/// must be zero. `stride` bounds the size for an element of an array.
///
/// # Safety
/// `pointer` is null or points to `struct_size` readable bytes, `struct_size` being a `size_t` there.
pub unsafe fn read_struct<T: Versioned>(pointer: *const T, stride: Option<usize>) -> Result<T> {
    if pointer.is_null() {
        return Err(Error::invalid(format!("{} is NULL", T::NAME)));
    }
    // SAFETY: not null, so at least its struct_size is readable; alignment is not assumed.
    let size = unsafe { pointer.cast::<usize>().read_unaligned() };
    check_struct_size::<T>(size, stride)?;
    let known = size.min(size_of::<T>());
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: `known` bytes are readable by contract and fit the copy; zero bytes are valid for T.
    let copy = unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), known);
        copy.assume_init()
    };
    if size > known {
        // SAFETY: `size` bytes are readable by contract.
        let beyond = unsafe { slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known) };
        if beyond.iter().any(|byte| *byte != 0) {
            let message = format!("{} sets fields that this version of the library does not know", T::NAME);
            return Err(Error::new(Status::TooNew, message));
        }
    }
    Ok(copy)
}

/// Refuses a size that no version of the struct has, or that cuts a field in two.
pub fn check_struct_size<T: Versioned>(size: usize, stride: Option<usize>) -> Result<()> {
    let name = T::NAME;
    if size > MAX_STRUCT_BYTES {
        let message = format!("{name}.struct_size is {size}; no version of this library has such a struct");
        return Err(Error::new(Status::TooNew, message));
    }
    if let Some(stride) = stride.filter(|stride| size > *stride) {
        return Err(Error::invalid(format!("{name}.struct_size is {size}, more than the stride of {stride}")));
    }
    if size < size_of::<T>() && !T::FIELD_ENDS.contains(&size) {
        return Err(Error::invalid(format!("{name}.struct_size is {size}, which is not the end of any of its fields")));
    }
    Ok(())
}

/// Like [`read_struct`], giving all defaults for null.
///
/// # Safety
/// As for [`read_struct`].
pub unsafe fn read_optional_struct<T: Versioned>(pointer: *const T) -> Result<Option<T>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: passed on from this function's contract.
    unsafe { read_struct(pointer, None) }.map(Some)
}

/// Copies an array of structs, `stride` bytes apart.
///
/// # Safety
/// `pointer` is null or points to `count` structs `stride` bytes apart, each as for [`read_struct`].
pub unsafe fn read_structs<T: Versioned>(
    argument: &str,
    pointer: *const T,
    count: usize,
    stride: usize,
) -> Result<Vec<T>> {
    check_count(argument, count)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() {
        return Err(Error::invalid(format!("{argument} is NULL with a count of {count}")));
    }
    if stride < size_of::<usize>() || stride > MAX_STRUCT_BYTES {
        let message =
            format!("{argument}: the stride is {stride}; it is the size of one element, at most {MAX_STRUCT_BYTES}");
        return Err(Error::invalid(message));
    }
    (0..count)
        .map(|index| {
            // SAFETY: not null, and an element by contract; count and stride are bounded, so the
            // offset cannot overflow.
            let element = unsafe { read_struct(pointer.wrapping_byte_add(index * stride), Some(stride)) };
            element.map_err(|error| error.within_batch(argument, index, count))
        })
        .collect()
}

/// Refuses counts over the batch limit before anything is read.
pub fn check_count(what: &str, count: usize) -> Result<()> {
    if count > limits::BATCH {
        return Err(Error::limit(&format!("the count of {what}"), count, limits::BATCH));
    }
    Ok(())
}

/// The string of `length` bytes at `pointer`; null is allowed for an empty one.
///
/// # Safety
/// `pointer` is null or points to `length` readable bytes that nobody changes during `'a`.
pub unsafe fn read_str<'a>(argument: &str, pointer: *const std::ffi::c_char, length: usize) -> Result<&'a str> {
    if length == 0 {
        return Ok("");
    }
    if pointer.is_null() {
        return Err(Error::invalid(format!("{argument} is NULL with a length of {length}")));
    }
    if length > limits::TEXT_BYTES {
        return Err(Error::limit(&format!("{argument}, in bytes,"), length, limits::TEXT_BYTES));
    }
    // SAFETY: not null, and readable for `length` bytes by contract.
    let bytes = unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length) };
    utf8(argument, bytes)
}

fn utf8<'a>(argument: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes)
        .map_err(|error| Error::new(Status::Utf8, format!("{argument} is not UTF-8 from byte {}", error.valid_up_to())))
}

/// A path: absolute, or none when the string is empty.
///
/// # Safety
/// As for [`read_str`].
pub unsafe fn read_path(argument: &str, pointer: *const std::ffi::c_char, length: usize) -> Result<Option<PathBuf>> {
    // SAFETY: passed on from this function's contract.
    let text = unsafe { read_str(argument, pointer, length) }?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > limits::PATH_BYTES {
        return Err(Error::limit(&format!("{argument}, in bytes,"), text.len(), limits::PATH_BYTES));
    }
    if text.contains('\0') {
        return Err(Error::invalid(format!("{argument} contains a NUL byte")));
    }
    let path = PathBuf::from(text);
    if path.is_absolute() {
        Ok(Some(path))
    } else {
        Err(Error::invalid(format!("{argument} {text:?} is not absolute")))
    }
}

/// The texts of a block: text i lies between offsets i and i + 1. `most_bytes` bounds all together.
///
/// # Safety
/// `offsets` is null or points to `count` + 1 readable offsets, and `block` is null or points to as
/// many readable bytes as the last offset says; nobody changes either during `'a`.
pub unsafe fn read_texts<'a>(
    argument: &str,
    block: *const std::ffi::c_char,
    offsets: *const u64,
    count: usize,
    most_bytes: usize,
) -> Result<Vec<&'a str>> {
    check_count(argument, count)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if offsets.is_null() {
        return Err(Error::invalid(format!("{argument}: the offsets are NULL with a count of {count}")));
    }
    // SAFETY: count + 1 offsets are readable by contract; alignment is not assumed.
    let offsets: Vec<u64> = (0..=count).map(|index| unsafe { offsets.add(index).read_unaligned() }).collect();
    // All of them before any text: the block is readable only up to the last one.
    if let Some(index) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
        let (start, end) = (offsets[index], offsets[index + 1]);
        return Err(Error::invalid(format!("{argument}[{index}]: its end offset {end} lies before its start {start}")));
    }
    let bytes = usize::try_from(offsets[count] - offsets[0]).unwrap_or(usize::MAX);
    if bytes > most_bytes {
        return Err(Error::limit(&format!("{argument} together, in bytes,"), bytes, most_bytes));
    }
    if block.is_null() && bytes > 0 {
        return Err(Error::invalid(format!("{argument}: the block is NULL but its texts are not empty")));
    }
    let text = |(index, pair): (usize, &[u64])| {
        let place = format!("{argument}[{index}]");
        let outside = |_| Error::invalid(format!("{place}: offset {} is too large", pair[1]));
        let start = usize::try_from(pair[0]).map_err(outside)?;
        let end = usize::try_from(pair[1]).map_err(outside)?;
        // SAFETY: the block is readable up to the last offset by contract, and offsets rise.
        unsafe { read_str(&place, block.wrapping_add(start), end - start) }
    };
    offsets.windows(2).enumerate().map(text).collect()
}

/// The floats at `pointer`, copied; none when it is null and `length` is 0.
///
/// # Safety
/// `pointer` is null or points to `length` readable floats.
pub unsafe fn read_vector(argument: &str, pointer: *const f32, length: usize) -> Result<Option<Vec<f32>>> {
    if length == 0 {
        return Ok(None);
    }
    if pointer.is_null() {
        return Err(Error::invalid(format!("{argument} is NULL with a length of {length}")));
    }
    if length > limits::DIMENSIONS {
        return Err(Error::limit(&format!("the length of {argument}"), length, limits::DIMENSIONS));
    }
    // SAFETY: `length` floats are readable by contract; alignment is not assumed.
    Ok(Some((0..length).map(|index| unsafe { pointer.add(index).read_unaligned() }).collect()))
}
