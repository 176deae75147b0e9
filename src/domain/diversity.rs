//! How the videos of a list are kept from being all alike.

/// A way to trade scores for variety. The numbers are part of the ABI; `docs/diversity.md` compares the methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum DiversityMethod {
    /// None: the list stands in the order of its scores.
    #[default]
    None = 0,
    /// Maximal marginal relevance (MMR): each place goes to the best video less what it resembles one above it.
    MaximalMarginalRelevance = 1,
    /// The candidates are clustered, and each cluster has at most its quota of places.
    ClusterQuotas = 2,
    /// A determinantal point process (DPP): each place goes to the video with which the list spans the largest volume.
    Determinantal = 3,
}

impl DiversityMethod {
    pub const ALL: [DiversityMethod; 4] = [
        DiversityMethod::None,
        DiversityMethod::MaximalMarginalRelevance,
        DiversityMethod::ClusterQuotas,
        DiversityMethod::Determinantal,
    ];

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            DiversityMethod::None => "none",
            DiversityMethod::MaximalMarginalRelevance => "mmr",
            DiversityMethod::ClusterQuotas => "cluster_quotas",
            DiversityMethod::Determinantal => "dpp",
        }
    }

    /// The one with this number, if there is one.
    pub fn from_code(code: i32) -> Option<DiversityMethod> {
        DiversityMethod::ALL.into_iter().find(|method| *method as i32 == code)
    }
}
