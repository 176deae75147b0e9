//! Inner products, one file an instruction set. The scalar kernel is the only one so far and the
//! oracle for every later one.

mod scalar;

pub use scalar::dot;
