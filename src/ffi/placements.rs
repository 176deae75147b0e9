//! Which execution provider runs which node. The binding has no call for it yet, so the runtime's C
//! interface is asked directly (`Session_GetEpGraphAssignmentInfo`, ONNX Runtime 1.24).

use std::ffi::{CStr, c_char};
use std::ptr;
use std::slice;

use ort::AsPointer;
use ort::session::Session;
use ort::sys::{OrtEpAssignedNode, OrtEpAssignedSubgraph, OrtStatusPtr};

use crate::encoder::NodePlacement;

/// The placements of a session's nodes; the session was built with
/// `session.record_ep_graph_assignment_info`.
pub fn read_placements(session: &Session) -> Result<Vec<NodePlacement>, String> {
    let api = ort::api();
    let mut placements = Vec::new();
    for &subgraph in subgraphs(session)? {
        // SAFETY: the subgraph belongs to the session, and the runtime writes one pointer.
        let provider = unsafe { text(|out| (api.EpAssignedSubgraph_GetEpName)(subgraph, out)) }?;
        for &node in nodes(subgraph)? {
            // SAFETY: the node belongs to the session, and the runtime writes one pointer.
            let operator = unsafe { text(|out| (api.EpAssignedNode_GetOperatorType)(node, out)) }?;
            placements.push(NodePlacement { provider: provider.clone(), operator });
        }
    }
    Ok(placements)
}

fn subgraphs(session: &Session) -> Result<&[*const OrtEpAssignedSubgraph], String> {
    let mut first = ptr::null();
    let mut count = 0;
    // SAFETY: the session is alive and both outputs are writable.
    check(unsafe { (ort::api().Session_GetEpGraphAssignmentInfo)(session.ptr(), &mut first, &mut count) })?;
    // SAFETY: the runtime gives as many pointers as it says, which live as long as the session.
    Ok(unsafe { array(first, count) })
}

fn nodes<'a>(subgraph: *const OrtEpAssignedSubgraph) -> Result<&'a [*const OrtEpAssignedNode], String> {
    let mut first = ptr::null();
    let mut count = 0;
    // SAFETY: the subgraph belongs to a live session and both outputs are writable.
    check(unsafe { (ort::api().EpAssignedSubgraph_GetNodes)(subgraph, &mut first, &mut count) })?;
    // SAFETY: the runtime gives as many pointers as it says, which live as long as the session; the
    // caller uses them only while it holds the session.
    Ok(unsafe { array(first, count) })
}

/// # Safety
/// `first` is null or points to `count` pointers that live during `'a`.
unsafe fn array<'a, T>(first: *const *const T, count: usize) -> &'a [*const T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: not null, so by this function's contract.
    unsafe { slice::from_raw_parts(first, count) }
}

/// The text that `get` writes the address of.
///
/// # Safety
/// `get` writes null or the address of a string that ends with NUL and is not freed meanwhile, or
/// fails.
unsafe fn text(get: impl FnOnce(*mut *const c_char) -> OrtStatusPtr) -> Result<String, String> {
    let mut text = ptr::null();
    check(get(&mut text))?;
    if text.is_null() {
        return Err("the ONNX Runtime gave no name for a provider or an operator".to_owned());
    }
    // SAFETY: not null, so a string by this function's contract.
    Ok(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Turns the runtime's status, which is null for success, into a result and frees it.
fn check(status: OrtStatusPtr) -> Result<(), String> {
    if status.0.is_null() {
        return Ok(());
    }
    let api = ort::api();
    // SAFETY: a status that is not null has a message that ends with NUL and lives until the status
    // is released, which happens once, here.
    unsafe {
        let message = CStr::from_ptr((api.GetErrorMessage)(status.0)).to_string_lossy().into_owned();
        (api.ReleaseStatus)(status.0);
        Err(message)
    }
}
