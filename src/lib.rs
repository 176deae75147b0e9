//! vrec recommends videos inside the program that shows them: one library, no server, no network.
//!
//! A host creates an [`engine::Engine`], gives it videos, tells it what happened (events) and asks
//! for lists. C, C++ and Go reach the same engine through [`ffi`], whose header is `include/vrec.h`.
//!
//! Modules, lower first; a module imports only those above it in this list, which a test enforces:
//!
//! | module | what lives there |
//! |---|---|
//! | [`domain`] | the plain words of the field, limits and errors |
//! | [`text`] | cleaning, telling languages apart, what titles are found by |
//! | [`encoder`] | texts to vectors, by an ONNX model |
//! | [`vectors`] | vectors in memory, kernels, top-k |
//! | [`learning`] | what events teach |
//! | [`ranking`] | one list: candidates, scores, reasons |
//! | [`store`] | everything on the disk: durable, sealed, checked |
//! | [`engine`] | the facade: snapshots for readers, one writer |
//! | [`ffi`] | the C ABI |

#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]

pub mod domain;
pub mod encoder;
pub mod engine;
#[allow(non_camel_case_types, unsafe_code)]
pub mod ffi;
pub mod learning;
pub mod ranking;
pub mod store;
pub mod text;
pub mod vectors;
