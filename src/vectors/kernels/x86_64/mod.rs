//! The kernels of x86-64: an instruction set a file, the loops in `lanes`.

mod avx2;
mod avx512_vnni;
mod avx_vnni;
mod lanes;
mod sse41;

use super::Kernel;
use crate::domain::InstructionSet;

/// See [`Kernel::fetch`].
pub use lanes::fetch;

/// Those that this CPU and its operating system have, the slowest first.
pub fn available() -> impl Iterator<Item = Kernel> {
    let sse41 = is_x86_feature_detected!("ssse3") && is_x86_feature_detected!("sse4.1");
    let avx2 = is_x86_feature_detected!("avx2");
    let avx_vnni = avx2 && is_x86_feature_detected!("avxvnni");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni");
    let all = [
        (sse41, InstructionSet::Sse41, sse41::FUNCTIONS),
        (avx2, InstructionSet::Avx2, avx2::FUNCTIONS),
        (avx_vnni, InstructionSet::AvxVnni, avx_vnni::FUNCTIONS),
        (avx512, InstructionSet::Avx512Vnni, avx512_vnni::FUNCTIONS),
    ];
    all.into_iter().filter(|(present, ..)| *present).map(|(_, set, functions)| Kernel { set, functions })
}
