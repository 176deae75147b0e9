//! Where this library itself lies, for finding the ONNX Runtime beside it.

use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The runtime's usual names in the folder of this library; none when the folder is unknown, as in
/// a program that links the library statically and was started by a relative path.
pub fn runtime_candidates() -> Vec<PathBuf> {
    let names = ["libonnxruntime.so.1", "libonnxruntime.so"];
    let folder = own_folder();
    folder.iter().flat_map(|folder| names.map(|name| folder.join(name))).collect()
}

fn own_folder() -> Option<PathBuf> {
    let address = own_folder as *const c_void;
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: `address` lies in this library and `info` is writable; zero means not found.
    if unsafe { libc::dladdr(address, info.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: dladdr succeeded and has filled it in.
    let name = unsafe { info.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: dladdr gives a string that lives as long as the library is loaded.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    // A relative name depends on where the process stood when it was loaded.
    path.is_absolute().then(|| path.parent().map(Path::to_owned)).flatten()
}
