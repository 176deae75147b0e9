//! What gathers on the nodes of a graph: numbers by node, of which few are not 0.

/// See the module. Nodes come back in the order in which they were first added to.
#[derive(Debug, Clone)]
pub struct Masses {
    masses: Vec<f32>,
    touched: Vec<u32>,
}

impl Masses {
    /// For nodes below `nodes`; others are passed over.
    pub fn new(nodes: usize) -> Masses {
        Masses { masses: vec![0.0; nodes], touched: Vec::new() }
    }

    /// Passes over a mass that is not more than 0, as one too small to be told from it.
    pub fn add(&mut self, node: u32, mass: f32) {
        if let Some(place) = self.masses.get_mut(node as usize).filter(|_| mass > 0.0) {
            if *place == 0.0 {
                self.touched.push(node);
            }
            *place += mass;
        }
    }

    pub fn get(&self, node: u32) -> f32 {
        self.masses.get(node as usize).copied().unwrap_or(0.0)
    }

    pub fn nodes(&self) -> impl Iterator<Item = (u32, f32)> {
        self.touched.iter().map(|node| (*node, self.masses[*node as usize]))
    }

    /// The heaviest first, those of equal mass by number; at most `most`.
    pub fn heaviest(&self, most: usize) -> Vec<(u32, f32)> {
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let mut nodes: Vec<(u32, f32)> = self.nodes().collect();
        if most < nodes.len() {
            nodes.select_nth_unstable_by(most, order);
            nodes.truncate(most);
        }
        nodes.sort_unstable_by(order);
        nodes
    }
}
