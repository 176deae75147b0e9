//! What a CPU can compute with.

/// An instruction set that vectors can be scored with. The numbers are part of the ABI, and say
/// nothing of speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum InstructionSet {
    /// Plain Rust: every CPU.
    Scalar = 1,
    /// x86-64 with SSSE3 and SSE4.1.
    Sse41 = 2,
    Avx2 = 3,
    /// The 256-bit form of the dot product instruction, with AVX2.
    AvxVnni = 4,
    /// AVX-512 with its dot product instruction (F, BW, VL, VNNI).
    Avx512Vnni = 5,
    /// AArch64 without the dot product extension.
    Neon = 6,
    /// AArch64 with it.
    NeonDot = 7,
}

impl InstructionSet {
    pub const ALL: [InstructionSet; 7] = [
        InstructionSet::Scalar,
        InstructionSet::Sse41,
        InstructionSet::Avx2,
        InstructionSet::AvxVnni,
        InstructionSet::Avx512Vnni,
        InstructionSet::Neon,
        InstructionSet::NeonDot,
    ];

    pub fn from_code(code: i32) -> Option<InstructionSet> {
        InstructionSet::ALL.into_iter().find(|set| *set as i32 == code)
    }
}
