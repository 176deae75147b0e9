//! Which networks that read histories in order an engine holds: the one that the host brought, and the one in the pack in
//! use, which counts in its place as long as that pack is in use.

use std::fmt;
use std::sync::Arc;

use crate::learning::SequenceModel;

/// A network, where there is one. Cloning shares.
#[derive(Clone, Default)]
pub enum HeldNetwork {
    #[default]
    None,
    /// There is one, and nothing here can run it.
    Closed,
    Open(Arc<SequenceModel>),
}

impl HeldNetwork {
    fn open(&self) -> Option<&Arc<SequenceModel>> {
        match self {
            HeldNetwork::Open(model) => Some(model),
            HeldNetwork::None | HeldNetwork::Closed => None,
        }
    }

    fn is_none(&self) -> bool {
        matches!(self, HeldNetwork::None)
    }
}

impl fmt::Debug for HeldNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeldNetwork::None => formatter.write_str("None"),
            HeldNetwork::Closed => formatter.write_str("Closed"),
            HeldNetwork::Open(model) => write!(formatter, "Open({:?})", model.name),
        }
    }
}

/// See the module. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct HeldNetworks {
    /// The one that the host brought.
    pub own: HeldNetwork,
    /// Its files; none where there is a store, which keeps them.
    pub own_files: Option<Arc<[u8]>>,
    pub of_pack: HeldNetwork,
}

impl HeldNetworks {
    /// The one that lists count.
    pub fn counting(&self) -> Option<&Arc<SequenceModel>> {
        self.of_pack.open().or(self.own.open())
    }

    /// Whether there is any, open or not: videos keep their numbers then.
    pub fn is_any(&self) -> bool {
        !self.own.is_none() || !self.of_pack.is_none()
    }

    /// Whether the host brought one.
    pub fn has_own(&self) -> bool {
        !self.own.is_none()
    }

    /// Memory in bytes, about, of what is not counted with the network that lists count.
    pub fn bytes(&self) -> usize {
        let below = self.own.open().filter(|_| self.of_pack.open().is_some());
        below.map_or(0, |model| model.bytes()) + self.own_files.as_ref().map_or(0, |files| files.len())
    }
}
