//! The plain structs and constants of the ABI, a file an object. Structs that go in begin with `struct_size`, which the
//! caller sets to `sizeof` of the struct it was compiled with; zero in any other field means the default.

mod codes;
mod encoder;
mod event;
mod feature;
mod limits;
mod options;
mod packs;
mod query;
mod store;
mod video;

pub use codes::*;
pub use encoder::*;
pub use event::*;
pub use feature::*;
pub use limits::*;
pub use options::*;
pub use packs::*;
pub use query::*;
pub use store::*;
pub use video::*;
